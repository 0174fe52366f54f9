// SPDX-License-Identifier: BSL-1.0
#pragma once
// Random numbers that are the same on every compiler, machine and thread count. `Random` is a sequence. `hash` gives
// numbers of such sequences out of order, so that randomness can depend on (key, sample, index) alone. `Permutation`
// shuffles 0…n-1 without memory. All are constexpr. A product to which something is added is exact, so that a
// compiler's contraction to fma changes no result.
//
// The generator is SplitMix64: a Weyl sequence behind a mixing function (G. Steele, D. Lea, C. Flood: Fast splittable
// pseudorandom number generators, OOPSLA 2014; constants as in S. Vigna's splitmix64.c). SplitMix64 passes BigCrush and
// has a period of 2^64.

#include <kiln/core/expects.hpp>
#include <kiln/core/math.hpp>

#include <cstdint>

namespace kiln::inline KILN_TARGET {

/// The start of a random sequence.
struct Seed {
    std::uint64_t value = 0;
};

namespace detail {
inline constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15;  // 2^64 / phi, odd

constexpr std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}
}  // namespace detail

/// A random sequence: eight bytes of state, started by a seed.
class Random {
  public:
    explicit constexpr Random(Seed seed) : state_(seed.value) {}

    /// 64 random bits.
    constexpr std::uint64_t bits() { return detail::mix(state_ += detail::golden_ratio); }

    /// Uniform in [0, 1): a multiple of 2^-24.
    constexpr float uniform() { return static_cast<float>(bits() >> 40) * 0x1p-24f; }

    /// Uniform from low to below high; high itself only by rounding.
    constexpr float uniform(float low, float high) {
        const float range = high - low;
        return static_cast<float>(static_cast<double>(range) * static_cast<double>(uniform()) +
                                  static_cast<double>(low));
    }

    /// Uniform in 0…n-1, without bias (D. Lemire: Fast random integer generation in an interval, 2019).
    constexpr int below(int n) {
        KILN_EXPECTS(n > 0);
        const auto size = static_cast<std::uint32_t>(n);
        std::uint64_t product = (bits() >> 32) * size;
        if (static_cast<std::uint32_t>(product) < size) {
            const std::uint32_t surplus = (0u - size) % size;  // 2^32 mod n words, which would favour some results
            while (static_cast<std::uint32_t>(product) < surplus) product = (bits() >> 32) * size;
        }
        return static_cast<int>(product >> 32);
    }

    /// Normally distributed with mean 0 and standard deviation 1: the ratio v / u of uniform numbers, accepted if its
    /// square is at most -4 log(u) (A. Kinderman, J. Monahan: Computer generation of random variables using the ratio
    /// of uniform deviates, 1977). The logarithm only decides, so its last bit does not show in the value, which is a
    /// quotient.
    constexpr float normal() {
        for (;;) {
            const std::uint64_t random = bits();
            const double u = (static_cast<double>(random >> 40) + 1) * 0x1p-24;
            const double centred = static_cast<double>(random & 0xffffff) - 8388607.5;
            const double v = centred * (0x1.b72cd3f331398p-1 * 0x1p-23);  // within sqrt(2 / e) of 0
            const double x = v / u;
            if (x * x <= -4 * log(u)) return static_cast<float>(x);
        }
    }

  private:
    std::uint64_t state_;
};

/// Random bits that depend on the arguments alone: number b of the sequence that is started by number a of the sequence
/// that `key` starts.
constexpr std::uint64_t hash(std::uint64_t key, std::uint64_t a, std::uint64_t b = 0) {
    const std::uint64_t inner = detail::mix(key + (a + 1) * detail::golden_ratio);
    return detail::mix(inner + (b + 1) * detail::golden_ratio);
}

/// A random order of 0…n-1, chosen by a key and computed for each place. A Feistel network permutes the numbers with
/// just enough bits for n: two halves take turns in scrambling each other, so that every step can be undone. The
/// network is applied again while the result is not below n, less than twice on average.
class Permutation {
  public:
    constexpr Permutation(int n, std::uint64_t key) : key_(hash(key, 0)), size_(static_cast<std::uint32_t>(n)) {
        KILN_EXPECTS(n >= 0);
        rounds_ = n <= 16 ? 32 : 8;  // few bits take more rounds to mix
        int bits = 0;
        while (bits < 31 && std::uint32_t{1} << bits < size_) ++bits;
        low_bits_ = (bits + 1) / 2;
        low_mask_ = (std::uint32_t{1} << low_bits_) - 1;
        high_mask_ = (std::uint32_t{1} << (bits - low_bits_)) - 1;
    }

    /// The number at place i.
    constexpr int operator()(int i) const {
        KILN_EXPECTS(0 <= i && static_cast<std::uint32_t>(i) < size_);
        auto x = static_cast<std::uint32_t>(i);
        do {
            std::uint32_t low = x & low_mask_, high = x >> low_bits_;
            for (int round = 0; round < rounds_; round += 2) {
                high ^= scramble(round, low) & high_mask_;
                low ^= scramble(round + 1, high) & low_mask_;
            }
            x = high << low_bits_ | low;
        } while (x >= size_);
        return static_cast<int>(x);
    }

  private:
    constexpr std::uint32_t scramble(int round, std::uint32_t half) const {
        const std::uint64_t position = static_cast<std::uint64_t>(round) << 32 | half;
        return static_cast<std::uint32_t>(detail::mix(key_ + position * detail::golden_ratio) >> 32);
    }

    std::uint64_t key_;
    std::uint32_t size_;
    int rounds_ = 0;
    int low_bits_ = 0;
    std::uint32_t low_mask_ = 0, high_mask_ = 0;
};

}  // namespace kiln::inline KILN_TARGET

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Arithmetic over whole records, by loops over the slices of their tensors: sums, zeros, norms, and the shards in which
// threads share them.

#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/record.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kiln::inline KILN_TARGET {

/// One of `of` equal shards of every tensor, for `of` threads. Shards end where a native vector ends, so that each
/// element is computed in the same way for any number of shards.
struct Shard {
    int index = 0, of = 1;

    template <class S>
    constexpr Slice<S> operator()(const Slice<S>& whole) const {
        const auto end = [&](int shard) {
            const long long vectors = (whole.count + native_lanes - 1LL) / native_lanes;
            return shard == of ? whole.count : static_cast<int>(vectors * shard / of) * native_lanes;
        };
        return {whole.data + end(index), whole.extents, end(index + 1) - end(index)};
    }
};

/// Tensors first … end - 1 of a record, in the order of `tensors`.
struct TensorRange {
    int first = 0, end = 0;
};
template <class Record>
inline constexpr TensorRange all_tensors{0, tensor_count<Record>};

/// sum = ((sum + *terms[0]) + *terms[1]) + …, the first `count` of them, element by element.
template <class Record, std::size_t N>
constexpr void add(Record& sum, const std::array<const Record*, N>& terms, int count, Shard shard = {},
                   TensorRange range = all_tensors<Record>) {
    constexpr int block = 2048;  // this many stay in the first-level cache while all terms are added
    const auto to = tensors<float>(sum);
    std::array<decltype(tensors<const float>(sum)), N> from{};
    for (std::size_t t = 0; t < N; ++t) from[t] = tensors<const float>(*terms[t]);
    for (auto k = static_cast<std::size_t>(range.first); k < static_cast<std::size_t>(range.end); ++k) {
        const Slice<float> mine = shard(to[k]);
        for (int begin = 0; begin < mine.count; begin += block) {
            const int size = mine.count - begin < block ? mine.count - begin : block;
            float* const total = mine.data + begin;
            for (int t = 0; t < count; ++t) {
                const float* const term = shard(from[static_cast<std::size_t>(t)][k]).data + begin;
                for (int i = 0; i < size; ++i) total[i] += term[i];
            }
        }
    }
}

/// Sets the tensors of a record in `range` to zero.
template <class Record>
constexpr void set_zero(Record& record, TensorRange range) {
    const auto slices = tensors<float>(record);
    for (auto k = static_cast<std::size_t>(range.first); k < static_cast<std::size_t>(range.end); ++k)
        for (float& value : slices[k]) value = 0;
}

/// The numbers of a record's tensors in `range`, which lie one behind the other, as one span. Gaps that align the
/// tensors are in the span, and nobody reads them.
template <class Record>
std::span<float> span_of(Record& record, TensorRange range) {
    if (range.first == range.end) return {};
    const auto slices = tensors<float>(record);
    float* const first = slices[static_cast<std::size_t>(range.first)].begin();
    return {first, slices[static_cast<std::size_t>(range.end) - 1].end()};
}

namespace detail {
// True if all numbers of a tensor are finite. Infinities and NaN are the numbers with the largest exponent, so the
// largest magnitude decides. The loop has no early exit, because compilers turn it into vectors only without one; an
// early exit would cost several times as much.
[[gnu::noinline]] constexpr bool is_finite_throughout(const Slice<const float>& tensor) {
    std::uint32_t largest = 0;
    for (int i = 0; i < tensor.count; ++i) {
        const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(tensor.data[i]) & 0x7fffffff;
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest < 0x7f800000;
}
}  // namespace detail

/// True if a shard of all tensors of a record is finite, that is, without infinities and NaN.
template <class Record>
constexpr bool is_finite(const Record& record, const Shard& shard) {
    bool finite = true;
    for (const Slice<const float>& whole : tensors<const float>(record))
        finite = detail::is_finite_throughout(shard(whole)) && finite;
    return finite;
}

namespace detail {
constexpr double sum_of_squares(const Slice<const float>& tensor) {
    double sum = 0;
    for (const float value : tensor) sum += static_cast<double>(value) * static_cast<double>(value);
    return sum;
}
}  // namespace detail

/// The Euclidean norm of all numbers of a record. The squares are added in double, in the order of the tensors.
template <class Record>
constexpr float norm(const Record& record) {
    double sum = 0;
    for (const Slice<const float>& slice : tensors<const float>(record)) sum += detail::sum_of_squares(slice);
    return static_cast<float>(sqrt(sum));
}
/// The Euclidean norm of one tensor.
constexpr float norm(const Slice<const float>& tensor) {
    return static_cast<float>(sqrt(detail::sum_of_squares(tensor)));
}

}  // namespace kiln::inline KILN_TARGET

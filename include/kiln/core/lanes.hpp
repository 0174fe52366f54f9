// SPDX-License-Identifier: BSL-1.0
#pragma once
// `Lanes<float, 16>`: sixteen samples side by side, one in each lane, as one element of a tensor. Arithmetic is lane by
// lane, so a layer written for one float works unchanged on sixteen. Operations are named as in C++26 std::simd.
//
// The lanes are a plain array: readable in a constant expression on every compiler, and free of the calling-convention
// warnings that vector members bring. `map` runs an operation scalar by scalar while compiling, and native vector by
// native vector at run time; the copies into and out of a vector cost nothing. A pack wider than the machine's vectors
// is several of them.
//
// Loops over the vectors of a pack are unrolled at every level of optimisation. g++ 12 -O1 would otherwise place two
// packs that are in use at once on the same bytes of the stack: it turns such loops into pointers that count up
// (-fivopts), and does not see that a pack is still read through them. So the slopes of a strided convolution were
// wrong on Arm. To be tried without it when g++ 12 is no longer supported (later ones were not tried).

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/machine.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

/// Unrolls the loop that follows. Meant for register tiles and the vectors of a pack only: loops with small constant
/// bounds.
#define KILN_UNROLL _Pragma("GCC unroll 64")

#if defined(__clang__) && defined(__AVX512F__)
// clang splits 512-bit vectors unless a function asks for them. The request passes to the function that this one is
// inlined into.
#define KILN_NATIVE_VECTORS [[gnu::always_inline]] __attribute__((min_vector_width(512)))
#else
#define KILN_NATIVE_VECTORS [[gnu::always_inline]]
#endif

namespace kiln::inline KILN_TARGET {

namespace detail {
template <class T, int N>
struct native_vector {
    typedef T type __attribute__((vector_size(sizeof(T) * N)));
    // The type for reading and writing arrays of T. g++ 12 turns memcpy into vectors of bytes and then copies registers
    // to and fro.
    typedef T in_array __attribute__((vector_size(sizeof(T) * N), aligned(alignof(T)), may_alias));
};

// x, about which g++ 12 knows nothing more. If g++ 12 sees that x or y is a constant, it makes a comparison and a blend
// of x > y ? x : y, which is one instruction. To be removed with support for g++ 12.
template <class V>
KILN_NATIVE_VECTORS constexpr V unseen(V x) {
#if defined __GNUC__ && !defined __clang__ && defined __SSE2__
    if constexpr (sizeof(V) >= 16) asm("" : "+v"(x));
#endif
    return x;
}
// x, about which g++ does not see that a loop carries it from one iteration to the next.
template <class V>
KILN_NATIVE_VECTORS constexpr V hidden_link(V x) {
#if defined __GNUC__ && !defined __clang__ && defined __FMA__
    if (!std::is_constant_evaluated()) {
        if constexpr (std::is_arithmetic_v<V> || sizeof(V) >= 16)
            asm("" : "+v"(x));
        else  // a vector of one or two floats
            asm("" : "+m"(x));
    }
#endif
    return x;
}
// x, about which g++ does not see whether a multiplication made it. clang fuses within one expression only.
template <class V>
KILN_NATIVE_VECTORS constexpr V not_fused(V x) {
#if defined __GNUC__ && !defined __clang__
    if (!std::is_constant_evaluated()) {
#if defined __SSE2__
        if constexpr (sizeof(V) >= 16)
            asm("" : "+v"(x));
        else
#elif defined __aarch64__
        if constexpr (sizeof(V) == 16 || sizeof(V) == 8)
            asm("" : "+w"(x));
        else
#endif
            asm("" : "+m"(x));
    }
#endif
    return x;
}
// The larger of two, as processors' instructions define it: y if either is NaN.
template <class V>
KILN_NATIVE_VECTORS constexpr V larger(V x, V y) {
    x = unseen(x), y = unseen(y);
    return x > y ? x : y;
}
template <class V>
KILN_NATIVE_VECTORS constexpr V smaller(V x, V y) {
    x = unseen(x), y = unseen(y);
    return x < y ? x : y;
}

// Elements Begin … Begin + sizeof...(I) - 1 of a vector.
template <int Begin, class V, std::size_t... I>
KILN_NATIVE_VECTORS inline auto part_of_vector(V x, std::index_sequence<I...>) {
    return __builtin_shufflevector(x, x, (Begin + static_cast<int>(I))...);
}
// The sum of a vector's elements: the upper half is added to the lower half, until one element is left.
template <class T, int N>
KILN_NATIVE_VECTORS inline T sum_halves(typename native_vector<T, N>::type x) {
    if constexpr (N == 2) {
        return x[0] + x[1];
    } else {
        constexpr IndicesBelow<N / 2> half{};
        return sum_halves<T, N / 2>(part_of_vector<0>(x, half) + part_of_vector<N / 2>(x, half));
    }
}

template <std::size_t Bytes>
struct signed_integer;
template <>
struct signed_integer<4> {
    using type = int;  // the type of a comparison's result; std::int32_t is long on Arm's bare-metal targets
};
template <>
struct signed_integer<8> {
    using type = std::int64_t;
};
}  // namespace detail

/// L values of type T, lane by lane. L is a power of two.
template <class T, int L>
struct alignas(sizeof(T) * L < 64 ? sizeof(T) * L : 64) Lanes {
    static_assert(L > 0 && (L & (L - 1)) == 0,
                  "kiln: Lanes needs a power of two as its number of lanes, got another number; try Lanes<float, 8>");

    using Scalar = T;
    using Integer = typename detail::signed_integer<sizeof(T)>::type;
    /// The result of a comparison: all bits set in the lanes where the comparison is true.
    using Mask = Lanes<Integer, L>;
    static constexpr int part =
        static_cast<int>(sizeof(T)) * L < native_bytes ? L : native_bytes / static_cast<int>(sizeof(T));

    detail::ArrayOf<T, L> v;

    Lanes() = default;
    /// The same value in every lane.
    constexpr Lanes(T value) {
        if (std::is_constant_evaluated()) {
            for (int i = 0; i < L; ++i) v[i] = value;
        } else {
            using V = typename detail::native_vector<T, part>::type;
            const V all = value - V{};  // x - 0 is x for every x, and compilers know it (x + 0 is not, for -0)
            KILN_UNROLL for (int i = 0; i < L; i += part) write(v + i, all);
        }
    }
    /// L consecutive values; no alignment needed.
    KILN_NATIVE_VECTORS static constexpr Lanes load(const T* from) {
        Lanes result;
        if (std::is_constant_evaluated()) {
            for (int i = 0; i < L; ++i) result.v[i] = from[i];
        } else {
            KILN_UNROLL for (int i = 0; i < L; i += part) write(result.v + i, read(from + i));
        }
        return result;
    }
    KILN_NATIVE_VECTORS constexpr void store(T* to) const {
        if (std::is_constant_evaluated()) {
            for (int i = 0; i < L; ++i) to[i] = v[i];
        } else {
            KILN_UNROLL for (int i = 0; i < L; i += part) write(to + i, read(v + i));
        }
    }

    friend constexpr Lanes operator+(const Lanes& a, const Lanes& b) {
        return map<Lanes>([](auto x, auto y) { return x + y; }, a, b);
    }
    friend constexpr Lanes operator-(const Lanes& a, const Lanes& b) {
        return map<Lanes>([](auto x, auto y) { return x - y; }, a, b);
    }
    friend constexpr Lanes operator*(const Lanes& a, const Lanes& b) {
        return map<Lanes>([](auto x, auto y) { return x * y; }, a, b);
    }
    friend constexpr Lanes operator/(const Lanes& a, const Lanes& b) {
        return map<Lanes>([](auto x, auto y) { return x / y; }, a, b);
    }
    friend constexpr Lanes operator-(const Lanes& a) {
        return map<Lanes>([](auto x) { return -x; }, a);
    }
    friend constexpr Lanes& operator+=(Lanes& a, const Lanes& b) { return a = a + b; }
    friend constexpr Lanes& operator-=(Lanes& a, const Lanes& b) { return a = a - b; }
    friend constexpr Lanes& operator*=(Lanes& a, const Lanes& b) { return a = a * b; }
    friend constexpr Lanes& operator/=(Lanes& a, const Lanes& b) { return a = a / b; }

    friend constexpr Lanes fma(const Lanes& a, const Lanes& b, const Lanes& c) {
        return map<Lanes>([](auto x, auto y, auto z) { return x * y + z; }, a, b, c);
    }
    friend constexpr Lanes max(const Lanes& a, const Lanes& b) {
        return map<Lanes>([](auto x, auto y) { return detail::larger(x, y); }, a, b);
    }
    friend constexpr Lanes min(const Lanes& a, const Lanes& b) {
        return map<Lanes>([](auto x, auto y) { return detail::smaller(x, y); }, a, b);
    }

    /// a, rounded, as for a scalar (core/element.hpp).
    friend constexpr Lanes rounded(const Lanes& a) {
        return map<Lanes>([](auto x) { return detail::not_fused(x); }, a);
    }

    /// a, carried by a loop, as for a scalar (core/element.hpp).
    friend constexpr Lanes carried(const Lanes& a) {
        return map<Lanes>([](auto x) { return detail::hidden_link(x); }, a);
    }

    friend constexpr Mask operator>(const Lanes& a, const Lanes& b) {
        return compare([](auto x, auto y) { return x > y; }, a, b);
    }
    friend constexpr Mask operator<(const Lanes& a, const Lanes& b) { return b > a; }
    friend constexpr Mask operator>=(const Lanes& a, const Lanes& b) {
        return compare([](auto x, auto y) { return x >= y; }, a, b);
    }
    friend constexpr Mask operator<=(const Lanes& a, const Lanes& b) { return b >= a; }
    friend constexpr Mask operator==(const Lanes& a, const Lanes& b) {
        return compare([](auto x, auto y) { return x == y; }, a, b);
    }
    /// a where the mask is set, b elsewhere.
    friend constexpr Lanes select(const Mask& mask, const Lanes& a,
                                  const Lanes& b) requires std::is_floating_point_v<T> {
        return map<Lanes>(
            [](auto m, auto x, auto y) {
#if defined __GNUC__ && !defined __clang__ && defined __ARM_FEATURE_MVE
                // g++ must not see that a mask is constant: g++ 12 gives each of its lanes one bit of MVE's predicate
                // instead of four, so {-1, -1, 0, 0} took all lanes of x, and an M55 learned wrong weights. To be
                // removed with support for g++ 12 (seen with arm-none-eabi-g++ 12.2 -mcpu=cortex-m55).
                if constexpr (sizeof m == 16) asm("" : "+w"(m));
#endif
                return m ? x : y;
            },
            mask, a, b);
    }

    friend constexpr Lanes operator&(const Lanes& a, const Lanes& b) requires std::is_integral_v<T> {
        return map<Lanes>([](auto x, auto y) { return x & y; }, a, b);
    }
    friend constexpr Lanes operator|(const Lanes& a, const Lanes& b) requires std::is_integral_v<T> {
        return map<Lanes>([](auto x, auto y) { return x | y; }, a, b);
    }
    friend constexpr Lanes operator~(const Lanes& a) requires std::is_integral_v<T> {
        return map<Lanes>([](auto x) { return ~x; }, a);
    }
    friend constexpr Lanes operator<<(const Lanes& a, int bits) requires std::is_integral_v<T> {
        return map<Lanes>([bits](auto x) { return x << bits; }, a);
    }
    friend constexpr Lanes operator>>(const Lanes& a, int bits) requires std::is_integral_v<T> {
        return map<Lanes>([bits](auto x) { return x >> bits; }, a);
    }

    /// The sum over the lanes, as a balanced tree: the order is the same for every width of the machine's vectors.
    friend constexpr T reduce(const Lanes& a) {
        if constexpr (L == 1) {
            return a.v[0];
        } else {
            if constexpr (L == part)
                if (!std::is_constant_evaluated()) return detail::sum_halves<T, L>(read(a.v));
            using Half = Lanes<T, L / 2>;
            return reduce(Half::load(a.v) + Half::load(a.v + L / 2));
        }
    }
    friend constexpr T lane(const Lanes& a, int l) { return a.v[l]; }
    friend constexpr void set_lane(Lanes& a, int l, T value) { a.v[l] = value; }

  private:
    template <class, int>
    friend struct Lanes;

    template <class U>
    KILN_NATIVE_VECTORS static typename detail::native_vector<U, part>::type read(const U* from) {
        return *reinterpret_cast<const typename detail::native_vector<U, part>::in_array*>(from);
    }
    template <class U>
    KILN_NATIVE_VECTORS static void write(U* to, const typename detail::native_vector<U, part>::type& x) {
        *reinterpret_cast<typename detail::native_vector<U, part>::in_array*>(to) = x;
    }

    // One scalar at a time while compiling, one native vector at a time at run time.
    template <class Result, class Operation, class... Arguments>
    KILN_NATIVE_VECTORS static constexpr Result map(Operation operation, const Arguments&... arguments) {
        Result result;
        if (std::is_constant_evaluated()) {
            for (int i = 0; i < L; ++i)
                result.v[i] = static_cast<typename Result::Scalar>(operation(arguments.v[i]...));
        } else {
            KILN_UNROLL for (int i = 0; i < L; i += part)
                write<typename Result::Scalar>(result.v + i, operation(read(arguments.v + i)...));
        }
        return result;
    }
    // As map, for comparisons: true is all bits set, as in comparisons of vectors.
    template <class Operation>
    KILN_NATIVE_VECTORS static constexpr Mask compare(Operation operation, const Lanes& a, const Lanes& b) {
        if (std::is_constant_evaluated()) {
            Mask result;
            for (int i = 0; i < L; ++i) result.v[i] = operation(a.v[i], b.v[i]) ? -1 : 0;
            return result;
        } else {
            return map<Mask>(operation, a, b);
        }
    }
};

namespace detail {
template <class T, int L>
struct element_traits<Lanes<T, L>> {
    using scalar = T;
    using index = Lanes<int, L>;
    static constexpr int width = L;
};
}  // namespace detail

/// Whether elements E are native lanes, which kernels load, store and transpose as vectors.
template <class E>
inline constexpr bool is_lanes = false;
template <class T, int L>
inline constexpr bool is_lanes<Lanes<T, L>> = true;

template <class E>
    requires(width<E> > 1)
constexpr typename E::Mask equal_lanes(const std::array<int, static_cast<std::size_t>(width<E>)>& index, int value) {
    using Integer = typename E::Integer;
    if constexpr (std::is_same_v<Integer, int>) {
        return E::Mask::load(index.data()) == typename E::Mask(value);
    } else {
        typename E::Mask mask;
        for (int l = 0; l < width<E>; ++l) mask.v[l] = index[static_cast<std::size_t>(l)] == value ? -1 : 0;
        return mask;
    }
}

namespace detail {
template <class Whole, class T, int L, std::size_t... I>
KILN_NATIVE_VECTORS constexpr Whole join(const Lanes<T, L>& lower, const Lanes<T, L>& upper,
                                         std::index_sequence<I...>) {
    Whole whole;
    if (std::is_constant_evaluated() || 2 * L != Whole::part) {
        for (int l = 0; l < L; ++l) {
            whole.v[l] = lower.v[l];
            whole.v[L + l] = upper.v[l];
        }
    } else {
        using Half = typename native_vector<T, L>::in_array;
        using Array = typename native_vector<T, 2 * L>::in_array;
        *reinterpret_cast<Array*>(whole.v) = __builtin_shufflevector(
            *reinterpret_cast<const Half*>(lower.v), *reinterpret_cast<const Half*>(upper.v), static_cast<int>(I)...);
    }
    return whole;
}
}  // namespace detail

/// The lower and the upper half of a pack's lanes, and (`join`) a pack of two halves.
template <class T, int L>
constexpr Lanes<T, L / 2> lower_half(const Lanes<T, L>& a) {
    return Lanes<T, L / 2>::load(a.v);
}
template <class T, int L>
constexpr Lanes<T, L / 2> upper_half(const Lanes<T, L>& a) {
    return Lanes<T, L / 2>::load(a.v + L / 2);
}
template <class T, int L>
constexpr Lanes<T, 2 * L> join(const Lanes<T, L>& lower, const Lanes<T, L>& upper) {
    return detail::join<Lanes<T, 2 * L>>(lower, upper, detail::IndicesBelow<2 * L>{});
}

/// The same bits as lanes of another type of the same size.
template <class To, class From, int L>
    requires(sizeof(To) == sizeof(From))
constexpr Lanes<To, L> bit_cast(const Lanes<From, L>& from) { return __builtin_bit_cast(Lanes<To, L>, from); }
/// The same bits as a scalar of another type of the same size.
template <class To, class From>
    requires(std::is_arithmetic_v<From> && sizeof(To) == sizeof(From))
constexpr To bit_cast(From from) { return __builtin_bit_cast(To, from); }

}  // namespace kiln::inline KILN_TARGET

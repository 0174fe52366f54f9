// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers that join several values to one. Each is a part of a wired container, or a node of a graph. `Sum`, `Multiply`
// and `Concat` with parts are containers (nets/branches.hpp): their parts read the same value, and a join ends them.
// Products of matrices are in nets/mat_mul.hpp.
//
// Shape: Add and Multiply<>: all inputs alike; Concat<>: alike but for the first size
// Cost: no multiply-adds for Add and Concat<>, one for each element and input but the first for Multiply<>

#include <kiln/core/contract.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/kernels/pack.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/nets/detail/several.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

// The Fit of a join of two or more values of one shape.
constexpr Fit fit_of_alike(std::initializer_list<Extents> in) {
    Fit fit{.out = *in.begin(), .fits = in.size() > 1};
    for (const Extents& one : in) fit.fits = fit.fits && one == fit.out;
    return fit;
}

// Describes a join by an ONNX operator of two operands.
void describe_in_pairs(const auto& x, auto& y, const char* operation) {
    y = x.values[0];
    for (std::size_t i = 1; i < x.values.size(); ++i) y = y.then(operation, x.values[i]);
}

// The inputs of a join, as numbers.
template <class X>
struct ports_of;
template <class... T>
struct ports_of<Several<T...>> : std::make_integer_sequence<int, static_cast<int>(sizeof...(T))> {};
template <class X>
    requires requires { X::Dimensions::parts; }
struct ports_of<X> : std::make_integer_sequence<int, X::Dimensions::parts> {};
template <class X>
constexpr auto ports(const X&) {
    return std::make_integer_sequence<int, static_cast<int>(ports_of<X>::size())>{};
}

}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// The sum of two or more values of one shape: y = x_0 + x_1 + …
struct Add {
    static constexpr bool reads_input = false, reads_output = false;
    static constexpr bool backward_without_gradients = true;

    static constexpr Fit shape(std::same_as<Extents> auto... in) requires(sizeof...(in) > 0) {
        return detail::fit_of_alike({in...});
    }
    template <class>
    using needs = inputs_of_one_shape;
    template <class, class Next>
    using fused = kernels::activated_t<Add, Next>;

    static constexpr bool framewise(std::same_as<Extents> auto...) { return true; }
    static constexpr void forward(const auto& x, auto& y, auto, auto finish) { add(x, y, finish, detail::ports(x)); }
    static constexpr void forward(const auto& x, auto& y, auto at) { forward(x, y, at, kernels::Unchanged{}); }
    // `change(y, dy)` is the slope of the sum, where an activation is fused with it.
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto, auto change) {
        using E = typename std::remove_cvref_t<decltype(dy)>::Element;
        const auto pass_on = [](const E& slope, int i, auto& to) {
            if constexpr (!is_nothing<decltype(to)>) kernels::store(slope, to.data + i);
        };
        if constexpr (!is_nothing<decltype(dx)>) [&]<int... P>(std::integer_sequence<int, P...>) {
                for (int i = 0; i < dy.count; ++i) {
                    const E slope = change(kernels::load<E>(y.data + i), kernels::load<E>(dy.data + i));
                    (pass_on(slope, i, dx.template get<P>()), ...);
                }
            }
        (detail::ports(x));
    }
    static constexpr void backward(const auto& x, const auto& y, const auto& dy, auto& dx, auto at) {
        backward(x, y, dy, dx, at, [](const auto&, const auto& slope) { return slope; });
    }
    static void describe(const auto& x, auto& y, auto) { detail::describe_in_pairs(x, y, "Add"); }

  private:
    template <int... P>
    static constexpr void add(const auto& x, auto& y, auto finish, std::integer_sequence<int, P...>) {
        using E = typename std::remove_cvref_t<decltype(y)>::Element;
        for (int i = 0; i < y.count; ++i)
            kernels::store(finish((kernels::load<E>(x.template get<P>().data + i) + ...)), y.data + i);
    }
};

/// Without parts: the product, element by element, of two or more values of one shape. With parts: see
/// nets/branches.hpp.
template <class... Parts>
struct Multiply;
template <>
struct Multiply<> {
    static constexpr bool reads_output = false;
    static constexpr bool backward_without_gradients = true;

    static constexpr Fit shape(std::same_as<Extents> auto... in) requires(sizeof...(in) > 0) {
        return detail::fit_of_alike({in...});
    }
    template <class>
    using needs = inputs_of_one_shape;
    static constexpr long long multiply_adds(Extents first, std::same_as<Extents> auto... others) {
        return static_cast<long long>(sizeof...(others)) * first.count();
    }

    static constexpr bool framewise(std::same_as<Extents> auto...) { return true; }
    static constexpr void forward(const auto& x, auto& y, auto) { multiply(x, y, detail::ports(x)); }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!is_nothing<decltype(dx)>) [&]<int... P>(std::integer_sequence<int, P...> all) {
                (set_slope<P>(x, dy, dx.template get<P>(), all), ...);
            }
        (detail::ports(x));
    }
    static void describe(const auto& x, auto& y, auto) { detail::describe_in_pairs(x, y, "Mul"); }

  private:
    template <int... P>
    static constexpr void multiply(const auto& x, auto& y, std::integer_sequence<int, P...>) {
        using E = typename std::remove_cvref_t<decltype(y)>::Element;
        for (int i = 0; i < y.count; ++i)
            kernels::store((kernels::load<E>(x.template get<P>().data + i) * ...), y.data + i);
    }
    // dx_k = dy times the product of all inputs but x_k.
    template <int K, int... P>
    static constexpr void set_slope(const auto& x, const auto& dy, auto& dx, std::integer_sequence<int, P...>) {
        using E = typename std::remove_cvref_t<decltype(dy)>::Element;
        if constexpr (!is_nothing<decltype(dx)>)
            for (int i = 0; i < dy.count; ++i) {
                E product = kernels::load<E>(dy.data + i);
                ((P == K ? void() : void(product *= kernels::load<E>(x.template get<P>().data + i))), ...);
                kernels::store(product, dx.data + i);
            }
    }
};

/// Without parts: two or more values one after the other along the first dimension (channels, features). With parts: see
/// nets/branches.hpp.
template <class... Parts>
struct Concat;
template <>
struct Concat<> {
    static constexpr bool reads_input = false, reads_output = false;
    static constexpr bool mixes_frames = true;  // sequences are joined in time, and padding would lie between them
    static constexpr bool backward_without_gradients = true;

    static constexpr Fit shape(std::same_as<Extents> auto... in) requires(sizeof...(in) > 0) {
        const Extents all[] = {in...};
        Fit fit{.out = all[0], .fits = sizeof...(in) > 1};
        long long sum = 0;
        for (Extents one : all) {
            sum += one.size[0];
            one.size[0] = all[0].size[0];
            fit.fits = fit.fits && one == all[0];
        }
        fit.out.size[0] = static_cast<int>(sum < Extents::limit ? sum : Extents::limit);
        return fit;
    }
    template <class>
    using needs = inputs_alike_but_for_the_first_size;

    static constexpr void forward(const auto& x, auto& y, auto) {
        using E = typename std::remove_cvref_t<decltype(y)>::Element;
        int begin = 0;
        const auto copy = [&](const auto& part) {
            for (int i = 0; i < part.count; ++i) kernels::store(kernels::load<E>(part.data + i), y.data + begin + i);
            begin += part.count;
        };
        [&]<int... P>(std::integer_sequence<int, P...>) { (copy(x.template get<P>()), ...); }
        (detail::ports(x));
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto) {
        using E = typename std::remove_cvref_t<decltype(dy)>::Element;
        int begin = 0;
        const auto copy = [&](const auto& part, auto& slope) {
            if constexpr (!is_nothing<decltype(slope)>)
                for (int i = 0; i < part.count; ++i)
                    kernels::store(kernels::load<E>(dy.data + begin + i), slope.data + i);
            begin += part.count;
        };
        if constexpr (!is_nothing<decltype(dx)>) [&]<int... P>(std::integer_sequence<int, P...>) {
                (copy(x.template get<P>(), dx.template get<P>()), ...);
            }
        (detail::ports(x));
    }
    static void describe(const auto& x, auto& y, auto) {
        [&]<int First, int... P>(std::integer_sequence<int, First, P...>) {
            y = x.values[First].then("Concat", x.values[P]...).with("axis", 1);
        }
        (detail::ports(x));
    }
};

}  // namespace kiln

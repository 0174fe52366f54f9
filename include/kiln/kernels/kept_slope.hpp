// SPDX-License-Identifier: BSL-1.0
#pragma once
// Pointwise functions whose derivative f' is taken by dual numbers, and the layers before them. Forward keeps f'(x) of
// every element, so that backward multiplies once; or backward computes f'(x) again, which pays where f only selects.
// One float sample goes in packs of neighbouring floats, because not every compiler turns dual numbers into vectors.

#include <kiln/core/contract.hpp>
#include <kiln/core/dual.hpp>
#include <kiln/kernels/activated.hpp>
#include <kiln/kernels/pack.hpp>

namespace kiln::inline KILN_TARGET::kernels {

namespace detail {
// f(x) and f'(x).
template <class E>
[[gnu::always_inline]] constexpr Dual<E> with_derivative(auto f, const E& x) {
    return f(Dual<E>(x, E(scalar_t<E>(1))));
}

// Calls visit<Pack>(i) for packs of E that begin at i and cover `Count` elements once each.
template <class E, int Count>
[[gnu::always_inline]] constexpr void in_packs(auto visit) {
    constexpr int step = pack_step<E, Count>, whole = Count / step * step;
    for (int i = 0; i < whole; i += step) visit.template operator()<pack_t<E, Count>>(i);
    for (int i = whole; i < Count; ++i) visit.template operator()<E>(i);
}
}  // namespace detail

/// A tape of f'(x) of every element.
template <class E, class In>
struct KeptSlope {
    Tensor<E, In> slope;
};

/// y[i] = f(x[i]); x and y may be one tensor.
template <class E, class In>
[[gnu::flatten]] constexpr void apply_in_packs(auto f, const Tensor<E, In>& x, Tensor<E, In>& y) {
    detail::in_packs<E, In::count>([&]<class Pack>(int i) __attribute__((always_inline)) {
        store(f(load<Pack>(x.data + i)), y.data + i);
    });
}

/// y[i] = f(x[i]) and slope[i] = f'(x[i]); x and y may be one tensor.
template <class E, class In>
[[gnu::flatten]] constexpr void apply_and_keep_slope(auto f, const Tensor<E, In>& x, Tensor<E, In>& y,
                                                     Tensor<E, In>& slope) {
    detail::in_packs<E, In::count>([&]<class Pack>(int i) __attribute__((always_inline)) {
        const Dual<Pack> value = detail::with_derivative(f, load<Pack>(x.data + i));
        store(value.value, y.data + i);
        store(value.slope, slope.data + i);
    });
}

/// dx[i] = dy[i] f'(x[i]).
template <class E, class In>
[[gnu::flatten]] constexpr void apply_derivative(auto f, const Tensor<E, In>& x, const Tensor<E, In>& dy,
                                                 Tensor<E, In>& dx) {
    detail::in_packs<E, In::count>([&]<class Pack>(int i) __attribute__((always_inline)) {
        store(load<Pack>(dy.data + i) * detail::with_derivative(f, load<Pack>(x.data + i)).slope, dx.data + i);
    });
}

/// dx[i] = dy[i] slope[i]; dx and dy may be one tensor.
template <class E, class In>
[[gnu::flatten]] constexpr void apply_kept_slope(const Tensor<E, In>& slope, const Tensor<E, In>& dy,
                                                 Tensor<E, In>& dx) {
    detail::in_packs<E, In::count>([&]<class Pack>(int i) __attribute__((always_inline)) {
        store(load<Pack>(dy.data + i) * load<Pack>(slope.data + i), dx.data + i);
    });
}

/// Layer L, whose forward takes an epilogue, followed by layer F, which is y = F::Function{}(z) for every element.
/// Training runs the function over the output of L, in place. So does inference where F::keeps_slope, because such a
/// function takes the registers that hold the sums of L (conv + SiLU: 9 % faster); other functions are applied to sums
/// in registers.
template <class L, class F>
struct Following : Activated<L, F> {
    using claims_of = Following;
    static constexpr bool backward_without_gradients = Activated<L, F>::backward_without_gradients,
                          reads_input = kiln::reads_input<L>, reads_output = kiln::reads_output<L>;

    template <class E, class In>
    struct Tape {
        Tensor<E, output_t<L, In>> slope;
        [[no_unique_address]] tape_t<L, E, In> layer;
    };

    static constexpr void forward(const auto& x, auto& y, auto at) {
        if constexpr (is_nothing<decltype(at.tape)> && F::keeps_slope) {
            L::forward(x, y, at);
            apply_in_packs(typename F::Function{}, y, y);
        } else if constexpr (is_nothing<decltype(at.tape)>) {
            L::forward(x, y, at, typename F::Function{});
        } else {
            L::forward(x, y, context_of_layer(at));
            apply_and_keep_slope(typename F::Function{}, y, y, at.tape.slope);
        }
    }
    static constexpr void backward(const auto& x, const auto& y, auto& dy, auto& dx, auto at) {
        if constexpr (is_nothing<decltype(at.statistics)>)
            apply_kept_slope(at.tape.slope, dy, dy);  // else measure_slopes has applied it
        L::backward(x, y, dy, dx, context_of_layer(at));
    }
    static constexpr void step(const auto& x, auto& y, auto& carry, auto at) {
        if constexpr (F::keeps_slope) {
            L::step(x, y, carry, at);
            apply_in_packs(typename F::Function{}, y, y);
        } else {
            L::step(x, y, carry, at, typename F::Function{});
        }
    }
    static constexpr void measure(const auto& x, auto& own, auto at) { L::measure(x, own, context_of_layer(at)); }
    static constexpr void measure_slopes(const auto& x, const auto& y, auto& dy, auto& kept, auto& own, auto at) {
        apply_kept_slope(at.tape.slope, dy, dy);
        L::measure_slopes(x, y, dy, kept, own, context_of_layer(at));
    }

  private:
    static constexpr auto context_of_layer(auto at) {
        return Context{at.parameters, at.gradients,  at.state,   at.observed,
                       at.statistics, at.tape.layer, at.scratch, at.pass};
    }
};

}  // namespace kiln::inline KILN_TARGET::kernels

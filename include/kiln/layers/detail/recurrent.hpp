// SPDX-License-Identifier: BSL-1.0
#pragma once
// The recurrent layers but for their cells (kernels/recurrent.hpp): Shape<T, In> -> Shape<T, H>, or Shape<H> where the
// layer is fused with Last.
//
// Forward of lanes computes frame by frame from PyTorch's weights. Forward of plain numbers lays the weights out first
// (kernels/recurrent_step.hpp). The tape keeps `Cell::kept` values of each unit and frame. Backward goes through the
// frames from the last, and writes the slopes of the sums over the tape. Then each weight's gradient is one product
// over frames and lanes.
//
// Lengths: padding at the end of a sample changes nothing before it, and where dy is zero in the padding, the slopes of
// all sums are zero there. So only Last asks for lengths.

#include <kiln/core/contract.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/kernels/last_frame.hpp>
#include <kiln/kernels/mixed_product.hpp>
#include <kiln/kernels/recurrent.hpp>
#include <kiln/kernels/recurrent_step.hpp>

#include <boost/hana/define_struct.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {

template <class S, int Rows, int In, int H>
struct recurrent_parameters {
    BOOST_HANA_DEFINE_STRUCT(recurrent_parameters, (Tensor<S, Shape<Rows, In>>, weight_ih_l0),
                             (Tensor<S, Shape<Rows, H>>, weight_hh_l0), (Tensor<S, Shape<Rows>>, bias_ih_l0),
                             (Tensor<S, Shape<Rows>>, bias_hh_l0));
};

// As recurrent_parameters, with the state and the memory before the first frame.
template <class S, int Rows, int In, int H>
struct started_parameters {
    BOOST_HANA_DEFINE_STRUCT(started_parameters, (Tensor<S, Shape<Rows, In>>, weight_ih_l0),
                             (Tensor<S, Shape<Rows, H>>, weight_hh_l0), (Tensor<S, Shape<Rows>>, bias_ih_l0),
                             (Tensor<S, Shape<Rows>>, bias_hh_l0), (Tensor<S, Shape<H>>, hidden_start),
                             (Tensor<S, Shape<H>>, memory_start));
};

// As recurrent_parameters, for both directions of time.
template <class S, int Rows, int In, int H>
struct bidirectional_parameters {
    BOOST_HANA_DEFINE_STRUCT(bidirectional_parameters, (Tensor<S, Shape<Rows, In>>, weight_ih_l0),
                             (Tensor<S, Shape<Rows, H>>, weight_hh_l0), (Tensor<S, Shape<Rows>>, bias_ih_l0),
                             (Tensor<S, Shape<Rows>>, bias_hh_l0), (Tensor<S, Shape<Rows, In>>, weight_ih_l0_reverse),
                             (Tensor<S, Shape<Rows, H>>, weight_hh_l0_reverse),
                             (Tensor<S, Shape<Rows>>, bias_ih_l0_reverse),
                             (Tensor<S, Shape<Rows>>, bias_hh_l0_reverse));
};

template <class Layer>
struct RecurrentLast;

template <class Layer, class Next>
struct recurrent_then {
    using type = void;
};
template <class Layer, TakesLastFrame Next>
struct recurrent_then<Layer, Next> {
    using type = RecurrentLast<Layer>;
};

// The layer with as many inputs as X has, or void if the layer has another fault.
template <class Layer, class X, class Repaired>
using repaired_recurrent = std::conditional_t<Layer::sane && Layer::countable && X::rank == 2, Repaired, void>;

// The base of layer Layer, whose cell is Cell with Gates. A cell with memory may learn its start.
template <class Layer, class Cell, int In, int H, class Gates, bool LearnsStart = false>
struct Recurrent {
    using claims_of = Layer;
    static constexpr int inputs = In, units = H;
    static constexpr bool sane = In > 0 && H > 0,
                          countable = Extents{Cell::gates, H, In}.valid() && Extents{Cell::gates, H, H}.valid();

    static constexpr Fit shape(Extents in) {
        return {.out = Extents{in[0] < 1 ? 1 : in[0], H < 1 ? 1 : H},
                .fits = sane && countable && in.rank == 2 && in[1] == In};
    }
    template <class X>
    using needs = typename first_unmet<need<sane, positive_arguments>, need<countable, fewer_elements>,
                                       need<X::rank == 2, rank<2>>, need<false, frames_of<In>>>::type;

    template <class S, class>
    using Parameters = std::conditional_t<LearnsStart, started_parameters<S, Cell::gates * H, In, H>,
                                          recurrent_parameters<S, Cell::gates * H, In, H>>;
    template <class S>
        requires(!LearnsStart)
    using BothParameters = bidirectional_parameters<S, Cell::gates * H, In, H>;
    static constexpr void initialize(auto& parameters, auto& random) {
        initialize_uniform(parameters.weight_ih_l0, H, random);
        initialize_uniform(parameters.weight_hh_l0, H, random);
        initialize_uniform(parameters.bias_ih_l0, H, random);
        initialize_uniform(parameters.bias_hh_l0, H, random);
        if constexpr (LearnsStart) {
            initialize_uniform(parameters.hidden_start, H, random);
            initialize_uniform(parameters.memory_start, H, random);
        }
    }
    static constexpr long long multiply_adds(Extents in) {
        return in[0] * (Cell::gates * static_cast<long long>(H) * (In + H) + Cell::products * H);
    }

    template <class, class Next>
    using fused = typename recurrent_then<Layer, Next>::type;
    static void describe(const auto& x, auto& y, auto at) requires(!LearnsStart) {
        y = Layer::described(x, at.parameters);
    }

    template <class E, class X>
    struct Tape {
        Tensor<E, Shape<X::extents[0], Cell::kept, H>> gates;
    };

    // ---- Streams

    template <class E, class>
    struct Carry {
        static constexpr int count = kernels::UnitPacks<scalar_t<E>, H>::padded;
        Tensor<E, Shape<count>> hidden;
        [[no_unique_address]] std::conditional_t<Cell::has_memory, Tensor<E, Shape<count>>, Nothing> memory;
    };
    template <class S>
    struct PreparedWithStart : kernels::PreparedRecurrent<Cell, In, H, S> {
        Tensor<S, Shape<H>> hidden_start, memory_start;
    };
    template <class S, class>
    using Prepared = std::conditional_t<LearnsStart, PreparedWithStart<S>, kernels::PreparedRecurrent<Cell, In, H, S>>;

    static constexpr void prepare(const auto& parameters, auto& prepared) {
        kernels::prepare_recurrent<Cell, In, H>(weights(parameters), prepared);
        if constexpr (LearnsStart) {
            prepared.hidden_start = parameters.hidden_start;
            prepared.memory_start = parameters.memory_start;
        }
    }
    static constexpr void reset(auto& carry, const auto& at) { begin(carry, at.prepared); }
    template <class E, int N>
    static constexpr void step(const Tensor<E, Shape<N, In>>& x, Tensor<E, Shape<N, H>>& y, auto& carry, auto at) {
        Nothing none;
        run<N, N>(x.data, y.data, carry, at, none, [](int) {});
    }

    // ---- Passes

    template <class E, class X, Wanted W>
    struct Scratch {
        Carry<E, X> carry;
        [[no_unique_address]] std::conditional_t<RealScalar<E>, Prepared<E, X>, Nothing> prepared;
        struct Slopes {
            Tensor<E, Shape<H>> hidden;
            [[no_unique_address]] std::conditional_t<Cell::has_memory, Tensor<E, Shape<H>>, Nothing> memory;
            Tensor<E, Shape<Cell::sums, H>> totals;
            // The state before each frame, where the one before the first is not 0.
            [[no_unique_address]] std::conditional_t<LearnsStart, Tensor<E, Shape<X::extents[0], H>>, Nothing> before;
        };
        [[no_unique_address]] std::conditional_t<W == Wanted::outputs, Nothing, Slopes> slopes;
    };

    template <class E, int T>
    static constexpr void forward(const Tensor<E, Shape<T, In>>& x, Tensor<E, Shape<T, H>>& y, auto at) {
        frames<T, T>(x, y.data, at, [](int) {});
    }
    // All frames of a pass. The state after frame t is row t mod Rows of `states`; then see(t) is called.
    template <int T, int Rows, class E>
    static constexpr void frames(const Tensor<E, Shape<T, In>>& x, E* states, auto at, auto see) {
        if constexpr (RealScalar<E>) prepare(at.parameters, at.scratch.prepared);
        begin(at.scratch.carry, at.parameters);
        run<T, Rows>(x.data, states, at.scratch.carry, StepContext{at.parameters, at.scratch.prepared}, at.tape, see);
    }

    static constexpr bool backward_without_gradients = true;
    template <class E, int T>
    static constexpr void backward(const Tensor<E, Shape<T, In>>& x, const Tensor<E, Shape<T, H>>& y,
                                   const Tensor<E, Shape<T, H>>& dy, auto& dx, auto at) {
        E* const dh = at.scratch.slopes.hidden.data;
        for (int u = 0; u < H; ++u) kernels::store(E(scalar_t<E>(0)), dh + u);
        frames_back(
            x, y.data, [&](int t) { return dy.data + t * H; }, dx, at);
    }
    // slope_of(t) is the slope of the output of frame t, or Nothing; at.scratch.slopes.hidden has been set.
    template <class E, int T>
    static constexpr void frames_back(const Tensor<E, Shape<T, In>>& x, const E* states, auto slope_of, auto& dx,
                                      auto at) {
        constexpr int row = Cell::kept * H;
        const E zero(scalar_t<E>(0));
        E *const tape = at.tape.gates.data, *const dh = at.scratch.slopes.hidden.data,
                 *const totals = at.scratch.slopes.totals.data;
        E* memory_slope = nullptr;
        for (int k = 0; k < Cell::sums * H; ++k) kernels::store(zero, totals + k);
        if constexpr (Cell::has_memory) {
            memory_slope = at.scratch.slopes.memory.data;
            for (int u = 0; u < H; ++u) kernels::store(zero, memory_slope + u);
        }
        begin(at.scratch.carry, at.parameters);
        const E *const start = at.scratch.carry.hidden.data, *first_memory = start;
        if constexpr (LearnsStart) first_memory = at.scratch.carry.memory.data;
        for (int t = T - 1; t >= 0; --t) {
            const E *h = start, *memory = first_memory;
            if (t > 0) h = states + (t - 1) * H, memory = tape + (t - 1) * row + Cell::memory_at * H;
            E* const slopes = tape + t * row;
            kernels::recurrent_frame_slopes<Cell, Gates, H>(slopes, h, memory, slope_of(t), dh, memory_slope, totals);
            if (t == 0 && !LearnsStart) break;
            const auto direct = [&] {
                if constexpr (Cell::passes_slope)
                    return static_cast<const E*>(dh);
                else
                    return Nothing{};
            }();
            kernels::gate_slopes<Cell::gates, H, H>(at.parameters.weight_hh_l0.data, slopes, Cell::hidden_sum, direct,
                                                    dh);
        }
        if constexpr (!is_nothing<decltype(dx)>) input_slopes<T>(at.parameters.weight_ih_l0.data, tape, dx.data);
        if constexpr (!is_nothing<decltype(at.gradients)>) {
            add_gradients<T>(x.data, states, tape, totals, at);
            if constexpr (LearnsStart)
                for (int u = 0; u < H; ++u) {
                    at.gradients.hidden_start[u] += rounded(reduce(kernels::load<E>(dh + u)));
                    at.gradients.memory_start[u] += rounded(reduce(kernels::load<E>(memory_slope + u)));
                }
        }
    }

  private:
    // The state before the first frame: zero, or the learned start, which parameters and prepared numbers have.
    static constexpr void begin(auto& carry, [[maybe_unused]] const auto& learned) {
        using E = std::remove_cvref_t<decltype(carry.hidden[0])>;
        for (int u = 0; u < carry.count; ++u) {
            kernels::store(E(scalar_t<E>(0)), carry.hidden.data + u);
            if constexpr (Cell::has_memory) kernels::store(E(scalar_t<E>(0)), carry.memory.data + u);
        }
        if constexpr (LearnsStart)
            for (int u = 0; u < H; ++u) {
                kernels::store(E(learned.hidden_start[u]), carry.hidden.data + u);
                kernels::store(E(learned.memory_start[u]), carry.memory.data + u);
            }
    }
    template <class P>
    static constexpr auto weights(const P& parameters) {
        using S = std::remove_cvref_t<decltype(parameters.bias_ih_l0[0])>;
        return kernels::RecurrentWeights<S>{parameters.weight_ih_l0.data, parameters.weight_hh_l0.data,
                                            parameters.bias_ih_l0.data, parameters.bias_hh_l0.data};
    }
    // The weights of lanes: as prepared for a stream, or PyTorch's.
    template <class P, class Q>
    static constexpr decltype(auto) weights(const StepContext<P, Q>& at) {
        if constexpr (is_nothing<Q>)
            return weights(at.parameters);
        else
            return (at.prepared);
    }
    // State t of `Rows` rows follows from state t - 1, or from the carry.
    template <int N, int Rows, class E>
    static constexpr void run(const E* x, E* states, auto& carry, auto at, auto& tape, auto see) {
        E* memory = nullptr;
        if constexpr (Cell::has_memory) memory = carry.memory.data;
        for (int t = 0; t < N; ++t) {
            const auto kept = [&] {
                if constexpr (is_nothing<decltype(tape)>)
                    return Nothing{};
                else
                    return tape.gates.data + t * Cell::kept * H;
            }();
            E* const next = states + t % Rows * H;
            if constexpr (RealScalar<E>) {
                kernels::recurrent_step<Cell, Gates, In, H>(x + t * In, carry.hidden.data, memory, at.prepared, next,
                                                            kept);
            } else {
                const E* const h = t > 0 ? states + (t - 1) % Rows * H : carry.hidden.data;
                kernels::recurrent_frame<Cell, Gates, In, H>(x + t * In, h, memory, weights(at), next, kept);
            }
            see(t);
        }
        if constexpr (!RealScalar<E>)
            for (int u = 0; u < H; ++u)
                kernels::store(kernels::load<E>(states + (N - 1) % Rows * H + u), carry.hidden.data + u);
    }

    template <int T, class E>
    static constexpr void input_slopes(const auto* w, const E* slopes, E* dx) {
        if constexpr (RealScalar<E>) {
            for (int t = 0; t < T; ++t)
                kernels::gate_slopes<Cell::gates, H, In>(w, slopes + t * Cell::kept * H, Cell::input_sum, Nothing{},
                                                         dx + t * In);
        } else {
            constexpr kernels::MatrixSteps from{Cell::kept * H, 1}, row{In, 1};
            kernels::mixed_product<T, In, Cell::gates * H, from, row, row>(slopes, w, Nothing{}, dx);
        }
    }

    // The gates whose products with x and with h belong to one sum stand first; the others are one run of sums.
    template <int T, class E>
    static constexpr void add_gradients(const E* x, const E* states, const E* slopes, const E* totals, const auto& at) {
        constexpr int row = Cell::kept * H, all = Cell::gates, alike = [] {
            int count = 0;
            while (count < Cell::gates && Cell::hidden_sum[count] == count) ++count;
            return count;
        }();
        constexpr kernels::MatrixSteps from{row, 1}, of_x{In, 1}, of_h{H, 1};
        auto& gradients = at.gradients;
        kernels::mixed_product_gradient<all * H, In, T, from, of_x>(slopes, x, gradients.weight_ih_l0.data);
        if constexpr (LearnsStart) {
            E* const before = at.scratch.slopes.before.data;
            for (int u = 0; u < H; ++u) kernels::store(kernels::load<E>(at.scratch.carry.hidden.data + u), before + u);
            for (int i = 0; i < (T - 1) * H; ++i) kernels::store(kernels::load<E>(states + i), before + H + i);
            kernels::mixed_product_gradient<all * H, H, T, from, of_h>(slopes, before, gradients.weight_hh_l0.data);
        } else if constexpr (T > 1) {
            auto* const weight = gradients.weight_hh_l0.data;
            kernels::mixed_product_gradient<alike * H, H, T - 1, from, of_h>(slopes + row, states, weight);
            if constexpr (alike < all)
                kernels::mixed_product_gradient<(all - alike) * H, H, T - 1, from, of_h>(
                    slopes + row + Cell::hidden_sum[alike] * H, states, weight + alike * H * H);
        }
        for (int g = 0; g < all; ++g)
            for (int u = 0; u < H; ++u) {
                const auto total = [&](int sum) { return rounded(reduce(kernels::load<E>(totals + sum * H + u))); };
                gradients.bias_ih_l0[g * H + u] += total(Cell::input_sum[g]);
                gradients.bias_hh_l0[g * H + u] += total(Cell::hidden_sum[g]);
            }
    }
};

// A recurrent layer followed by Last. The states are on the tape, so nobody needs slopes of all frames.
template <class Layer>
struct RecurrentLast {
    static constexpr int H = Layer::units;
    static constexpr Fit shape(Extents in) {
        Fit fit = Layer::shape(in);
        fit.out = Extents{fit.out[1]};
        return fit;
    }
    template <class S, class X>
    using Parameters = parameters_t<Layer, S, X>;
    static constexpr long long multiply_adds(Extents in) { return Layer::multiply_adds(in); }
    template <class E, class X>
    struct Tape : tape_t<Layer, E, X> {
        Tensor<E, Shape<X::extents[0], H>> states;
    };
    template <class E, class X, Wanted W>
    struct Scratch : scratch_t<Layer, E, X, W> {
        [[no_unique_address]] std::conditional_t<W == Wanted::outputs, Tensor<E, Shape<2, H>>, Nothing> states;
    };

    template <class E, int T, int In>
    static constexpr void forward(const Tensor<E, Shape<T, In>>& x, Tensor<E, Shape<H>>& y, auto at) {
        constexpr bool keeps = !is_nothing<decltype(at.tape)>;
        constexpr int rows = keeps ? T : 2;
        E* const states = [&] {
            if constexpr (keeps)
                return at.tape.states.data;
            else
                return at.scratch.states.data;
        }();
        Layer::template frames<T, rows>(
            x, states, at, [&](int t) { kernels::take_frame<T, H>(states + t % rows * H, t, at.pass, y.data); });
    }

    static constexpr bool backward_without_gradients = true, reads_output = false;
    template <class E, int T, int In>
    static constexpr void backward(const Tensor<E, Shape<T, In>>& x, const auto&, const Tensor<E, Shape<H>>& dy,
                                   auto& dx, auto at) {
        E* const dh = at.scratch.slopes.hidden.data;
        for (int u = 0; u < H; ++u) kernels::store(E(scalar_t<E>(0)), dh + u);
        Layer::frames_back(
            x, at.tape.states.data,
            [&](int t) {
                kernels::take_frame<T, H>(dy.data, t, at.pass, dh);
                return Nothing{};
            },
            dx, at);
    }
};

}  // namespace kiln::inline KILN_TARGET::detail

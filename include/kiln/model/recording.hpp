// SPDX-License-Identifier: BSL-1.0
#pragma once
// One pass of a model, forward and backward, for a user's own training loop:
//
//   kiln::Recording<Digits> pass;
//   pass.x = image;
//   pass.forward(model, key);                          // y = model(x), in training mode
//   pass.backward(model, dy, learner.gradients());     // adds d(dy · y) / d(parameters)
//   learner.apply();                                   // kiln/train/learner.hpp
//
// A recording is a plain value that holds everything that backward needs of its forward pass, so several recordings may
// be alive at once. With E = Lanes<float, 16> a recording holds sixteen samples (set_lane(pass.x[i], l, value)).
//
// With dual numbers as elements a recording differentiates its passes once more:
//
//   kiln::Recording<Curve, kiln::Dual<float>> pass;    // or Dual<Lanes<float, 16>>
//   pass.x[0] = {t, 1};                                // moves along the input: y has dy/dt as its slope
//   pass.forward(model, direction);                    // moves along the parameters: the slopes of the gradients are
//                                                      // the product of the Hessian with the direction

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/detail/finite.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/dual_record.hpp>
#include <kiln/core/record.hpp>
#include <kiln/model/plan.hpp>

#include <cstdint>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

/// A forward pass of model M over elements E, with everything that backward needs. W says whether backward may be asked
/// for dx; `Wanted::parameter_gradients` takes less memory. Layers with batch statistics take the samples of this one
/// pass as their batch.
template <class M, class E = float, Wanted W = Wanted::all_gradients>
class Recording {
    using Body = typename M::Body;
    using Scalar = scalar_t<E>;
    static constexpr bool of_floats = std::is_same_v<Scalar, float>;  // as the model's own numbers
    static_assert(
        W != Wanted::outputs,
        "kiln: Recording needs Wanted::all_gradients or Wanted::parameter_gradients, got Wanted::outputs; try "
        "Recording<M, E>");

  public:
    using Input = typename M::Input;
    using Output = typename M::Output;
    using Parameters = parameters_t<Body, Scalar, Input>;
    /// The record of derivatives; M::Gradients if E is float or lanes of float.
    using Gradients = gradients_t<Body, Scalar, Input>;

    Tensor<E, Input> x;   ///< one sample in each lane; set it before forward, and leave it until backward
    Tensor<E, Output> y;  ///< the output of the last forward pass

    /// y = model(x) in training mode. Randomness (dropout) is a function of `key` and of a sample's number; lane 0
    /// holds sample `first`. Lanes from `live` on hold no sample: batch statistics leave them out, and dy must be 0
    /// there. lengths[l] are the frames of the sample in lane l (core/contract/lengths.hpp), and must last until
    /// backward; nullptr if each has all frames.
    constexpr const Tensor<E, Output>& forward(const M& model, std::uint64_t key = 0, int live = width<E>,
                                               int first = 0, const int* lengths = nullptr) {
        const Pass pass{.training = true, .key = key, .first_sample = first, .live = live, .lengths = lengths};
        if constexpr (of_floats) {
            return forward(model.parameters(), model.state(), pass);
        } else {
            hold(model);
            return forward(key, live, first, lengths);
        }
    }
    /// y = model(x) for dual numbers, where the parameters move along `direction`: the slopes of y, and after backward
    /// those of the derivatives, are the changes along it.
    constexpr const Tensor<E, Output>& forward(const M& model, const typename M::Parameters& direction,
                                               std::uint64_t key = 0, int live = width<E>, int first = 0,
                                               const int* lengths = nullptr) requires(!of_floats) {
        hold(model, direction);
        return forward(key, live, first, lengths);
    }
    /// Copies the model's numbers, for passes that follow without the model.
    constexpr void hold(const M& model) requires(!of_floats) {
        copy_record<Scalar>(model.parameters(), model_.parameters);
        copy_record<Scalar>(model.state(), model_.state);
    }
    /// The same for parameters that move along `direction`.
    constexpr void hold(const M& model, const typename M::Parameters& direction) requires(!of_floats) {
        copy_record<Scalar>(model.parameters(), direction, model_.parameters);
        copy_record<Scalar>(model.state(), model_.state);
    }
    /// A pass over the numbers that the recording holds.
    constexpr const Tensor<E, Output>& forward(std::uint64_t key = 0, int live = width<E>, int first = 0,
                                               const int* lengths = nullptr) requires(!of_floats) {
        return forward(model_.parameters, model_.state,
                       {.training = true, .key = key, .first_sample = first, .live = live, .lengths = lengths});
    }
    /// y = network(x) for records of the scalars that go with E.
    constexpr const Tensor<E, Output>& forward(const Parameters& parameters, const auto& state, const Pass& pass) {
        pass_ = pass;
        observed_ = {};
        Nothing none;
        forward_part<Body>(x, y, context(parameters, none, state));
        return y;
    }

    /// Adds to `gradients` the derivatives of sum_k dy_k y_k, summed over lanes, and sets dx to the derivatives with
    /// respect to x.
    constexpr void backward(const M& model, const Tensor<E, Output>& dy, Gradients& gradients, Tensor<E, Input>& dx) {
        static_assert(
            W == Wanted::all_gradients,
            "kiln: backward with dx needs Wanted::all_gradients, got Wanted::parameter_gradients; try Recording<M, E>");
        backward_of(model, dy, gradients, dx);
    }
    /// Adds to `gradients` the derivatives of sum_k dy_k y_k, summed over lanes.
    constexpr void backward(const M& model, const Tensor<E, Output>& dy, Gradients& gradients) {
        Nothing nobody;
        backward_of(model, dy, gradients, nobody);
    }
    /// Backward for records of the scalars that go with E; dx may be Nothing.
    constexpr void backward(const Parameters& parameters, const auto& state, const Tensor<E, Output>& dy,
                            Gradients& gradients, auto& dx) {
        workspace_.dy = dy;  // layers overwrite it
        backward_part<Body>(x, y, workspace_.dy, dx, context(parameters, gradients, state));
    }

    /// Updates the model's state (running averages) by what the last forward pass observed. Returns whether it did so:
    /// a state that would not be finite changes nothing.
    constexpr bool settle(M& model) const requires of_floats {
        auto state = model.state();
        kiln::settle<Body, Input>(state, observed_, statistics_, pass_.live);
        for (const auto& tensor : tensors<const float>(state))
            if (!detail::all_finite(tensor)) return false;
        model.state() = state;
        return true;
    }

  private:
    constexpr void backward_of(const M& model, const Tensor<E, Output>& dy, Gradients& gradients, auto& dx) {
        if constexpr (of_floats)
            backward(model.parameters(), model.state(), dy, gradients, dx);
        else
            backward(model_.parameters, model_.state, dy, gradients, dx);  // those of the forward pass
    }
    constexpr auto context(const auto& parameters, auto& gradients, const auto& state) {
        return Context{parameters, gradients, state, observed_, statistics_, tape_, workspace_.scratch, pass_};
    }

    // The model's numbers as scalars of another type.
    struct Numbers {
        Parameters parameters;
        [[no_unique_address]] state_t<Body, Scalar, Input> state;
    };
    [[no_unique_address]] std::conditional_t<of_floats, Nothing, Numbers> model_{};
    [[no_unique_address]] tape_t<Body, E, Input> tape_;
    detail::Workspace<Body, E, Input, W> workspace_;
    [[no_unique_address]] observed_t<Body, Scalar, Input> observed_{};
    [[no_unique_address]] statistics_t<Body, Scalar, Input> statistics_{};
    Pass pass_;
};

template <class First, class... Others, class E, Wanted W>
class Recording<OneOf<First, Others...>, E, W> : public Recording<First, E, W> {
    static_assert(!detail::is_one_of<OneOf<First, Others...>>,
                  "kiln: Recording needs a Model, got a OneOf; try the model in it: visit");

  public:
    constexpr const auto& forward(const auto&...) { return this->y; }
    constexpr void backward(const auto&...) {}
};

}  // namespace kiln::inline KILN_TARGET

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

#include <kiln/core/container.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/detail/finite.hpp>
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
    static_assert(
        W != Wanted::outputs,
        "kiln: Recording needs Wanted::all_gradients or Wanted::parameter_gradients, got Wanted::outputs; try "
        "Recording<M, E>");

  public:
    using Input = typename M::Input;
    using Output = typename M::Output;
    using Parameters = parameters_t<Body, scalar_t<E>, Input>;
    /// The record of derivatives; M::Gradients if E is float or lanes of float.
    using Gradients = gradients_t<Body, scalar_t<E>, Input>;

    Tensor<E, Input> x;   ///< one sample in each lane; set it before forward, and leave it until backward
    Tensor<E, Output> y;  ///< the output of the last forward pass

    /// y = model(x) in training mode. Randomness (dropout) is a function of `key` and of a sample's number; lane 0
    /// holds sample `first`. Lanes from `live` on hold no sample: batch statistics leave them out, and dy must be 0
    /// there.
    constexpr const Tensor<E, Output>& forward(const M& model, std::uint64_t key = 0, int live = width<E>,
                                               int first = 0) {
        return forward(model.parameters(), model.state(),
                       {.training = true, .key = key, .first_sample = first, .live = live});
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
        backward(model.parameters(), model.state(), dy, gradients, dx);
    }
    /// Adds to `gradients` the derivatives of sum_k dy_k y_k, summed over lanes.
    constexpr void backward(const M& model, const Tensor<E, Output>& dy, Gradients& gradients) {
        Nothing nobody;
        backward(model.parameters(), model.state(), dy, gradients, nobody);
    }
    /// Backward for records of the scalars that go with E; dx may be Nothing.
    constexpr void backward(const Parameters& parameters, const auto& state, const Tensor<E, Output>& dy,
                            Gradients& gradients, auto& dx) {
        workspace_.dy = dy;  // layers overwrite it
        backward_part<Body>(x, y, workspace_.dy, dx, context(parameters, gradients, state));
    }

    /// Updates the model's state (running averages) by what the last forward pass observed. Returns whether it did so: a
    /// state that would not be finite changes nothing.
    constexpr bool settle(M& model) const {
        auto state = model.state();
        kiln::settle<Body, Input>(state, observed_, statistics_, pass_.live);
        for (const auto& tensor : tensors<const float>(state))
            if (!detail::all_finite(tensor)) return false;
        model.state() = state;
        return true;
    }

  private:
    constexpr auto context(const auto& parameters, auto& gradients, const auto& state) {
        return Context{parameters, gradients, state, observed_, statistics_, tape_, workspace_.scratch, pass_};
    }

    [[no_unique_address]] tape_t<Body, E, Input> tape_;
    detail::Workspace<Body, E, Input, W> workspace_;
    [[no_unique_address]] observed_t<Body, scalar_t<E>, Input> observed_{};
    [[no_unique_address]] statistics_t<Body, scalar_t<E>, Input> statistics_{};
    Pass pass_;
};

}  // namespace kiln::inline KILN_TARGET

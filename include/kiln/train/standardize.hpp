// SPDX-License-Identifier: BSL-1.0
#pragma once
// Copies means and deviations of data into the layers that standardise (layers/standardize.hpp). Every later program,
// file and chip then computes with the statistics of the training set:
//
//   kiln::standardize_inputs(model, kiln::data::standardization(train));
//   kiln::standardize_outputs(model, kiln::data::standardization_of_targets(train));

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/finite.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/files/detail/concat.hpp>

#include <stdexcept>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

namespace detail {

template <class L>
concept StandardizesInputs = MakesClaims<L> && requires {
    requires L::standardizes_inputs;
};
template <class L>
concept RestoresUnits = MakesClaims<L> && requires {
    requires L::restores_units;
};

// The first layer of a network, or with `Last` the last one, also within nested networks; state_in() finds its state.
template <class Net, bool Last>
struct outer_layer {
    using type = Net;
    static constexpr auto& state_in(auto& state) { return state; }
};
template <class Net, bool Last>
    requires(Composite<Net>&& requires {
        requires Net::depth >
        0;
    })
struct outer_layer<Net, Last> {
    static constexpr int part = Last ? Net::depth - 1 : 0;
    using Outer = outer_layer<typename Net::template Layer<part>, Last>;
    using type = typename Outer::type;
    static constexpr auto& state_in(auto& state) { return Outer::state_in(part_of<part>(state)); }
};

// Copies the moments of each value of a sample into the state of a layer, which has one mean and one deviation for each
// channel. All values of a channel must have the same moments.
void set_moments(auto& state, const auto& moments, const char* layer) {
    using Channels = typename std::remove_cvref_t<decltype(state.mean)>::Dimensions;
    using Sample = typename std::remove_cvref_t<decltype(moments.mean)>::Dimensions;
    constexpr int size = Sample::count / Channels::count;
    for (int k = 0; k < Sample::count; ++k) {
        const int first = k / size * size;
        const float mean = moments.mean.data[k], sd = moments.sd.data[k];
        if (!(sd > 0) || !is_finite(sd) || !is_finite(mean))
            raise<std::invalid_argument>(concat("kiln: ", layer, " needs finite means and deviations above 0, got ",
                                                mean, " and ", sd, " for value ", k));
        if (mean != moments.mean.data[first] || sd != moments.sd.data[first])
            raise<std::invalid_argument>(concat("kiln: ", layer,
                                                " needs one mean and one deviation for each channel, got ", mean,
                                                " and ", sd, " for value ", k, " of channel ", k / size,
                                                " and others for the values before it; try data::Per::channel"));
    }
    for (int c = 0; c < Channels::count; ++c) {
        state.mean.data[c] = moments.mean.data[c * size];
        state.sd.data[c] = moments.sd.data[c * size];
    }
}

}  // namespace detail

/// Sets the mean and the deviation of the model's first layer, which must be a Standardize. `moments` has a member mean
/// and a member sd of the inputs' shape, as data::standardization returns them. Throws std::invalid_argument if a mean
/// or a deviation is not finite, if a deviation is not above 0, or if the values of one channel have different moments.
template <class M>
void standardize_inputs(M& model, const auto& moments) {
    if constexpr (M::is_sound) {
        using Layer = detail::outer_layer<typename M::Network, false>;
        constexpr bool begins = detail::StandardizesInputs<typename Layer::type>;
        static_assert(begins, "kiln: standardize_inputs needs a network that begins with Standardize, got another; try "
                              "Standardize as its first layer");
        constexpr bool same =
            std::is_same_v<typename std::remove_cvref_t<decltype(moments.mean)>::Dimensions, typename M::Input>;
        static_assert(same, "kiln: standardize_inputs needs means and deviations of the shape of the model's inputs, "
                            "got another shape; try data::standardization of its samples");
        if constexpr (begins && same) detail::set_moments(Layer::state_in(model.state()), moments, "Standardize");
    }
}

/// Sets the mean and the deviation of the model's last layer, which must be an Unstandardize. `moments` has a member
/// mean and a member sd of the outputs' shape, as data::standardization_of_targets returns them. Throws as
/// standardize_inputs does.
template <class M>
void standardize_outputs(M& model, const auto& moments) {
    if constexpr (M::is_sound) {
        using Layer = detail::outer_layer<typename M::Network, true>;
        constexpr bool ends = detail::RestoresUnits<typename Layer::type>;
        static_assert(ends, "kiln: standardize_outputs needs a network that ends with Unstandardize, got another; try "
                            "Unstandardize as its last layer");
        constexpr bool same =
            std::is_same_v<typename std::remove_cvref_t<decltype(moments.mean)>::Dimensions, typename M::Output>;
        static_assert(same, "kiln: standardize_outputs needs means and deviations of the shape of the model's outputs, "
                            "got another shape; try data::standardization_of_targets of its samples");
        if constexpr (ends && same) detail::set_moments(Layer::state_in(model.state()), moments, "Unstandardize");
    }
}

}  // namespace kiln::inline KILN_TARGET

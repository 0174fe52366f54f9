// SPDX-License-Identifier: BSL-1.0
#pragma once
// Copies means and deviations of data into the layers that standardise (layers/standardize.hpp). Every later program,
// file and chip then computes with the statistics of the training set:
//
//   kiln::standardize_inputs(model, kiln::data::standardization(train));
//   kiln::standardize_outputs(model, kiln::data::standardization_of_targets(train));
//
// In a graph of several inputs or outputs these are the nodes that read an input and begin with Standardize, and the
// outputs that end with Unstandardize. The moments of each input and output are those that data::standardization and
// data::standardization_of_targets give for it. The other inputs and outputs stay as they are.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/finite.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/files/detail/concat.hpp>

#include <cstddef>
#include <stdexcept>
#include <type_traits>
#include <utility>

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

// The nodes of graph Net that may standardise one of several inputs, and (below) those that may restore the units of one of
// several outputs: the node's layer, and the number of its input or output, -1 for a node that does not.
template <class Net>
struct StandardizingNodes {
    static constexpr int count = 0;
};
template <HasWiring Net>
struct StandardizingNodes<Net> {
    static constexpr int count = Net::depth;
    template <int I>
    struct At {
        static constexpr int node = I;
        using Layer = outer_layer<typename Net::template Layer<I>, false>;
        static constexpr int from = Net::wiring.from[static_cast<std::size_t>(I)][0];
        static constexpr bool reads_input =
            Net::wiring.fan[static_cast<std::size_t>(I)] == 1 && from < Net::wiring.inputs;
        static constexpr int place = reads_input && StandardizesInputs<typename Layer::type> ? from : -1;
    };
};
template <class Net>
struct RestoringNodes {
    static constexpr int count = 0;
};
template <HasWiring Net>
struct RestoringNodes<Net> {
    static constexpr int count = static_cast<int>(Net::wiring.outputs.size());
    template <int I>
    struct At {
        static constexpr int node = Net::wiring.outputs[static_cast<std::size_t>(I)] - Net::wiring.inputs;
        using Layer = outer_layer<typename Net::template Layer<node>, true>;
        static constexpr int place = RestoresUnits<typename Layer::type> ? I : -1;
    };
};

// Whether `Moments` have a mean and a deviation for tensor Place of shapes S.
template <class Moments, class S, int Place>
inline constexpr bool has_moments = Place < 0;
template <class Moments, class S, int Place>
    requires requires(const Moments& moments, Tensor<float, S>& x) {
        requires Place >= 0;
        requires std::is_same_v<std::remove_cvref_t<decltype(moments.template get<Place>().mean)>,
                                std::remove_cvref_t<decltype(x.template get<Place>())>>;
    }
inline constexpr bool has_moments<Moments, S, Place> = true;

template <class Nodes>
using IndicesOf = std::make_integer_sequence<int, Nodes::count>;
template <class Nodes, int... I>
constexpr bool are_there(std::integer_sequence<int, I...>) {
    return (... || (Nodes::template At<I>::place >= 0));
}
template <class Nodes, class S, class Moments, int... I>
constexpr bool have_moments(std::integer_sequence<int, I...>) {
    return (... && has_moments<Moments, S, Nodes::template At<I>::place>);
}

// Copies the moments of each input or output into its nodes.
template <class Nodes, int I, class M>
void set_moments_of_node(M& model, const auto& moments, const char* layer) {
    using At = typename Nodes::template At<I>;
    if constexpr (At::place >= 0) {
        constexpr auto owner = static_cast<std::size_t>(owner_of<typename M::Network, At::node>);
        set_moments(At::Layer::state_in(part_of<owner>(model.state())), moments.template get<At::place>(),
                    concat(layer, At::place).c_str());
    }
}
template <class Nodes, class M, int... I>
void set_moments_of_nodes(M& model, const auto& moments, const char* layer, std::integer_sequence<int, I...>) {
    (set_moments_of_node<Nodes, I>(model, moments, layer), ...);
}

}  // namespace detail

/// Sets the mean and the deviation of the model's first layer, which must be a Standardize; of several inputs those of each
/// Standardize that reads one. `moments` has a member mean and a member sd of the inputs' shape, as data::standardization
/// returns them. Throws std::invalid_argument if a mean or a deviation is not finite, if a deviation is not above 0, or if
/// the values of one channel have different moments.
template <class M>
void standardize_inputs(M& model, const auto& moments) {
    if constexpr (!M::is_sound) {
        return;
    } else if constexpr (detail::are_shapes<typename M::Input>) {
        using Nodes = detail::StandardizingNodes<typename M::Network>;
        constexpr detail::IndicesOf<Nodes> indices;
        constexpr bool standardizes = detail::are_there<Nodes>(indices);
        static_assert(standardizes,
                      "kiln: standardize_inputs needs a graph in which a Standardize reads an input, got none; "
                      "try Node<\"standardized\", Standardize, \"input\">");
        constexpr bool same =
            detail::have_moments<Nodes, typename M::Input, std::remove_cvref_t<decltype(moments)>>(indices);
        static_assert(same,
                      "kiln: standardize_inputs needs means and deviations for each input that a Standardize reads, of "
                      "its shape, got others; try data::standardization of its samples");
        if constexpr (standardizes && same)
            detail::set_moments_of_nodes<Nodes>(model, moments, "Standardize of input ", indices);
    } else {
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

/// Sets the mean and the deviation of the model's last layer, which must be an Unstandardize; of several outputs those of
/// each that ends with one. `moments` has a member mean and a member sd of the outputs' shape, as
/// data::standardization_of_targets returns them. Throws as standardize_inputs does.
template <class M>
void standardize_outputs(M& model, const auto& moments) {
    if constexpr (!M::is_sound) {
        return;
    } else if constexpr (detail::are_shapes<typename M::Output>) {
        using Nodes = detail::RestoringNodes<typename M::Network>;
        constexpr detail::IndicesOf<Nodes> indices;
        constexpr bool restores = detail::are_there<Nodes>(indices);
        static_assert(restores,
                      "kiln: standardize_outputs needs a graph in which an output ends with Unstandardize, got none; "
                      "try Node<\"output\", Unstandardize, \"standardized\">");
        constexpr bool same =
            detail::have_moments<Nodes, typename M::Output, std::remove_cvref_t<decltype(moments)>>(indices);
        static_assert(
            same, "kiln: standardize_outputs needs means and deviations for each output that ends with Unstandardize, "
                  "of its shape, got others; try data::standardization_of_targets of its samples");
        if constexpr (restores && same)
            detail::set_moments_of_nodes<Nodes>(model, moments, "Unstandardize of output ", indices);
    } else {
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

template <class M>
    requires detail::is_one_of<M>
void standardize_inputs(M&, const auto&) {
    static_assert(!detail::is_one_of<M>,
                  "kiln: standardize_inputs needs a Model, got a OneOf; try the model in it: visit");
}
template <class M>
    requires detail::is_one_of<M>
void standardize_outputs(M&, const auto&) {
    static_assert(!detail::is_one_of<M>,
                  "kiln: standardize_outputs needs a Model, got a OneOf; try the model in it: visit");
}

}  // namespace kiln::inline KILN_TARGET

// SPDX-License-Identifier: BSL-1.0
#pragma once
// The layers of a network that other programs know (core/contract/kind.hpp), one after the other, with their tensors.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/io/state_dict.hpp>
#include <kiln/nets/each.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// A layer of a model, and its tensors by their names within the layer.
struct KnownLayer {
    Kind kind;
    int position = 0;  ///< its number in the chain
    std::vector<ModelTensor<float>> tensors;

    /// The elements of a tensor; null if the layer has no such tensor.
    float* find(std::string_view name) const {
        for (const auto& tensor : tensors)
            if (tensor.name == name) return tensor.data;
        return nullptr;
    }
    /// The number of a tensor's elements; 0 if the layer has no such tensor.
    int count(std::string_view name) const {
        for (const auto& tensor : tensors)
            if (tensor.name == name) return tensor.count();
        return 0;
    }
    /// The layer in words.
    std::string text() const { return concat("layer ", position, " of the model, ", kind.name); }
};

namespace detail {

// The verdict on layer L at a position.
template <class L, class In, int... Position>
constexpr auto known_verdict();
template <class L, class In, int I, int... Position>
constexpr auto known_parts() {
    if constexpr (I == L::depth) {
        return layers_known{};
    } else {
        using Part = decltype(known_verdict<typename L::template Layer<I>, typename L::template LayerInput<I, In>,
                                            Position..., I>());
        if constexpr (std::is_same_v<Part, layers_known>)
            return known_parts<L, In, I + 1, Position...>();
        else
            return Part{};
    }
}
// The verdict on a layer that other programs know for one rank of its input only. Each of a layer takes one rank more,
// but not every layer: not one of batch statistics.
template <class L, class In, int... Position>
constexpr auto known_verdict_on_rank() {
    constexpr int wanted = L::kind().rank;
    if constexpr (wanted == 0 || wanted == In::rank)
        return layers_known{};
    else if constexpr (wanted + 1 == In::rank && std::is_same_v<decltype(kiln::verdict<Each<L>, In>()), shapes_fit>)
        return not_known<layer<Position...>, L, expects<rank<wanted>>, got<In>, try_this<Each<L>>>{};
    else
        return not_known<layer<Position...>, L, expects<rank<wanted>>, got<In>>{};
}
template <class L, class In, int... Position>
constexpr auto known_verdict() {
    if constexpr (HasKind<L>)
        return known_verdict_on_rank<L, In, Position...>();
    else if constexpr (Chain<L>)
        return known_parts<L, In, 0, Position...>();
    else
        return not_known<layer<Position...>, L, missing<member::kind>>{};
}

// The tensors of a record, those from `next` on.
template <class Record>
void append_tensors(KnownLayer& known, const ModelTensor<float>*& next) {
    for (const TensorSchema& own : schema<Record>) {
        ModelTensor<float> tensor = *next++;
        tensor.name.remove_prefix(tensor.name.size() - static_cast<std::size_t>(own.name.length));
        known.tensors.push_back(tensor);
    }
}
// The layers of L, whose parameters are those from `next` on, and whose state is that from `next_state` on.
template <class L, class In>
void append_known(std::vector<KnownLayer>& layers, const ModelTensor<float>*& next,
                  const ModelTensor<float>*& next_state) {
    if constexpr (HasKind<L>) {
        KnownLayer known{L::kind(), static_cast<int>(layers.size()), {}};
        append_tensors<parameters_t<L, float, In>>(known, next);
        append_tensors<state_t<L, float, In>>(known, next_state);
        layers.push_back(std::move(known));
    } else {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (append_known<typename L::template Layer<static_cast<int>(I)>,
                          typename L::template LayerInput<static_cast<int>(I), In>>(layers, next, next_state),
             ...);
        }
        (std::make_index_sequence<static_cast<std::size_t>(L::depth)>{});
    }
}

/// The layers of a model that do something, in their order. `tensors` is the model's state_dict.
template <class Model>
std::vector<KnownLayer> known_layers(const auto& tensors) {
    std::vector<KnownLayer> layers;
    const ModelTensor<float>* next = tensors.data();
    const ModelTensor<float>* next_state = next + tensor_count<typename Model::Parameters>;
    append_known<typename Model::Network, typename Model::Input>(layers, next, next_state);
    std::erase_if(layers, [](const KnownLayer& known) { return *known.kind.name == '\0'; });
    return layers;
}

// The verdict on a model whose shapes agree; another has an error already, and so has a OneOf.
struct RefusedModel {
    static constexpr bool all_layers_are_known = true;
};
template <class Model>
constexpr auto known_model() {
    if constexpr (kiln::detail::is_one_of<Model>) {
        return RefusedModel{};
    } else if constexpr (Model::is_sound) {
        return known_verdict<typename Model::Network, typename Model::Input>();
    } else {
        return RefusedModel{};
    }
}

/// The verdict on a model: layers_known, or the first layer that other programs do not know.
template <class Model>
using KnownVerdict = decltype(known_model<Model>());

/// read(layers) for the layers of a model that other programs know.
template <class Out, class Model>
Out read_known(Model& model, auto read) {
    if constexpr (std::is_same_v<KnownVerdict<Model>, layers_known>)
        return read(known_layers<Model>(state_dict(model)));
    else
        return {};
}

}  // namespace detail

}  // namespace kiln::inline KILN_TARGET::io

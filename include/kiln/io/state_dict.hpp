// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tensors of a model under the names that files use. Names and layouts are those of the state_dict of the same
// network in PyTorch: "0.weight" is the weight of layer 0 of an nn.Sequential, "2.1.running_mean" the running mean of
// the second layer within the third. Learned tensors come first, then the state.

#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/record.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace kiln::inline KILN_TARGET::io {

/// One tensor of a model: its name, its shape, and a pointer to its elements (row by row, float or const float).
template <class S>
struct ModelTensor {
    // Not a Name: where g++ 12 knows the whole list while compiling, it takes stores to structs with such members for
    // dead. A loop over state_dict(model) then sees no extents (gone with -fno-strict-aliasing).
    std::string_view name;
    Extents extents;
    S* data = nullptr;

    constexpr int count() const { return static_cast<int>(extents.count()); }
};

/// All tensors of a model.
template <class Model>
constexpr auto state_dict(Model& model) {
    using S = std::conditional_t<std::is_const_v<Model>, const float, float>;
    using Parameters = typename Model::Parameters;
    using State = typename Model::State;
    std::array<ModelTensor<S>, static_cast<std::size_t>(tensor_count<Parameters> + tensor_count<State>)> all{};
    std::size_t n = 0;
    const auto append = [&](const auto& names, const auto& slices) {
        for (std::size_t i = 0; i < names.size(); ++i)
            all[n++] = {
                {names[i].name.text, static_cast<std::size_t>(names[i].name.length)}, names[i].extents, slices[i].data};
    };
    append(schema<Parameters>, tensors<S>(model.parameters()));
    append(schema<State>, tensors<S>(model.state()));
    return all;
}

template <class Models>
    requires kiln::detail::is_one_of<Models>
constexpr std::array<ModelTensor<float>, 0> state_dict(Models&) {
    constexpr bool is_model = !kiln::detail::is_one_of<Models>;
    static_assert(is_model, "kiln: the tensors of a file need a Model, got a OneOf; try the model in it: visit");
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io

// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tensors of a model by the names that a file has for them, and what is asked of such a file, whatever its format.

#include <kiln/io/named_tensor.hpp>
#include <kiln/io/state_dict.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::io {

/// How a model is read from a file.
struct LoadOptions {
    bool finite = false;                           ///< refuse NaN and infinities
    bool others_allowed = false;                   ///< pass over tensors that the model does not have
    std::span<const std::string_view> names = {};  ///< what the file calls the tensors of state_dict(model), in order
};

namespace detail {

template <class S, class Model>
std::vector<NamedTensor<S>> named_tensors(Model& model, std::span<const std::string_view> names,
                                          const std::string& prefix = "") {
    std::vector<NamedTensor<S>> all;
    for (const auto& tensor : state_dict(model)) {
        const std::string name(names.empty() ? tensor.name.c_str() : names[all.size()]);
        all.push_back({prefix + name, tensor.extents, tensor.data});
    }
    return all;
}

template <class Model>
inline constexpr std::size_t tensors_of = static_cast<std::size_t>(tensor_count<typename Model::Parameters> +
                                                                   tensor_count<typename Model::State>);

// Empty if the number of names suits.
template <class Model>
std::string names_fault(std::span<const std::string_view> names) {
    if (names.empty() || names.size() == tensors_of<Model>) return {};
    return "expected a name for each of the model's " + std::to_string(tensors_of<Model>) + " tensors, got " +
           std::to_string(names.size()) + " names";
}

}  // namespace detail

}  // namespace kiln::io

// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tensors of a model under the names that a file uses, and the options for reading such a file, in any format.

#include <kiln/core/compiled.hpp>
#include <kiln/io/named_tensor.hpp>
#include <kiln/io/state_dict.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// The options for reading a model from a file.
struct LoadOptions {
    bool finite = false;                           ///< refuse NaN and infinities
    bool others_allowed = false;                   ///< skip tensors that the model does not have
    std::span<const std::string_view> names = {};  ///< the file's names for the tensors of state_dict(model), in order
    std::string_view prefix = {};  ///< the prefix of all names in the file: "module." of PyTorch's DataParallel
};

namespace detail {

template <class S, class Model>
std::vector<NamedTensor<S>> named_tensors(Model& model, std::span<const std::string_view> names,
                                          std::string_view prefix = {}) {
    std::vector<NamedTensor<S>> all;
    for (const auto& tensor : state_dict(model)) {
        const std::string_view name = names.empty() ? tensor.name : names[all.size()];
        all.push_back({std::string(prefix).append(name), tensor.extents, tensor.data});
    }
    return all;
}

inline MatchOptions match_options(const LoadOptions& options) {
    return {.finite = options.finite,
            .others_allowed = options.others_allowed,
            .prefix = options.prefix,
            .suggest_prefix = true};
}

template <class Model>
inline constexpr std::size_t tensors_of = static_cast<std::size_t>(tensor_count<typename Model::Parameters> +
                                                                   tensor_count<typename Model::State>);

// Empty if there is a name for each tensor and no name occurs twice, otherwise the fault.
KILN_LAZY std::string names_fault(std::span<const std::string_view> names, std::size_t tensors,
                                  std::string_view prefix = {});
template <class Model>
std::string names_fault(const auto& options) {
    return names_fault(options.names, tensors_of<Model>, options.prefix);
}

}  // namespace detail

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/model_tensors.ipp>
#endif

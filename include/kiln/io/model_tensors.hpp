// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tensors of a model under the names that a file uses, and the options for reading such a file, in any format.
//
// Patterns of names load a part of a model; * in a pattern stands for any letters. The part follows the rules of a
// whole model: a tensor that is missing or too many in the file is an error.
//
//   kiln::io::load_safetensors(model, "trained.safetensors", {.skip = {"4.*"}}).or_throw();    // a new last layer
//   std::cout << kiln::io::load_safetensors(model, "trained.safetensors", {.only = {"0.*", "2.*"}}) << '\n';
//
//   loaded 4 tensors; the model's "4.weight" and "4.bias" stay as they were; the file's "4.weight" and "4.bias" are not
//   used

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/named_tensor.hpp>
#include <kiln/io/state_dict.hpp>

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// The options for reading a model from a file. Patterns match the names in state_dict(model), or those in `names`.
struct LoadOptions {
    bool finite = false;                  ///< refuse NaN and infinities
    bool others_allowed = false;          ///< skip tensors that the model does not have
    std::vector<std::string> names = {};  ///< the file's names for the tensors of state_dict(model), in order
    std::string prefix = {};              ///< the prefix of all names in the file: "module." of PyTorch's DataParallel
    std::vector<std::string> only = {};   ///< patterns ("0.*"): load only tensors whose names match one
    std::vector<std::string> skip = {};   ///< patterns: leave tensors unchanged whose names match one
};

/// The result of loading a model, with the tensors that were left out.
class [[nodiscard]] LoadResult : public Result {
  public:
    LoadResult() = default;
    LoadResult(Result result) : Result(std::move(result)) {}

    std::size_t loaded = 0;               ///< the number of tensors that were loaded
    std::vector<std::string> missing;     ///< the model's tensors that are unchanged: PyTorch's missing_keys
    std::vector<std::string> unexpected;  ///< the file's tensors that are not used: PyTorch's unexpected_keys

    /// The numbers and names above in one sentence; after a failure, the message.
    KILN_LAZY std::string summary() const;

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const LoadResult& r) {
        return out << r.summary().c_str();
    }
};

namespace detail {

template <class S, class Model>
std::vector<NamedTensor<S>> named_tensors(Model& model) {
    std::vector<NamedTensor<S>> all;
    if constexpr (!kiln::detail::is_one_of<Model>)  // which has been reported
        for (const auto& tensor : state_dict(model))
            all.push_back({std::string(tensor.name), tensor.extents, tensor.data});
    return all;
}

// Returns the fault of the names: too few, too many, or one that occurs twice. Empty if there is no fault.
KILN_LAZY std::string names_fault(const std::vector<std::string>& names, std::size_t tensors,
                                  std::string_view prefix = {});

// Gives a model's tensors the names that a file has for them. Returns the fault of these names, or an empty text.
template <class S>
std::string rename(std::vector<NamedTensor<S>>& tensors, const std::vector<std::string>& names,
                   std::string_view prefix = {}) {
    std::string fault = names_fault(names, tensors.size(), prefix);
    for (std::size_t i = 0; fault.empty() && i < tensors.size(); ++i) {
        if (!names.empty()) tensors[i].name = names[i];
        tensors[i].name.insert(0, prefix);
    }
    return fault;
}

// Lists the names that the options do not choose. Returns the fault of the patterns, or an empty text.
KILN_LAZY std::string choose(const std::vector<std::string>& names, const LoadOptions& options,
                             std::vector<std::string>& missing);

// Loads a model's tensors by read(tensors, match options, names of unused tensors). (All of it depends on `tensors`: a
// std::span that is made of a vector costs compilers 200 templates where that is not so.)
LoadResult load_tensors(const std::string& path, auto& tensors, const LoadOptions& options, auto read) {
    std::string fault = rename(tensors, options.names);
    std::vector<std::string> names;
    for (const auto& tensor : tensors) names.push_back(tensor.name);
    LoadResult result;
    if (fault.empty()) fault = choose(names, options, result.missing);
    if (!fault.empty()) return Result::failure(path, fault);
    const NameChoice choice{{options.only.data(), options.only.size()}, {options.skip.data(), options.skip.size()}};
    std::erase_if(tensors, [&](const auto& tensor) { return !choice.has(JsonString::plain(tensor.name).bytes()); });
    const MatchOptions match{.finite = options.finite,
                             .others_allowed = options.others_allowed,
                             .prefix = options.prefix,
                             .suggest_prefix = true,
                             .choice = &choice};
    result.loaded = tensors.size();
    if (Result done = read(tensors, match, result.unexpected); !done) return done;
    return result;
}

}  // namespace detail

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/model_tensors.ipp>
#endif

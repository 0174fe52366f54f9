// SPDX-License-Identifier: BSL-1.0
#pragma once
// Loads one of several models, the one that a file holds: a OneOf becomes the model whose tensors have the names and
// shapes of the file's.
//
//   kiln::OneOf<Small, Large> net;
//   kiln::io::load_safetensors(net, "net.safetensors").or_throw();
//   net.predict(x);
//
// Models that differ in layers without parameters alone, such as activations, have the same tensors. A file does not say
// which of them it is for, so it is refused.

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/io/detail/tensor_words.hpp>
#include <kiln/io/safetensors.hpp>
#include <kiln/model/one_of.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

// Gives `one_of` the only model that load(model), a Result or more, loads. `found` says what there is to load.
template <class... M>
auto load_the_one_that_fits(OneOf<M...>& one_of, const std::string& path, const std::string& found, auto load) {
    using Loaded = std::common_type_t<decltype(load(std::declval<M&>()))...>;
    Loaded loaded;
    std::unique_ptr<OneOf<M...>> chosen;
    std::string faults, fitting;
    int number = 0, fits = 0;
    const auto attempt = [&](auto model) {
        Loaded result = load(*model);
        if (result) {
            fitting += concat(fits > 0 ? " and " : "", number);
            chosen = std::make_unique<OneOf<M...>>(*model);
            loaded = std::move(result);
            ++fits;
        } else {
            faults += concat("; model ", number, ": ", result.cause());
        }
        ++number;
    };
    (attempt(std::make_unique<M>()), ...);
    if (fits == 0) loaded = Result::failure(path, concat("expected one of ", number, " models, found ", found, faults));
    if (fits > 1)
        loaded = Result::failure(path, concat("expected the content of one model, found that of models ", fitting));
    if (fits == 1) one_of = *chosen;
    return loaded;
}

template <class... M>
LoadResult load_safetensors(OneOf<M...>& one_of, TensorFile& file, const std::string& path,
                            const LoadOptions& options) {
    if (Result opened = file.open(); !opened) return opened;
    return load_the_one_that_fits(one_of, path, in_words(file.tensors()), [&](auto& model) {
        auto tensors = named_tensors<float>(model);
        return load_tensors(path, tensors, options,
                            [&](const auto& wanted, const MatchOptions& match, std::vector<std::string>& unused) {
                                return file.read({wanted.data(), wanted.size()}, match, &unused);
                            });
    });
}

}  // namespace detail

/// Makes `one_of` the model that a file holds, and reads it. After a failure nothing has changed; the message says what
/// the file holds, and what each model lacks.
template <class... M>
LoadResult load_safetensors(OneOf<M...>& one_of, const std::string& path, const LoadOptions& options = {}) {
    return kiln::detail::guarded(path, [&]() -> LoadResult {
        InputFile opened(path);
        TensorFile file(opened);
        return detail::load_safetensors(one_of, file, path, options);
    });
}

/// Makes `one_of` the model in the bytes of a safetensors file; `name` stands for the file in messages.
template <class... M>
LoadResult load_safetensors(OneOf<M...>& one_of, std::span<const std::byte> bytes, const LoadOptions& options = {},
                            const std::string& name = "memory") {
    return kiln::detail::guarded(name, [&]() -> LoadResult {
        TensorFile file({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name);
        return detail::load_safetensors(one_of, file, name, options);
    });
}

}  // namespace kiln::inline KILN_TARGET::io

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Models in safetensors files (github.com/huggingface/safetensors), which PyTorch, JAX and others read and write. Names
// and layouts are those of the state_dict of the same nn.Sequential, so files go both ways without conversion:
//
//   torch:  safetensors.torch.save_file(net.state_dict(), "digits.safetensors")
//   Kiln:   kiln::io::load_safetensors(digits, "digits.safetensors").or_throw();
//
// The type of the model is the schema: a missing tensor, an additional one or one of another shape is an error.
// (PyTorch needs an nn.Flatten() before an nn.Linear, which counts as a layer; Kiln does not. A kiln::Flatten in the
// same place makes positions agree; SaveOptions::names and LoadOptions::names are the other way. If a module holds the
// nn.Sequential, names begin with the name of that member: "net.0.weight" is read with {.prefix = "net."}. DataParallel
// writes "module.", torch.compile "_orig_mod.".)
//
// Bytes in memory, received over a network or from an archive, are read without a copy:
//
//   std::vector<char> received = …;
//   kiln::io::load_safetensors(digits, std::as_bytes(std::span(received)), {}, "digits from the server").or_throw();
//
// The options .only and .skip load a part of a model (io/model_tensors.hpp).

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/tensor_file.hpp>
#include <kiln/io/model_tensors.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// The options for writing a model to a file.
struct SaveOptions {
    std::vector<std::string> names = {};  ///< the file's names for the tensors of state_dict(model)
    std::string prefix = {};              ///< the prefix of all names in the file
    std::vector<Note> notes = {};         ///< the file's __metadata__, besides "format": "pt"
};

namespace detail {

// Loads a model's tensors from a file that is not open yet.
LoadResult load_safetensors(TensorFile& file, const std::string& path, auto tensors, const LoadOptions& options) {
    return load_tensors(path, tensors, options,
                        [&](const auto& wanted, const MatchOptions& match, std::vector<std::string>& unused) {
                            Result read = file.open();
                            if (read) read = file.read({wanted.data(), wanted.size()}, match, &unused);
                            return read;
                        });
}

}  // namespace detail

/// Writes a model's parameters and state, in float32. The file is replaced as a whole, or stays as it is.
template <class Model>
Result save_safetensors(const Model& model, const std::string& path, const SaveOptions& options = {}) {
    static_assert(!kiln::detail::is_one_of<Model>,
                  "kiln: save_safetensors needs a Model, got a OneOf; try the model in it: visit");
    return kiln::detail::guarded(path, [&]() -> Result {
        auto tensors = detail::named_tensors<const float>(model);
        if (const std::string fault = detail::rename(tensors, options.names, options.prefix); !fault.empty())
            return Result::failure(path, fault);
        return detail::save_tensors(path, {tensors.data(), tensors.size()},
                                    {options.notes.data(), options.notes.size()});
    });
}

/// Reads a model's parameters and state from a file. Only the file's header and the wanted tensors are read. After a
/// failure the model is unchanged. float16, bfloat16 and float64 are converted. PyTorch's num_batches_tracked is skipped.
template <class Model>
LoadResult load_safetensors(Model& model, const std::string& path, const LoadOptions& options = {}) {
    return kiln::detail::guarded(path, [&]() -> LoadResult {
        InputFile opened(path);
        TensorFile file(opened);
        return detail::load_safetensors(file, path, detail::named_tensors<float>(model), options);
    });
}

/// Reads a model's parameters and state from the bytes of a safetensors file in memory; `name` stands for the file in
/// messages. The bytes are not copied, and need no alignment.
template <class Model>
LoadResult load_safetensors(Model& model, std::span<const std::byte> bytes, const LoadOptions& options = {},
                            const std::string& name = "memory") {
    return kiln::detail::guarded(name, [&]() -> LoadResult {
        TensorFile file({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name);
        return detail::load_safetensors(file, name, detail::named_tensors<float>(model), options);
    });
}

}  // namespace kiln::inline KILN_TARGET::io

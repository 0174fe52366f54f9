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

#include <kiln/core/result.hpp>
#include <kiln/io/model_tensors.hpp>
#include <kiln/io/tensor_file.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// The options for writing a model to a file.
struct SaveOptions {
    std::span<const std::string_view> names = {};  ///< the file's names for the tensors of state_dict(model)
    std::string_view prefix = {};                  ///< the prefix of all names in the file
    std::span<const Note> notes = {};              ///< the file's __metadata__, besides "format": "pt"
};

/// Writes a model's parameters and state, in float32. The file is replaced as a whole, or stays as it is.
template <class Model>
Result save_safetensors(const Model& model, const std::string& path, const SaveOptions& options = {}) {
    if (const std::string fault = detail::names_fault<Model>(options); !fault.empty())
        return Result::failure(path, fault);
    return detail::save_tensors(path, detail::named_tensors<const float>(model, options.names, options.prefix),
                                options.notes);
}

/// Reads a model's parameters and state from the bytes of a safetensors file in memory; `name` stands for the file in
/// messages. After a failure the model is unchanged. float16, bfloat16 and float64 are converted. PyTorch's
/// num_batches_tracked is skipped. The bytes are not copied, and need no alignment.
template <class Model>
Result load_safetensors(Model& model, std::span<const std::byte> bytes, const LoadOptions& options = {},
                        const std::string& name = "memory") {
    if (const std::string fault = detail::names_fault<Model>(options); !fault.empty())
        return Result::failure(name, fault);
    return parse_safetensors({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name,
                             detail::named_tensors<float>(model, options.names), detail::match_options(options));
}

/// Reads a model's parameters and state from a file.
template <class Model>
Result load_safetensors(Model& model, const std::string& path, const LoadOptions& options = {}) {
    std::string text;
    if (Result read = read_safetensors_file(path, text); !read) return read;
    return load_safetensors(model, std::as_bytes(std::span(text)), options, path);
}

}  // namespace kiln::inline KILN_TARGET::io

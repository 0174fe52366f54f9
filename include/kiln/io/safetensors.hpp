// SPDX-License-Identifier: BSL-1.0
#pragma once
// Models in safetensors files (github.com/huggingface/safetensors), which PyTorch, JAX and others read and write. Names
// and layouts are those of the state_dict of the same nn.Sequential, so files go both ways without conversion:
//
//   torch:  safetensors.torch.save_file(net.state_dict(), "digits.safetensors")
//   Kiln:   kiln::io::load_safetensors(digits, "digits.safetensors").or_throw();
//
// The type of the model is the schema: a tensor too many, too few, or of another shape is an error, never a surprise.
// (PyTorch needs an nn.Flatten() before an nn.Linear, which then counts as a layer; Kiln does not. Write kiln::Flatten,
// and positions agree, or give the file's names. Where a module holds the nn.Sequential, names begin with what it calls
// that: "net.0.weight" is read with {.prefix = "net."}, what DataParallel saved with "module.", torch.compile with
// "_orig_mod.".)
//
// Bytes that are in memory, because they came over a network or out of an archive, are read where they are:
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

/// How a model is written to a file.
struct SaveOptions {
    std::span<const std::string_view> names = {};  ///< what the file is to call the tensors of state_dict(model)
    std::string_view prefix = {};                  ///< what all names are to begin with in the file
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

/// Reads a model's parameters and state out of the bytes of a safetensors file that is in memory already; `name` is what
/// messages call it. After a failure the model is as it was. float16, bfloat16 and float64 are converted. PyTorch's
/// num_batches_tracked is passed over. The bytes are not copied, and need no alignment.
template <class Model>
Result load_safetensors(Model& model, std::span<const std::byte> bytes, const LoadOptions& options = {},
                        const std::string& name = "memory") {
    if (const std::string fault = detail::names_fault<Model>(options); !fault.empty())
        return Result::failure(name, fault);
    return parse_safetensors({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name,
                             detail::named_tensors<float>(model, options.names), detail::match_options(options));
}

/// The same of a file.
template <class Model>
Result load_safetensors(Model& model, const std::string& path, const LoadOptions& options = {}) {
    std::string text;
    if (Result read = read_safetensors_file(path, text); !read) return read;
    return load_safetensors(model, std::as_bytes(std::span(text)), options, path);
}

}  // namespace kiln::inline KILN_TARGET::io

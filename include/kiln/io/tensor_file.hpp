// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whole safetensors files of named tensors, whatever they are the tensors of: models (io/safetensors.hpp), trainings
// (io/checkpoint.hpp).

#include <kiln/core/compiled.hpp>
#include <kiln/core/result.hpp>
#include <kiln/io/named_tensor.hpp>
#include <kiln/io/tensor_match.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// A note in a file, not a tensor.
struct Note {
    std::string key, value;
};

namespace detail {

// Writes the tensors of a model and its notes, before which "format" comes.
KILN_LAZY Result save_tensors(const std::string& path, std::span<const NamedTensor<const float>> tensors,
                              std::span<const Note> notes);

}  // namespace detail

/// The bytes of a safetensors file of tensors and notes.
KILN_LAZY std::string safetensors_text(std::span<const NamedTensor<const float>> tensors, std::span<const Note> notes);

/// Makes `text` the bytes of a safetensors file. What begins as none does is not read on, however long it is.
KILN_LAZY Result read_safetensors_file(const std::string& path, std::string& text);

/// Reads tensors, all or none, out of the bytes of a safetensors file; `path` is for messages only.
KILN_LAZY Result parse_safetensors(std::string_view text, const std::string& path,
                                   std::span<const NamedTensor<float>> tensors, const MatchOptions& options = {},
                                   std::vector<Note>* notes = nullptr);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/tensor_file.ipp>
#endif

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whole safetensors files of named tensors, for models (io/safetensors.hpp) and for trainings (io/checkpoint.hpp).

#include <kiln/core/compiled.hpp>
#include <kiln/core/result.hpp>
#include <kiln/io/named_tensor.hpp>
#include <kiln/io/tensor_match.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// A note in a file: a text with a name, no tensor.
struct Note {
    std::string key, value;
};

namespace detail {

// Writes tensors and notes; the note "format" comes first.
KILN_LAZY Result save_tensors(const std::string& path, std::span<const NamedTensor<const float>> tensors,
                              std::span<const Note> notes);

}  // namespace detail

/// The bytes of a safetensors file of tensors and notes.
KILN_LAZY std::string safetensors_text(std::span<const NamedTensor<const float>> tensors, std::span<const Note> notes);

/// Makes `text` the bytes of a safetensors file. A file that does not begin like one is not read further, however long
/// it is.
KILN_LAZY Result read_safetensors_file(const std::string& path, std::string& text);

/// Reads all tensors from the bytes of a safetensors file, or none of them; `path` is for messages only.
KILN_LAZY Result parse_safetensors(std::string_view text, const std::string& path,
                                   std::span<const NamedTensor<float>> tensors, const MatchOptions& options = {},
                                   std::vector<Note>* notes = nullptr);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/tensor_file.ipp>
#endif

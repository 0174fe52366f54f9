// SPDX-License-Identifier: BSL-1.0
#pragma once
// The faults of a file of tensors, in words: the tensor, what was expected, what was found, and for a missing tensor
// the nearest name.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/io/detail/safetensors_header.hpp>
#include <kiln/io/detail/tensor_match.hpp>

#include <span>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io::detail {

KILN_LAZY std::string decoded(const JsonString& name);

// The cause of a FileFault. A file that begins like another format is reported as that format.
KILN_LAZY std::string in_words(const SafetensorsHeader& header, std::string_view file);

// The cause of a TensorMismatch, with names as they are in the file.
KILN_LAZY std::string in_words(const TensorMismatch& mismatch, std::span<const WantedTensor> wanted,
                               std::span<const StoredTensor> stored, const MatchOptions& options = {});

// The names and shapes of a file's tensors, the first eight of them.
KILN_LAZY std::string in_words(std::span<const StoredTensor> tensors);

}  // namespace kiln::inline KILN_TARGET::io::detail

#ifndef KILN_COMPILED
#include <kiln/io/detail/tensor_words.ipp>
#endif

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Safetensors files of named tensors, for models (io/safetensors.hpp) and for trainings (io/checkpoint.hpp). Only the
// header of a file and the wanted tensors are read, at their places. So the memory grows with the wanted tensors, not
// with the file.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/named_tensor.hpp>
#include <kiln/io/detail/read_file.hpp>
#include <kiln/io/detail/safetensors_header.hpp>
#include <kiln/io/detail/tensor_match.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>
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

/// A safetensors file. The header is read first, then the wanted tensors. The source of the bytes must outlive the
/// TensorFile.
class TensorFile {
  public:
    /// A file, which may be a pipe. A pipe is read whole.
    explicit TensorFile(InputFile& file) : file_(&file), path_(file.path()) {}
    /// A file that is in memory; `path` is for messages only.
    TensorFile(std::string_view bytes, std::string path) : path_(std::move(path)), bytes_(bytes) {}
    TensorFile(const TensorFile&) = delete;
    TensorFile& operator=(const TensorFile&) = delete;

    /// Reads the header; comes before everything else. A file that does not begin like a safetensors file is not read
    /// further, however long it is.
    KILN_LAZY Result open();

    KILN_LAZY std::vector<Note> notes() const;
    std::span<const StoredTensor> tensors() const { return {header_.tensors.data(), header_.tensors.size()}; }

    /// Reads all tensors, or none of them; `unused` gets the names of the file's other tensors.
    KILN_LAZY Result read(std::span<const NamedTensor<float>> tensors, const MatchOptions& options = {},
                          std::vector<std::string>* unused = nullptr);

    /// Checks the checksum in the file (io/detail/checksum.hpp). All of the file is read, piece by piece.
    KILN_LAZY Result check_sum();

  private:
    KILN_LAZY Result read_header(long long length);

    InputFile* file_ = nullptr;  // the source of tensors; null if all bytes are in memory
    std::string path_;
    std::string text_;        // the file up to the data, or all of a pipe
    std::string_view bytes_;  // the header and data, or all of a file in memory
    SafetensorsHeader header_;
    long long size_ = 0;  // of the file
};

/// The bytes of a safetensors file of tensors and notes.
KILN_LAZY std::string safetensors_text(std::span<const NamedTensor<const float>> tensors, std::span<const Note> notes);

/// Reads all tensors from the bytes of a safetensors file, or none of them; `path` is for messages only.
KILN_LAZY Result parse_safetensors(std::string_view text, const std::string& path,
                                   std::span<const NamedTensor<float>> tensors, const MatchOptions& options = {},
                                   std::vector<Note>* notes = nullptr);

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/detail/tensor_file.ipp>
#endif

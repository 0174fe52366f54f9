// SPDX-License-Identifier: BSL-1.0
#pragma once
// Models in numpy's .npz files (this needs libzip): a zip archive with a member "0.weight.npy" for the tensor 0.weight.
// Names and layouts are those of PyTorch's state_dict. The guarantees are those of io/safetensors.hpp.
//
//   numpy:  numpy.savez("digits.npz", **{name: tensor.numpy() for name, tensor in net.state_dict().items()})
//   Kiln:   kiln::io::load_npz(digits, "digits.npz").or_throw();
//
// Only the tensors of the model are unpacked, and no more bytes of them than the model needs.

#include <kiln/core/concat.hpp>
#include <kiln/core/quote.hpp>
#include <kiln/core/replace_file.hpp>
#include <kiln/core/result.hpp>
#include <kiln/io/model_tensors.hpp>
#include <kiln/io/named_tensor.hpp>
#include <kiln/io/npy.hpp>
#include <kiln/io/read_file.hpp>
#include <kiln/io/tensor_words.hpp>
#include <kiln/io/zip_archive.hpp>

#include <cstddef>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// The options for writing a model to a .npz file.
struct NpzOptions {
    std::span<const std::string_view> names = {};  ///< the file's names for the tensors of state_dict(model)
    std::string_view prefix = {};                  ///< the prefix of all names in the file
    bool compressed = false;                       ///< as numpy.savez_compressed does
};

namespace detail {

// The arrays of an archive. Only their names are known until they are read.
class NpzArrays {
  public:
    NpzArrays(std::string_view text, const std::string& path)
        : archive_(text),
          is_array_(text.starts_with("\x93NUMPY")),
          path_(path) {}

    // Lists the arrays; fails if the archive is faulty.
    Result list() {
        if (!archive_.fault().empty())
            return Result::failure(
                path_, concat("expected an archive of arrays (.npz), found ",
                              is_array_ ? "a single array (.npy)" : "none: ", is_array_ ? "" : archive_.fault()));
        std::set<std::string_view> seen;
        for (std::size_t i = 0; i < archive_.size(); ++i) {
            std::string& name = texts_.emplace_back(archive_.name(i));
            if (name.ends_with(".npy")) name.resize(name.size() - 4);
            if (!seen.insert(name).second) return refuse(name, "expected once, found twice");
            stored_.emplace_back().name = JsonString::plain(name);
        }
        return {};
    }

    // Reads the header of an array and, if its type and shape are the wanted ones, its elements.
    Result read(std::size_t place, const Extents& wanted) {
        StoredTensor& tensor = stored_[place];
        const std::string name = decoded(tensor.name);
        ZipMember member = archive_.open(place);
        std::string& start = texts_.emplace_back(member.read(12));
        const auto size = npy_header_size(start);
        if (start.size() < size && size <= longest_npy_header)
            start += member.read(static_cast<std::size_t>(size) - start.size());
        if (!member.fault().empty()) return damaged(name, member);
        const NpyHeader header = read_npy_header(start);
        if (header.expected != nullptr)
            return refuse(name, concat("header, byte ", header.position, ": expected ", header.expected));
        tensor.type = header.type;
        tensor.shape = header.shape;
        if (declared_fault(tensor, wanted) != TensorFault::none) return {};  // match_tensors will report it

        const auto bytes = static_cast<std::size_t>(tensor.shape.count) * static_cast<std::size_t>(tensor.type.bytes);
        std::string& elements = texts_.emplace_back(member.read(bytes));
        const bool more = !member.read(1).empty();
        if (!member.fault().empty()) return damaged(name, member);
        if (more || elements.size() < bytes)
            return refuse(name, concat("expected ", bytes, " bytes of elements, found ",
                                       more ? "more" : std::to_string(elements.size())));
        reorder(elements, header);
        tensor.bytes = elements;
        return {};
    }

    std::span<const StoredTensor> stored() const { return stored_; }

  private:
    Result refuse(const std::string& name, const std::string& why) const {
        return Result::failure(path_, concat("tensor ", in_quotes(name), ": ", why));
    }
    Result damaged(const std::string& name, const ZipMember& member) const {
        return refuse(name, "cannot be unpacked: " + member.fault());
    }

    ZipArchive archive_;
    bool is_array_;
    const std::string& path_;
    std::deque<std::string> texts_;  // texts that the tensors refer to
    std::vector<StoredTensor> stored_;
};

}  // namespace detail

/// The bytes of a .npz file of tensors; empty, with the reason in `fault`, if such a file is impossible.
inline std::string npz_text(std::span<const NamedTensor<const float>> tensors, bool compressed, std::string& fault) {
    std::vector<ZipContent> contents;
    for (const auto& tensor : tensors) {
        contents.push_back({tensor.name + ".npy", npy_header_text(tensor.extents)});
        append_elements(contents.back().bytes, tensor);
    }
    return zip_text(contents, compressed, fault);
}

/// Reads all tensors from the bytes of a .npz file, or none of them; `path` is for messages only.
inline Result parse_npz(std::string_view text, const std::string& path, std::span<const NamedTensor<float>> tensors,
                        const MatchOptions& options = {}) {
    detail::NpzArrays arrays(text, path);
    if (Result listed = arrays.list(); !listed) return listed;
    for (const auto& tensor : tensors) {
        const std::size_t place = detail::find_tensor(arrays.stored(), options.prefix, tensor.name);
        if (place == arrays.stored().size()) continue;  // match_tensors will report it
        if (Result read = arrays.read(place, tensor.extents); !read) return read;
    }
    return copy_tensors(arrays.stored(), path, tensors, options);
}

/// Writes a model's parameters and state, in float32. The file is replaced as a whole, or stays as it is.
template <class Model>
Result save_npz(const Model& model, const std::string& path, const NpzOptions& options = {}) {
    std::string fault = detail::names_fault<Model>(options);
    if (!fault.empty()) return Result::failure(path, fault);
    const auto tensors = detail::named_tensors<const float>(model, options.names, options.prefix);
    const std::string text = npz_text(tensors, options.compressed, fault);
    return fault.empty() ? replace_file(path, text) : Result::failure(path, "cannot be written: " + fault);
}

/// Reads a model's parameters and state; after a failure the model is unchanged. float16 and float64, and any order of
/// bytes and of dimensions, are converted. PyTorch's num_batches_tracked is skipped.
template <class Model>
Result load_npz(Model& model, const std::string& path, const LoadOptions& options = {}) {
    if (const std::string fault = detail::names_fault<Model>(options); !fault.empty())
        return Result::failure(path, fault);
    std::string text;
    const auto judge = [](std::string_view beginning, long long, const std::string& name) {
        return beginning.starts_with("PK") ? Result() : detail::NpzArrays(beginning, name).list();
    };
    if (Result read = read_file(path, text, judge); !read) return read;
    return parse_npz(text, path, detail::named_tensors<float>(model, options.names), detail::match_options(options));
}

}  // namespace kiln::inline KILN_TARGET::io

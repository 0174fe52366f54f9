// SPDX-License-Identifier: BSL-1.0
#pragma once
// Models in numpy's .npz files (this needs libzip): a zip archive with a member "0.weight.npy" for the tensor 0.weight.
// Names and layouts are those of PyTorch's state_dict. The guarantees are those of io/safetensors.hpp.
//
//   numpy:  numpy.savez("digits.npz", **{name: tensor.numpy() for name, tensor in net.state_dict().items()})
//   Kiln:   kiln::io::load_npz(digits, "digits.npz").or_throw();
//
// Only the tensors of the model are unpacked, and no more bytes of them than the model needs.

#include <kiln/core/detail/one_of.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/files/detail/quote.hpp>
#include <kiln/files/replace_file.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/named_tensor.hpp>
#include <kiln/io/detail/npy.hpp>
#include <kiln/io/detail/read_file.hpp>
#include <kiln/io/detail/tensor_words.hpp>
#include <kiln/io/detail/zip_archive.hpp>
#include <kiln/io/model_tensors.hpp>

#include <cstddef>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// The options for writing a model to a .npz file.
struct NpzOptions {
    std::vector<std::string> names = {};  ///< the file's names for the tensors of state_dict(model)
    std::string prefix = {};              ///< the prefix of all names in the file
    bool compressed = false;              ///< as numpy.savez_compressed does
};

namespace detail {

// The arrays of an archive. Only their names are known until they are read.
class NpzArrays {
  public:
    NpzArrays(ZipArchive archive, std::string_view beginning, const std::string& path)
        : archive_(std::move(archive)),
          is_array_(beginning.starts_with("\x93NUMPY")),
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

        const auto bytes =
            static_cast<std::size_t>(tensor.shape.count) * (static_cast<std::size_t>(tensor.type.bits) / 8);
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

    // Reads all tensors, or none of them; `unused` gets the names of the others.
    Result read(std::span<const NamedTensor<float>> tensors, const MatchOptions& options,
                std::vector<std::string>* unused) {
        if (Result listed = list(); !listed) return listed;
        for (const auto& tensor : tensors) {
            const std::size_t place = find_tensor(stored(), options.prefix, tensor.name);
            if (place == stored_.size()) continue;  // copy_tensors will report it
            if (Result done = read(place, tensor.extents); !done) return done;
        }
        std::vector<std::string> names;
        if (unused != nullptr) names = unused_names(stored(), tensors, options);
        Result copied = copy_tensors(stored(), path_, tensors, options);
        if (copied && unused != nullptr) *unused = std::move(names);
        return copied;
    }

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

/// Reads all tensors from the bytes of a .npz file, or none of them; `path` is for messages only. `unused` gets the names
/// of the file's other tensors.
inline Result parse_npz(std::string_view text, const std::string& path, std::span<const NamedTensor<float>> tensors,
                        const MatchOptions& options = {}, std::vector<std::string>* unused = nullptr) {
    return kiln::detail::guarded(
        path, [&] { return detail::NpzArrays(ZipArchive(text), text, path).read(tensors, options, unused); });
}

/// Reads all tensors from a .npz file, or none of them. Only the archive's directory and the wanted arrays are read; a pipe
/// is read whole.
inline Result read_npz(const std::string& path, std::span<const NamedTensor<float>> tensors,
                       const MatchOptions& options = {}, std::vector<std::string>* unused = nullptr) {
    const auto judge = [](std::string_view beginning, long long, const std::string& name) {
        return beginning.starts_with("PK") ? Result()
                                           : detail::NpzArrays(ZipArchive(beginning), beginning, name).list();
    };
    return kiln::detail::guarded(path, [&]() -> Result {
        InputFile file(path);
        const long long length = file.length();
        std::string text;
        Result read = length < 0 ? file.read_all(text, judge)
                                 : file.read(0, text, static_cast<std::size_t>(length < 64 ? length : 64));
        if (!read) return read;
        if (length < 0) return parse_npz(text, path, tensors, options, unused);
        if (Result judged = judge(text, length, path); !judged) return judged;
        return detail::NpzArrays(ZipArchive::in_file(path), text, path).read(tensors, options, unused);
    });
}

/// Writes a model's parameters and state, in float32. The file is replaced as a whole, or stays as it is.
template <class Model>
Result save_npz(const Model& model, const std::string& path, const NpzOptions& options = {}) {
    static_assert(!kiln::detail::is_one_of<Model>,
                  "kiln: save_npz needs a Model, got a OneOf; try the model in it: visit");
    return kiln::detail::guarded(path, [&]() -> Result {
        auto tensors = detail::named_tensors<const float>(model);
        std::string fault = detail::rename(tensors, options.names, options.prefix);
        if (!fault.empty()) return Result::failure(path, fault);
        const std::string text = npz_text(tensors, options.compressed, fault);
        return fault.empty() ? replace_file(path, text) : Result::failure(path, "cannot be written: " + fault);
    });
}

/// Reads a model's parameters and state; after a failure the model is unchanged. float16 and float64, and any order of
/// bytes and of dimensions, are converted. PyTorch's num_batches_tracked is skipped.
template <class Model>
LoadResult load_npz(Model& model, const std::string& path, const LoadOptions& options = {}) {
    static_assert(!kiln::detail::is_one_of<Model>,
                  "kiln: load_npz needs a Model, got a OneOf; try the model in it: visit");
    return kiln::detail::guarded(path, [&]() -> LoadResult {
        auto tensors = detail::named_tensors<float>(model);
        return detail::load_tensors(path, tensors, options,
                                    [&](const auto& wanted, const MatchOptions& match, auto& unused) {
                                        return read_npz(path, wanted, match, &unused);
                                    });
    });
}

/// Reads a model's parameters and state from the bytes of a .npz file in memory; `name` stands for the file in messages.
template <class Model>
LoadResult load_npz(Model& model, std::span<const std::byte> bytes, const LoadOptions& options = {},
                    const std::string& name = "memory") {
    static_assert(!kiln::detail::is_one_of<Model>,
                  "kiln: load_npz needs a Model, got a OneOf; try the model in it: visit");
    return kiln::detail::guarded(name, [&]() -> LoadResult {
        const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        auto tensors = detail::named_tensors<float>(model);
        return detail::load_tensors(name, tensors, options,
                                    [&](const auto& wanted, const MatchOptions& match, auto& unused) {
                                        return parse_npz(text, name, wanted, match, &unused);
                                    });
    });
}

}  // namespace kiln::inline KILN_TARGET::io

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/data/detail/byte_stream.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/file_error.hpp>

#include <climits>
#include <cstdio>

namespace kiln::inline KILN_TARGET::data {

namespace detail {

inline std::string spelled(const Extents& extents) {
    std::string text;
    for (int i = 0; i < extents.rank; ++i) text += concat(i == 0 ? "" : " x ", extents[i]);
    return text;
}

class IdxFile::Body {
  public:
    /// Samples have the extents `sample`: rank 0 for labels.
    Body(const std::string& path, const Extents& sample) : bytes_(path), noun_(sample.rank == 0 ? "labels" : "images") {
        read_header(0, 4);
        check_magic(sample);
        read_header(4, 4 + 4 * rank());
        if (extent(0) == 0) refuse("expected at least one sample, found a count of 0");
        if (extent(0) > INT_MAX) refuse("expected at most ", INT_MAX, " samples, found a count of ", extent(0));
        check_extents(sample);
    }

    int count() const { return static_cast<int>(extent(0)); }

    void read_next(std::uint8_t* sample, std::size_t size) {
        if (const std::size_t n = bytes_.read(sample, size); n < size) refuse_truncated(done_, size, n);
        ++done_;
    }
    void end() {
        if (std::uint8_t extra = 0; bytes_.read(&extra, 1) != 0)
            refuse("expected the end of the data after ", count(), " ", noun_, ", found trailing bytes");
    }
    const std::string& path() const { return bytes_.path(); }

    template <class... Part>
    [[noreturn, gnu::cold]] void refuse(const Part&... parts) const {
        bytes_.refuse(parts...);
    }

  private:
    static const char* element_name(int type) {
        switch (type) {
        case 0x08:
            return "unsigned bytes";
        case 0x09:
            return "signed bytes";
        case 0x0b:
            return "16-bit integers";
        case 0x0c:
            return "32-bit integers";
        case 0x0d:
            return "32-bit floats";
        case 0x0e:
            return "64-bit floats";
        default:
            return nullptr;
        }
    }

    static std::string magic(std::uint32_t value) {
        char text[11];
        std::snprintf(text, sizeof text, "0x%08lx", static_cast<unsigned long>(value));
        return text;
    }

    std::uint32_t number(int offset) const {
        const std::uint8_t* b = header_ + offset;
        return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | std::uint32_t{b[3]};
    }
    int rank() const { return header_[3]; }
    std::uint32_t extent(int dimension) const { return number(4 + 4 * dimension); }

    void read_header(int from, int to) {
        const int n = static_cast<int>(bytes_.read(header_ + from, static_cast<std::size_t>(to - from)));
        if (from + n < to)
            refuse("truncated: expected an IDX header of ", from == 0 ? "8 or more" : concat(to), " bytes, found ",
                   from + n);
    }

    /// Checks the first four bytes. After this, the rank is that of the sample + 1, or one less if the sample starts
    /// with a 1.
    void check_magic(const Extents& sample) const {
        const int wanted = sample.rank + 1, type = header_[2];
        const int usual = sample.rank > 1 && sample[0] == 1 ? wanted - 1 : wanted;
        const std::string expected = magic(0x800u + static_cast<std::uint32_t>(usual));
        if (header_[0] != 0 || header_[1] != 0 || element_name(type) == nullptr || rank() == 0)
            refuse("expected ", noun_, " (IDX magic ", expected, "), found magic ", magic(number(0)));
        if (type != 0x08) refuse("expected elements that are unsigned bytes, found ", element_name(type));
        if ((wanted == 1) != (rank() == 1))
            refuse("expected ", noun_, " (IDX magic ", expected, "), found ", wanted == 1 ? "images" : "labels", " (",
                   magic(number(0)), "); are the image file and the label file swapped?");
        if (rank() != wanted && rank() != usual)
            refuse("expected rank ", wanted, " (the count, then ", spelled(sample), "), found rank ", rank());
    }

    void check_extents(const Extents& sample) const {
        const int left_out = sample.rank + 1 - rank();
        bool same = true;
        std::string found;
        for (int i = 1; i < rank(); ++i) {
            same = same && extent(i) == static_cast<std::uint32_t>(sample[i - 1 + left_out]);
            found += concat(i == 1 ? "" : " x ", extent(i));
        }
        if (!same) refuse("expected images of ", spelled(sample), ", found ", found);
    }

    [[noreturn]] void refuse_truncated(std::uint64_t whole, std::uint64_t size, std::uint64_t rest) const {
        refuse("truncated: expected ", extent(0), " ", noun_, " (", extent(0) * size, " bytes of data), found ", whole,
               " (", whole * size + rest, " bytes)");
    }

    ByteStream bytes_;
    std::string noun_;
    std::uint64_t done_ = 0;  // samples read so far
    std::uint8_t header_[4 + 4 * (1 + Extents::max_rank)] = {};
};

KILN_INLINE IdxFile::IdxFile(const std::string& path, const Extents& sample) : body_(new Body(path, sample)) {}
KILN_INLINE IdxFile::~IdxFile() { delete body_; }
KILN_INLINE int IdxFile::count() const { return body_->count(); }
KILN_INLINE void IdxFile::read_next(std::uint8_t* sample, std::size_t size) { body_->read_next(sample, size); }
KILN_INLINE void IdxFile::end() { body_->end(); }

KILN_INLINE void IdxFile::match(const IdxFile& labels) const {
    if (count() != labels.count())
        body_->refuse("expected as many images as labels, found ", count(), " images, but ", labels.count(),
                      " labels in ", labels.body_->path());
}

KILN_INLINE std::vector<int> IdxFile::read_labels(std::optional<int> first_label) {
    std::vector<int> numbers;
    int least = INT_MAX, most = 0;
    for (const auto& label : read_samples<Shape<1>>()) {
        const int number = label.data[0];
        if (number < least) least = number;
        if (number > most) most = number;
        numbers.push_back(number);
    }
    if (!first_label.has_value() && least == 1 && most > 1)
        body_->refuse("expected labels that count from 0, found 1 to ", most,
                      "; do they count from 1? try .first_label = 1, for classes 0 to ", most - 1,
                      "; or .first_label = 0, if class 0 has no samples here");
    const int first = first_label.value_or(0);
    if (least < first) body_->refuse("expected labels from ", first, " on, as .first_label says, found ", least);
    for (int& number : numbers) number -= first;
    return numbers;
}

}  // namespace detail

KILN_INLINE Mnist load_mnist(const std::string& folder, const IdxFormat& format) {
    const auto find = [&](const char* name) {
        const std::string raw = concat(folder, "/", name), there = detail::plain_or_packed(raw);
        if (there.empty())
            throw FileError(raw, "expected this file, or the same with .gz, found neither; is the folder right?");
        return there;
    };
    const std::string images = find("train-images-idx3-ubyte"), labels = find("train-labels-idx1-ubyte");
    const std::string test_images = find("t10k-images-idx3-ubyte"), test_labels = find("t10k-labels-idx1-ubyte");
    return {load_idx<Shape<1, 28, 28>>(images, labels, format),
            load_idx<Shape<1, 28, 28>>(test_images, test_labels, format)};
}

}  // namespace kiln::inline KILN_TARGET::data

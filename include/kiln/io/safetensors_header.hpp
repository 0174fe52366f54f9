// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads the outside of a safetensors file (github.com/huggingface/safetensors, "Format"), also in constant expressions:
// 8 bytes with the length N of the header, N bytes of JSON, then the tensors' bytes:
//
//   {"__metadata__":{"format":"pt"},"0.weight":{"dtype":"F32","shape":[8,1,3,3],"data_offsets":[0,288]}, …}
//
// Offsets count from the end of the header. Every promise of the format is checked: no name occurs twice, every tensor
// has the length of its type and shape, and every byte belongs to exactly one tensor.

#include <kiln/io/json.hpp>
#include <kiln/io/stored_tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// The faults of a safetensors file itself, whatever tensors are wanted.
enum class FileFault {
    none,
    shorter_than_8_bytes,
    header_longer_than_the_file,
    header_longer_than_100_megabytes,
    header_is_not_the_json_expected,
    type_unknown,
    name_twice,
    offsets_outside_of_the_data,
    size_unlike_type_and_shape,
    bytes_of_two_tensors,
    bytes_of_no_tensor
};

/// The outside of a safetensors file. Names and bytes refer to the text of the file.
struct SafetensorsHeader {
    struct Entry {
        JsonString name, value;
    };
    std::vector<StoredTensor> tensors;
    std::vector<Entry> metadata;

    FileFault fault = FileFault::none;
    long long expected = 0, found = 0;  ///< numbers of the fault: counts of bytes, or places
    JsonString tensor, other;           ///< the tensors that the fault concerns
    const char* json = nullptr;         ///< the expected continuation of the header at byte `found`
};

namespace detail {

// Everything that reads is a template, whose argument Header is SafetensorsHeader. Constant expressions need the
// definitions here (io/embedded.hpp), but a program without an embedded file does not spend time on them.

// Reads the text of a header into `header`.
template <class Header>
class HeaderText {
  public:
    constexpr HeaderText(Header& header, std::string_view text, std::string_view data)
        : header_(header),
          reader_(text),
          data_(data) {}

    constexpr void read() {
        int metadata = 0;
        reader_.object([&](const JsonString& name) {
            if (!(name == "__metadata__")) return tensor(name);
            if (metadata++ > 0) reader_.fail("__metadata__ once");
            reader_.object([&](const JsonString& note) { header_.metadata.push_back({note, reader_.string()}); });
        });
        reader_.end();
        if (reader_.good()) return;
        header_.fault = FileFault::header_is_not_the_json_expected;
        header_.json = reader_.expected();
        header_.found = static_cast<long long>(reader_.position());
    }

  private:
    constexpr void refuse(FileFault fault, const JsonString& tensor, long long expected, long long found) {
        if (header_.fault != FileFault::none) return;
        header_.fault = fault;
        header_.tensor = tensor;
        header_.expected = expected;
        header_.found = found;
    }

    // Reads the three members of a tensor's entry, each once.
    constexpr void tensor(const JsonString& name) {
        StoredTensor tensor;
        tensor.name = name;
        JsonString type;
        long long offsets[2] = {};
        int types = 0, shapes = 0, pairs = 0;
        reader_.object([&](const JsonString& member) {
            if (member == "dtype" && types++ == 0) {
                type = reader_.string();
            } else if (member == "shape" && shapes++ == 0) {
                reader_.array([&] { tensor.shape.append(reader_.count()); });
            } else if (member == "data_offsets" && pairs++ == 0) {
                int n = 0;
                reader_.array([&] {
                    const long long offset = reader_.count();
                    if (n < 2) offsets[n] = offset;
                    ++n;
                });
                if (n != 2) reader_.fail("two offsets");
            } else {
                reader_.fail("dtype, shape and data_offsets, each once");
            }
        });
        if (types != 1 || shapes != 1 || pairs != 1) reader_.fail("dtype, shape and data_offsets, each once");
        if (!reader_.good()) return;
        tensor.type = element_type(type);
        if (tensor.type.bytes == 0) {
            header_.other = type;
            return refuse(FileFault::type_unknown, name, 0, 0);
        }
        place(tensor, offsets[0], offsets[1]);
        header_.tensors.push_back(tensor);
    }

    constexpr void place(StoredTensor& tensor, long long begin, long long end) {
        const auto all = static_cast<long long>(data_.size());
        if (begin > end || end > all)
            return refuse(FileFault::offsets_outside_of_the_data, tensor.name, all, begin > end ? begin : end);
        const long long count = tensor.shape.count, bytes = tensor.type.bytes;
        if (count > all || count * bytes != end - begin)
            return refuse(FileFault::size_unlike_type_and_shape, tensor.name, count > all ? count : count * bytes,
                          end - begin);
        tensor.bytes = data_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    }

    Header& header_;
    JsonReader reader_;
    std::string_view data_;
};

constexpr bool by_name(const JsonString& a, const JsonString& b) { return a < b; }
// By begin and end in the file, then by order in the header.
constexpr bool by_place(const StoredTensor& a, const StoredTensor& b) {
    if (a.bytes.data() != b.bytes.data()) return a.bytes.data() < b.bytes.data();
    return a.bytes.size() != b.bytes.size() ? a.bytes.size() < b.bytes.size() : &a < &b;
}
// Heapsort (J. Williams, 1964), because <algorithm> takes compilers longer than the rest of this header.
template <class T>
constexpr void sort(std::vector<const T*>& all, bool (*before)(const T&, const T&)) {
    const auto sift = [&](std::size_t root, std::size_t end) {
        for (std::size_t child = 2 * root + 1; child < end; child = 2 * root + 1) {
            if (child + 1 < end && before(*all[child], *all[child + 1])) ++child;
            if (!before(*all[root], *all[child])) return;
            std::swap(all[root], all[child]);
            root = child;
        }
    };
    for (std::size_t root = all.size() / 2; root-- > 0;) sift(root, all.size());
    for (std::size_t end = all.size(); end-- > 1;) {
        std::swap(all[0], all[end]);
        sift(0, end);
    }
}

// Refuses a name that occurs twice.
template <class Header>
constexpr void check_names(Header& header, const auto& named) {
    using Name = std::remove_reference_t<decltype(header.tensor)>;  // debug containers are no literal types
    std::vector<const Name*> names;
    for (const auto& each : named) names.push_back(&each.name);
    sort(names, &by_name);
    for (std::size_t i = 1; i < names.size(); ++i)
        if (*names[i] == *names[i - 1]) {
            header.fault = FileFault::name_twice;
            header.tensor = *names[i];
            return;
        }
}

// Refuses bytes that belong to several tensors or to none.
template <class Header>
constexpr void check_places(Header& header, std::string_view data) {
    const StoredTensor none{}, *before = &none;
    const auto refuse = [&](FileFault fault, const StoredTensor& a, std::ptrdiff_t expected, std::ptrdiff_t found) {
        header.fault = fault;
        header.tensor = a.name;
        header.other = before->name;
        header.expected = expected;
        header.found = found;
    };
    using Tensor = typename decltype(header.tensors)::value_type;
    std::vector<const Tensor*> tensors;
    for (const Tensor& tensor : header.tensors) tensors.push_back(&tensor);
    sort(tensors, &by_place);
    std::ptrdiff_t reached = 0;
    for (const StoredTensor* tensor : tensors) {
        const std::ptrdiff_t begin = tensor->bytes.data() - data.data();
        if (begin > reached) return refuse(FileFault::bytes_of_no_tensor, none, reached, begin);
        if (begin < reached) return refuse(FileFault::bytes_of_two_tensors, *tensor, begin, reached);
        reached = begin + static_cast<std::ptrdiff_t>(tensor->bytes.size());
        before = tensor;
    }
    const auto all = static_cast<std::ptrdiff_t>(data.size());
    if (reached < all) refuse(FileFault::bytes_of_no_tensor, none, reached, all);
}

}  // namespace detail

/// Reads the outside of a file in memory. The result may be used only if it has no fault.
template <class Header = SafetensorsHeader>
constexpr Header read_safetensors_header(std::string_view file) {
    Header header;
    const auto refuse = [&](FileFault fault, unsigned long long expected, unsigned long long found) {
        header.fault = fault;
        header.expected = static_cast<long long>(expected);
        header.found = found > 999'999'999'999'999'999 ? 999'999'999'999'999'999 : static_cast<long long>(found);
        return header;
    };
    if (file.size() < 8) return refuse(FileFault::shorter_than_8_bytes, 8, file.size());
    const auto length = detail::read_bits<std::uint64_t>(file.data());
    file.remove_prefix(8);
    if (length > file.size()) return refuse(FileFault::header_longer_than_the_file, file.size(), length);
    if (length > 100'000'000) return refuse(FileFault::header_longer_than_100_megabytes, 100'000'000, length);
    const std::string_view data = file.substr(static_cast<std::size_t>(length));
    detail::HeaderText(header, file.substr(0, static_cast<std::size_t>(length)), data).read();
    if (header.fault == FileFault::none) detail::check_names(header, header.tensors);
    if (header.fault == FileFault::none) detail::check_names(header, header.metadata);
    if (header.fault == FileFault::none) detail::check_places(header, data);
    return header;
}

}  // namespace kiln::inline KILN_TARGET::io

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads the outside of a safetensors file (github.com/huggingface/safetensors, "Format"), also in constant expressions:
// 8 bytes with the length N of the header, N bytes of JSON, then the tensors' bytes:
//
//   {"__metadata__":{"format":"pt"},"0.weight":{"dtype":"F32","shape":[8,1,3,3],"data_offsets":[0,288]}, …}
//
// Offsets count from the end of the header. Every promise of the format is checked: no name occurs twice, every tensor
// has the length of its type and shape, and every byte belongs to exactly one tensor. The format grows, so a type of
// elements that is not known (its size is then not checked) and further members of an entry are no faults. All of it also
// works in constant expressions.

#include <kiln/io/detail/json.hpp>
#include <kiln/io/detail/stored_tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

// A std::vector that constant expressions may use, also in libstdc++'s debug mode (-D_GLIBCXX_DEBUG).
#ifdef _GLIBCXX_DEBUG
template <class T>
using Vector = std::__cxx1998::vector<T>;
#else
template <class T>
using Vector = std::vector<T>;
#endif

}  // namespace detail

/// The faults of a safetensors file itself, whatever tensors are wanted.
enum class FileFault {
    none,
    shorter_than_8_bytes,
    header_longer_than_the_file,
    header_longer_than_100_megabytes,
    header_is_not_the_json_expected,
    name_twice,
    offsets_outside_of_the_data,
    size_unlike_type_and_shape,
    elements_that_fill_no_whole_bytes,
    bytes_of_two_tensors,
    bytes_of_no_tensor
};

/// The outside of a safetensors file. Names refer to the text of the file.
struct SafetensorsHeader {
    struct Entry {
        JsonString name, value;
    };
    detail::Vector<StoredTensor> tensors;
    detail::Vector<Entry> metadata;

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
    constexpr HeaderText(Header& header, std::string_view text, long long data)
        : header_(header),
          reader_(text),
          data_(data) {}

    constexpr void read() {
        int metadata = 0;
        reader_.object([&](const JsonString& name) {
            if (!(name == "__metadata__")) return tensor(name);
            if (metadata++ > 0) reader_.fail("__metadata__ once");
            if (reader_.null()) return;
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

    // Reads the three members of a tensor's entry, each once, and skips any others.
    constexpr void tensor(const JsonString& name) {
        StoredTensor tensor;
        tensor.name = name;
        JsonString type;
        long long offsets[2] = {};
        int types = 0, shapes = 0, pairs = 0;
        reader_.object([&](const JsonString& member) {
            if (member == "dtype") {
                if (types++ > 0) return reader_.fail(members);
                type = reader_.string();
            } else if (member == "shape") {
                if (shapes++ > 0) return reader_.fail(members);
                reader_.array([&] { tensor.shape.append(reader_.count()); });
            } else if (member == "data_offsets") {
                if (pairs++ > 0) return reader_.fail(members);
                int n = 0;
                reader_.array([&] {
                    const long long offset = reader_.count();
                    if (n < 2) offsets[n] = offset;
                    ++n;
                });
                if (n != 2) reader_.fail("two offsets");
            } else {
                reader_.skip();
            }
        });
        if (types != 1 || shapes != 1 || pairs != 1) reader_.fail(members);
        if (!reader_.good()) return;
        tensor.type = element_type(type);
        tensor.begin = offsets[0];
        tensor.end = offsets[1];
        check_place(tensor);
        header_.tensors.push_back(tensor);
    }

    constexpr void check_place(const StoredTensor& tensor) {
        const long long begin = tensor.begin, end = tensor.end, count = tensor.shape.count;
        if (begin > end || end > data_)
            return refuse(FileFault::offsets_outside_of_the_data, tensor.name, data_, begin > end ? begin : end);
        if (tensor.type.bits == 0) return;  // the right size is not known
        constexpr long long most = std::numeric_limits<long long>::max();
        const long long bits = count > most / tensor.type.bits ? most : count * tensor.type.bits;
        if (bits != most && bits % 8 != 0)
            return refuse(FileFault::elements_that_fill_no_whole_bytes, tensor.name, count, tensor.type.bits);
        if (bits == most || bits / 8 != end - begin)
            refuse(FileFault::size_unlike_type_and_shape, tensor.name, bits == most ? most : bits / 8, end - begin);
    }

    static constexpr const char* members = "dtype, shape and data_offsets, each once";
    Header& header_;
    JsonReader reader_;
    long long data_;  // bytes of all tensors
};

constexpr bool by_name(const JsonString& a, const JsonString& b) { return a < b; }
// By begin and end in the file, then by order in the header.
constexpr bool by_place(const StoredTensor& a, const StoredTensor& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end != b.end ? a.end < b.end : &a < &b;
}
// Heapsort (J. Williams, 1964), because <algorithm> takes compilers longer than the rest of this header.
template <class T>
constexpr void sort(Vector<const T*>& all, bool (*before)(const T&, const T&)) {
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
    Vector<const Name*> names;
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
constexpr void check_places(Header& header, long long data) {
    const StoredTensor none{}, *before = &none;
    const auto refuse = [&](FileFault fault, const StoredTensor& a, long long expected, long long found) {
        header.fault = fault;
        header.tensor = a.name;
        header.other = before->name;
        header.expected = expected;
        header.found = found;
    };
    using Tensor = typename decltype(header.tensors)::value_type;
    Vector<const Tensor*> tensors;
    for (const Tensor& tensor : header.tensors) tensors.push_back(&tensor);
    sort(tensors, &by_place);
    long long reached = 0;
    for (const StoredTensor* tensor : tensors) {
        const long long begin = tensor->begin;
        if (begin > reached) return refuse(FileFault::bytes_of_no_tensor, none, reached, begin);
        if (begin < reached) return refuse(FileFault::bytes_of_two_tensors, *tensor, begin, reached);
        reached = tensor->end;
        before = tensor;
    }
    if (reached < data) refuse(FileFault::bytes_of_no_tensor, none, reached, data);
}

}  // namespace detail

/// Judges a file of `length` bytes (-1: not known) by its first 9 bytes, or by all of it if it is shorter: whether the
/// length and the first letter can be those of a header. If so, `size` is the number of bytes of its JSON.
template <class Header = SafetensorsHeader>
constexpr Header judge_safetensors(std::string_view beginning, long long length, std::size_t& size) {
    constexpr std::uint64_t most = 100'000'000, largest = 999'999'999'999'999'999;
    Header header;
    const auto refuse = [&](FileFault fault, std::uint64_t expected, std::uint64_t found) {
        header.fault = fault;
        header.expected = static_cast<long long>(expected);
        header.found = static_cast<long long>(found < largest ? found : largest);
        return header;
    };
    if (beginning.size() < 8) return refuse(FileFault::shorter_than_8_bytes, 8, beginning.size());
    const auto json = detail::read_bits<std::uint64_t>(beginning.data());
    const auto following = static_cast<std::uint64_t>(length) - 8;
    if (length >= 0 && json > following) return refuse(FileFault::header_longer_than_the_file, following, json);
    if (json > most) return refuse(FileFault::header_longer_than_100_megabytes, most, json);
    size = static_cast<std::size_t>(json);
    if (size == 0 || (beginning.size() > 8 && std::string_view("{ \t\r\n").find(beginning[8]) == beginning.npos))
        detail::HeaderText(header, size == 0 ? std::string_view() : beginning.substr(8, 1), 0).read();
    return header;
}

/// Reads the JSON of a header that is followed by `data` bytes. The result may be used only if it has no fault.
template <class Header = SafetensorsHeader>
constexpr Header read_safetensors_json(std::string_view json, long long data) {
    Header header;
    detail::HeaderText(header, json, data).read();
    if (header.fault == FileFault::none) detail::check_names(header, header.tensors);
    if (header.fault == FileFault::none) detail::check_names(header, header.metadata);
    if (header.fault == FileFault::none) detail::check_places(header, data);
    return header;
}

/// Reads the outside of a file in memory, to which the bytes of its tensors then refer. The result may be used only if it
/// has no fault.
template <class Header = SafetensorsHeader>
constexpr Header read_safetensors_header(std::string_view file) {
    std::size_t size = 0;
    const auto length = static_cast<long long>(file.size());
    if (Header judged = judge_safetensors<Header>(file, length, size); judged.fault != FileFault::none) return judged;
    const std::string_view data = file.substr(8 + size);
    Header header = read_safetensors_json<Header>(file.substr(8, size), static_cast<long long>(data.size()));
    if (header.fault == FileFault::none)
        for (StoredTensor& tensor : header.tensors)
            tensor.bytes = data.substr(static_cast<std::size_t>(tensor.begin),
                                       static_cast<std::size_t>(tensor.end - tensor.begin));
    return header;
}

}  // namespace kiln::inline KILN_TARGET::io

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Hashes of what must be equal on all ranks: data sets, records, settings. Equal contents have equal hashes on machines
// of one byte order.

#include <kiln/core/contract.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::detail {

/// A hash that contents are added to, in their order.
class ContentHash {
  public:
    std::uint64_t value() const { return value_ ^ value_ >> 32; }

    // Eight bytes at a time, several gigabytes a second.
    ContentHash& add(const void* bytes, std::size_t size) {
        const auto* at = static_cast<const unsigned char*>(bytes);
        for (; size >= sizeof(std::uint64_t); at += sizeof(std::uint64_t), size -= sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, sizeof word);
            mix(word);
        }
        std::uint64_t rest = size << 56;  // never more than seven bytes
        std::memcpy(&rest, at, size);
        mix(rest);
        return *this;
    }
    ContentHash& add(std::string_view text) { return add(text.data(), text.size()); }
    template <class T>
        requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
    ContentHash& add(T number) { return add(&number, sizeof number); }
    /// All tensors of a record of floats.
    template <class Record>
    ContentHash& add_record(const Record& record) {
        for (const Slice<const float>& slice : tensors<const float>(record))
            add(slice.data, static_cast<std::size_t>(slice.count) * sizeof(float));
        return *this;
    }
    /// A sample or a target: a label, a tensor, a view of one, several of these, or a plain value of another type. Values
    /// whose bytes may differ though they are equal are left out.
    template <class T>
    ContentHash& add_value(const T& value) {
        if constexpr (std::is_arithmetic_v<T>)
            add(value);
        else if constexpr (requires { value.begin(); })
            add(value.begin(), static_cast<std::size_t>(T::count) * sizeof(*value.begin()));
        else if constexpr (requires { for_each_tensor(value, [](const auto&) {}); })
            for_each_tensor(value, [&](const auto& tensor) { add_value(tensor); });
        else if constexpr (requires { T::parts; })
            add_parts(value, std::make_integer_sequence<int, T::parts>{});
        else if constexpr (std::has_unique_object_representations_v<T>)
            add(&value, sizeof value);
        return *this;
    }
    /// All samples, targets and lengths of a data set.
    template <DataSet Data>
    ContentHash& add_data(const Data& data) {
        if constexpr (IsDivided<Data>) return add(data.content_hash());
        add(data.size()).add(static_cast<float>(data.scale()));
        for (int i = 0; i < data.size(); ++i) {
            add_value(data.sample(i)).add_value(data.target(i));
            if constexpr (GivesLengths<Data>) add(data.length(i));
        }
        return *this;
    }

  private:
    template <int... I>
    void add_parts(const auto& values, std::integer_sequence<int, I...>) {
        (add_value(values.template get<I>()), ...);
    }
    void mix(std::uint64_t word) { value_ = std::rotl(value_ ^ word, 29) * 0x9e3779b97f4a7c15 + 1; }

    std::uint64_t value_ = 0x243f6a8885a308d3;
};

}  // namespace kiln::inline KILN_TARGET::detail

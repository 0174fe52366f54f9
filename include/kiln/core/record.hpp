// SPDX-License-Identifier: BSL-1.0
#pragma once
// Records: what a network learns, as nested values. A layer's record is a Hana struct of tensors, a container's is a
// hana::basic_tuple of records, and `Nothing` stands for a part a layer does not have. A record is traversed once, into
// an array of slices; optimizers, zeroing, counting, comparison and files then loop over those values, so that a new
// layer edits none of them. Names read "2.1.0.weight".

#include <kiln/core/tensor.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/core/to.hpp>
#include <boost/hana/first.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/length.hpp>
#include <boost/hana/second.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>

#include <array>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace hana = boost::hana;

/// A part that a layer does not have (no parameters, no tape, a gradient nobody wants).
struct Nothing {};

template <class T>
inline constexpr bool is_nothing = std::is_same_v<std::remove_cvref_t<T>, Nothing>;

/// One tensor of a record, shape forgotten as a type but kept as a value.
template <class S>
struct Slice {
    S* data = nullptr;
    Extents extents{};
    int count = 0;

    constexpr S* begin() const { return data; }
    constexpr S* end() const { return data + count; }
};

/// The path of a tensor within a record, as PyTorch's state_dict spells it: "0.weight".
struct Name {
    char text[64] = {};
    int length = 0;

    constexpr Name then(const char* part) const {
        Name name = *this;
        if (length > 0) name.append('.');
        for (; *part != '\0'; ++part) name.append(*part);
        return name;
    }
    constexpr Name then(int position) const {
        char digits[12] = {};
        int first = 11;
        do digits[--first] = static_cast<char>('0' + position % 10);
        while ((position /= 10) > 0);
        return then(digits + first);
    }
    constexpr const char* c_str() const { return text; }

  private:
    // Names of tensors are constants, for which one that is too long does not compile; others are cut off.
    constexpr void append(char c) {
        if (!__builtin_is_constant_evaluated() && length >= static_cast<int>(sizeof text) - 1) return;
        text[length++] = c;
    }
};

/// What is known of a tensor of a record from its type alone.
struct TensorSchema {
    Name name;
    Extents extents;
};

namespace detail {

template <class R>
inline constexpr bool is_pack = false;
template <class... R>
inline constexpr bool is_pack<hana::basic_tuple<R...>> = true;

template <class... R>
inline constexpr bool all_nothing = [] {
    for (const bool nothing : std::array<bool, sizeof...(R) + 1>{true, is_nothing<R>...})
        if (!nothing) return false;
    return true;
}();
// A tuple of records, or Nothing where all of them are.
template <class... R>
using tuple_or_nothing = std::conditional_t<all_nothing<R...>, Nothing, hana::basic_tuple<R...>>;

template <class R>
inline constexpr int tensors_in = 0;
template <class R>
requires hana::Struct<R>::value inline constexpr int tensors_in<R> =
    static_cast<int>(decltype(hana::length(hana::accessors<R>()))::value);
// Arrays, here and below, not fold expressions: clang refuses folds of more than 256 operands.
template <class... R>
inline constexpr int tensors_in<hana::basic_tuple<R...>> = [] {
    int sum = 0;
    for (const int part : std::array<int, sizeof...(R)>{tensors_in<R>...}) sum += part;
    return sum;
}();

template <class Out, class R>
constexpr void collect(Out*& out, R& record);

template <class Out, class R, std::size_t... I>
constexpr void collect_parts(Out*& out, R& record, std::index_sequence<I...>) {
    [[maybe_unused]] const int each[] = {0, (collect(out, hana::at_c<I>(record)), 0)...};
}

template <class Out, class R>
constexpr void collect(Out*& out, R& record) {
    using Plain = std::remove_const_t<R>;
    if constexpr (tensors_in<Plain> == 0) {
    } else if constexpr (is_pack<Plain>) {
        collect_parts(out, record, std::make_index_sequence<decltype(hana::length(record))::value>{});
    } else {
        hana::for_each(hana::accessors<Plain>(), [&](auto accessor) {
            auto& tensor = hana::second(accessor)(record);
            *out++ = {tensor.data, std::remove_cvref_t<decltype(tensor)>::Dimensions::extents, tensor.count};
        });
    }
}

template <class R>
struct schema_of;

template <class... R>
struct schema_of<hana::basic_tuple<R...>> {
    static constexpr void append(TensorSchema*& out, const Name& prefix) {
        int position = 0;
        [[maybe_unused]] const int each[] = {0, (schema_of<R>::append(out, prefix.then(position)), ++position)...};
    }
};

template <class R>
struct schema_of {
    static constexpr void append(TensorSchema*& out, const Name& prefix) {
        if constexpr ((tensors_in<R>) > 0)
            hana::for_each(hana::accessors<R>(), [&](auto accessor) {
                using Member = std::remove_cvref_t<decltype(hana::second(accessor)(std::declval<R&>()))>;
                *out++ = {prefix.then(hana::to<const char*>(hana::first(accessor))), Member::Dimensions::extents};
            });
    }
};

template <class R>
constexpr auto make_schema() {
    std::array<TensorSchema, tensors_in<R>> schema{};
    TensorSchema* out = schema.data();
    schema_of<R>::append(out, Name{});
    return schema;
}

}  // namespace detail

/// Part I of a container's record. A record that is no tuple, because the container has none of it, stands for each part.
template <std::size_t I>
constexpr auto& part_of(auto& record) {
    if constexpr (detail::is_pack<std::remove_cvref_t<decltype(record)>>)
        return hana::at_c<I>(record);
    else
        return record;
}

/// The tensors of a record of scalars `S` (possibly const), in the order of their declaration.
template <class S, class R>
constexpr auto tensors(R& record) {
    std::array<Slice<S>, detail::tensors_in<std::remove_const_t<R>>> slices{};
    Slice<S>* out = slices.data();
    detail::collect(out, record);
    return slices;
}

namespace detail {
template <class With, class Out, class R>
constexpr void collect_with(Out*& out, R& record);
template <class With, class Out, class R, std::size_t... I>
constexpr void collect_parts_with(Out*& out, R& record, std::index_sequence<I...>) {
    [[maybe_unused]] const int each[] = {
        0, (collect_with<std::remove_cvref_t<decltype(part_of<I>(std::declval<With&>()))>>(out, part_of<I>(record)),
            0)...};
}
template <class With, class Out, class R>
constexpr void collect_with(Out*& out, R& record) {
    using Plain = std::remove_const_t<R>;
    if constexpr (tensors_in<With> == 0) {
    } else if constexpr (std::is_same_v<With, Plain> || !is_pack<Plain>) {
        collect(out, record);
    } else {
        collect_parts_with<With>(out, record, std::make_index_sequence<decltype(hana::length(record))::value>{});
    }
}
}  // namespace detail

/// The same of those parts of the record for which another, of a type alike, has tensors too: the parameters that have
/// gradients.
template <class With, class S, class R>
constexpr auto tensors_with(R& record) {
    std::array<Slice<S>, detail::tensors_in<With>> slices{};
    Slice<S>* out = slices.data();
    detail::collect_with<With>(out, record);
    return slices;
}

/// The names and extents of a record's tensors, in the order of `tensors`.
template <class R>
inline constexpr auto schema = detail::make_schema<R>();

/// The number of tensors in a record.
template <class R>
inline constexpr int tensor_count = detail::tensors_in<R>;

/// The number of scalars in a record's tensors.
template <class R>
constexpr long long scalar_count() {
    long long sum = 0;
    for (const TensorSchema& tensor : schema<R>) sum += tensor.extents.count();
    return sum;
}

/// Sets every element of every tensor to zero.
template <class S, class R>
constexpr void set_zero(R& record) {
    for (const Slice<S>& slice : tensors<S>(record))
        for (S& value : slice) value = S(0);
}

}  // namespace kiln::inline KILN_TARGET

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Records: the learned numbers of a network and other numbers like them, as nested values. A layer's record is a Hana
// struct of tensors, a container's is a hana::basic_tuple of records, and `Nothing` stands for a record that a layer
// does not have. A record is traversed once, into an array of slices. Optimizers, zeroing, counting, comparison and
// files loop over the slices, so a new layer edits none of them. Names read "2.1.0.weight".

#include <kiln/core/tensor.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/concept/struct.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

namespace hana = boost::hana;

/// A part that a layer does not have (no parameters, no tape, a gradient nobody wants).
struct Nothing {};

template <class T>
inline constexpr bool is_nothing = std::is_same_v<std::remove_cvref_t<T>, Nothing>;

/// One tensor of a record; its shape is a value, not a type.
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

    /// The name of a part; a part without a name of its own has that of the whole.
    constexpr Name then(const char* part) const {
        Name name = *this;
        if (*part == '\0') return name;
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
    // The name of a tensor is a constant, and does not compile if it is too long. Other names are cut off.
    constexpr void append(char c) {
        if (!__builtin_is_constant_evaluated() && length >= static_cast<int>(sizeof text) - 1) return;
        text[length++] = c;
    }
};

/// The name and the extents of a tensor of a record, known from the record's type alone.
struct TensorSchema {
    Name name;
    Extents extents;
};

/// The records of parts that have names: part I is called Names::text[I].
template <class Names, class... R>
struct NamedTuple : hana::detail::basic_tuple_impl<std::index_sequence_for<R...>, R...> {};

namespace detail {

template <class R>
inline constexpr bool is_pack = false;
template <class... R>
inline constexpr bool is_pack<hana::basic_tuple<R...>> = true;
template <class Names, class... R>
inline constexpr bool is_pack<NamedTuple<Names, R...>> = true;
template <class R>
inline constexpr std::size_t size_of_pack = 0;
template <class... R>
inline constexpr std::size_t size_of_pack<hana::basic_tuple<R...>> = sizeof...(R);
template <class Names, class... R>
inline constexpr std::size_t size_of_pack<NamedTuple<Names, R...>> = sizeof...(R);

template <class... R>
inline constexpr bool all_nothing = [] {
    for (const bool nothing : std::array<bool, sizeof...(R) + 1>{true, is_nothing<R>...})
        if (!nothing) return false;
    return true;
}();
// The tuple of records, or Nothing if all records are Nothing.
template <class... R>
using tuple_or_nothing = std::conditional_t<all_nothing<R...>, Nothing, hana::basic_tuple<R...>>;
template <class Names, class... R>
using named_tuple_or_nothing = std::conditional_t<all_nothing<R...>, Nothing, NamedTuple<Names, R...>>;

template <class Out, class T>
constexpr void put_slice(Out*& out, T& tensor) {
    *out++ = {tensor.data, T::Dimensions::extents, tensor.count};
}

// The members of a Hana struct, found in the type of its accessors: a tenth of the compile time of a loop over them.
template <class Accessors>
struct members;
template <template <class...> class Tuple, template <class, class> class Pair, class... Key, class... Member>
struct members<Tuple<Pair<Key, Member>...>> {
    static constexpr int count = sizeof...(Key);
    static constexpr void collect(auto*& out, auto& record) { (put_slice(out, Member{}(record)), ...); }
    template <class R>
    static constexpr void append(TensorSchema*& out, const Name& prefix) {
        ((*out++ = {prefix.then(Key::c_str()),
                    std::remove_cvref_t<decltype(Member{}(std::declval<R&>()))>::Dimensions::extents}),
         ...);
    }
};
template <class R>
using members_of = members<decltype(hana::accessors_impl<R>::apply())>;

template <class R>
inline constexpr int tensors_in = 0;
template <class R>
    requires(hana::Struct<R>::value)
inline constexpr int tensors_in<R> = members_of<R>::count;
// Arrays, here and below, because clang refuses fold expressions of more than 256 operands.
template <class... R>
inline constexpr int tensors_in<hana::basic_tuple<R...>> = [] {
    int sum = 0;
    for (const int part : std::array<int, sizeof...(R)>{tensors_in<R>...}) sum += part;
    return sum;
}();
template <class Names, class... R>
inline constexpr int tensors_in<NamedTuple<Names, R...>> = tensors_in<hana::basic_tuple<R...>>;

// A list of types. Type I is found once for each I, by the type of the list. If all types were spelled wherever one of
// them is needed, compilers would take memory that grows with the square of the list's length.
template <class... T>
struct types;
#if defined __has_builtin && __has_builtin(__type_pack_element)
template <class... T>
struct types {
    template <std::size_t I>
    struct element {
        using type = __type_pack_element<I, T...>;
    };
};
template <std::size_t I, class Types>
using type_at = typename Types::template element<I>::type;
#else
template <std::size_t I, class T>
struct indexed {
    using type = T;
};
template <class I, class... T>
struct all_indexed;
template <std::size_t... I, class... T>
struct all_indexed<std::index_sequence<I...>, T...> : indexed<I, T>... {};
template <std::size_t I, class T>
indexed<I, T> find_indexed(const indexed<I, T>*);
template <class... T>
struct types {
    using All = all_indexed<std::index_sequence_for<T...>, T...>;
};
template <std::size_t I, class Types>
struct found_type : decltype(find_indexed<I>(static_cast<const typename Types::All*>(nullptr))) {};
template <std::size_t I, class Types>
using type_at = typename found_type<I, Types>::type;
#endif

// A part of a tuple from its base class. Hana has different base classes for empty and for other parts.
template <class T, bool Empty>
constexpr T& element_in(auto& base) {
    if constexpr (Empty)
        return base;
    else
        return base.data_;
}

// The base class that holds part I of a record, or the record itself if it is no tuple.
template <class R>
struct parts_in {
    using type = void;
};
template <class... R>
struct parts_in<hana::basic_tuple<R...>> {
    using type = types<R...>;
};
template <class Names, class... R>
struct parts_in<NamedTuple<Names, R...>> {
    using type = types<R...>;
};
template <class R, class Parts = typename parts_in<std::remove_const_t<R>>::type>
struct Holders {};
template <std::size_t I, class H>
struct holder_of;
template <std::size_t I, class R>
struct holder_of<I, Holders<R, void>> {
    using type = R;
};
template <std::size_t I, class R, class Parts>
struct holder_of<I, Holders<R, Parts>> {
    using type = _hana::ebo<hana::detail::bti<I>, type_at<I, Parts>>;
};
template <std::size_t I, class R, class Parts>
struct holder_of<I, Holders<const R, Parts>> {
    using type = const _hana::ebo<hana::detail::bti<I>, type_at<I, Parts>>;
};
template <std::size_t I, class R>
struct holder_of<I, Holders<const R, void>> {
    using type = const R;
};
template <std::size_t I, class H>
using holder_at = typename holder_of<I, H>::type;
template <class R>
using holders_in = Holders<std::remove_reference_t<R>>;

}  // namespace detail

/// Part I of a container's record. A record that is no tuple, because no part has such a record, stands for each part.
//
// Parts are reached through the base class that holds them, so the function's name contains the type of the part alone.
// The name of hana::at_c would contain the type of the whole record; such names take most of the time and memory of
// compiling a hundred layers.
template <std::size_t I, class T, bool Empty>
constexpr T& part_of(_hana::ebo<hana::detail::bti<I>, T, Empty>& record) {
    return detail::element_in<T, Empty>(record);
}
template <std::size_t I, class T, bool Empty>
constexpr const T& part_of(const _hana::ebo<hana::detail::bti<I>, T, Empty>& record) {
    return detail::element_in<const T, Empty>(record);
}
template <std::size_t I, class R>
    requires(!detail::is_pack<std::remove_const_t<R>>)
constexpr R& part_of(R& record) { return record; }

namespace detail {

template <class R>
struct schema_of;

template <class... R>
struct schema_of<hana::basic_tuple<R...>> {
    static constexpr void append(TensorSchema*& out, const Name& prefix) {
        int position = 0;
        [[maybe_unused]] const int each[] = {0, (schema_of<R>::append(out, prefix.then(position)), ++position)...};
    }
};

template <class Names, class... R>
struct schema_of<NamedTuple<Names, R...>> {
    static constexpr void append(TensorSchema*& out, const Name& prefix) {
        std::size_t position = 0;
        [[maybe_unused]] const int each[] = {
            0, (schema_of<R>::append(out, prefix.then(Names::text[position])), ++position, 0)...};
    }
};

template <class R>
struct schema_of {
    static constexpr void append(TensorSchema*& out, const Name& prefix) {
        if constexpr ((tensors_in<R>) > 0) members_of<R>::template append<R>(out, prefix);
    }
};

template <class R>
constexpr auto make_schema() {
    std::array<TensorSchema, tensors_in<R>> schema{};
    TensorSchema* out = schema.data();
    schema_of<R>::append(out, Name{});
    return schema;
}

template <class Out, class R>
constexpr void collect(Out*& out, R& record);

template <class Out, class R, std::size_t... I>
constexpr void collect_parts(Out*& out, R& record, std::index_sequence<I...>) {
    [[maybe_unused]] const int each[] = {0, (collect(out, part_of<I>(record)), 0)...};
}

template <class Out, class R>
constexpr void collect(Out*& out, R& record) {
    using Plain = std::remove_const_t<R>;
    if constexpr (tensors_in<Plain> == 0) {
    } else if constexpr (is_pack<Plain>) {
        collect_parts(out, record, std::make_index_sequence<size_of_pack<Plain>>{});
    } else {
        members_of<Plain>::collect(out, record);
    }
}
}  // namespace detail

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
        collect_parts_with<With>(out, record, std::make_index_sequence<size_of_pack<Plain>>{});
    }
}
}  // namespace detail

/// The tensors of those parts of the record for which record type With has tensors too: the parameters that have
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

// SPDX-License-Identifier: BSL-1.0
#pragma once
// A safetensors file that is part of the program: read while the program is compiled, and checked against the type of
// the model. A file that does not fit is one error, like a network that does not fit its input:
//
//   constexpr unsigned char file[] = {
//   #include "digits.inc"            // xxd -i < digits.safetensors > digits.inc; or #embed, where there is one
//   };
//   constexpr const Digits& digits = kiln::io::Embedded<Digits, file>::model;
//
//   error: 'file_agrees' is not a member of 'kiln::io::file_mismatch<kiln::io::tensor<'3', '.', 'b', 'i', 'a', 's'>,
//          kiln::expects<kiln::Shape<10> >, kiln::got<kiln::Shape<12> > >'
//
// If all names in the file begin with the same prefix, it is given as the third argument: Embedded<Digits, file,
// "module.">.
//
// Compilers limit the length of computations. The defaults suffice for 25,000 parameters with clang (-fconstexpr-steps
// raises the limit) and 60,000 with g++ (-fconstexpr-loop-limit, -fconstexpr-ops-limit), and for half as many again if
// the bytes are char. kiln/io/export_header.hpp has no such limit.

#include <kiln/core/facts.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/io/detail/safetensors_header.hpp>
#include <kiln/io/detail/tensor_match.hpp>
#include <kiln/io/state_dict.hpp>

#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// The verdict on an embedded file that does not fit. The missing member `file_agrees` makes naming it the error.
template <class... Facts>
struct file_mismatch {};
/// The verdict on a file that fits.
struct file_fits {
    static constexpr bool file_agrees = true;
};

// The words of a verdict.
template <char... Name>
struct tensor;
template <FileFault Fault>
struct fault;
struct a_tensor_of_this_name;
struct no_such_tensor;
struct real_numbers;
struct numbers_that_a_float_can_hold;
struct a_safetensors_file;
struct another_rank;
template <char... Text>
struct prefix;  // the third argument of Embedded

/// The prefix of all names in an embedded file.
template <std::size_t Size>
struct Prefix {
    char text[Size]{};

    constexpr Prefix(const char (&literal)[Size]) {
        for (std::size_t i = 0; i < Size; ++i) text[i] = literal[i];
    }
    constexpr std::string_view view() const { return {text, Size - 1}; }
};

namespace detail {

// A file's bytes as text; bytes of another type than char are copied.
template <const auto& Bytes>
inline constexpr auto text_of = [] {
    std::array<char, std::size(Bytes)> text{};
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(Bytes[i]);
    return text;
}();
template <const auto& Bytes>
constexpr std::string_view file_text() {
    if constexpr (std::is_same_v<const char*, decltype(std::data(Bytes))>)
        return {std::data(Bytes), std::size(Bytes)};
    else
        return {text_of<Bytes>.data(), text_of<Bytes>.size()};
}

// The fault of a file, as a value that can be an argument of a template.
struct Finding {
    FileFault file = FileFault::none;
    TensorFault tensor = TensorFault::none;
    std::size_t wanted = 0;
    Name name{};      // of the tensor in the file, cut off if too long
    Name prefix{};    // of all names in the file, if the model's names lack it
    Extents shape{};  // of the stored tensor; rank 0 if it is no valid Extents
};

template <class Model>
inline constexpr std::size_t tensors_in_model = static_cast<std::size_t>(tensor_count<typename Model::Parameters> +
                                                                         tensor_count<typename Model::State>);

// The names and shapes of a model's tensors, from its type alone.
template <class Model>
inline constexpr auto wanted_schema = [] {
    std::array<TensorSchema, tensors_in_model<Model>> all{};
    std::size_t n = 0;
    for (const TensorSchema& tensor : schema<typename Model::Parameters>) all[n++] = tensor;
    for (const TensorSchema& tensor : schema<typename Model::State>) all[n++] = tensor;
    return all;
}();

constexpr Extents extents_of(const StoredShape& shape) {
    Extents extents;
    if (shape.rank > Extents::max_rank) return extents;
    for (int i = 0; i < shape.rank; ++i) {
        const long long size = shape.sizes[static_cast<std::size_t>(i)];
        if (size < 1 || size > Extents::limit) return {};
        extents.size[i] = static_cast<int>(size);
    }
    extents.rank = shape.rank;
    return extents;
}
constexpr Name name_of(const auto&... texts) {
    Name name;
    for (const auto& text : {std::string_view(std::data(texts), std::size(texts))...})
        for (std::size_t i = 0; i < text.size() && name.length < static_cast<int>(sizeof name.text) - 1; ++i)
            name.text[name.length++] = text[i];
    return name;
}

// The first letters of a name in a file, as many as a Name holds.
constexpr Name beginning_of(const JsonString& text, std::size_t most) {
    Name name;
    JsonString::Bytes bytes = text.bytes();
    for (std::size_t i = 0; i < most && name.length < static_cast<int>(sizeof name.text) - 1; ++i) {
        const int c = bytes.next();
        if (c < 0) break;
        name.text[name.length++] = static_cast<char>(c);
    }
    return name;
}

// Matches a file with a model. If the file fits, calls take(places of the model's tensors in the file, the file's
// tensors).
template <class Model, class Header = SafetensorsHeader>
constexpr Finding examine(std::string_view file, std::string_view prefix, auto take) {
    const Header header = read_safetensors_header<Header>(file);
    if (header.fault != FileFault::none) return {.file = header.fault};
    std::array<WantedTensor, tensors_in_model<Model>> wanted{};
    for (std::size_t i = 0; i < wanted.size(); ++i)
        wanted[i] = {{wanted_schema<Model>[i].name.text, static_cast<std::size_t>(wanted_schema<Model>[i].name.length)},
                     wanted_schema<Model>[i].extents};
    std::array<std::size_t, tensors_in_model<Model>> places{};
    const TensorMismatch found = match_tensors(wanted, header.tensors, places, {.prefix = prefix});
    if (found.fault == TensorFault::none) {
        take(places, header.tensors);
        return {};
    }
    Finding finding{.tensor = found.fault, .wanted = found.wanted};
    if (found.stored < header.tensors.size()) finding.shape = extents_of(header.tensors[found.stored].shape);
    if (found.fault == TensorFault::not_wanted)
        finding.name = beginning_of(header.tensors[found.stored].name, sizeof(Name));
    else
        finding.name = name_of(prefix, wanted[found.wanted].name);
    if (found.fault == TensorFault::missing)
        if (const std::size_t size = common_prefix(wanted, header.tensors, prefix))
            finding.prefix = beginning_of(header.tensors[0].name, size);
    return finding;
}

// A class template whose body computes the type, because g++ 12 crashes on the same expression in an alias template.
template <Name N, template <char...> class Fact = tensor>
struct spelled_name {
    template <std::size_t... I>
    static auto as_fact(std::index_sequence<I...>) -> Fact<N.text[I]...>;
    using type = decltype(as_fact(std::make_index_sequence<static_cast<std::size_t>(N.length)>{}));
};

template <Extents X>
constexpr auto got_shape() {
    if constexpr (X.rank == 0)
        return std::type_identity<got<another_rank>>{};
    else
        return std::type_identity<got<shape_of<X>>>{};
}

template <class Model, Finding F>
constexpr auto file_verdict() {
    if constexpr (F.file != FileFault::none) {
        return file_mismatch<expects<a_safetensors_file>, got<fault<F.file>>>{};
    } else if constexpr (F.tensor == TensorFault::none) {
        return file_fits{};
    } else if constexpr (F.tensor == TensorFault::not_wanted) {
        return file_mismatch<typename spelled_name<F.name>::type, expects<no_such_tensor>>{};
    } else {
        using Where = typename spelled_name<F.name>::type;
        if constexpr (F.tensor == TensorFault::missing && F.prefix.length > 0)
            return file_mismatch<Where, expects<a_tensor_of_this_name>,
                                 try_this<typename spelled_name<F.prefix, io::prefix>::type>>{};
        else if constexpr (F.tensor == TensorFault::missing)
            return file_mismatch<Where, expects<a_tensor_of_this_name>>{};
        else if constexpr (F.tensor == TensorFault::type)
            return file_mismatch<Where, expects<real_numbers>>{};
        else if constexpr (F.tensor == TensorFault::shape)
            return file_mismatch<Where, expects<shape_of<wanted_schema<Model>[F.wanted].extents>>,
                                 typename decltype(got_shape<F.shape>())::type>{};
        else
            return file_mismatch<Where, expects<numbers_that_a_float_can_hold>>{};
    }
}

}  // namespace detail

/// The model in a safetensors file, which is given as an array of bytes with static storage. A file that does not fit
/// the model does not compile.
template <class Model, const auto& Bytes, Prefix Names = "">
class Embedded {
    static constexpr detail::Finding finding =
        detail::examine<Model>(detail::file_text<Bytes>(), Names.view(), [](const auto&, const auto&) {});
    static_assert(decltype(detail::file_verdict<Model, finding>())::file_agrees);

    static constexpr Model load() {
        Model loaded;
        detail::examine<Model>(detail::file_text<Bytes>(), Names.view(), [&](const auto& places, const auto& stored) {
            const auto tensors = state_dict(loaded);
            for (std::size_t i = 0; i < tensors.size(); ++i) copy_elements(stored[places[i]], tensors[i].data);
        });
        return loaded;
    }

  public:
    static constexpr Model model = load();
};

}  // namespace kiln::inline KILN_TARGET::io

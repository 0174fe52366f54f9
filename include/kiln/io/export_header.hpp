// SPDX-License-Identifier: BSL-1.0
#pragma once
// A trained network as a constant: writes a C++ header that defines the network's parameters and state, bit for bit.
//
//   kiln::io::export_header(model, "card.hpp", {.name = "card", .type = "Card", .include = "network.hpp"}).or_throw();
//
// writes a header that includes network.hpp, which declares Card, and defines `inline constexpr Card card = …`. `card`
// predicts in a static_assert and at run time. Its weights are read-only data, in flash where there is flash, and no
// code runs at start-up. The header needs neither exceptions nor run-time types nor a heap, unless network.hpp does.
// The header does not compile if Card is another network than the one that was written. (If the type cannot be spelled
// in another file, for example because a layer is in an unnamed namespace, only the number of parameters and the
// tensors' shapes are compared.)
//
// A number takes about 15 characters. Beyond the cost of network.hpp, the slowest of g++ 12, clang 16 and clang 19
// takes: 13,610 parameters 0.1 s and 22 MiB, 101,770 0.3 s and 61 MiB, 669,706 2.0 s and 318 MiB.
//
// Compilers limit a prediction in a static_assert. For each multiply-add clang takes up to 15 steps (8 with AVX-512),
// of 1,048,576 (-fconstexpr-steps), and g++ 150 operations, of 33,554,432 (-fconstexpr-ops-limit). The network of
// examples/05_images.cpp, with 62,192 multiply-adds, is within the defaults of both; g++ 12 takes half a second, clang
// 1.5 s.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/detail/type_name.hpp>
#include <kiln/core/record.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/state_dict.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// The names in a header.
struct HeaderOptions {
    std::string name{};                ///< of the constant, also "app::card"; by default from the file's name
    std::string type{};                ///< of the model, as declared by `include`; by default spelled out
    std::string include = "kiln.hpp";  ///< the header that declares `type`; with <> or "" written as given
};

namespace detail {

// A model in the form that a header needs.
struct ExportedModel {
    std::string_view type;                            // the compiler's name of its type
    long long parameter_count;                        // learned numbers
    std::span<const TensorSchema> parameters, state;  // where the tensors are, by positions alone: "1.0.weight"
    std::span<const ModelTensor<const float>> tensors;
};

// The record R with positions in the place of names. Its schema says where in R a tensor is.
template <class R>
struct by_position {
    using type = R;
};
template <class... R>
struct by_position<hana::basic_tuple<R...>> {
    using type = hana::basic_tuple<typename by_position<R>::type...>;
};
template <class Names, class... R>
struct by_position<NamedTuple<Names, R...>> : by_position<hana::basic_tuple<R...>> {};
template <class R>
inline constexpr auto& positions_in = schema<typename by_position<R>::type>;

KILN_LAZY Result write_header(const ExportedModel& model, const std::string& path, const HeaderOptions& options);

}  // namespace detail

/// Writes header `path`, which defines `inline constexpr <type> <name>`: the model. Fails, and leaves the old file, if
/// a number is not finite, the name is not a C++ name, the type cannot be spelled, or the file cannot be written.
template <class M>
[[nodiscard]] Result export_header(const M& model, const std::string& path, const HeaderOptions& options = {}) {
    using Parameters = typename M::Parameters;
    const auto tensors = state_dict(model);
    return kiln::detail::guarded(path, [&] {
        return detail::write_header({kiln::detail::full_type_name<M>(), scalar_count<Parameters>(),
                                     detail::positions_in<Parameters>, detail::positions_in<typename M::State>,
                                     tensors},
                                    path, options);
    });
}

template <class M>
    requires kiln::detail::is_one_of<M>
Result export_header(const M&, const std::string&, const HeaderOptions& = {}) {
    static_assert(!kiln::detail::is_one_of<M>,
                  "kiln: export_header needs a Model, got a OneOf; try the model in it: visit");
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/export_header.ipp>
#endif

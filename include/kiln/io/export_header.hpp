// SPDX-License-Identifier: BSL-1.0
#pragma once
// A trained network as a constant: writes a C++ header that defines it, parameters and state, bit for bit.
//
//   kiln::io::export_header(model, "card.hpp", {.name = "card", .type = "Card", .include = "network.hpp"}).or_throw();
//
// writes a header that includes network.hpp, which declares Card, and says `inline constexpr Card card = …`. `card`
// predicts in a static_assert and at run time; its weights are read-only data, in flash where there is one, and no code
// runs at start-up. The header needs neither exceptions nor run-time types nor a heap, if network.hpp does not. It does
// not compile if Card is another network than the one that was written. (Of a type that cannot be spelled in another
// file, such as that of a layer in an unnamed namespace, only the number of parameters and the tensors' shapes are
// compared.)
//
// A number takes about 15 characters, and the compilers, beyond what they take for network.hpp, at most (g++ 12, clang 16
// and 19): 13,610 parameters 0.1 s and 22 MiB, 101,770 0.3 s and 61 MiB, 669,706 2.0 s and 318 MiB.
//
// How long a prediction in a static_assert may take is limited by the compiler. For each multiply-add clang takes up to
// 15 steps (8 with AVX-512), of 1,048,576 (-fconstexpr-steps), and g++ 150 operations, of 33,554,432
// (-fconstexpr-ops-limit): the network of the README, with 62,192, is within the defaults of both. It takes g++ 12 half
// a second, clang 1.5 s.

#include <kiln/core/compiled.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/result.hpp>
#include <kiln/core/type_name.hpp>
#include <kiln/io/state_dict.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// What a header calls things.
struct HeaderOptions {
    std::string name{};                ///< of the constant, also "app::card"; by default made of the file's name
    std::string type{};                ///< of the model, as the header's reader knows it; by default spelled out
    std::string include = "kiln.hpp";  ///< the header that declares it; one in <> or "" is written as it is
};

namespace detail {

// A model as a header has it.
struct ExportedModel {
    std::string_view type;      // what the compiler calls its type
    long long parameter_count;  // of numbers
    std::size_t parameters;     // of the tensors: the first ones, those that are learned
    std::span<const ModelTensor<const float>> tensors;
};

KILN_LAZY Result write_header(const ExportedModel& model, const std::string& path, const HeaderOptions& options);

}  // namespace detail

/// Writes header `path`, which defines `inline constexpr <type> <name>`: the model. Fails, and leaves what was there, if
/// a number is not finite, the name is none, the type cannot be spelled or the file not be written.
template <class M>
[[nodiscard]] Result export_header(const M& model, const std::string& path, const HeaderOptions& options = {}) {
    using Parameters = typename M::Parameters;
    const auto tensors = state_dict(model);
    return detail::write_header({kiln::detail::full_type_name<M>(), scalar_count<Parameters>(),
                                 static_cast<std::size_t>(tensor_count<Parameters>), tensors},
                                path, options);
}

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/export_header.ipp>
#endif

// SPDX-License-Identifier: BSL-1.0
#pragma once
// One of several models, chosen while the program runs: a plugin that plays small nets and large ones, a robot whose
// maker may send another architecture. The models lie in one place of fixed size, so that a change of the model
// allocates nothing. They have one input shape and one output shape. io/one_of.hpp chooses the model that a file holds.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/tensor.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

namespace kiln::inline KILN_TARGET {

namespace detail {
template <class M, class... Models>
inline constexpr int occurrences = (0 + ... + static_cast<int>(std::is_same_v<M, Models>));

// f of the alternative that a variant has, from number I on. std::visit would go through a table of functions.
template <std::size_t I>
decltype(auto) visit_alternative(auto& variant, auto& f) {
    if constexpr (I + 1 == std::variant_size_v<std::remove_cvref_t<decltype(variant)>>) {
        return f(*std::get_if<I>(&variant));
    } else {
        if (variant.index() == I) return f(*std::get_if<I>(&variant));
        return visit_alternative<I + 1>(variant, f);
    }
}
}  // namespace detail

/// The place for one of the models `First, Others...`, which are different types.
template <class First, class... Others>
class OneOf {
    static constexpr bool have_one_shape = (... && (std::is_same_v<typename Others::Input, typename First::Input> &&
                                                    std::is_same_v<typename Others::Output, typename First::Output>));
    static_assert(have_one_shape,
                  "kiln: OneOf needs models of one input shape and one output shape, got others; try a OneOf for each");
    static constexpr bool are_different =
        detail::occurrences<First, Others...> == 0 && (... && (detail::occurrences<Others, Others...> == 1));
    static_assert(are_different, "kiln: OneOf needs models of different types, got one twice; try it once");

  public:
    using Input = typename First::Input;
    using Output = typename First::Output;
    static constexpr int count = 1 + sizeof...(Others);
    template <int I>
    using Model = std::variant_alternative_t<static_cast<std::size_t>(I), std::variant<First, Others...>>;

    /// The first model, with all parameters zero.
    OneOf() = default;
    /// A model's copy.
    template <class M>
        requires(detail::occurrences<M, First, Others...> == 1)
    OneOf(const M& model) : model_(std::in_place_type<M>, model) {}

    /// The number of the model that is there, from 0.
    int index() const { return static_cast<int>(model_.index()); }
    /// The model, if it is an M; else null.
    template <class M>
        requires(detail::occurrences<M, First, Others...> == 1)
    M* get_if() { return std::get_if<M>(&model_); }
    template <class M>
        requires(detail::occurrences<M, First, Others...> == 1)
    const M* get_if() const { return std::get_if<M>(&model_); }

    /// f(model) of the model that is there; all models must give one type of answer.
    decltype(auto) visit(auto&& f) { return detail::visit_alternative<0>(model_, f); }
    decltype(auto) visit(auto&& f) const { return detail::visit_alternative<0>(model_, f); }

    /// The output for one sample; scratch is on the stack.
    Tensor<float, Output> predict(const Tensor<float, Input>& x) const {
        return visit([&](const auto& model) { return model.predict(x); });
    }
    /// The outputs for many samples.
    void predict(std::span<const Tensor<float, Input>> in, std::span<Tensor<float, Output>> out) const {
        visit([&](const auto& model) { model.predict(in, out); });
    }

  private:
    std::variant<First, Others...> model_;
};

}  // namespace kiln::inline KILN_TARGET

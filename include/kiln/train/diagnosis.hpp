// SPDX-License-Identifier: BSL-1.0
#pragma once
// The faults of a training, in words: data that cannot be learned, a loss that is not finite, and parameters that no
// gradient reaches.

#include <kiln/core/concat.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/finite.hpp>
#include <kiln/core/raise.hpp>
#include <kiln/core/record.hpp>
#include <kiln/model/summary.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// The error of a training that cannot go on; `what()` names the step, the place and the cause.
struct TrainingError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace detail {

template <class Record>
std::string name_of(std::size_t tensor) {
    const Name& name = schema<Record>[tensor].name;
    return {name.text, static_cast<std::size_t>(name.length)};
}

// The name of the first tensor of a record that is not finite; empty if all are finite.
template <class Record>
std::string first_not_finite(const Record& record) {
    const auto slices = tensors<const float>(record);
    for (std::size_t k = 0; k < slices.size(); ++k)
        if (!all_finite(slices[k])) return name_of<Record>(k);
    return {};
}

// Layer number `layer` of a Sequential, in words.
template <class Net, std::size_t... I>
std::string layer_in_words(int layer, std::index_sequence<I...>) {
    const std::array<std::string_view, sizeof...(I)> names{type_name<typename Net::template Layer<I>>()...};
    return concat("layer ", layer, ", ", names[static_cast<std::size_t>(layer)]);
}

// Refuses a data set without samples, or with a target that cannot be learned.
template <class Loss, class Out>
void require_valid(const auto& data, const char* which) {
    const auto refuse = raise<std::invalid_argument, const std::string&>;
    if (data.size() < 1) refuse(concat("kiln: fit needs at least one sample", which, ", got an empty data set"));
    using Input = typename std::remove_cvref_t<decltype(data)>::Input;
    if constexpr (is_tokens<Input>)
        for (int i = 0; i < data.size(); ++i)
            for (const int token : data.sample(i))
                if (token < 0 || token >= Input::extents.values)
                    refuse(concat("kiln: fit needs tokens in 0 … ", Input::extents.values - 1, ", got ", token,
                                  " in sample ", i, which, "; try Tokens of more values, or look at the data"));
    for (int i = 0; i < data.size(); ++i) {
        if (valid_target<Loss>(data.target(i), Out::extents)) continue;
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(data.target(i))>>)
            refuse(concat("kiln: fit needs labels in 0 … ", Out::count - 1, ", got ", data.target(i), " for sample ", i,
                          which, "; try a network with more outputs, or look at the label file"));
        else
            refuse(concat("kiln: fit needs targets that the loss accepts, got another for sample ", i, which));
    }
}

// Finds tensors whose gradient was zero in all of the first steps, and warns about them once.
template <class Record>
class SilentGradients {
  public:
    void look(const Record& gradients, std::FILE* warnings) {
        if (warnings == nullptr || looks_ == enough) return;
        ++looks_;
        const auto slices = tensors<const float>(gradients);
        for (std::size_t k = 0; k < slices.size(); ++k)
            for (const float value : slices[k])
                if (value != 0) {
                    heard_[k] = true;
                    break;
                }
        if (looks_ == enough) warn(warnings);
    }
    /// Warns after the first epoch, however short that epoch is.
    [[gnu::cold]] void warn(std::FILE* warnings) {
        if (warnings == nullptr || warned_ || looks_ == 0) return;
        warned_ = true;
        for (std::size_t k = 0; k < heard_.size(); ++k) {
            if (heard_[k]) continue;
            const std::string text =
                concat("kiln: warning: the gradient of parameter ", name_of<Record>(k), " was 0 in all of the first ",
                       looks_, " steps; nothing is learned there\n");
            std::fputs(text.c_str(), warnings);
        }
    }

  private:
    static constexpr int enough = 20;
    std::array<bool, static_cast<std::size_t>(tensor_count<Record>)> heard_{};
    int looks_ = 0;
    bool warned_ = false;
};

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET

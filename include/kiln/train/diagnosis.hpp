// SPDX-License-Identifier: BSL-1.0
#pragma once
// The faults of a training, in words: data that cannot be learned, a loss or a gradient that is not finite, and
// parameters that no gradient reaches.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/finite.hpp>
#include <kiln/core/detail/lengths.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/core/record.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/model/summary.hpp>
#include <kiln/train/detail/lengths.hpp>

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

// A parameter in words, with its layer where the network is a Sequential: its name begins with the layer's number.
template <class M>
std::string parameter_in_words(const std::string& name) {
    using Body = typename M::Body;
    if constexpr (requires { Body::depth; }) {
        int layer = 0;
        for (const char digit : name) {
            if (digit == '.') break;
            layer = 10 * layer + (digit - '0');
        }
        return concat(name, " (", layer_in_words<Body>(layer, std::make_index_sequence<Body::depth>{}), ")");
    } else {
        return name;
    }
}

// The learning rate of the next step, in words, where the optimizer tells it; and the advice to lower it.
std::string rate_in_words(const auto& trainer) {
    using Optimizer = std::remove_cvref_t<decltype(trainer.optimizer())>;
    if constexpr (TellsRate<Optimizer>)
        return concat("the learning rate is ", trainer.optimizer().rate(trainer.steps()), "; try a lower one");
    else
        return "try a lower learning rate";
}

// The number of classes of an output: of a vector, or of each frame of a sequence.
template <class Out>
inline constexpr int classes_of = Out::count;
template <int Frames, int Classes>
inline constexpr int classes_of<Shape<Frames, Classes>> = Classes;

// The largest magnitude in a tensor.
constexpr float largest_in(const auto& tensors) {
    float largest = 0;
    for_each_tensor(tensors, [&](const auto& tensor) {
        for (const auto& value : tensor)
            for (int l = 0; l < width<std::remove_cvref_t<decltype(value)>>; ++l) {
                const float here = static_cast<float>(lane(value, l));
                if (here > largest || -here > largest) largest = here < 0 ? -here : here;
            }
    });
    return largest;
}

// The cause, in words, why a step on these samples was not taken. The function runs the network once more to find it.
template <class T>
std::string cause_of_failure(T& trainer, float loss, const auto& batch) {
    using Model = typename T::Model;
    using Body = typename Model::Body;
    using Loss = std::remove_cvref_t<decltype(trainer.loss())>;
    const std::string rate = rate_in_words(trainer);
    const std::string parameter = first_not_finite(trainer.model().parameters());
    if (!parameter.empty())
        return concat("parameter ", parameter_in_words<Model>(parameter),
                      " has not been finite since an earlier step; ", rate,
                      ", or look at the file that the model is from");
    if constexpr (requires { batch.lengths[0]; })
        for (int i = 0; i < batch.count; ++i)
            if (!is_length<Model>(batch.lengths[i]))
                return concat("the length of sample ", i, " of the batch is ", batch.lengths[i], ", not in ",
                              least_length<Model>(), " … ", frame_count<typename Model::Input>, "; look at the data");
    for (int i = 0; i < batch.count; ++i)
        if (!valid_target_of<Loss, typename Model::Output>(batch.target(i)))
            return concat("the target of sample ", i, " of the batch is not one of ",
                          classes_of<typename Model::Output>, " classes; look at the data");
    std::string cause;
    float largest_input = 0, largest_output = 0;
    trainer.look_at_passes(batch, [&](const auto& x, const auto& y, const auto& tape) {
        constexpr auto is_bad = [](const auto& tensors) {
            bool bad = false;
            for_each_tensor(tensors, [&](const auto& tensor) { bad = bad || !all_finite(tensor); });
            return bad;
        };
        if (is_bad(x)) {
            cause = "an input of the network is not finite; look at the data";
            return true;
        }
        const float input = largest_in(x), output = largest_in(y);
        largest_input = input > largest_input ? input : largest_input;
        largest_output = output > largest_output ? output : largest_output;
        if constexpr (requires { Body::template first_fault<typename Model::Input>(y, tape, is_bad); }) {
            const int layer = Body::template first_fault<typename Model::Input>(y, tape, is_bad);
            if (layer >= 0) {
                cause = concat("the output of ", layer_in_words<Body>(layer, std::make_index_sequence<Body::depth>{}),
                               ", is not finite although its input is; the inputs of the network reach ", largest_input,
                               "; ", rate, ", or smaller inputs");
                return true;
            }
        }
        return false;
    });
    if (!cause.empty()) return cause;
    const std::string sizes = concat("the inputs of the network reach ", largest_input, ", its outputs ",
                                     largest_output, "; ", rate, ", or smaller inputs and targets");
    const std::string gradient = first_not_finite(trainer.gradients());
    if (!gradient.empty())
        return concat("the gradient of ", parameter_in_words<Model>(gradient), " is not finite although the loss is; ",
                      sizes);
    const std::string state = first_not_finite(trainer.next_state());
    if (!state.empty())
        return concat("the state ", parameter_in_words<Model>(state),
                      " would not be finite although the loss and all gradients are; ", sizes);
    return concat("the loss is ", loss, " although the network's outputs are finite; ", sizes);
}

// The whole error message of a step that was not taken: its number, its epoch and the cause. `loss` is the step's loss.
template <class T>
[[gnu::cold, gnu::noinline]] std::string failure_of(T& trainer, float loss, const auto& batch) {
    return concat("kiln: step ", trainer.steps(), " (epoch ", trainer.epochs(),
                  ") changes nothing: ", cause_of_failure(trainer, loss, batch));
}

// The first label of a frame that is not among the classes, in words.
std::string first_invalid_label(const auto& labels, int classes) {
    for (int t = 0; t < labels.count; ++t)
        if (const auto label = static_cast<int>(labels.data[t]); label < -1 || label >= classes)
            return concat(label, " for frame ", t);
    return "another";
}

// Whether a frame of a data set has a label within its sample's length.
template <class M>
bool has_labels_of_frames(const auto& data) {
    for (int i = 0; i < data.size(); ++i) {
        const auto& labels = data.target(i);
        int length = labels.count;
        if constexpr (GivesLengths<std::remove_cvref_t<decltype(data)>>)
            if (const int of_output = output_lengths_of<M>::of(data.length(i))[0]; of_output < length)
                length = of_output;
        for (int t = 0; t < length; ++t)
            if (static_cast<int>(labels.data[t]) >= 0) return true;
    }
    return false;
}

// Refuses a data set without samples or labels, or with a target that cannot be learned.
template <class M, class Loss>
void require_valid(const auto& data, const char* which) {
    const auto refuse = raise<std::invalid_argument, const std::string&>;
    if (data.size() < 1) refuse(concat("kiln: fit needs at least one sample", which, ", got an empty data set"));
    using Input = typename M::Input;
    using Out = typename M::Output;
    if constexpr (is_tokens<Input>)
        for (int i = 0; i < data.size(); ++i) {
            if constexpr (IsDivided<std::remove_cvref_t<decltype(data)>>)
                if (!data.holds(i)) continue;
            for (const int token : data.sample(i))
                if (token < 0 || token >= Input::extents.values)
                    refuse(concat("kiln: fit needs tokens in 0 … ", Input::extents.values - 1, ", got ", token,
                                  " in sample ", i, which, "; try Tokens of more values, or look at the data"));
        }
    if constexpr (GivesLengths<std::remove_cvref_t<decltype(data)>>) require_lengths<M>(data, "fit", which);
    for (int i = 0; i < data.size(); ++i) {
        if (valid_target_of<Loss, Out>(data.target(i))) continue;
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(data.target(i))>>)
            refuse(concat("kiln: fit needs labels in 0 … ", Out::count - 1, ", got ", data.target(i), " for sample ", i,
                          which, "; try a network with more outputs, or look at the label file"));
        else if constexpr (is_frame_labels<target_in<std::remove_cvref_t<decltype(data)>>>)
            refuse(concat("kiln: fit needs labels in -1 … ", classes_of<Out> - 1, ", got ",
                          first_invalid_label(data.target(i), classes_of<Out>), " of sample ", i, which,
                          "; try a network with more outputs, or look at the labels"));
        else
            refuse(concat("kiln: fit needs targets that the loss accepts, got another for sample ", i, which,
                          "; look at the data"));
    }
    if constexpr (is_frame_labels<target_in<std::remove_cvref_t<decltype(data)>>>)
        if (!has_labels_of_frames<M>(data))
            refuse(concat("kiln: fit needs a label of at least one frame", which,
                          ", got -1 for all that count; look at the labels"));
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

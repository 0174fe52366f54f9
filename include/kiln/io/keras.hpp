// SPDX-License-Identifier: BSL-1.0
#pragma once
// Weights of Keras's layers in JSON (this needs nlohmann's JSON): Dense, Conv1D, GRU and LSTM, BatchNormalization of
// vectors, and activations.
//
// RTNeural's files are written by its model_utils.py:
//
//   static kiln::Model<kiln::Sequential<kiln::GRU<1, 8>, kiln::Each<kiln::Linear<8, 1>>>, kiln::Shape<64, 1>> amp;
//   kiln::io::load_rtneural(amp, "amp.json").or_throw();
//
// Keras itself writes a network without weights, which are put beside each layer's configuration:
//
//   net = json.loads(model.to_json())
//   for written in net["config"]["layers"]:
//       if written["class_name"] != "InputLayer":
//           weights = model.get_layer(written["config"]["name"]).get_weights()
//           written["weights"] = [array.tolist() for array in weights]
//   json.dump(net, open("net.json", "w"))
//
//   kiln::io::load_keras(amp, "net.json").or_throw();
//
// The type of the model is the schema: another layer, size, activation or number of weights is an error, which names the
// place in the file and the layer. A Dense is Linear, or Each<Linear> for sequences; a Conv1D is CausalConv1d, or from
// Keras with padding="valid" Conv1d; an activation is a layer of its own, and so is Last behind a GRU or LSTM of Keras
// with return_sequences=False. A GRU needs Keras's reset_after=True, which is its default. RTNeural's files do not say
// what is returned: they are read with and without a Last.

#include <kiln/core/detail/one_of.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/json_tree.hpp>
#include <kiln/io/detail/keras_file.hpp>
#include <kiln/io/detail/known_layers.hpp>
#include <kiln/io/detail/read_file.hpp>
#include <kiln/io/state_dict.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// Reads the text of a file of Keras's layers into the layers of a model, or changes nothing; `name` is for messages only.
inline Result parse_keras(std::string_view text, const std::string& name, std::span<const KnownLayer> layers,
                          KerasForm form) {
    return kiln::detail::guarded(name, [&]() -> Result {
        JsonReading reading;
        const Json tree = reading.parse(text);
        if (reading.good()) KerasFile(layers, form, reading).read(JsonNode(tree, "", reading));
        if (!reading.good()) return Result::failure(name, reading.fault());
        reading.commit();
        return {};
    });
}

namespace detail {

template <class Model>
Result load_keras_layers(Model& model, const std::string& path, KerasForm form) {
    return kiln::detail::guarded(path, [&] {
        return read_known<Result>(model, [&](const auto& layers) -> Result {
            std::string text;
            if (Result read = read_file(path, text); !read) return read;
            return parse_keras(text, path, layers, form);
        });
    });
}
template <class Model>
Result load_keras_layers(Model& model, std::span<const std::byte> bytes, const std::string& name, KerasForm form) {
    return kiln::detail::guarded(name, [&] {
        return read_known<Result>(model, [&](const auto& layers) {
            return parse_keras({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name, layers, form);
        });
    });
}

}  // namespace detail

/// Reads a model's parameters from a file of RTNeural; after a failure the model is unchanged.
template <class Model>
Result load_rtneural(Model& model, const std::string& path) {
    static_assert(!kiln::detail::is_one_of<Model>,
                  "kiln: load_rtneural needs a Model, got a OneOf; try the model in it: visit");
    static_assert(detail::KnownVerdict<Model>::all_layers_are_known);
    return detail::load_keras_layers(model, path, KerasForm::rtneural);
}
/// The same from bytes in memory; `name` stands for the file in messages.
template <class Model>
Result load_rtneural(Model& model, std::span<const std::byte> bytes, const std::string& name = "memory") {
    static_assert(!kiln::detail::is_one_of<Model>,
                  "kiln: load_rtneural needs a Model, got a OneOf; try the model in it: visit");
    static_assert(detail::KnownVerdict<Model>::all_layers_are_known);
    return detail::load_keras_layers(model, bytes, name, KerasForm::rtneural);
}

/// Reads a model's parameters from Keras's to_json() with "weights"; after a failure the model is unchanged.
template <class Model>
Result load_keras(Model& model, const std::string& path) {
    static_assert(!kiln::detail::is_one_of<Model>,
                  "kiln: load_keras needs a Model, got a OneOf; try the model in it: visit");
    static_assert(detail::KnownVerdict<Model>::all_layers_are_known);
    return detail::load_keras_layers(model, path, KerasForm::keras);
}
/// The same from bytes in memory; `name` stands for the file in messages.
template <class Model>
Result load_keras(Model& model, std::span<const std::byte> bytes, const std::string& name = "memory") {
    static_assert(!kiln::detail::is_one_of<Model>,
                  "kiln: load_keras needs a Model, got a OneOf; try the model in it: visit");
    static_assert(detail::KnownVerdict<Model>::all_layers_are_known);
    return detail::load_keras_layers(model, bytes, name, KerasForm::keras);
}

}  // namespace kiln::inline KILN_TARGET::io

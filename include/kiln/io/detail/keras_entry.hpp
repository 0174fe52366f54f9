// SPDX-License-Identifier: BSL-1.0
#pragma once
// One layer of a file of Keras's layers, in either form: the places of its name and its settings, and checks of sizes
// among them.

#include <kiln/files/detail/concat.hpp>
#include <kiln/io/detail/json_tree.hpp>
#include <kiln/io/detail/known_layers.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// The form of a file of Keras's layers.
enum class KerasForm {
    rtneural,  ///< {"in_shape": …, "layers": [{"type": "gru", "shape": …, "weights": …}, …]}
    keras      ///< Keras's to_json(), with "weights" beside each layer's "config"
};

/// A layer of the file.
struct KerasEntry {
    JsonNode node, type, settings;
    KerasForm form;
    std::string name;  ///< in small letters

    KerasEntry(const JsonNode& layer, KerasForm of) : node(layer), type(layer), settings(layer), form(of) {
        const bool is_of_each_frame = form == KerasForm::keras && node["class_name"].string() == "TimeDistributed";
        if (form == KerasForm::keras) {
            const JsonNode inner = is_of_each_frame ? node["config"]["layer"] : node;
            type = inner["class_name"];
            settings = inner["config"];
        } else {
            type = node["type"];
        }
        name = type.string();
        for (char& letter : name)
            if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
        if (name == "time-distributed-dense") name = "dense";
        if (name == "batchnormalization") name = "batchnorm";
        if (is_of_each_frame) check_of_each_frame();
    }

    /// A setting under its name in RTNeural's form, and in Keras's; none where the form does not have it.
    std::optional<JsonNode> setting(const char* rtneural, const char* keras) const {
        const char* const found = form == KerasForm::rtneural ? rtneural : keras;
        if (found == nullptr || !settings.has(found)) return std::nullopt;
        return settings[found];
    }

    /// Layers of Keras that are a function alone, and their names here.
    static constexpr std::string_view functions[][2] = {
        {"softmax", "Softmax"}, {"relu", "ReLU"}, {"elu", "ELU"}, {"leakyrelu", "LeakyReLU"}};
    bool is_function() const {
        for (const auto& function : functions)
            if (name == function[0]) return form == KerasForm::keras;
        return false;
    }

  private:
    // Any other layer computes something else within TimeDistributed than by itself: a recurrent one forgets.
    void check_of_each_frame() const {
        const bool is_same = name == "dense" || name == "activation" || name == "dropout";
        if (!is_same && !is_function()) type.fail("a Dense, Dropout or activation within TimeDistributed");
    }
};

/// Checks the last of a list of sizes, or a size.
inline void check_last_size(const JsonNode& node, int expected, const std::string& of) {
    if (!node.good()) return;
    if (!node.value().is_array()) return node.is(expected, of);
    const std::size_t count = node.size();
    if (count == 0) return node.fail("a size");
    node[count - 1].is(expected, of);
}
/// Checks a number, or a list of that number alone.
inline void check_only_size(const JsonNode& node, int expected, const std::string& of) {
    if (node.good() && node.value().is_array() && node.value().size() != 1)
        return node.fail(concat(expected, " or [", expected, "] (", of, ")"));
    check_last_size(node, expected, of);
}
/// The axis of a layer's settings must be the last one, of the features: on a vector -1, [-1], 1 or [1].
inline void check_axis(const KerasEntry& entry, const KnownLayer& layer) {
    const auto axis = entry.setting(nullptr, "axis");
    if (axis && axis->value() != -1 && axis->value() != Json{-1})
        check_only_size(*axis, layer.kind.rank, layer.text());
}

}  // namespace kiln::inline KILN_TARGET::io

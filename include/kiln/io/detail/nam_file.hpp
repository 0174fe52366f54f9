// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads the text of a .nam file into the layers of a model. All that the format allows is either checked against the
// layers or refused: a member that says nothing to us must be null, false, or inactive.

#include <kiln/core/contract/kind.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/io/detail/json_tree.hpp>
#include <kiln/io/detail/known_layers.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// Reads a .nam file into a model's layers.
class NamFile {
  public:
    NamFile(std::span<const KnownLayer> layers, JsonReading& reading) : layers_(layers), reading_(reading) {}

    /// Reads everything, unless there is a fault.
    void read(const JsonNode& file) {
        check_version(file["version"]);
        const std::string architecture = file["architecture"].string();
        const JsonNode config = file["config"];
        if (!reading_.good()) return;
        const bool is_wavenet = !layers_.empty() && is(layers_[0], "WaveNet");
        const bool is_lstm = !layers_.empty() && is(layers_[0], "LSTM");
        if (!is_wavenet && !is_lstm) return file["architecture"].fail(concat("a network of ", kinds(), " (the model)"));
        if (architecture != (is_wavenet ? "WaveNet" : "LSTM"))
            return file["architecture"].fail(concat("\"", layers_[0].kind.name, "\" (the model)"));
        if (is_wavenet)
            check_wavenet(config);
        else
            check_lstm(config);
        const JsonNode weights = file["weights"];
        if (!weights.has_size(targets_.size(), concat(" numbers (the model, ", kinds(), ")"))) return;
        for (std::size_t i = 0; i < targets_.size() && reading_.good(); ++i) {
            if (targets_[i].to != nullptr)
                weights[i].read(targets_[i].to);
            else if (weights[i].number() != 0 && reading_.good())
                weights[i].fail(concat("0, the start of ", targets_[i].of->text(), ", which has no other"));
        }
    }

  private:
    // Where a weight goes; null for one that must be 0.
    struct Target {
        float* to;
        const KnownLayer* of;
    };

    static bool is(const KnownLayer& layer, std::string_view name) { return layer.kind.name == name; }
    std::string kinds() const {
        std::string all;
        for (const KnownLayer& layer : layers_) all += concat(all.empty() ? "" : ", ", layer.kind.name);
        return all.empty() ? "no layer" : all;
    }

    static void check_version(const JsonNode& node) {
        const std::string version = node.string();
        constexpr std::string_view digits = "0123456789";
        const bool known = version.starts_with("0.5.") && version.size() > 4 && version.size() < 8 &&
                           version.find_first_not_of(digits, 4) == std::string::npos;
        if (node.good() && !known) node.fail("version 0.5.x of the format");
    }
    // Checks that all members are known, or say that something is absent.
    static void check_members(const JsonNode& node, std::initializer_list<std::string_view> known) {
        if (!node.good()) return;
        if (!node.value().is_object()) return node.fail("an object");
        for (const auto& [name, value] : node.value().items()) {
            const bool absent = value.is_null() || value == false ||
                                (value.is_object() && value.contains("active") && value["active"] == false);
            if (std::find(known.begin(), known.end(), name) == known.end() && !absent)
                return node[name].fail("nothing that Kiln's layers do not have");
        }
    }
    static void optional(const JsonNode& node, const char* name, int expected, const std::string& of) {
        if (node.has(name)) node[name].is(expected, of);
    }

    // ---- WaveNet

    void check_wavenet(const JsonNode& config) {
        const KnownLayer& layer = layers_[0];
        const Kind& kind = layer.kind;
        check_members(config, {"layers", "head", "head_scale", "in_channels", "sample_rate"});
        optional(config, "in_channels", kind.inputs, layer.text());
        config["head_scale"].number();
        const JsonNode stacks = config["layers"];
        if (!stacks.has_size(static_cast<std::size_t>(kind.stack_count), concat(" stacks (", layer.text(), ")")))
            return;
        int inputs = kind.inputs;
        for (int s = 0; s < kind.stack_count && reading_.good(); ++s) {
            const StackKind& stack = kind.stacks[s];
            check_stack(stacks[static_cast<std::size_t>(s)], stack, inputs, kind.inputs,
                        concat("stack ", s, " of ", layer.text()));
            list_stack(layer, concat(s, "."), stack, inputs, kind.inputs);
            inputs = stack.channels;
        }
        check_head(config);
        list(layer, "head_scale", 0, 1);
    }
    void check_stack(const JsonNode& node, const StackKind& stack, int inputs, int condition, const std::string& of) {
        check_members(node, {"input_size", "condition_size", "channels", "bottleneck", "head", "head_size", "head_bias",
                             "kernel_size", "kernel_sizes", "dilations", "activation", "gated", "gating_mode",
                             "secondary_activation", "groups_input", "groups_input_mixin", "layer1x1"});
        node["input_size"].is(inputs, of);
        node["condition_size"].is(condition, of);
        node["channels"].is(stack.channels, of);
        optional(node, "bottleneck", stack.channels, of);
        optional(node, "groups_input", 1, of);
        optional(node, "groups_input_mixin", 1, of);
        if (node.has("layer1x1")) {
            node["layer1x1"]["active"].is(true, of);
            optional(node["layer1x1"], "groups", 1, of);
        }
        if (node.has("head")) {
            const JsonNode head = node["head"];
            check_members(head, {"out_channels", "kernel_size", "bias", "head_dilation"});
            head["out_channels"].is(stack.head, of);
            head["kernel_size"].is(1, of);
            head["bias"].is(stack.has_head_bias, of);
        } else {
            node["head_size"].is(stack.head, of);
            node["head_bias"].is(stack.has_head_bias, of);
        }
        const auto layers = static_cast<std::size_t>(stack.layers);
        const JsonNode dilations = node["dilations"];
        if (!dilations.has_size(layers, concat(" dilations (", of, ")"))) return;
        for (std::size_t l = 0; l < layers; ++l) dilations[l].is(stack.dilations[l], of);
        for_layers(node, node.has("kernel_sizes") ? "kernel_sizes" : "kernel_size", layers, of,
                   [&](const JsonNode& size) { size.is(stack.kernel, of); });
        for_layers(node, "activation", layers, of,
                   [&](const JsonNode& activation) { check_activation(activation, stack.activation, of); });
        check_gates(node, stack, layers, of);
    }
    // A member that has one value for all layers, or one for each.
    static void for_layers(const JsonNode& node, const char* name, std::size_t layers, const std::string& of,
                           auto check) {
        const JsonNode member = node[name];
        if (!member.good() || !member.value().is_array()) return check(member);
        if (member.has_size(layers, concat(" values (", of, ")")))
            for (std::size_t l = 0; l < layers; ++l) check(member[l]);
    }
    static void check_gates(const JsonNode& node, const StackKind& stack, std::size_t layers, const std::string& of) {
        if (node.has("gating_mode")) {
            const std::string mode = stack.has_gates ? "gated" : "none";
            for_layers(node, "gating_mode", layers, of, [&](const JsonNode& found) {
                if (found.string() != mode) found.fail(concat("\"", mode, "\" (", of, ")"));
            });
        } else if (node.has("gated") || stack.has_gates) {
            node["gated"].is(stack.has_gates, of);
        }
        if (stack.has_gates && node.has("secondary_activation"))
            for_layers(node, "secondary_activation", layers, of,
                       [&](const JsonNode& found) { check_activation(found, Kind{.name = "Sigmoid"}, of); });
    }
    // An activation is a name, or an object with the name and parameters.
    static void check_activation(const JsonNode& node, const Kind& kind, const std::string& of) {
        if (!node.good()) return;
        const bool has_type = node.value().is_object();
        if (has_type) check_members(node, {"type", "negative_slope"});
        const std::string found = has_type ? node["type"].string() : node.string();
        const std::string_view name = kind.name;
        const std::string_view expected = name == "HardSwish" ? "Hardswish" : name;
        if (node.good() && found != expected)
            return (has_type ? node["type"] : node).fail(concat("\"", expected, "\" (", of, ")"));
        if (name != "LeakyReLU") return;
        const double slope = has_type && node.has("negative_slope") ? node["negative_slope"].number() : 0.01;
        if (node.good() && static_cast<float>(slope) != static_cast<float>(kind.parameter))
            node.fail(concat("a slope of ", kind.parameter, " (", of, ")"), concat(slope));
    }

    // The network behind all stacks: an activation and a convolution for each kernel size.
    void check_head(const JsonNode& config) {
        const std::size_t behind = layers_.size() - 1;
        if (!config.has("head")) {
            if (reading_.good() && behind > 0) config.fail(concat("a head (", layers_[1].text(), ")"), "none");
            return;
        }
        const JsonNode head = config["head"], kernels = head["kernel_sizes"];
        check_members(head, {"channels", "out_channels", "kernel_sizes", "activation", "in_channels"});
        if (behind % 2 != 0 || behind == 0)
            return head.fail("no head, or one of activations and causal convolutions, as the model has");
        if (!kernels.has_size(behind / 2, concat(" convolutions (", kinds(), ")"))) return;
        for (std::size_t i = 0; 2 * i < behind; ++i) {
            const KnownLayer &activation = layers_[1 + 2 * i], &layer = layers_[2 + 2 * i];
            const Kind& kind = layer.kind;
            check_activation(head["activation"], activation.kind, activation.text());
            if (!is(layer, "CausalConv1d") || kind.dilation != 1 || kind.groups != 1 || layer.find("bias") == nullptr)
                return kernels[i].fail(concat(layer.text()), "a causal convolution with a bias, undilated");
            kernels[i].is(kind.kernel, layer.text());
            head[2 * i + 2 < behind ? "channels" : "out_channels"].is(kind.outputs, layer.text());
            list(layer, "weight", 0, kind.outputs * kind.inputs * kind.kernel);
            list(layer, "bias", 0, kind.outputs);
        }
    }

    // ---- LSTM

    void check_lstm(const JsonNode& config) {
        check_members(config,
                      {"input_size", "hidden_size", "num_layers", "in_channels", "out_channels", "sample_rate"});
        const std::size_t cells = static_cast<std::size_t>(
            std::find_if(layers_.begin(), layers_.end(), [](const auto& layer) { return !is(layer, "LSTM"); }) -
            layers_.begin());
        const JsonNode units = config["hidden_size"];
        config["num_layers"].is(static_cast<int>(cells), concat("the model, ", kinds()));
        config["input_size"].is(layers_[0].kind.inputs, layers_[0].text());
        optional(config, "in_channels", layers_[0].kind.inputs, layers_[0].text());
        for (std::size_t l = 0; l < cells; ++l) {
            units.is(layers_[l].kind.outputs, layers_[l].text());
            list_lstm(layers_[l]);
        }
        if (!reading_.good()) return;
        if (layers_.size() != cells + 1 || !is(layers_[cells], "Linear") || layers_[cells].find("bias") == nullptr)
            return config.fail(concat("layers for ", kinds(), " (the model)"),
                               "LSTM layers and one Linear with a bias");
        const KnownLayer& head = layers_[cells];
        if (config.has("out_channels"))
            config["out_channels"].is(head.kind.outputs, head.text());
        else if (head.kind.outputs != 1)
            return config.fail(concat(head.kind.outputs, " outputs (", head.text(), ")"), "1");
        list(head, "weight", 0, head.kind.inputs * head.kind.outputs);
        list(head, "bias", 0, head.kind.outputs);
    }

    // ---- The order of the weights

    void list(const KnownLayer& layer, std::string_view name, int first, int count) {
        float* const to = layer.find(name);
        for (int i = 0; i < count; ++i) targets_.push_back({to == nullptr ? nullptr : to + first + i, &layer});
    }
    void list_stack(const KnownLayer& layer, const std::string& prefix, const StackKind& stack, int inputs,
                    int condition) {
        const int channels = stack.channels, rows = stack.has_gates ? 2 * channels : channels,
                  conv = rows * channels * stack.kernel;
        list(layer, prefix + "rechannel", 0, channels * inputs);
        for (int l = 0; l < stack.layers; ++l) {
            list(layer, prefix + "conv_weight", l * conv, conv);
            list(layer, prefix + "conv_bias", l * rows, rows);
            list(layer, prefix + "mixin", l * rows * condition, rows * condition);
            list(layer, prefix + "mix_weight", l * channels * channels, channels * channels);
            list(layer, prefix + "mix_bias", l * channels, channels);
        }
        list(layer, prefix + "head.weight", 0, stack.head * channels);
        if (stack.has_head_bias) list(layer, prefix + "head.bias", 0, stack.head);
    }
    // A row of the file has the weights of x and then those of h. There is one bias, and the start of h and c.
    void list_lstm(const KnownLayer& layer) {
        const int in = layer.kind.inputs, units = layer.kind.outputs;
        for (int row = 0; row < 4 * units; ++row) {
            list(layer, "weight_ih_l0", row * in, in);
            list(layer, "weight_hh_l0", row * units, units);
        }
        list(layer, "bias_ih_l0", 0, 4 * units);
        for (int row = 0; row < 4 * units; ++row) reading_.set(layer.find("bias_hh_l0") + row, 0);
        list(layer, "hidden_start", 0, units);
        list(layer, "memory_start", 0, units);
    }

    std::span<const KnownLayer> layers_;
    JsonReading& reading_;
    std::vector<Target> targets_;
};

}  // namespace kiln::inline KILN_TARGET::io

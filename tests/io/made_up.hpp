// SPDX-License-Identifier: BSL-1.0
#pragma once
// Files of other programs with made-up weights, which have few binary digits, and made-up inputs. The programs' own
// results on them stand in the tests.

#include <kiln/io/state_dict.hpp>

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace made_up {

/// A row of numbers that look random.
class Numbers {
  public:
    explicit Numbers(unsigned seed) : state_(seed) {}
    /// A multiple of 1/64 between -1/2 and 1/2.
    float weight() { return static_cast<float>(static_cast<int>(next() % 65) - 32) / 64; }
    /// A number between -1 and 1.
    float input() { return static_cast<float>(static_cast<int>(next()) - (1 << 15)) / (1 << 15); }

  private:
    unsigned next() {
        state_ = state_ * 1664525u + 1013904223u;
        return state_ >> 16;
    }
    unsigned state_;
};

inline std::string text(float value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.9g", static_cast<double>(value));
    return digits;
}

/// Arrays of arrays of weights, of these sizes.
inline std::string weights(Numbers& numbers, const std::vector<int>& sizes, std::size_t from = 0) {
    if (from == sizes.size()) return text(numbers.weight());
    std::string all = "[";
    for (int i = 0; i < sizes[from]; ++i) all += (i > 0 ? "," : "") + weights(numbers, sizes, from + 1);
    return all + "]";
}

/// A .nam file.
inline std::string nam(const std::string& architecture, const std::string& config, int count, unsigned seed = 1) {
    Numbers numbers(seed);
    return R"({"version": "0.5.4", "metadata": {"name": "made up"}, "architecture": ")" + architecture +
           R"(", "config": )" + config + R"(, "sample_rate": 48000, "weights": )" + weights(numbers, {count}) + "}";
}

/// Two stacks without gates.
inline std::string plain_wavenet() {
    return nam("WaveNet", R"({"layers": [
        {"input_size": 1, "condition_size": 1, "head_size": 2, "channels": 3, "kernel_size": 2, "dilations": [1, 2],
         "activation": "Tanh", "gated": false, "head_bias": false},
        {"input_size": 3, "condition_size": 1, "head_size": 1, "channels": 2, "kernel_size": 3, "dilations": [8, 1],
         "activation": "ReLU", "gated": false, "head_bias": true}], "head": null, "head_scale": 0.02})",
               3 + 2 * (18 + 3 + 3 + 9 + 3) + 6 + 6 + 2 * (12 + 2 + 2 + 4 + 2) + 3 + 1);
}
/// The sizes of a real model, "nano", whose dilations reach 4,092 frames back.
inline std::string nano() {
    return nam("WaveNet", R"({"layers": [
        {"input_size": 1, "condition_size": 1, "head_size": 2, "channels": 4, "kernel_size": 3,
         "dilations": [1, 2, 4, 8, 16, 32, 64], "activation": "Tanh", "gated": false, "head_bias": false},
        {"input_size": 4, "condition_size": 1, "head_size": 1, "channels": 2, "kernel_size": 3,
         "dilations": [128, 256, 512, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512], "activation": "Tanh", "gated": false,
         "head_bias": true}], "head": null, "head_scale": 0.02})",
               4 + 7 * (48 + 4 + 4 + 16 + 4) + 8 + 8 + 13 * (12 + 2 + 2 + 4 + 2) + 2 + 1 + 1, 5);
}
/// One stack with gates, then one of SiLU.
inline std::string gated_wavenet() {
    return nam("WaveNet", R"({"layers": [
        {"input_size": 1, "condition_size": 1, "head_size": 3, "channels": 2, "kernel_size": 3, "dilations": [1, 4],
         "activation": "Tanh", "gated": true, "head_bias": true},
        {"input_size": 2, "condition_size": 1, "head_size": 1, "channels": 3, "kernel_size": 2, "dilations": [2],
         "activation": "SiLU", "gated": false, "head_bias": false}], "head": null, "head_scale": 0.5})",
               2 + 2 * (24 + 4 + 4 + 4 + 2) + 6 + 3 + 6 + (18 + 3 + 3 + 9 + 3) + 3 + 1, 2);
}
/// One stack, and a head of two convolutions behind it.
inline std::string wavenet_with_head() {
    return nam("WaveNet", R"({"layers": [
        {"input_size": 1, "condition_size": 1, "head": {"out_channels": 2, "kernel_size": 1, "bias": true},
         "channels": 2, "kernel_size": 2, "dilations": [1, 3],
         "activation": {"type": "LeakyReLU", "negative_slope": 0.125}, "gating_mode": "none"}],
        "head": {"channels": 3, "out_channels": 1, "kernel_sizes": [3, 2], "activation": "Hardswish"},
        "head_scale": 1})",
               2 + 2 * (8 + 2 + 2 + 4 + 2) + 4 + 2 + (18 + 3) + (6 + 1) + 1, 3);
}
inline std::string lstm() {
    return nam("LSTM", R"({"input_size": 1, "hidden_size": 3, "num_layers": 2})",
               12 * 4 + 12 + 6 + 12 * 6 + 12 + 6 + 3 + 1, 4);
}

/// A layer of RTNeural, and of Keras.
struct Layer {
    std::string type, activation, class_name;
    int outputs;
    std::string more, more_of_keras;  // settings
    std::vector<std::vector<int>> arrays;
};

inline std::string arrays(Numbers& numbers, const Layer& layer) {
    std::string all = "[";
    for (const auto& sizes : layer.arrays) all += (all.size() > 1 ? "," : "") + weights(numbers, sizes);
    return all + "]";
}
inline std::string rtneural(const std::vector<Layer>& layers, unsigned seed = 1) {
    Numbers numbers(seed);
    std::string all = R"({"in_shape": [null, null, 1], "layers": [)";
    for (const Layer& layer : layers)
        all += (&layer == layers.data() ? "" : ",\n") + (R"({"type": ")" + layer.type) + R"(", "activation": ")" +
               layer.activation + R"(", "shape": [null, null, )" + std::to_string(layer.outputs) + "]" + layer.more +
               R"(, "weights": )" + arrays(numbers, layer) + "}";
    return all + "]}";
}
inline std::string keras(const std::vector<Layer>& layers, unsigned seed = 1) {
    Numbers numbers(seed);
    std::string all = R"({"class_name": "Sequential", "config": {"name": "made up", "layers": [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [null, null, 1]}})";
    for (const Layer& layer : layers) {
        const bool is_conv = layer.class_name == "Conv1D";
        all += ",\n{\"class_name\": \"" + layer.class_name + R"(", "config": {"activation": ")" +
               (layer.activation.empty() ? "linear" : layer.activation) +
               (is_conv ? R"(", "filters": )" : R"(", "units": )") + std::to_string(layer.outputs) +
               layer.more_of_keras + R"(}, "weights": )" + arrays(numbers, layer) + "}";
    }
    return all + "]}}";
}

inline std::vector<Layer> convolutions() {
    return {{"dense", "tanh", "Dense", 4, "", "", {{1, 4}, {4}}},
            {"conv1d",
             "relu",
             "Conv1D",
             6,
             R"(, "kernel_size": [3], "dilation": [2], "groups": 2)",
             R"(, "kernel_size": [3], "dilation_rate": [2], "groups": 2, "padding": "causal", "strides": [1])",
             {{3, 2, 6}, {6}}},
            {"activation", "sigmoid", "Activation", 6, "", "", {}},
            {"time-distributed-dense", "", "Dense", 2, "", "", {{6, 2}, {2}}}};
}
inline std::vector<Layer> gru() {
    return {{"gru",
             "tanh",
             "GRU",
             5,
             "",
             R"(, "recurrent_activation": "sigmoid", "reset_after": true, "return_sequences": true)",
             {{1, 15}, {5, 15}, {2, 15}}},
            {"dense", "", "Dense", 1, "", "", {{5, 1}, {1}}}};
}
inline std::vector<Layer> lstm_of_keras() {
    return {{"lstm",
             "tanh",
             "LSTM",
             5,
             "",
             R"(, "recurrent_activation": "sigmoid", "return_sequences": true)",
             {{1, 20}, {5, 20}, {20}}},
            {"dense", "elu", "Dense", 1, "", "", {{5, 1}, {1}}}};
}

/// Whether two models have the same parameters.
template <class M>
bool same(const M& a, const M& b) {
    const auto of_a = kiln::io::state_dict(a), of_b = kiln::io::state_dict(b);
    for (std::size_t i = 0; i < of_a.size(); ++i)
        for (int k = 0; k < of_a[i].count(); ++k)
            if (of_a[i].data[k] != of_b[i].data[k]) return false;
    return true;
}

}  // namespace made_up

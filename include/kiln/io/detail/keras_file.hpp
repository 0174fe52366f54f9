// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads the layers of Keras, as RTNeural and Keras itself write them, into the layers of a model.
//
//   layer      Keras's weights                                                        Kiln's, PyTorch's
//   Dense      kernel (In, Out), bias (Out)                                           weight (Out, In), bias
//   Conv1D     kernel (Kernel, In / Groups, Out), bias (Out)                          weight (Out, In / Groups, Kernel)
//   GRU        kernel (In, 3 H), recurrent (H, 3 H), bias (2, 3 H): gates z, r, h     rows r, z, n; bias_ih and bias_hh
//   LSTM       kernel (In, 4 H), recurrent (H, 4 H), bias (4 H): gates i, f, c, o     rows i, f, g, o; bias_hh is 0
//   BatchNorm  gamma, beta, moving_mean, moving_variance (Channels each)              weight, bias, and the state
//
// The activation of a Dense or Conv1D is a layer of its own in the model, and so is the Last of a recurrent layer whose
// return_sequences is false.

#include <kiln/core/contract/kind.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>
#include <kiln/io/detail/json_tree.hpp>
#include <kiln/io/detail/keras_entry.hpp>
#include <kiln/io/detail/known_layers.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// Reads a file of Keras's layers into a model's layers.
class KerasFile {
  public:
    KerasFile(std::span<const KnownLayer> layers, KerasForm form, JsonReading& reading)
        : layers_(layers),
          form_(form),
          reading_(reading) {}

    /// Reads everything, unless there is a fault.
    void read(const JsonNode& file) {
        const bool is_rtneural = form_ == KerasForm::rtneural;
        if (is_rtneural) check_input(file["in_shape"]);
        const JsonNode list = is_rtneural ? file["layers"] : layers_of_keras(file);
        const std::size_t count = list.size();
        for (std::size_t i = 0; i < count && reading_.good(); ++i)
            if (is_rtneural || list[i]["class_name"].string() != "InputLayer") read_layer(list[i]);
        if (!reading_.good()) return;
        check_no_activation_waits();
        if (reading_.good() && next_ < layers_.size())
            list.fail(concat(layers_[next_].text(), " behind the last layer"), "none");
    }

  private:
    // ---- The list of layers

    static JsonNode layers_of_keras(const JsonNode& file) {
        const JsonNode kind = file["class_name"];
        if (kind.good() && kind.string() != "Sequential") kind.fail("\"Sequential\"");
        return file["config"]["layers"];
    }
    void check_input(const JsonNode& shape) {
        const std::size_t rank = shape.size();
        if (rank == 0 && shape.good()) return shape.fail("the shape of the input");
        if (rank > 0 && !layers_.empty())
            for (const KnownLayer& layer : layers_)
                if (layer.kind.inputs > 0) return shape[rank - 1].is(layer.kind.inputs, layer.text());
    }

    static std::string_view activation_of(std::string_view kind) {
        constexpr std::string_view names[][2] = {
            {"Tanh", "tanh"}, {"ReLU", "relu"},         {"Sigmoid", "sigmoid"},
            {"ELU", "elu"},   {"Softplus", "softplus"}, {"SiLU", "silu"},
            {"GELU", "gelu"}, {"Softmax", "softmax"},   {"LogSoftmax", "log_softmax"}};
        for (const auto& name : names)
            if (kind == name[0]) return name[1];
        return {};
    }
    static bool is_activation(const KnownLayer& layer) { return !activation_of(layer.kind.name).empty(); }

    // ---- A layer

    void read_layer(const JsonNode& node) {
        const KerasEntry entry(node, form_);
        if (!reading_.good()) return;
        if (form_ == KerasForm::keras && entry.name == "dropout") return;  // leaves its input as it is
        check_no_activation_waits();
        if (!reading_.good()) return;
        if (entry.is_function()) return take_function(entry);
        if (entry.name != "activation") {
            if (next_ == layers_.size()) return fail_behind_the_last(entry);
            read_weights(entry, layers_[next_++]);
            if (entry.name == "gru" || entry.name == "lstm") return take_last(entry);
            if (entry.name == "batchnorm") return;
        }
        waiting_ = entry.setting("activation", "activation");
        take_activation();
    }
    void read_weights(const KerasEntry& entry, const KnownLayer& layer) {
        const std::string_view kind = layer.kind.name;
        const bool is_conv = kind == "CausalConv1d" || kind == "Conv1d";
        const std::string_view expected = kind == "Linear"      ? "dense"
                                          : is_conv             ? "conv1d"
                                          : kind == "GRU"       ? "gru"
                                          : kind == "LSTM"      ? "lstm"
                                          : kind == "BatchNorm" ? "batchnorm"
                                                                : "";
        if (is_activation(layer)) return entry.type.fail(concat("the activation of ", layer.text(), ", before"));
        if (expected.empty()) return entry.type.fail(concat("a layer of Keras, not ", layer.text()));
        if (entry.name != expected) return entry.type.fail(concat(in_quotes(expected), " (", layer.text(), ")"));
        if (!has_tensors(entry, layer)) return;
        if (kind == "BatchNorm") return read_batch_norm(entry, entry.node["weights"], layer);
        check_outputs(entry, layer, is_conv);
        if (kind == "Linear")
            read_dense(entry.node["weights"], layer);
        else if (is_conv)
            read_conv(entry, entry.node["weights"], layer);
        else
            read_recurrent(entry, entry.node["weights"], layer);
    }
    // Whether the model's layer has the tensors that a layer of its name has. A user's layer may have that name, too.
    bool has_tensors(const KerasEntry& entry, const KnownLayer& layer) const {
        const auto has = [&](const char* name, int count) {
            const int found = layer.count(name);
            if (reading_.good() && found != count)
                entry.node.fail(concat("a layer of the model with ", count, " numbers ", in_quotes(name)),
                                concat(found, " (", layer.text(), ")"));
        };
        const Kind& kind = layer.kind;
        const std::string_view name = kind.name;
        if (name == "BatchNorm") {
            for (const char* const each : {"weight", "bias", "running_mean", "running_var"}) has(each, kind.outputs);
        } else if (name == "GRU" || name == "LSTM") {
            const int rows = (name == "GRU" ? 3 : 4) * kind.outputs;
            has("weight_ih_l0", rows * kind.inputs), has("weight_hh_l0", rows * kind.outputs);
            has("bias_ih_l0", rows), has("bias_hh_l0", rows);
        } else {
            has("weight", kind.outputs * (kind.inputs / kind.groups) * kind.kernel);
            if (layer.find("bias") != nullptr) has("bias", kind.outputs);
        }
        return reading_.good();
    }
    void check_outputs(const KerasEntry& entry, const KnownLayer& layer, bool is_conv) {
        const JsonNode& settings = entry.settings;
        if (form_ == KerasForm::rtneural)
            check_last_size(settings["shape"], layer.kind.outputs, layer.text());
        else
            settings[is_conv ? "filters" : "units"].is(layer.kind.outputs, layer.text());
    }

    // The activation that the file names is the model's next layer. None and "linear" are no layer.
    void take_activation() {
        if (!reading_.good() || !waiting_) return;
        const std::string found = waiting_->string();
        const bool is_none = found.empty() || found == "linear";
        if (is_none || next_ == layers_.size()) {
            if (is_none) waiting_.reset();
            return;
        }
        const KnownLayer& layer = layers_[next_];
        if (!is_activation(layer)) return;
        const std::string_view expected = activation_of(layer.kind.name);
        if (found != expected && !(expected == "silu" && found == "swish"))
            return waiting_->fail(concat(in_quotes(expected), " (", layer.text(), ")"));
        if (expected == "elu" && layer.kind.parameter != 1)
            return waiting_->fail(concat("an ELU of alpha ", layer.kind.parameter, " (", layer.text(), ")"), "1");
        ++next_;
        waiting_.reset();
    }
    void take_function(const KerasEntry& entry) {
        if (next_ == layers_.size()) return fail_behind_the_last(entry);
        const KnownLayer& layer = layers_[next_];
        for (const auto& function : KerasEntry::functions)
            if (entry.name == function[0] && layer.kind.name != function[1]) return entry.type.fail(layer.text());
        const auto check = [&](const char* name, double expected) {
            const auto found = entry.setting(nullptr, name);
            if (found && static_cast<float>(found->number()) != static_cast<float>(expected) && found->good())
                found->fail(concat(expected, " (", layer.text(), ")"));
        };
        check_axis(entry, layer);
        const bool has_alpha = entry.settings.has("alpha"), has_slope = entry.settings.has("negative_slope");
        if (entry.name == "elu" && !has_alpha) return fail_without(entry, "alpha", layer);
        if (entry.name == "leakyrelu" && !has_alpha && !has_slope) return fail_without(entry, "negative_slope", layer);
        check("alpha", layer.kind.parameter);
        check("negative_slope", layer.kind.parameter);
        check("threshold", 0);
        if (const auto most = entry.setting(nullptr, "max_value")) most->fail(concat("none (", layer.text(), ")"));
        ++next_;
    }
    // Keras's defaults are others than Kiln's: LeakyReLU's is 0.3.
    static void fail_without(const KerasEntry& entry, const char* name, const KnownLayer& layer) {
        entry.settings.fail(concat("a member ", in_quotes(name), " of ", layer.kind.parameter, " (", layer.text(), ")"),
                            "none");
    }
    void fail_behind_the_last(const KerasEntry& entry) const {
        entry.type.fail(concat("no layer behind ", layers_.empty() ? "none" : layers_.back().text()));
    }
    // A recurrent layer that returns its last frame alone is the model's layer and a Last. RTNeural's files do not say:
    // its program runs frame by frame, and the newest frame is the last.
    void take_last(const KerasEntry& entry) {
        if (!reading_.good()) return;
        const bool has_last = next_ < layers_.size() && std::string_view(layers_[next_].kind.name) == "Last";
        if (form_ == KerasForm::keras) {
            const std::string of = has_last ? layers_[next_].text() : layers_[next_ - 1].text() + " without a Last";
            if (const auto said = entry.setting(nullptr, "return_sequences"))
                said->is(!has_last, of);
            else if (!has_last)
                entry.settings.fail(concat("a member \"return_sequences\" that is true (", of, ")"), "none");
        }
        if (has_last) ++next_;
    }
    // Checks that the model has had the file's last activation, and that the file has no less than the model.
    void check_no_activation_waits() {
        if (!reading_.good()) return;
        if (waiting_)
            return waiting_->fail(concat("no activation, for the model has ",
                                         next_ < layers_.size() ? layers_[next_].text() : "no further layer"));
    }

    // ---- Weights

    // Reads an array of `rows` arrays of `columns` numbers; place(row, column) says where one goes.
    static void read_matrix(const JsonNode& node, int rows, int columns, const KnownLayer& layer, auto place) {
        const std::string of = concat(" (", layer.text(), ")");
        if (!node.has_size(static_cast<std::size_t>(rows), concat(" rows", of))) return;
        for (int r = 0; r < rows && node.good(); ++r)
            read_vector(node[static_cast<std::size_t>(r)], columns, layer, [&](int c) { return place(r, c); });
    }
    static void read_vector(const JsonNode& node, int count, const KnownLayer& layer, auto place) {
        if (!node.has_size(static_cast<std::size_t>(count), concat(" numbers (", layer.text(), ")"))) return;
        for (int i = 0; i < count && node.good(); ++i) node[static_cast<std::size_t>(i)].read(place(i));
    }
    // Whether the bias stands behind `before` other arrays, as the layer needs.
    static bool has_bias(const JsonNode& weights, std::size_t before, const KnownLayer& layer) {
        float* const bias = layer.find("bias");
        const bool needs = bias != nullptr || layer.find("bias_ih_l0") != nullptr;
        return weights.has_size(before + (needs ? 1 : 0),
                                concat(" arrays", needs ? "" : ", no bias", " (", layer.text(), ")")) &&
               needs;
    }

    static void read_dense(const JsonNode& weights, const KnownLayer& layer) {
        const int in = layer.kind.inputs, out = layer.kind.outputs;
        const bool biased = has_bias(weights, 1, layer);
        float *const weight = layer.find("weight"), *const bias = layer.find("bias");
        read_matrix(weights[0], in, out, layer, [&](int i, int o) { return weight + o * in + i; });
        if (biased) read_vector(weights[1], out, layer, [&](int o) { return bias + o; });
    }

    void read_conv(const KerasEntry& entry, const JsonNode& weights, const KnownLayer& layer) {
        const Kind& kind = layer.kind;
        const std::string of = layer.text();
        check_only_size(entry.settings["kernel_size"], kind.kernel, of);
        if (const auto dilation = entry.setting("dilation", "dilation_rate"))
            check_only_size(*dilation, kind.dilation, of);
        else if (kind.dilation != 1)
            return entry.settings.fail(concat("a dilation of ", kind.dilation, " (", of, ")"), "none");
        if (const auto groups = entry.setting("groups", "groups"))
            groups->is(kind.groups, of);
        else if (kind.groups != 1)
            return entry.settings.fail(concat(kind.groups, " groups (", of, ")"), "none");
        if (const auto stride = entry.setting("strides", "strides")) check_only_size(*stride, kind.stride, of);
        if (const auto format = entry.setting(nullptr, "data_format"); format && format->string() != "channels_last")
            return format->fail(concat("\"channels_last\" (", of, ")"));
        check_padding(entry, layer);
        const int inputs = kind.inputs / kind.groups;
        const bool biased = has_bias(weights, 1, layer);
        const JsonNode taps = weights[0];
        if (!taps.has_size(static_cast<std::size_t>(kind.kernel), concat(" taps (", of, ")"))) return;
        float *const weight = layer.find("weight"), *const bias = layer.find("bias");
        for (int k = 0; k < kind.kernel; ++k)
            read_matrix(taps[static_cast<std::size_t>(k)], inputs, kind.outputs, layer,
                        [&](int i, int o) { return weight + (o * inputs + i) * kind.kernel + k; });
        if (biased) read_vector(weights[1], kind.outputs, layer, [&](int o) { return bias + o; });
    }
    // RTNeural's convolutions are causal, whatever Keras's was. Keras's "valid" is a Conv1d without padding.
    void check_padding(const KerasEntry& entry, const KnownLayer& layer) {
        const bool is_causal = std::string_view(layer.kind.name) == "CausalConv1d";
        if (form_ == KerasForm::rtneural) {
            if (!is_causal) entry.settings.fail(concat("a Conv1d (", layer.text(), ")"), "a causal convolution");
            return;
        }
        const auto padding = entry.setting(nullptr, "padding");
        const std::string found = padding ? padding->string() : "valid";
        const std::string expected = is_causal ? "causal" : layer.kind.padding == 0 ? "valid" : "zeros on both sides";
        if (found != expected)
            (padding ? *padding : entry.settings)
                .fail(concat(in_quotes(expected), " (", layer.text(), ")"), in_quotes(found));
    }

    // Without gamma or beta, as Keras's scale and center say, the model's are 1 or 0. RTNeural's files have both or none.
    void read_batch_norm(const KerasEntry& entry, const JsonNode& weights, const KnownLayer& layer) {
        const std::string of = layer.text();
        const bool is_rtneural = form_ == KerasForm::rtneural;
        const std::size_t count = weights.size();
        const auto says = [&](const char* name) {
            const auto found = entry.setting(nullptr, name);
            return is_rtneural ? count != 2 : !found || found->boolean();
        };
        const bool has_gamma = says("scale"), has_beta = says("center");
        const JsonNode epsilon = entry.settings["epsilon"];
        const double found = epsilon.number();
        if (reading_.good() && static_cast<float>(found) != static_cast<float>(layer.kind.parameter))
            return epsilon.fail(concat(layer.kind.parameter, " (", of, ")"));
        if (is_rtneural)
            check_last_size(entry.settings["shape"], layer.kind.outputs, of);
        else
            check_axis(entry, layer);
        const std::size_t expected = 2u + (has_gamma ? 1u : 0u) + (has_beta ? 1u : 0u);
        if (!weights.has_size(expected, concat(" arrays (", of, ")"))) return;
        std::size_t next = 0;
        const auto read = [&](const char* name, bool is_there, float without) {
            float* const to = layer.find(name);
            if (is_there)
                read_vector(weights[next++], layer.kind.outputs, layer, [&](int c) { return to + c; });
            else
                for (int c = 0; c < layer.kind.outputs; ++c) reading_.set(to + c, without);
        };
        read("weight", has_gamma, 1), read("bias", has_beta, 0);
        read("running_mean", true, 0), read("running_var", true, 0);
        const JsonNode variances = weights[next - 1];
        for (int c = 0; c < layer.kind.outputs && reading_.good(); ++c)
            if (variances[c].number() < 0) variances[c].fail(concat("a variance of at least 0 (", of, ")"));
    }

    void read_recurrent(const KerasEntry& entry, const JsonNode& weights, const KnownLayer& layer) {
        const bool is_gru = std::string_view(layer.kind.name) == "GRU";
        check_cell(entry, layer, is_gru);
        if (layer.find("hidden_start") != nullptr)
            return entry.node.fail(concat("a learned start (", layer.text(), ")"), "none");
        if (!weights.has_size(3, concat(" arrays (", layer.text(), ")"))) return;
        const int in = layer.kind.inputs, units = layer.kind.outputs, columns = (is_gru ? 3 : 4) * units;
        // Keras's z and r change places.
        const auto row = [&](int column) {
            return !is_gru || column >= 2 * units ? column : column < units ? column + units : column - units;
        };
        float *const of_x = layer.find("weight_ih_l0"), *const of_h = layer.find("weight_hh_l0"),
                     *const bias_x = layer.find("bias_ih_l0"), *const bias_h = layer.find("bias_hh_l0");
        read_matrix(weights[0], in, columns, layer, [&](int i, int c) { return of_x + row(c) * in + i; });
        read_matrix(weights[1], units, columns, layer, [&](int i, int c) { return of_h + row(c) * units + i; });
        if (is_gru) {
            read_matrix(weights[2], 2, columns, layer,
                        [&](int k, int c) { return (k == 0 ? bias_x : bias_h) + row(c); });
        } else {
            read_vector(weights[2], columns, layer, [&](int c) { return bias_x + c; });
            for (int c = 0; c < columns; ++c) reading_.set(bias_h + c, 0);
        }
    }
    // The functions of the cell must be those that Kiln computes with.
    void check_cell(const KerasEntry& entry, const KnownLayer& layer, bool is_gru) {
        const auto check = [&](const std::optional<JsonNode>& found, std::string_view expected) {
            if (found && found->string() != expected && found->good())
                found->fail(concat(in_quotes(expected), " (", layer.text(), ")"));
        };
        // null is no function, which is another than the default.
        const auto given = [&](const char* name) {
            return entry.settings.value().contains(name) ? std::optional(entry.settings[name]) : std::nullopt;
        };
        const auto activation = given("activation");
        if (activation && !activation->string().empty()) check(activation, "tanh");
        if (form_ == KerasForm::keras) check(given("recurrent_activation"), "sigmoid");
        if (const auto backwards = entry.setting(nullptr, "go_backwards")) backwards->is(false, layer.text());
        if (const auto reset_after = entry.setting(nullptr, "reset_after"); reset_after && is_gru)
            reset_after->is(true, layer.text());
    }

    std::span<const KnownLayer> layers_;
    KerasForm form_;
    JsonReading& reading_;
    std::size_t next_ = 0;             // the next layer of the model
    std::optional<JsonNode> waiting_;  // the file's activation that the model has not had yet
};

}  // namespace kiln::inline KILN_TARGET::io

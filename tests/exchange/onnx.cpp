// SPDX-License-Identifier: BSL-1.0
// needs: onnx/onnx_pb.h
// flags: -O0
// onnx FOLDER: exports networks of every kind of layer, and networks that branch. For each it writes
//   - <name>.onnx,
//   - <name>.input and <name>.output, the inputs and Kiln's predictions, as raw floats: for each sample all inputs, or
//     all outputs, one after the other,
//   - <name>.json, the names and the shapes of inputs and outputs.
// onnx.py and onnxruntime.mjs compare them with the predictions of other programs.

#include <kiln.hpp>
#include <kiln/io/onnx.hpp>

#include "exchange/handover.hpp"

#include <array>
#include <string>

using namespace kiln;
using namespace exchange;

namespace {

/// Starting values, but with vectors (biases, gains, running averages) away from 0 and 1.
template <class Net, class In>
Model<Net, In>& model_of(In) {
    static Model<Net, In> model{Seed{1}};
    Random random{Seed{2}};
    for (const auto& tensor : io::state_dict(model))
        if (tensor.extents.rank == 1)
            for (int i = 0; i < tensor.count(); ++i) tensor.data[i] += random.uniform(0, 0.5f);
    return model;
}

std::string in_json(const std::vector<io::GraphEnd>& ends) {
    std::string text;
    for (const io::GraphEnd& end : ends) {
        text += text.empty() ? "[" : ", ";
        text += "{\"name\": \"" + end.name + "\", \"shape\": [";
        for (int i = 0; i < end.extents.rank; ++i) text += (i > 0 ? ", " : "") + std::to_string(end.extents[i]);
        text += "]}";
    }
    return text + "]";
}

template <class M>
void hand_over(const std::string& name, const M& model) {
    Random random{Seed{3}};
    static std::array<Tensor<float, typename M::Input>, 5> inputs;
    for (auto& input : inputs)
        for (int i = 0; i < input.count; ++i) input[i] = 2 * random.normal();
    static std::array<Tensor<float, typename M::Output>, 5> outputs;
    model.predict(inputs, outputs);

    const io::Graph graph = io::describe(model);
    demand(io::export_onnx(model, file(name + ".onnx")));
    demand(replace_file(file(name + ".json"),
                        "{\"inputs\": " + in_json(graph.inputs) + ", \"outputs\": " + in_json(graph.outputs) + "}\n"));
    save(name + ".input", inputs);
    save(name + ".output", outputs);
}
template <class Net, class In>
void hand_over(const std::string& name, In shape) {
    hand_over(name, model_of<Net>(shape));
}
/// As it is trained, and with each BatchNorm merged into the layer before it.
template <class Net, class In>
void hand_over_folded_too(const std::string& name, In shape) {
    hand_over<Net>(name, shape);
    hand_over(name + "_folded", fold(model_of<Net>(shape)));
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    folder = arguments[1];
    constexpr Shape<2, 5, 7> map;
    constexpr Shape<6> vector;

    hand_over<Linear<6, 3>>("linear", vector);
    hand_over<Linear<70, 3>>("linear_of_a_map", map);
    hand_over<Conv<2, 3, 3>>("conv", map);
    hand_over<Conv<2, 3, 3, 2, 1>>("conv_strided_padded", map);
    hand_over<Conv<2, 4, 3, 1, 2, 2>>("conv_groups", map);
    hand_over<ConvTranspose<2, 3, 3>>("conv_transpose", map);
    hand_over<ConvTranspose<2, 3, 4, 3, 1, 2>>("conv_transpose_strided_padded", map);
    hand_over<Pool<2>>("pool", map);
    hand_over<Pool<3, 2, 1>>("pool_padded", map);
    hand_over<AveragePool<2>>("average_pool", map);
    hand_over<AveragePool<3, 2, 1>>("average_pool_padded", map);
    hand_over<GlobalAveragePool>("global_average_pool", map);
    hand_over<Upsample<3>>("upsample", map);
    hand_over<BatchNorm<2>>("batch_norm_of_maps", map);
    hand_over<BatchNorm<6, 0.1, 1e-2>>("batch_norm_of_vectors", vector);
    hand_over<Standardize>("standardize_of_maps", map);
    hand_over<Unstandardize>("unstandardize_of_vectors", vector);
    hand_over<LayerNorm<7>>("layer_norm_of_rows", map);
    hand_over<LayerNorm<35, 1e-2>>("layer_norm_of_channels", map);
    hand_over<LayerNorm<70>>("layer_norm_of_maps", map);
    hand_over<LayerNorm<6>>("layer_norm_of_vectors", vector);
    constexpr Shape<7, 3> sequence;
    hand_over<RNN<3, 5>>("rnn", sequence);
    hand_over<GRU<3, 5>>("gru", sequence);
    hand_over<GRU<3, 17, FastGates>>("gru_with_fast_gates", sequence);
    hand_over<LSTM<3, 5>>("lstm", sequence);
    hand_over<Bidirectional<RNN<3, 4>>>("bidirectional_rnn", sequence);
    hand_over<Bidirectional<GRU<3, 4>>>("bidirectional_gru", sequence);
    hand_over<Bidirectional<LSTM<3, 4>>>("bidirectional_lstm", sequence);
    hand_over<Last>("last", sequence);
    hand_over<Last>("last_of_maps", map);
    using Frames = Shape<5, 6>;
    hand_over<Position<5, 6>>("position", Frames{});
    hand_over<Position<9, 6>>("position_of_a_longer_sequence", Frames{});
    hand_over<Attention<2>>("attention", Frames{});
    hand_over<Attention<3, Bias::none>>("attention_without_bias", Frames{});
    hand_over<CausalAttention<2>>("causal_attention", Frames{});
    hand_over<Graph<Input<"q">, Input<"x">, Node<"y", Attention<2>, "q", "x">, Output<"y">>>(
        "attention_to_other_frames", Shapes<Shape<3, 6>, Frames>{});
    hand_over<Flatten>("flatten", map);
    hand_over<Flatten>("flatten_a_vector", vector);
    hand_over<Reshape<7, 2, 5>>("reshape", map);
    hand_over<Reshape<2, 3>>("reshape_a_vector", vector);
    hand_over<Dropout<0.5>>("dropout", map);
    hand_over<Softmax>("softmax_of_vectors", vector);
    hand_over<Softmax>("softmax_of_pixels", map);
    hand_over<LogSoftmax>("log_softmax_of_vectors", vector);
    hand_over<LogSoftmax>("log_softmax_of_pixels", map);
    hand_over<ReLU>("relu", map);
    hand_over<LeakyReLU<0.2>>("leaky_relu", map);
    hand_over<ELU<0.7>>("elu", map);
    hand_over<Tanh>("tanh", map);
    hand_over<Sigmoid>("sigmoid", map);
    hand_over<Softplus>("softplus", map);
    hand_over<GELU>("gelu", map);
    hand_over<SiLU>("silu", map);
    hand_over<HardSwish>("hard_swish", map);

    constexpr Shape<9, 4> frames;
    hand_over<Conv1d<4, 6, 3, 2, 2, 2, 2>>("conv_in_time", frames);
    hand_over<Conv1d<4, 3, 2, 1, 0, 1, 1, Bias::none>>("conv_in_time_without_bias", frames);
    hand_over<CausalConv1d<4, 3, 3, 2>>("causal_conv", frames);
    hand_over<WaveNet<4, WaveNetStack<3, 2, 3, Dilations<1, 2>, Tanh, Gates::sigmoid>,
                      WaveNetStack<2, 1, 2, Dilations<3, 1>, LeakyReLU<>, Gates::none, Bias::none>>>("wavenet", frames);
    hand_over<Pool1d<3, 2>>("pool_in_time", frames);
    hand_over<AveragePool1d<2>>("average_pool_in_time", frames);
    hand_over<MeanOverTime>("mean_over_time", frames);
    hand_over<MaxOverTime>("max_over_time", frames);
    hand_over<Each<Linear<4, 3>>>("each_linear", frames);
    hand_over<Each<Softmax>>("each_softmax", frames);
    hand_over<Sequential<CausalConv1d<4, 8, 2>, Tanh, CausalConv1d<8, 8, 2, 2>, ReLU,
                         Each<Sequential<Linear<8, 5>, GELU, Linear<5, 2>>>, MaxOverTime>>("temporal", frames);

    using Card = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<8 * 13 * 13, 10>>;
    using SeedCnn = Sequential<Conv<1, 10, 5>, Pool<2>, ReLU, Conv<10, 20, 5>, Pool<2>, ReLU, Linear<320, 120>, ReLU,
                               Linear<120, 10>>;
    using Block = Sequential<Conv<4, 4, 3, 1, 1>, BatchNorm<4>, Sequential<SiLU, Dropout<0.2>>>;
    using Nested = Sequential<Conv<2, 4, 3, 1, 1>, Block, Initialized<Block, Orthogonal>, GlobalAveragePool,
                              Initialized<Linear<4, 3>, He>, Softmax>;
    using Autoencoder = Sequential<Conv<2, 6, 3, 2, 1>, ELU<1>, Flatten, Linear<72, 20>, GELU, Linear<20, 72>,
                                   Reshape<6, 3, 4>, ConvTranspose<6, 4, 3, 2, 1>, Tanh, Upsample<2>, Conv<4, 2, 1>>;
    using Unbiased = Sequential<Conv<2, 4, 3, 2, 1, 2, Bias::none>, BatchNorm<4>, ReLU,
                                ConvTranspose<4, 3, 2, 2, 0, 0, Bias::none>, Linear<144, 3, Bias::none>>;
    using Recurrent = Sequential<Bidirectional<GRU<3, 4>>, LSTM<8, 6>, Last, Linear<6, 4>>;
    hand_over<Recurrent>("recurrent", sequence);
    hand_over<Card>("card", Shape<1, 28, 28>{});
    hand_over<SeedCnn>("seed_cnn", Shape<1, 28, 28>{});
    hand_over<Nested>("nested", map);
    hand_over<Autoencoder>("autoencoder", map);
    hand_over<Unbiased>("unbiased", map);

    // Networks that branch.
    hand_over<Identity>("identity", map);
    hand_over<Sum<Conv<2, 3, 1>, Conv<2, 3, 3, 1, 1>, Conv<2, 3, 5, 1, 2>>>("sum", map);
    hand_over<Multiply<Identity, Sequential<Conv<2, 2, 1>, Sigmoid>, Tanh>>("multiply", map);
    hand_over<Concat<Conv<2, 1, 1>, Sequential<Pool<3, 1, 1>, Conv<2, 3, 1>>, Identity>>("concat", map);
    hand_over<Concat<Linear<6, 2>, Dropout<0.5>>>("concat_of_vectors", vector);
    hand_over<Repeat<3, Residual<Linear<6, 6>, Tanh>>>("repeat", vector);
    hand_over<Sequential<Frozen<Residual<Linear<6, 6>>>, Initialized<Residual<Linear<6, 6>>, He>>>("frozen", vector);

    using Step = Residual<Conv<4, 4, 3, 1, 1>, BatchNorm<4>, ReLU, Conv<4, 4, 3, 1, 1>, BatchNorm<4>>;
    using Down = Sum<Sequential<Conv<4, 8, 3, 2, 1>, BatchNorm<8>, ReLU, Conv<8, 8, 3, 1, 1>, BatchNorm<8>>,
                     Sequential<Conv<4, 8, 1, 2>, BatchNorm<8>>>;
    using ResNet = Sequential<Conv<2, 4, 3, 1, 1>, BatchNorm<4>, ReLU, Step, ReLU, Down, ReLU, GlobalAveragePool,
                              Linear<8, 3>, LogSoftmax>;
    hand_over_folded_too<ResNet>("resnet", map);

    // Two inputs and two outputs, a layer that three nodes share, joins of values.
    using Branched =
        Graph<Input<"image">, Input<"extra">, Node<"stem", Conv<2, 4, 3, 1, 1>, "image">,
              Node<"norm", BatchNorm<4>, "stem">, Node<"step", Sequential<Conv<4, 4, 3, 1, 1>, BatchNorm<4>>, "norm">,
              Node<"again", Shared<"step">, "step">, Node<"once more", Shared<"step">, "again">,
              Node<"sum", Add, "norm", "step", "once more">, Node<"product", Multiply<>, "sum", "again", "stem">,
              Node<"pooled", Sequential<Tanh, GlobalAveragePool>, "product">, Node<"wide", Linear<6, 4>, "extra">,
              Node<"all", Concat<>, "pooled", "extra", "wide">,
              Node<"class", Sequential<Linear<14, 3>, Softmax>, "all">, Node<"map", Pool<2>, "product">,
              Output<"class", "map">>;
    hand_over_folded_too<Branched>("graph", Shapes<Shape<2, 5, 7>, Shape<6>>{});

    // "map" and "dropped" are one value, and "same" is the input.
    using Same =
        Graph<Input<"x">, Node<"map", Conv<2, 3, 3>, "x">, Node<"dropped", Dropout<0.5>, "map">,
              Node<"same", Identity, "x">, Node<"bent", ELU<>, "dropped">, Output<"same", "map", "dropped", "bent">>;
    hand_over<Same>("outputs_of_one_value", map);

    using Products =
        Graph<Input<"x">, Node<"gram", TransposedMatMul, "x", "x">, Node<"outer", MatMulTransposed, "x", "x">,
              Node<"mixed", MatMul, "outer", "x">, Node<"answer", MatMul, "mixed", "gram">, Output<"answer">>;
    hand_over<Products>("products_of_matrices", map);
    return complete ? 0 : 1;
}

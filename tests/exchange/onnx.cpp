// SPDX-License-Identifier: BSL-1.0
// needs: onnx/onnx_pb.h
// onnx FOLDER: exports networks of every kind of layer. For each it writes <name>.onnx, and as raw floats the inputs
// and Kiln's predictions: <name>.input and <name>.output. onnx.py compares them with the predictions of other programs.

#include <kiln.hpp>
#include <kiln/io/onnx.hpp>

#include "exchange/handover.hpp"

#include <array>
#include <string>

using namespace kiln;
using namespace exchange;

namespace {

/// Exports Net with its starting values but with vectors (biases, gains, running averages) away from 0 and 1.
template <class Net, class In>
void hand_over(const std::string& name, In) {
    static Model<Net, In> model{Seed{1}};
    Random random{Seed{2}};
    const auto move = [&](auto& record) {
        for (const Slice<float>& tensor : tensors<float>(record))
            if (tensor.extents.rank == 1)
                for (float& value : tensor) value += random.uniform(0, 0.5f);
    };
    move(model.parameters());
    move(model.state());

    static std::array<Tensor<float, In>, 5> inputs;
    for (auto& input : inputs)
        for (float& value : input) value = 2 * random.normal();
    static std::array<Tensor<float, typename Model<Net, In>::Output>, 5> outputs;
    model.predict(inputs, outputs);

    demand(io::export_onnx(model, file(name + ".onnx")));
    save(name + ".input", inputs);
    save(name + ".output", outputs);
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
    hand_over<Card>("card", Shape<1, 28, 28>{});
    hand_over<SeedCnn>("seed_cnn", Shape<1, 28, 28>{});
    hand_over<Nested>("nested", map);
    hand_over<Autoencoder>("autoencoder", map);
    hand_over<Unbiased>("unbiased", map);
    return complete ? 0 : 1;
}

// SPDX-License-Identifier: BSL-1.0
// Predicts and trains with every layer, loss and optimizer. freestanding.cmake compiles this file behind all headers
// that need no operating system, and reads the symbols of the result.

#include <cstdint>
#include <span>

using namespace kiln;

namespace {

// Each with several layers, so that every forward and backward is there.
using Maps = Sequential<Conv<1, 4, 3>, BatchNorm<4>, ReLU, AveragePool<2>, Upsample<2>, LeakyReLU<>,
                        ConvTranspose<4, 3, 2, 2>, Sigmoid, Conv<3, 2, 3>, ReLU, Pool<2>, Flatten, Linear<50, 4>>;
using Vectors = Sequential<Linear<4, 8>, LayerNorm<8>, GELU, Dropout<0.5>, Linear<8, 8>, SiLU, ELU<>, Linear<8, 4>,
                           HardSwish, Softplus, Tanh, Linear<4, 4>, LogSoftmax>;
using Sequences =
    Sequential<Bidirectional<GRU<2, 3>>, LSTM<6, 5>, RNN<5, 4, FastGates>, GRU<4, 6, FastGates>, Last, Linear<6, 4>>;
using Temporal = Sequential<Conv1d<2, 4, 3, 1, 1>, ReLU, CausalConv1d<4, 4, 2, 2>, Tanh, Pool1d<2>, AveragePool1d<2>,
                            Each<Linear<4, 4>>, Sum<MeanOverTime, MaxOverTime>>;
using Texts =
    Sequential<Embedding<9, 4>, Position<5, 4>, LayerNorm<4>, CausalAttention<2>, Attention<2>, Last, Linear<4, 3>>;
// Several inputs and outputs, shared parameters, statistics within branches, every join.
using Branched =
    Graph<Input<"map">, Input<"vector">, Node<"stem", Linear<64, 4>, "map">,
          Node<"block", Residual<Linear<4, 4>, BatchNorm<4>, Tanh>, "vector">, Node<"again", Shared<"block">, "block">,
          Node<"sum", Add, "stem", "again">, Node<"product", Multiply<>, "sum", "block">,
          Node<"all", Concat<>, "product", "stem">, Node<"label", Linear<8, 3>, "all">,
          Node<"vectors", Linear<8, 4>, "all">, Output<"label", "vectors">>;
using OfBoth = Model<Branched, Shapes<Shape<1, 8, 8>, Shape<4>>>;
using OfMaps = Model<Maps, Shape<1, 8, 8>>;
using OfSequences = Model<Sequences, Shape<5, 2>>;
using AlongTime = Model<Temporal, Shape<8, 2>>;
using OfTexts = Model<Texts, Tokens<9, 5>>;
using OfVectors = Model<Vectors, Shape<4>>;

template <class M, class Loss, class O, class... Options>
float train(const O& optimizer, std::span<const Tensor<float, typename M::Input>> inputs,
            std::span<const typename Loss::template Target<typename M::Output>> targets) {
    static M model;
    model.initialize(Seed{1});
    static Trainer<M, Loss, O, Batch<8>, Options...> trainer{model, optimizer};
    const float loss = trainer.step(inputs, targets);
    static Tensor<float, typename M::Output> outputs[8];
    model.predict(inputs, outputs);
    float sum = loss + model.predict(inputs[0])[0] + static_cast<float>(trainer.steps());
    for (const GradientNorm& gradient : trainer.gradient_norms()) sum += gradient.norm + outputs[0][0];
    return sum;
}

}  // namespace

float learn_labels(std::span<const Tensor<float, Shape<1, 8, 8>>> maps,
                   std::span<const Tensor<float, Shape<4>>> vectors, std::span<const int> labels) {
    return train<OfMaps, CrossEntropy>(SGD{.learning_rate = 0.1f, .momentum = 0.9f}, maps, labels) +
           train<OfVectors, Hinge>(Adam{}, vectors, labels) +
           train<OfVectors, CrossEntropy, AdamW, float>(AdamW{}, vectors, labels);
}

float learn_sequences(std::span<const Tensor<float, Shape<5, 2>>> sequences, std::span<const int> labels) {
    return train<OfSequences, CrossEntropy>(Adam{}, sequences, labels);
}

float learn_along_time(std::span<const Tensor<float, Shape<8, 2>>> sequences, std::span<const int> labels) {
    return train<AlongTime, CrossEntropy>(Adam{}, sequences, labels);
}

float learn_texts(std::span<const Tensor<float, Tokens<9, 5>>> texts, std::span<const int> labels) {
    return train<OfTexts, CrossEntropy>(Adam{}, texts, labels) +
           train<OfTexts, CrossEntropy, SGD, float>(SGD{}, texts, labels);
}

float learn_tensors(std::span<const Tensor<float, Shape<4>>> vectors) {
    return train<OfVectors, MeanSquaredError>(RMSProp{}, vectors, vectors) +
           train<OfVectors, MeanAbsoluteError>(Adagrad{}, vectors, vectors) +
           train<OfVectors, Huber>(ClipByNorm{Scheduled{SGD{}, Cosine{.steps = 9}}, 1.0f}, vectors, vectors) +
           train<OfVectors, BinaryCrossEntropy>(ClipByValue{SGD{}, 1.0f}, vectors, vectors) +
           train<OfVectors, KLDivergence>(SGD{}, vectors, vectors);
}

float predict_folded(const OfMaps& model, const Tensor<float, Shape<1, 8, 8>>& map) {
    return fold(model).predict(map)[0];
}

float learn_both(std::span<const Tensor<float, OfBoth::Input>> inputs,
                 std::span<const SeveralTargets<int, Tensor<float, Shape<4>>>> targets) {
    static OfBoth model;
    model.initialize(Seed{1});
    static Trainer<OfBoth, Losses<CrossEntropy, MeanSquaredError>, SGD, Batch<8>> trainer{model, SGD{}};
    return trainer.step(inputs, targets) + model.predict(inputs[0]).get<1>()[0] + fold(model).predict(inputs[1])[2];
}

// SPDX-License-Identifier: BSL-1.0
#pragma once
// A program of every layer, loss and optimizer. Each translation unit makes its own copy for its own processor.

#include <kiln.hpp>

#include <array>
#include <memory>
#include <span>

namespace {

using namespace kiln;

using In = Shape<1, 12, 12>;
using Everything =
    Model<Sequential<Conv<1, 4, 3, 1, 1>, BatchNorm<4>, LeakyReLU<>, Pool<3, 2, 1>, Conv<4, 4, 3, 1, 1, 2>, ELU<>,
                     Upsample<2>, AveragePool<2>, ConvTranspose<4, 2, 2, 2>, GELU, LayerNorm<288>, Dropout<0.25>,
                     Conv<2, 8, 3>, SiLU, GlobalAveragePool, Reshape<2, 4>, Softplus, Flatten, Linear<8, 8>, Sigmoid,
                     Frozen<Linear<8, 10>>, HardSwish, Softmax, LogSoftmax>,
          In>;
using OfSequences = Model<Sequential<Reshape<12, 12>, Bidirectional<GRU<12, 3>>, LSTM<6, 5>, RNN<5, 4, FastGates>,
                                     GRU<4, 6, FastGates>, Last, Linear<6, 4>>,
                          In>;
using Small = Model<Sequential<Conv<1, 2, 3>, ReLU, Pool<2>, Linear<50, 4>, Tanh>, In>;

template <class M, class Target>
struct Data {
    std::array<Tensor<float, In>, 8> inputs{};
    std::array<Target, 8> targets{};
};

template <class Loss, class Optimizer, class M>
float trained(const Optimizer& optimizer, const Loss& loss = {}) {
    using Target = typename Loss::template Target<typename M::Output>;
    static Data<M, Target> data;
    Random random{Seed{1}};
    for (auto& input : data.inputs)
        for (float& value : input) value = random.uniform();
    for (auto& target : data.targets) {
        if constexpr (std::is_same_v<Target, int>)
            target = random.below(M::Output::count);
        else
            for (float& value : target) value = 0.1f + 0.8f * random.uniform();
    }
    static M model{Seed{2}};
    static Trainer<M, Loss, Optimizer, Batch<8>> trainer{model, optimizer, loss};
    float last = 0;
    for (int step = 0; step < 3; ++step) last = trainer.step(data.inputs, data.targets);
    return last + model.predict(data.inputs[0])[0];
}

// The sum over everything, the same to rounding wherever it is computed. KILN_LITTLE leaves most of it out.
float everything() {
#ifdef KILN_LITTLE
    return trained<CrossEntropy, SGD, Small>(SGD{.momentum = 0.9f});
#else
    float sum = trained<CrossEntropy, ClipByNorm<Scheduled<RMSProp, OneCycle>>, Everything>(
        {{RMSProp{.momentum = 0.9f, .centered = true}, OneCycle{.steps = 9}}, 1.0f},
        CrossEntropy{.label_smoothing = 0.1f});
    sum += trained<WeightedCrossEntropy<Small::Output::count>, SGD, Small>(SGD{});
    sum += trained<CrossEntropy, Adam, OfSequences>(Adam{});
    sum += trained<Hinge, SGD, Small>(SGD{.momentum = 0.9f});
    sum += trained<MeanSquaredError, Adam, Small>(Adam{});
    sum += trained<MeanAbsoluteError, AdamW, Small>(AdamW{});
    sum += trained<Huber, Adagrad, Small>(Adagrad{});
    sum += trained<BinaryCrossEntropy, ClipByValue<SGD>, Small>(ClipByValue<SGD>{SGD{}, 1.0f});
    sum += trained<KLDivergence, Scheduled<SGD, Cosine>, Small>({SGD{}, Cosine{.steps = 9}});
    return sum;
#endif
}

}  // namespace

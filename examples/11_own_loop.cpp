// SPDX-License-Identifier: BSL-1.0
// Two networks that learn from each other, which no trainer fits: a generator draws points, a judge tells them from those
// of a cloud, and the generator learns from the slope of the judge's verdict (I. Goodfellow et al.: Generative Adversarial
// Nets, 2014). A Recording is one pass, a Learner an optimizer at work on one model.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/recording.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/learner.hpp>

#include <cmath>
#include <cstdio>

using Point = kiln::Shape<2>;
using Generator = kiln::Model<kiln::Sequential<kiln::Linear<4, 16>, kiln::Tanh, kiln::Linear<16, 2>>, kiln::Shape<4>>;
using Judge = kiln::Model<kiln::Sequential<kiln::Linear<2, 16>, kiln::Tanh, kiln::Linear<16, 1>>, Point>;

// The derivative of the cross entropy with respect to the judge's logit. The target is 1 for points of the cloud, else 0.
kiln::Tensor<float, kiln::Shape<1>> slope(float logit, float target) { return {1 / (1 + std::exp(-logit)) - target}; }

int main() {
    constexpr int steps = 1500, points = 16;
    Generator generator{kiln::Seed{1}};
    Judge judge{kiln::Seed{2}};
    const kiln::Adam adam{.learning_rate = 2e-3f, .beta1 = 0.5f};
    kiln::Learner<Generator, kiln::Adam> generator_learner{generator, adam};
    kiln::Learner<Judge, kiln::Adam> judge_learner{judge, adam};
    kiln::Recording<Generator> drawing;
    kiln::Recording<Judge> judging;
    kiln::Random random{kiln::Seed{3}};

    const auto draw = [&] {
        for (float& value : drawing.x) value = random.normal();
        return drawing.forward(generator);
    };
    for (int step = 0; step < steps; ++step) {
        for (int i = 0; i < points; ++i) {
            judging.x = {2 + 0.5f * random.normal(), -1 + 0.5f * random.normal()};  // the cloud
            judging.backward(judge, slope(judging.forward(judge)[0], 1), judge_learner.gradients());
            judging.x = draw();
            judging.backward(judge, slope(judging.forward(judge)[0], 0), judge_learner.gradients());
        }
        judge_learner.apply(0.5f / points);

        Judge::Gradients unused{};
        kiln::Tensor<float, Point> dx;
        for (int i = 0; i < points; ++i) {
            judging.x = draw();
            judging.backward(judge, slope(judging.forward(judge)[0], 1), unused, dx);
            drawing.backward(generator, dx, generator_learner.gradients());
        }
        generator_learner.apply(1.0f / points);
    }
    float x = 0, y = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto point = draw();
        x += point[0] / 1000, y += point[1] / 1000;
    }
    std::printf("the cloud's middle is at (2, -1), that of the points drawn at (%.2f, %.2f)\n", static_cast<double>(x),
                static_cast<double>(y));
    return std::abs(x - 2) < 0.5f && std::abs(y + 1) < 0.5f ? 0 : 1;
}

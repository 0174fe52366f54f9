// SPDX-License-Identifier: BSL-1.0
// Second derivatives. The Hessian of the loss is never formed; its product with a direction takes as long as two to four
// gradients. Here power iteration finds the largest curvature. Gradient descent is stable with learning rates below 2 /
// curvature, and the example shows both sides of that border.

#include <kiln.hpp>

#include <array>
#include <cmath>
#include <cstdio>

using Plane = kiln::Model<kiln::Linear<3, 1>, kiln::Shape<3>>;
using Samples = std::array<kiln::Tensor<float, kiln::Shape<3>>, 32>;
using Targets = std::array<kiln::Tensor<float, kiln::Shape<1>>, 32>;

// Multiplies every number of a record.
void scale(Plane::Parameters& record, float factor) {
    for (const auto& tensor : kiln::tensors<float>(record))
        for (float& number : tensor) number *= factor;
}

float loss_after_100_steps(Plane model, const Samples& x, const Targets& y, float rate) {
    kiln::Trainer<Plane, kiln::MeanSquaredError, kiln::SGD, kiln::Batch<32>> trainer{model, {.learning_rate = rate}};
    float loss = 0;
    for (int step = 0; step < 100; ++step) loss = trainer.step(x, y);
    return loss;
}

int main() {
    kiln::Random random{kiln::Seed{1}};
    Samples x;
    Targets y;
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = {random.normal(), 2 * random.normal(), 1 + random.normal()};
        y[i] = {x[i][0] - x[i][1] + 0.1f * random.normal()};
    }
    const Plane model{kiln::Seed{2}};
    kiln::HessianProduct<Plane, kiln::MeanSquaredError> hessian;

    // direction = H direction / |H direction|, again and again, turns to where the loss bends most.
    Plane::Parameters direction{};
    for (const auto& tensor : kiln::tensors<float>(direction))
        for (float& number : tensor) number = random.normal();
    float curvature = 0;
    for (int i = 0; i < 50; ++i) {
        scale(direction, 1 / kiln::norm(direction));
        direction = hessian(model, x, y, direction).product;
        curvature = kiln::norm(direction);
    }
    std::printf("largest curvature %.3f, so the largest rate is %.4f\n", static_cast<double>(curvature),
                static_cast<double>(2 / curvature));
    const float below = loss_after_100_steps(model, x, y, 1.9f / curvature);
    const float above = loss_after_100_steps(model, x, y, 2.1f / curvature);
    std::printf("loss after 100 steps: %.4f a little below, %.3g a little above\n", static_cast<double>(below),
                static_cast<double>(above));
    return below < 0.02f && above > 100 ? 0 : 1;
}

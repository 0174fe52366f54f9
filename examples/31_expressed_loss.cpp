// SPDX-License-Identifier: BSL-1.0
// A loss of your own without a slope: the loss is written as an expression. This is the focal loss (T. Lin et al.:
// Focal loss for dense object detection, 2017): samples that are right already count less, so the rare and the hard
// ones lead.

#include <kiln.hpp>

#include <array>
#include <iostream>
#include <vector>

/// -(1 - p)^2 log p, where p is the probability of the label.
struct Focal : kiln::ExpressedLoss<Focal> {
    template <class>
    using Target = int;
    static constexpr auto judged_by = kiln::JudgedBy::classes;

    static constexpr auto express(auto y, auto label) {
        const auto log_p = pick(y, label) - log_sum_exp(y, kiln::Axis{0});
        return -square(1 - exp(log_p)) * log_p;
    }
};

using Model = kiln::Model<kiln::Sequential<kiln::Linear<2, 16>, kiln::Tanh, kiln::Linear<16, 2>>, kiln::Shape<2>>;

int main() {
    // One point in twelve lies in the ring; the others lie around it.
    kiln::Random random{kiln::Seed{1}};
    std::vector<kiln::Tensor<float, kiln::Shape<2>>> points;
    std::vector<int> labels;
    while (points.size() < 2048) {
        const kiln::Tensor<float, kiln::Shape<2>> point{random.uniform(-2, 2), random.uniform(-2, 2)};
        const float square = point[0] * point[0] + point[1] * point[1];
        points.push_back(point);
        labels.push_back(0.5f < square && square < 1.0f ? 1 : 0);
    }

    Model model{kiln::Seed{1}};
    kiln::Trainer<Model, Focal, kiln::Adam, kiln::Batch<32>> trainer{model, {.learning_rate = 0.01f}};
    for (int epoch = 0; epoch < 400; ++epoch)
        for (std::size_t i = 0; i < points.size(); i += 32)
            trainer.step(std::span(points).subspan(i).first<32>(), std::span(labels).subspan(i).first<32>());

    int found = 0, all = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (labels[i] == 0) continue;
        ++all;
        found += argmax(model.predict(points[i])) == 1 ? 1 : 0;
    }
    std::cout << "found " << found << " of " << all << " points of the ring\n";
    return found > all * 3 / 4 ? 0 : 1;
}

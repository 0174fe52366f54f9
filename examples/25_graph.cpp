// SPDX-License-Identifier: BSL-1.0
// A network as named nodes. Each node names the values that it reads, and a node may share the parameters of another one:
// here three steps of one layer, whose results are all read.

#include <kiln.hpp>

#include <array>
#include <cmath>
#include <cstdio>

using kiln::Input, kiln::Node, kiln::Output, kiln::Shared;

using Step = kiln::Sequential<kiln::Linear<16, 16>, kiln::Tanh>;
using Net = kiln::Graph<Input<"point">,                                        //
                        Node<"start", kiln::Linear<2, 16>, "point">,           //
                        Node<"step", Step, "start">,                           //
                        Node<"again", Shared<"step">, "step">,                 // the parameters of "step"
                        Node<"once_more", Shared<"step">, "again">,            //
                        Node<"all", kiln::Add, "start", "step", "once_more">,  // a join reads several values
                        Node<"answer", kiln::Linear<16, 2>, "all">,            //
                        Output<"answer">>;
using Model = kiln::Model<Net, kiln::Shape<2>>;

// The parameters of "step" are there once.
static_assert(Model::parameter_count == (2 * 16 + 16) + (16 * 16 + 16) + (16 * 2 + 2));

int main() {
    for (const kiln::TensorSchema& tensor : kiln::schema<Model::Parameters>) std::printf("%s\n", tensor.name.c_str());

    // Points of two spirals: which one is it?
    std::array<kiln::Tensor<float, kiln::Shape<2>>, 64> points;
    std::array<int, 64> spirals;
    kiln::Random random{kiln::Seed{1}};
    const auto draw = [&] {
        for (std::size_t i = 0; i < points.size(); ++i) {
            spirals[i] = random.below(2);
            const float turned = random.uniform(0.5f, 9), angle = turned + 3.1416f * static_cast<float>(spirals[i]);
            points[i] = {0.2f * turned * std::cos(angle), 0.2f * turned * std::sin(angle)};
        }
    };

    static Model model{kiln::Seed{2}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::Adam, kiln::Batch<64>> trainer{
        model, kiln::Adam{.learning_rate = 0.01f}};
    for (int step = 1; step <= 1000; ++step) {
        draw();
        const float loss = trainer.step(points, spirals);
        if (step % 250 == 0) std::printf("step %4d  loss %.3f\n", step, static_cast<double>(loss));
    }

    draw();
    int right = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
        right += kiln::argmax(model.predict(points[i])) == spirals[i] ? 1 : 0;
    std::printf("%d of 64 points are told right\n", right);
    return right > 60 ? 0 : 1;
}

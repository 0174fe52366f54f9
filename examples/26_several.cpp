// SPDX-License-Identifier: BSL-1.0
// Several inputs and several answers: a picture and a colour go in, a class and a place come out. Each answer has a loss of
// its own, and training minimises their weighted sum.

#include <kiln.hpp>

#include <iostream>
#include <vector>

using kiln::Input, kiln::Node, kiln::Output, kiln::Shape, kiln::Tensor;

using Net = kiln::Graph<Input<"picture">, Input<"colour">,                                                     //
                        Node<"maps", kiln::Conv<1, 6, 3>, "picture">,                                          //
                        Node<"seen", kiln::Sequential<kiln::ReLU, kiln::Flatten>, "maps">,                     //
                        Node<"mixed", kiln::Linear<3, 8>, "colour">,                                           //
                        Node<"both", kiln::Concat<>, "seen", "mixed">,                                         //
                        Node<"trunk", kiln::Sequential<kiln::Linear<6 * 6 * 6 + 8, 32>, kiln::Tanh>, "both">,  //
                        Node<"kind", kiln::Linear<32, 3>, "trunk">,                                            //
                        Node<"place", kiln::Linear<32, 2>, "trunk">,                                           //
                        Output<"kind", "place">>;
using Inputs = kiln::Shapes<Shape<1, 8, 8>, Shape<3>>;
using Model = kiln::Model<Net, Inputs>;
static_assert(std::is_same_v<Model::Output, kiln::Shapes<Shape<3>, Shape<2>>>);

using Targets = kiln::SeveralTargets<int, Tensor<float, Shape<2>>>;
using Data = kiln::data::Dataset<Inputs, float, Targets>;

// A bright square of 2 by 2 pixels. Its kind is its strongest colour, its place the row and the column, from 0 to 1.
Data squares(int count, kiln::Random& random) {
    std::vector<Tensor<float, Inputs>> inputs(static_cast<std::size_t>(count));
    std::vector<Targets> targets(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        inputs[i] = {};
        auto& picture = inputs[i].get<0>();
        auto& colour = inputs[i].get<1>();
        const int row = random.below(7), column = random.below(7);
        for (int k = 0; k < 4; ++k) picture(0, row + k / 2, column + k % 2) = 1;
        for (float& part : colour) part = random.uniform();
        targets[i] = {kiln::argmax(colour), {static_cast<float>(row) / 6, static_cast<float>(column) / 6}};
    }
    return {inputs, targets};
}

int main() {
    kiln::Random random{kiln::Seed{1}};
    const Data training = squares(2000, random), test = squares(500, random);

    const kiln::Losses loss{kiln::Weighted{kiln::CrossEntropy{}, 1.0f}, kiln::Weighted{kiln::MeanSquaredError{}, 5.0f}};
    static Model model{kiln::Seed{2}};
    static kiln::Trainer<Model, kiln::Losses<kiln::CrossEntropy, kiln::MeanSquaredError>, kiln::Adam, kiln::Batch<32>>
        trainer{model, kiln::Adam{.learning_rate = 0.005f}, loss};
    trainer.fit(training, {.epochs = 12});

    const auto result = kiln::evaluate(model, test, loss);
    std::cout << kiln::summary<Model>() << "\n\n" << result << "\n\n";

    const auto answer = model.predict(test.sample(0));
    std::cout << "kind " << kiln::argmax(answer.get<0>()) << ", row " << 6 * answer.get<1>()[0] << ", column "
              << 6 * answer.get<1>()[1] << '\n';
    return result.get<0>().accuracy > 0.95f && result.get<1>().r_squared > 0.95f ? 0 : 1;
}

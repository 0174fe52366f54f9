// SPDX-License-Identifier: BSL-1.0
// pytorch FOLDER: the Kiln side of the exchange of weights with PyTorch (pytorch.py is the other). For each network it
//   - writes <name>.kiln.safetensors, its starting weights, or its weights after an epoch on MNIST,
//   - reads <name>.pytorch.safetensors, if that exists, in the place of these weights,
//   - writes its predictions with either: <name>.kiln.output and <name>.pytorch.output, raw floats, for the MNIST test
//     images or for random inputs (<name>.input).

#include <kiln.hpp>
#include <kiln/data/idx.hpp>

#include "exchange/handover.hpp"

#include <filesystem>
#include <string>
#include <vector>

using namespace kiln;
using namespace exchange;

namespace {

template <class M>
void predict(const M& model, const std::vector<Tensor<float, typename M::Input>>& inputs, const std::string& name) {
    std::vector<Tensor<float, typename M::Output>> outputs(inputs.size());
    model.predict(inputs, outputs);
    save(name, outputs);
}

template <class M>
void hand_over(M& model, const std::vector<Tensor<float, typename M::Input>>& inputs, const std::string& name) {
    demand(io::save_safetensors(model, file(name + ".kiln.safetensors")));
    predict(model, inputs, name + ".kiln.output");
    const std::string theirs = file(name + ".pytorch.safetensors");
    if (!std::filesystem::exists(theirs)) return;
    demand(io::load_safetensors(model, theirs, {.finite = true}));
    predict(model, inputs, name + ".pytorch.output");
}

// Networks with random inputs.
template <class Net, class In>
void hand_over_random(const std::string& name) {
    static Model<Net, In> model{Seed{1}};
    Random random{Seed{2}};
    for (const auto& tensor : io::state_dict(model))
        for (int i = 0; i < tensor.count(); ++i) tensor.data[i] += random.uniform(0, 0.25f);
    std::vector<Tensor<float, In>> inputs(100);
    for (auto& input : inputs)
        for (float& value : input) value = random.normal();
    save(name + ".input", inputs);
    hand_over(model, inputs, name);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    folder = arguments[1];
    // All layers that have weights or state.
    hand_over_random<Sequential<Conv<4, 6, 3, 2, 1, 2, Bias::none>, BatchNorm<6>, SiLU, ConvTranspose<6, 4, 3, 2, 1>,
                                LayerNorm<4 * 7 * 5>, Sequential<AveragePool<2>, Flatten>, Linear<24, 5>, LayerNorm<5>>,
                     Shape<4, 7, 6>>("layers");

    hand_over_random<Sequential<Bidirectional<GRU<3, 4>>, LSTM<8, 6>, RNN<6, 5>, Last, Linear<5, 2>>, Shape<7, 3>>(
        "recurrent");

    // The names of nodes are those of a module's attributes.
    hand_over_random<
        Graph<Input<"x">, Node<"stem", Conv<2, 4, 3, 1, 1>, "x">, Node<"bn1", BatchNorm<4>, "stem">,
              Node<"relu", ReLU, "bn1">,
              Node<"block", Residual<Conv<4, 4, 3, 1, 1, 1, Bias::none>, BatchNorm<4>, ReLU>, "relu">,
              Node<"again", Shared<"block">, "block">, Node<"product", Multiply<>, "block", "again">,
              Node<"inception", Concat<Conv<4, 2, 1>, Sequential<Pool<3, 1, 1>, Conv<4, 3, 1>>, Identity>, "product">,
              Node<"classifier", Sequential<Flatten, Linear<270, 5>>, "inception">, Output<"classifier">>,
        Shape<2, 5, 6>>("branches");

    hand_over_random<Sequential<Position<5, 6>, Residual<LayerNorm<6>, CausalAttention<2>>, Residual<Attention<3>>,
                                Attention<1, Bias::none>, Linear<30, 4>>,
                     Shape<5, 6>>("attention");

    using Card = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Flatten, Linear<8 * 13 * 13, 10>>;
    static Model<Card, Shape<1, 28, 28>> model{Seed{1}};
    const auto mnist = data::load_mnist("examples/mnist/data");
    static Trainer<decltype(model), CrossEntropy, SGD, Batch<64>> trainer{
        model, SGD{.learning_rate = 0.05f, .momentum = 0.9f}};
    trainer.fit(mnist.train, {.epochs = 1});
    std::vector<Tensor<float, Shape<1, 28, 28>>> images;
    for (int i = 0; i < mnist.test.size(); ++i) images.push_back(mnist.test.image(i));
    save("digits.input", images);
    hand_over(model, images, "digits");
    return complete ? 0 : 1;
}

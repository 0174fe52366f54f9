// SPDX-License-Identifier: BSL-1.0
// flags: -Werror -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion
//
// No warning may come from Kiln's headers, neither where they are read nor where a program uses them. The program
// includes every header and trains, runs and saves every layer, loss and optimizer, like a user who includes the
// headers with -I and these flags.

#include <kiln.hpp>
#include <kiln/laws/check_gradients.hpp>
#include <kiln/laws/check_lengths.hpp>
#include <kiln/laws/check_loss.hpp>
#include <kiln/laws/counted.hpp>

#if __has_include(<zlib.h>)
#include <kiln/data/cifar.hpp>
#include <kiln/data/idx.hpp>
#endif
#if __has_include(<csv.h>)
#include <kiln/data/csv.hpp>
#endif
#if __has_include(<eigen3/Eigen/Eigenvalues>) || __has_include(<Eigen/Eigenvalues>)
#include <kiln/data/whiten.hpp>
#endif
#if __has_include(<zip.h>)
#include <kiln/io/npz.hpp>
#endif
#if __has_include(<onnx/onnx_pb.h>)
#include <kiln/io/onnx.hpp>
#endif

#include <array>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace kiln;

namespace {

template <class Out>
using Values = Tensor<float, Out>;

// ---- Networks ----

using Image = Shape<2, 9, 7>;
using Everything = Model<
    Sequential<Conv<2, 6, 3, 1, 1, 2>, BatchNorm<6>, LeakyReLU<0.1>, Conv<6, 4, 3>, ReLU, Pool<2>,  // fused
               ConvTranspose<4, 3, 3, 2, 1, 1>, Softplus, Upsample<2>, AveragePool<2>, Pool<2, 1, 1>,
               LayerNorm<3 * 7 * 5>,
               Sequential<Initialized<Conv<3, 5, 2, 2, 0, 1, Bias::none>, He>, GELU, Dropout<0.2>>, ELU<1.0>,
               Reshape<10, 3>, Flatten, SiLU, Frozen<Linear<30, 9>>, HardSwish, Initialized<Linear<9, 7>, Orthogonal>,
               Sigmoid, Linear<7, 5>, Tanh, Initialized<Linear<5, 3, Bias::none>, Glorot>>,
    Image>;
using Pooled = Model<Sequential<Conv<2, 4, 3>, GlobalAveragePool, Linear<4, 3>, LogSoftmax>, Image>;
using OfSequences =
    Model<Sequential<Bidirectional<GRU<4, 3>>, LSTM<6, 5, FastGates>, RNN<5, 4>, GRU<4, 6>, Last, Linear<6, 3>>,
          Shape<7, 4>>;
using Temporal = Model<Sequential<Reshape<21, 6>, Conv1d<6, 8, 3, 2, 1>, ReLU, CausalConv1d<8, 8, 2, 2>, Tanh,
                                  Pool1d<2>, AveragePool1d<2, 1>, Each<Sequential<Linear<8, 5>, Dropout<0.5>, Softmax>>,
                                  Concat<MeanOverTime, MaxOverTime>, Linear<10, 3>>,
                       Image>;
using Text = Tokens<9, 6>;
using OfTexts = Model<Sequential<Embedding<9, 8>, Position<6, 8>, Residual<LayerNorm<8>, CausalAttention<2>>,
                                 Attention<4, Bias::none>, MeanOverTime, Linear<8, 3>>,
                      Text>;
using NextTokens = Model<Sequential<Embedding<9, 8>, CausalAttention<2>, Each<Linear<8, 9>>>, Text>;
using Chances = Model<Sequential<Linear<126, 3>, Softmax>, Image>;
struct Swish {
    constexpr auto operator()(const auto& x) const { return x / (1 + math::exp(-x)); }
};
struct Wave {
    constexpr auto operator()(const auto& x) const { return 2 * math::tanh(x); }
};
struct Bent {
    constexpr auto operator()(const auto& x) const { return math::max(x, x / 4) + math::min(x, 0); }
};
using Derived = Model<Sequential<Conv<2, 4, 3>, Activation<Bent>, Pool<2>, Activation<Wave>, Flatten, Linear<24, 8>,
                                 Activation<Swish>, Linear<8, 3>>,
                      Shape<2, 6, 8>>;
using Line = Model<Linear<3, 2>, Shape<3>>;
using Branched = Model<
    Graph<Input<"image">, Input<"size">, Node<"maps", Residual<Conv<2, 2, 3, 1, 1>, BatchNorm<2>>, "image">,
          Node<"gate", Sequential<Linear<3, 2 * 9 * 7>, Reshape<2, 9, 7>>, "size">,
          Node<"all", Multiply<>, "maps", "gate">,
          Node<"both", Repeat<2, Concat<Sequential<Flatten, Linear<126, 63>>, Sequential<Flatten, Linear<126, 63>>>>,
               "all">,
          Node<"kind", Linear<126, 3>, "both">, Node<"again", Shared<"kind">, "both">,
          Node<"sum", Add, "kind", "again">, Node<"place", Linear<126, 2>, "both">, Output<"sum", "place">>,
    Shapes<Image, Shape<3>>>;

// ---- The uses of a network in a program ----

template <class M, class Loss, class Optimizer, class... Options>
void train(const Loss& loss, const Optimizer& optimizer) {
    using Target = typename Loss::template Target<typename M::Output>;
    static M model{Seed{1}};
    static Trainer<M, Loss, Optimizer, Options...> trainer{model, optimizer, loss, Seed{2}};
    const std::array<Values<typename M::Input>, 4> inputs{};
    const std::array<Target, 4> targets{};
    trainer.step(inputs, targets);
    const data::Dataset<typename M::Input, float, Target> samples{{inputs.begin(), inputs.end()},
                                                                  {targets.begin(), targets.end()}};
    trainer.fit(samples, {.epochs = 2});
    std::cout << evaluate(model, samples, loss) << '\n';
    if constexpr (requires { argmax(model.predict(inputs[0])); }) std::cout << argmax(model.predict(inputs[0])) << '\n';
}

template <class M>
void keep(const std::string& path) {
    static M model{Seed{1}};
    static auto folded = fold(model);
    io::save_safetensors(model, path, {.prefix = "net."}).or_throw();
    io::load_safetensors(model, path, {.finite = true}).or_throw();
    io::export_header(folded, path).or_throw();
    std::cout << summary<M>() << io::describe(folded).nodes.size() << io::state_dict(model).size();
#if __has_include(<zip.h>)
    io::save_npz(model, path, {.compressed = true}).or_throw();
    io::load_npz(model, path).or_throw();
#endif
#if __has_include(<onnx/onnx_pb.h>)
    io::export_onnx(model, path).or_throw();
#endif
}

template <class M>
void work_through(const std::string& path) {
    const data::Dataset<typename M::Input, float> all{std::vector<Values<typename M::Input>>(20), std::vector<int>(20)};
    const auto parts = data::stratified_split(all, 0.2, Seed{1});
    std::cout << data::balance(all) << data::split(all, 0.5).train.size();
    const auto scale = data::standardization(parts.train, data::Per::channel);
    const auto range = data::min_max(parts.train);
    const auto samples = data::transformed(parts.train, scale);
    const data::Augment augment{data::Shift{.pixels = 1}, data::Noise{.sd = 0.1f}, data::Affine{.degrees = 3},
                                data::Flip{}, range};
    data::Loader loader(samples, {.batch = 8, .seed = Seed{3}}, augment);
#if __has_include(<eigen3/Eigen/Eigenvalues>) || __has_include(<Eigen/Eigenvalues>)
    const auto white = data::transformed(parts.train, data::whitening(parts.train));
#endif

    static M model{Seed{4}}, best;
    static Trainer<M, CrossEntropy, Scheduled<Adam, Cosine>, Batch<32>, Threads<2>> trainer{
        model, {{}, {.steps = 100, .warm_up = 10}}};
    trainer.learner().set_rate("0.", 0.1f);
    History history;
    auto good_enough = [](const Epoch& epoch) { return epoch.validation_accuracy > 0.9f; };
    io::Checkpoints checkpoints{trainer, path, {.best = true, .resume = true}};
    FitOptions options{.epochs = 3,
                       .progress = progress_bar(),
                       .callbacks = {callback(history), callback(good_enough)},
                       .patience = 2,
                       .stop_on_interrupt = true};
    options.checkpoints = checkpoints;
    trainer.fit(loader, parts.validation, options, best);
    io::save_checkpoint(trainer, path).or_throw();
    io::load_checkpoint(trainer, path).or_throw();
    for (const GradientNorm& gradient : trainer.gradient_norms()) std::cout << gradient.name.c_str() << gradient.norm;

    Report report{.title = "Training"};
    const auto result = evaluate(model, parts.validation);
    add_history(report, history);
    add_confusion(report, result);
    add_mistakes(report, model, parts.validation, 12);
    add_layers<M>(report);
    report.write(path);

    Threads<2> threads;
    std::array<Values<typename M::Input>, 5> inputs{};
    std::array<Values<typename M::Output>, 5> outputs;
    model.predict(inputs, outputs, threads);
    static Recording<M> recording;
    static typename M::Gradients gradients{};
    recording.backward(model, recording.forward(model), gradients);
}

void work_through_text(const std::string& text) {
    const data::Vocabulary letters = data::Vocabulary::of(text);
    const auto tokens = letters.encode(text);
    std::cout << letters.decode(tokens) << letters.size();
    const data::Windows<Text> windows(tokens, {.stride = 2});
    const auto [early, late] = windows.split_in_time(0.25);
    data::Loader loader(early, {.batch = 8, .samples = 16});
    static NextTokens model{Seed{1}};
    static Trainer<NextTokens, CrossEntropy, Adam, Batch<8>> trainer{model, {}};
    trainer.fit(loader, late, {.epochs = 2});

    using Words = data::Sequences<Text, std::uint8_t, Tensor<int, Shape<6>>>;
    const Words words = Words::from_frames({{1, 2}, {3, 4, 5}}, {{0, 1}, {-1, 2, 0}});
    trainer.fit(words, {.epochs = 1});
    std::cout << evaluate(model, words) << model.predict(Tensor<float, Text>{}, 3)[0]
              << check_lengths<MeanOverTime, Shape<6, 3>>();
}

// A file that holds Linear<2, 1>.
constexpr char line[] =
    "\x76\0\0\0\0\0\0\0"
    R"({"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"bias":{"dtype":"F32","shape":[1],)"
    R"("data_offsets":[8,12]}})"
    "\0\0\0\x40\0\0\x80\xbf\0\0\0\x3f";
constexpr std::string_view line_file{line, sizeof(line) - 1};
static_assert(io::Embedded<Model<Linear<2, 1>, Shape<2>>, line_file>::model.predict({1, 1})[0] == 1.5f);

[[maybe_unused]] void program(const std::string& path) {
    keep<Everything>(path);
    keep<Pooled>(path);
    keep<Chances>(path);
    keep<OfSequences>(path);
    keep<Temporal>(path);
    keep<OfTexts>(path);
    keep<NextTokens>(path);
    keep<Branched>(path);
    work_through<Everything>(path);

    train<Everything, CrossEntropy, SGD, Batch<16>>({}, {.momentum = 0.9f});
    train<Line, WeightedCrossEntropy<2>, RMSProp, Batch<1>>({.class_weights = {1, 2}}, {});
    train<Chances, Hinge, Adagrad, Batch<4>, float>({}, {});
    train<OfSequences, CrossEntropy, Adam, Batch<4>, float>({}, {});
    train<OfSequences, CrossEntropy, Adam, Batch<4>>({}, {});
    train<Temporal, CrossEntropy, Adam, Batch<4>, float>({}, {});
    train<Temporal, CrossEntropy, Adam, Batch<16>>({}, {});
    train<OfTexts, CrossEntropy, Adam, Batch<4>, float>({}, {});
    train<OfTexts, CrossEntropy, Adam, Batch<16>>({}, {});
    train<NextTokens, CrossEntropy, Adam, Batch<16>>({}, {});
    work_through_text(path);
    train<Derived, CrossEntropy, SGD, Batch<16>>({}, {});
    train<Branched, Losses<CrossEntropy, MeanSquaredError>, SGD, Batch<16>>({}, {});
    train<Pooled, KLDivergence, AdamW, Batch<4>>({}, {});
    train<Chances, MeanSquaredError, Adam, Batch<4>>({}, {});
    train<Line, MeanAbsoluteError, Scheduled<SGD, StepDecay>, Batch<4>>({}, {});
    train<Line, Huber, Scheduled<SGD, Exponential>, Batch<4>>({}, {});
    train<Line, BinaryCrossEntropy, Scheduled<SGD, LinearDecay>, Batch<4>>({}, {});
    train<Line, MeanSquaredError, Scheduled<Adam, OneCycle>, Batch<4>>({}, {});
    train<Line, MeanSquaredError, Scheduled<Adam, ReduceOnPlateau>, Batch<4>>({}, {});
    train<Line, MeanSquaredError, Scheduled<Adam, Constant>, Batch<4>>({}, {});
    train<Line, MeanSquaredError, ClipByNorm<Scheduled<RMSProp, Cosine>>, Batch<4>>({}, {{}, 1.0f});
    train<Line, MeanSquaredError, ClipByValue<Adam>, Batch<4>>({}, {{}, 1.0f});

#if __has_include(<zlib.h>)
    std::cout << data::load_mnist(path).train.size();
#endif
#if __has_include(<csv.h>)
    std::cout << data::read_table<Shape<4>>(path).rows_dropped
              << data::read_regression<Shape<4>, Shape<2>>(path).values_filled << data::read_series<2>(path).size();
#endif
    static HessianProduct<Derived, CrossEntropy> hessian;
    static const Derived derived{Seed{1}};
    const std::array<Values<Derived::Input>, 2> inputs{};
    const std::array<int, 2> labels{};
    std::cout << hessian(derived, inputs, labels, derived.parameters()).loss;
    static Recording<Derived, Dual<Dual<float>>> twice;
    std::cout << twice.forward(derived)[0].slope.slope;
    Report report;
    add_plot(report, {.title = "", .axis = "", .x_axis = "", .positions = {1, 2}, .curves = {{"", {1, 2}}}});
    std::cout << report.html() << check_loss<Huber, Shape<2>>({1, 2});
    std::cout << check_gradients<typename Pooled::Body, Image>({.seed = 7});
}

}  // namespace

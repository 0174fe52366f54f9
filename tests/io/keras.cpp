// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
#define BOOST_TEST_MODULE io.keras
#include <kiln/io/keras.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/conv1d.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include "io/made_up.hpp"

#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace kiln;
using made_up::same;

namespace {

constexpr int frames = 40;
template <class... L>
using Of = Model<Sequential<L...>, Shape<frames, 1>>;

using Convolutions =
    Of<Each<Linear<1, 4>>, Tanh, CausalConv1d<4, 6, 3, 2, 2>, ReLU, Dropout<0.25>, Sigmoid, Each<Linear<6, 2>>>;
using Gated = Of<GRU<1, 5>, Each<Linear<5, 1>>>;
using Recurrent = Of<LSTM<1, 5>, Each<Sequential<Linear<5, 1>, ELU<>>>>;

using Classifier = Model<Sequential<Linear<1, 3>, BatchNorm<3, 0.01, 1e-3>, ReLU, Linear<3, 2>, Softmax>, Shape<1>>;
using Ending = Of<GRU<1, 5>, Last, Linear<5, 1>>;

// The outputs of RTNeural on the files of made_up.hpp, for the inputs below.
constexpr float of_conv[] = {
    -0.276787996f, -1.11583495f, -0.279082119f, -1.1184864f,  -0.27139467f,  -1.10151434f, -0.288776875f, -1.12143922f,
    -0.262229979f, -1.09188724f, -0.270932853f, -1.10521603f, -0.285627067f, -1.10957742f, -0.256932884f, -1.08995605f,
    -0.278044522f, -1.10918903f, -0.269907355f, -1.09936047f, -0.26384151f,  -1.09540617f, -0.27772966f,  -1.1045686f,
    -0.260200292f, -1.09170532f, -0.259463727f, -1.0906719f,  -0.286011785f, -1.11136127f, -0.277584851f, -1.10385108f,
    -0.280249685f, -1.11167932f, -0.268318355f, -1.09654641f, -0.27388832f,  -1.10895705f, -0.274227619f, -1.10131395f,
    -0.263709426f, -1.09701419f, -0.267212659f, -1.09610546f, -0.261007637f, -1.09298933f, -0.26824984f,  -1.09735894f,
    -0.282964915f, -1.10962725f, -0.272567928f, -1.09907138f, -0.275985241f, -1.10636365f, -0.281055987f, -1.10617042f,
    -0.260098577f, -1.09257555f, -0.262599707f, -1.0930326f,  -0.26447624f,  -1.09408164f, -0.270240754f, -1.09789014f,
    -0.281152725f, -1.10732436f, -0.271738052f, -1.09991837f, -0.276997983f, -1.10493219f, -0.261466473f, -1.09235668f,
    -0.264253765f, -1.09735453f, -0.273935914f, -1.10058999f, -0.280900955f, -1.10981643f, -0.275437295f, -1.10251188f};
constexpr float of_gru[] = {
    -0.148239255f,  -0.0571936965f, -0.387523234f,  -0.0847135782f, -0.168037027f,  -0.184095994f, -0.131044865f,
    -0.379540205f,  -0.12158218f,   -0.0544073582f, -0.361318052f,  -0.443847537f,  -0.277292609f, -0.246002614f,
    -0.0695949495f, -0.30323419f,   -0.100423247f,  -0.205462337f,  -0.0703043491f, -0.274932891f, -0.370121717f,
    -0.341912657f,  -0.25879088f,   -0.411827028f,  -0.119367331f,  -0.113327339f,  -0.182410821f, -0.25848189f,
    -0.363987893f,  -0.371755689f,  -0.350058377f,  -0.253536433f,  -0.0607757717f, -0.343694329f, -0.316454321f,
    -0.440311372f,  -0.236388475f,  -0.283894539f,  -0.0803714693f, -0.362868071f};
constexpr float of_lstm[] = {
    0.21645394f,  0.246740818f, 0.214535415f, 0.241782755f, 0.260168314f, 0.265003055f, 0.270775884f, 0.241560802f,
    0.254000187f, 0.270645022f, 0.246102363f, 0.212018192f, 0.231604546f, 0.245436639f, 0.261018872f, 0.254690588f,
    0.2618891f,   0.268657535f, 0.272120476f, 0.267079115f, 0.242952615f, 0.237652749f, 0.246534675f, 0.220443308f,
    0.24443838f,  0.265011102f, 0.270054042f, 0.264542937f, 0.243454158f, 0.231869593f, 0.230645776f, 0.243290722f,
    0.260357678f, 0.244657859f, 0.24028036f,  0.209866628f, 0.233979091f, 0.241771132f, 0.257628918f, 0.237481415f};

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

/// The largest difference to the outputs of RTNeural, for a file of RTNeural's. Keras's file gives the same model.
template <class M, std::size_t N>
float largest_error(const std::vector<made_up::Layer>& layers, const float (&expected)[N]) {
    const auto model = std::make_unique<M>(), other = std::make_unique<M>();
    BOOST_TEST(io::load_rtneural(*model, bytes(made_up::rtneural(layers))).message() == "");
    BOOST_TEST(io::load_keras(*other, bytes(made_up::keras(layers))).message() == "");
    BOOST_TEST(same(*model, *other));
    made_up::Numbers numbers(9);
    Tensor<float, Shape<frames, 1>> x;
    for (float& value : x) value = numbers.input();
    const auto y = model->predict(x);
    BOOST_TEST(y.count == static_cast<int>(N));
    float most = 0;
    for (int i = 0; i < y.count; ++i) {
        const float error = std::abs(y[i] - expected[i]);
        most = error > most ? error : most;
    }
    return most;
}

/// The message for a text in which `from` is replaced by `to`. The model must stay as it was.
template <class M>
std::string message(std::string text, const std::string& from, const std::string& to, io::KerasForm form) {
    const std::size_t at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    const auto model = std::make_unique<M>(), before = std::make_unique<M>();
    const Result result = form == io::KerasForm::keras ? io::load_keras(*model, bytes(text), "net.json")
                                                       : io::load_rtneural(*model, bytes(text), "net.json");
    BOOST_TEST(same(*model, *before));
    constexpr std::string_view start = "kiln: net.json: ";
    const std::string fault = result.message();
    BOOST_TEST(fault.starts_with(start));
    return fault.substr(fault.size() < start.size() ? fault.size() : start.size());
}
template <class M>
std::string rtneural(const std::vector<made_up::Layer>& layers, const std::string& from, const std::string& to) {
    return message<M>(made_up::rtneural(layers), from, to, io::KerasForm::rtneural);
}
template <class M>
std::string keras(const std::vector<made_up::Layer>& layers, const std::string& from, const std::string& to) {
    return message<M>(made_up::keras(layers), from, to, io::KerasForm::keras);
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

// Sums of some twenty products of numbers below 1.
BOOST_AUTO_TEST_CASE(outputs_are_those_of_rtneural) {
    BOOST_TEST((largest_error<Convolutions>(made_up::convolutions(), of_conv)) < 3e-7f);
    BOOST_TEST((largest_error<Gated>(made_up::gru(), of_gru)) < 3e-7f);
    BOOST_TEST((largest_error<Recurrent>(made_up::lstm_of_keras(), of_lstm)) < 3e-7f);
}

BOOST_AUTO_TEST_CASE(a_file_is_read_as_bytes_in_memory_are) {
    const files::Folder folder;
    const std::string path = folder.file("net.json");
    files::write(path, made_up::rtneural(made_up::gru()));
    const auto model = std::make_unique<Gated>(), other = std::make_unique<Gated>();
    BOOST_TEST(io::load_rtneural(*model, path).message() == "");
    files::write(path, made_up::keras(made_up::gru()));
    BOOST_TEST(io::load_keras(*other, path).message() == "");
    BOOST_TEST(same(*model, *other));
    BOOST_TEST(io::load_keras(*other, path + "x").message() ==
               "kiln: " + path + "x: cannot be opened: No such file or directory");
}

BOOST_AUTO_TEST_CASE(layers_that_are_not_the_models_are_refused) {
    const auto convolutions = made_up::convolutions(), gru = made_up::gru();
    BOOST_TEST(rtneural<Gated>(gru, "\"gru\"", "\"lstm\"") ==
               "layers[0].type: expected \"gru\" (layer 0 of the model, GRU), found \"lstm\"");
    BOOST_TEST(rtneural<Gated>(gru, "null, 5]", "null, 6]") ==
               "layers[0].shape[2]: expected 5 (layer 0 of the model, GRU), found 6");
    BOOST_TEST(rtneural<Gated>(gru, "[null, null, 1]", "[null, null, 2]") ==
               "in_shape[2]: expected 1 (layer 0 of the model, GRU), found 2");
    BOOST_TEST(rtneural<Convolutions>(convolutions, "\"kernel_size\": [3]", "\"kernel_size\": [2]") ==
               "layers[1].kernel_size[0]: expected 3 (layer 2 of the model, CausalConv1d), found 2");
    BOOST_TEST(rtneural<Convolutions>(convolutions, "\"dilation\": [2]", "\"dilation\": 1") ==
               "layers[1].dilation: expected 2 (layer 2 of the model, CausalConv1d), found 1");
    BOOST_TEST(rtneural<Convolutions>(convolutions, ", \"dilation\": [2]", "") ==
               "layers[1]: expected a dilation of 2 (layer 2 of the model, CausalConv1d), found none");
    BOOST_TEST(rtneural<Convolutions>(convolutions, "\"groups\": 2", "\"groups\": 1") ==
               "layers[1].groups: expected 2 (layer 2 of the model, CausalConv1d), found 1");
    BOOST_TEST(rtneural<Convolutions>(convolutions, ", \"groups\": 2", "") ==
               "layers[1]: expected 2 groups (layer 2 of the model, CausalConv1d), found none");
    BOOST_TEST(keras<Convolutions>(convolutions, "\"causal\"", "\"same\"") ==
               "config.layers[2].config.padding: expected \"causal\" (layer 2 of the model, CausalConv1d), found "
               "\"same\"");
    BOOST_TEST(keras<Convolutions>(convolutions, "\"strides\": [1]", "\"strides\": [2]") ==
               "config.layers[2].config.strides[0]: expected 1 (layer 2 of the model, CausalConv1d), found 2");
    BOOST_TEST(keras<Convolutions>(convolutions, "\"filters\": 6", "\"filters\": 5") ==
               "config.layers[2].config.filters: expected 6 (layer 2 of the model, CausalConv1d), found 5");
    BOOST_TEST(keras<Gated>(gru, "\"Sequential\"", "\"Functional\"") ==
               "class_name: expected \"Sequential\", found \"Functional\"");
    BOOST_TEST((rtneural<Of<GRU<1, 5>>>(gru, "gru", "gru")) ==
               "layers[1].type: expected no layer behind layer 0 of the model, GRU, found \"dense\"");
    BOOST_TEST((rtneural<Of<GRU<1, 5>, Each<Linear<5, 1>>, Each<Linear<1, 1>>>>(gru, "gru", "gru")) ==
               "layers: expected layer 2 of the model, Linear behind the last layer, found none");
}

BOOST_AUTO_TEST_CASE(functions_that_are_not_the_models_are_refused) {
    const auto convolutions = made_up::convolutions(), gru = made_up::gru();
    BOOST_TEST(rtneural<Convolutions>(convolutions, "\"tanh\"", "\"relu\"") ==
               "layers[0].activation: expected \"tanh\" (layer 1 of the model, Tanh), found \"relu\"");
    BOOST_TEST(rtneural<Convolutions>(convolutions, "\"tanh\"", "\"\"") ==
               "layers[1].type: expected the activation of layer 1 of the model, Tanh, before, found \"conv1d\"");
    BOOST_TEST(keras<Convolutions>(convolutions, "\"sigmoid\"", "\"tanh\"") ==
               "config.layers[3].config.activation: expected \"sigmoid\" (layer 5 of the model, Sigmoid), found "
               "\"tanh\"");
    BOOST_TEST(keras<Gated>(gru, "\"linear\"", "\"tanh\"") ==
               "config.layers[2].config.activation: expected no activation, for the model has no further layer, found "
               "\"tanh\"");
    BOOST_TEST((rtneural<Of<Each<Linear<1, 4>>, CausalConv1d<4, 6, 3, 2, 2>, ReLU, Sigmoid, Each<Linear<6, 2>>>>(
                   convolutions, "tanh", "tanh")) ==
               "layers[0].activation: expected no activation, for the model has layer 1 of the model, CausalConv1d, "
               "found \"tanh\"");
    BOOST_TEST(keras<Gated>(gru, "\"tanh\"", "\"relu\"") ==
               "config.layers[1].config.activation: expected \"tanh\" (layer 0 of the model, GRU), found \"relu\"");
    BOOST_TEST(keras<Gated>(gru, "\"sigmoid\"", "\"hard_sigmoid\"") ==
               "config.layers[1].config.recurrent_activation: expected \"sigmoid\" (layer 0 of the model, GRU), found "
               "\"hard_sigmoid\"");
    BOOST_TEST(keras<Gated>(gru, "\"reset_after\": true", "\"reset_after\": false") ==
               "config.layers[1].config.reset_after: expected true (layer 0 of the model, GRU), found false");
    BOOST_TEST(keras<Gated>(gru, "\"reset_after\": true", "\"go_backwards\": true") ==
               "config.layers[1].config.go_backwards: expected false (layer 0 of the model, GRU), found true");
    BOOST_TEST((keras<Of<LSTM<1, 5>, Each<Linear<5, 1>>, ELU<2.0>>>(made_up::lstm_of_keras(), "elu", "elu")) ==
               "config.layers[2].config.activation: expected an ELU of alpha 2 (layer 2 of the model, ELU), found 1");
    BOOST_TEST(
        (keras<Of<LSTM<1, 5, LearnedStart>, Each<Linear<5, 1>>, ELU<>>>(made_up::lstm_of_keras(), "elu", "elu")) ==
        "config.layers[1]: expected a learned start (layer 0 of the model, LSTM), found none");
}

// A batch normalisation with powers of two, behind a Dense of 1: y = 2 (x - 3) / sqrt(variance + epsilon) + 0.5.
const std::string classifier = R"({"class_name": "Sequential", "config": {"layers": [
    {"class_name": "Dense", "config": {"units": 3, "activation": "linear"}, "weights": [[[1, 1, 1]], [0, 0, 0]]},
    {"class_name": "BatchNormalization", "config": {"axis": [1], "momentum": 0.99, "epsilon": 0.001, "center": true,
     "scale": true}, "weights": [[2, 2, 2], [0.5, 0.5, 0.5], [3, 3, 3], [0.249, 0.249, 0.249]]},
    {"class_name": "ReLU", "config": {"max_value": null, "negative_slope": 0.0, "threshold": 0.0}},
    {"class_name": "Dense", "config": {"units": 2, "activation": "softmax"},
     "weights": [[[1, 0], [0, 0], [0, 0]], [0, 0]]}]}})";

BOOST_AUTO_TEST_CASE(batch_normalisation_and_softmax_are_read) {
    const auto model = std::make_unique<Classifier>();
    BOOST_TEST(io::load_keras(*model, bytes(classifier)).message() == "");
    // Relative to the exponential of 4.5, some roundings.
    for (const float x : {2.5f, 4.0f}) {
        const float first = x < 3 ? 0 : 4.5f, share = std::exp(first) / (std::exp(first) + 1);
        BOOST_TEST(std::abs(model->predict({x})[0] - share) < 1e-6f);
    }
    using Frames = Of<Each<Linear<1, 2>>, Each<Softmax>>;
    const auto frames_model = std::make_unique<Frames>();
    BOOST_TEST(
        io::load_rtneural(*frames_model, bytes(made_up::rtneural({{"dense", "softmax", "", 2, "", "", {{1, 2}, {2}}}})))
            .message() == "");
    BOOST_TEST(io::load_keras(*frames_model, bytes(R"({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Dense", "config": {"units": 2, "activation": "linear"}, "weights": [[[1, 2]], [3, 4]]},
        {"class_name": "Softmax", "config": {"axis": -1}}]}})"))
                   .message() == "");
}

BOOST_AUTO_TEST_CASE(batch_normalisation_without_scale_or_center_has_1_and_0) {
    const auto model = std::make_unique<Classifier>(), other = std::make_unique<Classifier>();
    std::string text = classifier;
    text.replace(text.find("[2, 2, 2], [0.5, 0.5, 0.5], "), 28, "");
    text.replace(text.find("\"center\": true"), 14, "\"center\": false");
    text.replace(text.find("\"scale\": true"), 13, "\"scale\": false");
    BOOST_TEST(io::load_keras(*model, bytes(text)).message() == "");
    std::string ones = classifier;
    ones.replace(ones.find("[2, 2, 2], [0.5, 0.5, 0.5]"), 26, "[1, 1, 1], [0, 0, 0]");
    BOOST_TEST(io::load_keras(*other, bytes(ones)).message() == "");
    BOOST_TEST(same(*model, *other));
    const std::string rtneural = R"({"in_shape": [null, 1], "layers": [
        {"type": "dense", "activation": "", "shape": [null, 3], "weights": [[[1, 1, 1]], [0, 0, 0]]},
        {"type": "batchnorm", "activation": "", "shape": [null, 3], "epsilon": 0.001,
         "weights": [[3, 3, 3], [0.249, 0.249, 0.249]]},
        {"type": "activation", "activation": "relu", "shape": [null, 3], "weights": []},
        {"type": "dense", "activation": "softmax", "shape": [null, 2],
         "weights": [[[1, 0], [0, 0], [0, 0]], [0, 0]]}]})";
    *other = {};
    BOOST_TEST(io::load_rtneural(*other, bytes(rtneural)).message() == "");
    BOOST_TEST(same(*model, *other));
}

BOOST_AUTO_TEST_CASE(layers_that_are_one_function_are_checked_by_name_and_settings) {
    const auto changed = [](const std::string& from, const std::string& to) {
        return message<Classifier>(classifier, from, to, io::KerasForm::keras);
    };
    BOOST_TEST(changed("0.001", "1e-05") ==
               "config.layers[1].config.epsilon: expected 0.001 (layer 1 of the model, BatchNorm), found 1e-05");
    BOOST_TEST(changed("[1], \"mom", "[2], \"mom") ==
               "config.layers[1].config.axis[0]: expected 1 (layer 1 of the model, BatchNorm), found 2");
    BOOST_TEST(changed("\"scale\": true", "\"scale\": false") ==
               "config.layers[1].weights: expected 3 arrays (layer 1 of the model, BatchNorm), found 4");
    BOOST_TEST(
        changed("BatchNormalization", "PReLU") ==
        "config.layers[1].class_name: expected \"batchnorm\" (layer 1 of the model, BatchNorm), found \"PReLU\"");
    BOOST_TEST(changed("\"ReLU\"", "\"ELU\"") ==
               "config.layers[2].class_name: expected layer 2 of the model, ReLU, found \"ELU\"");
    BOOST_TEST(changed("null", "6") ==
               "config.layers[2].config.max_value: expected none (layer 2 of the model, ReLU), found 6");
    BOOST_TEST(changed("\"negative_slope\": 0.0", "\"negative_slope\": 0.1") ==
               "config.layers[2].config.negative_slope: expected 0 (layer 2 of the model, ReLU), found 0.1");
    BOOST_TEST(changed("softmax", "linear") ==
               "config.layers: expected layer 4 of the model, Softmax behind the last layer, found none");
}

BOOST_AUTO_TEST_CASE(an_axis_is_the_last_one_alone) {
    const auto changed = [](const std::string& axis) {
        return message<Classifier>(classifier, "[1], \"mom", axis + ", \"mom", io::KerasForm::keras);
    };
    BOOST_TEST(
        changed("[0, 1]") ==
        "config.layers[1].config.axis: expected 1 or [1] (layer 1 of the model, BatchNorm), found an array of 2");
    BOOST_TEST(has(changed("[]"), "axis: expected 1 or [1] (layer 1 of the model, BatchNorm), found an array of 0"));
    for (const std::string axis : {"-1", "[-1]", "1"}) {
        std::string text = classifier;
        text.replace(text.find("[1], \"mom"), 3, axis);
        const auto model = std::make_unique<Classifier>();
        BOOST_TEST(io::load_keras(*model, bytes(text)).message() == "");
    }
    using Frames = Of<Each<Linear<1, 2>>, Each<Softmax>>;
    const std::string frames_file = R"({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Dense", "config": {"units": 2, "activation": "linear"}, "weights": [[[1, 2]], [3, 4]]},
        {"class_name": "Softmax", "config": {"axis": -1}}]}})";
    BOOST_TEST(message<Frames>(frames_file, "-1", "[1, 2]", io::KerasForm::keras) ==
               "config.layers[1].config.axis: expected 2 or [2] (layer 1 of the model, Softmax), found an array of 2");
    BOOST_TEST(keras<Convolutions>(made_up::convolutions(), "\"kernel_size\": [3]", "\"kernel_size\": [5, 3]") ==
               "config.layers[2].config.kernel_size: expected 3 or [3] (layer 2 of the model, CausalConv1d), found an "
               "array of 2");
}

// Keras's LeakyReLU has a slope of 0.3 by default, and Kiln's 0.01.
BOOST_AUTO_TEST_CASE(functions_with_a_number_need_it_in_the_file) {
    const std::string file = R"({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Dense", "config": {"units": 1, "activation": "linear"}, "weights": [[[1]], [3]]},
        {"class_name": "LeakyReLU", "config": {"negative_slope": 0.01}}]}})";
    using Leaky = Model<Sequential<Linear<1, 1>, LeakyReLU<>>, Shape<1>>;
    using Smooth = Model<Sequential<Linear<1, 1>, ELU<>>, Shape<1>>;
    const std::string slope = "{\"negative_slope\": 0.01}", place = "config.layers[1].config";
    const auto model = std::make_unique<Leaky>();
    BOOST_TEST(io::load_keras(*model, bytes(file)).message() == "");
    for (const std::string without : {"{}", "{\"negative_slope\": null}"})
        BOOST_TEST(message<Leaky>(file, slope, without, io::KerasForm::keras) ==
                   place +
                       ": expected a member \"negative_slope\" of 0.01 (layer 1 of the model, LeakyReLU), found none");
    BOOST_TEST(
        message<Smooth>(file, "\"LeakyReLU\", \"config\": " + slope, "\"ELU\", \"config\": {}", io::KerasForm::keras) ==
        place + ": expected a member \"alpha\" of 1 (layer 1 of the model, ELU), found none");
}

BOOST_AUTO_TEST_CASE(a_negative_variance_is_refused) {
    BOOST_TEST(message<Classifier>(classifier, "[0.249, 0.249, 0.249]", "[0.249, -0.249, 0]", io::KerasForm::keras) ==
               "config.layers[1].weights[3][1]: expected a variance of at least 0 (layer 1 of the model, BatchNorm), "
               "found -0.249");
}

BOOST_AUTO_TEST_CASE(null_is_no_function_of_a_cell) {
    const std::string place = "config.layers[1].config.";
    BOOST_TEST(keras<Gated>(made_up::gru(), "\"tanh\"", "null") == place + "activation: expected a string, found null");
    BOOST_TEST(
        keras<Gated>(made_up::gru(), "\"recurrent_activation\": \"sigmoid\"", "\"recurrent_activation\": null") ==
        place + "recurrent_activation: expected a string, found null");
}

namespace {

/// Layers that say that they are others, without their tensors.
struct NoLinear {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr Kind kind() { return {.name = "Linear", .inputs = 1, .outputs = 1}; }
    static constexpr void forward(const auto& x, auto& y, auto) { y = x; }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
};
struct NoBatchNorm : NoLinear {
    using claims_of = NoBatchNorm;
    static constexpr Kind kind() { return BatchNorm<1>::kind(); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_layer_without_the_tensors_of_its_kind_is_refused) {
    const std::string dense = R"({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Dense", "config": {"units": 1, "activation": "linear"}, "weights": [[[1]]]}]}})";
    BOOST_TEST(
        (message<Model<NoLinear, Shape<1>>>(dense, "1", "1", io::KerasForm::keras)) ==
        "config.layers[0]: expected a layer of the model with 1 numbers \"weight\", found 0 (layer 0 of the model, "
        "Linear)");
    const std::string norm = R"({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "BatchNormalization", "config": {"axis": [1], "epsilon": 1e-05},
         "weights": [[1], [1], [1], [1]]}]}})";
    BOOST_TEST(
        (message<Model<NoBatchNorm, Shape<1>>>(norm, "1", "1", io::KerasForm::keras)) ==
        "config.layers[0]: expected a layer of the model with 1 numbers \"weight\", found 0 (layer 0 of the model, "
        "BatchNorm)");
}

BOOST_AUTO_TEST_CASE(the_last_frame_of_a_recurrent_layer_is_a_layer_of_the_model) {
    const auto gru = made_up::gru();
    const auto whole = std::make_unique<Gated>();
    const auto model = std::make_unique<Ending>();
    std::string text = made_up::keras(gru);
    const std::string returns = R"("return_sequences": )",
                      behind = "(layer 0 of the model, GRU without a Last), found ";
    const std::string place = "config.layers[1].config";
    BOOST_TEST(keras<Ending>(gru, returns, returns) ==
               place + ".return_sequences: expected false (layer 1 of the model, Last), found true");
    BOOST_TEST(keras<Gated>(gru, returns + "true", returns + "false") ==
               place + ".return_sequences: expected true " + behind + "false");
    BOOST_TEST(keras<Gated>(gru, ", " + returns + "true", "") ==
               place + ": expected a member \"return_sequences\" that is true " + behind + "none");
    text.replace(text.find(returns + "true"), returns.size() + 4, returns + "false");
    BOOST_TEST(io::load_keras(*model, bytes(text)).message() == "");
    BOOST_TEST(io::load_rtneural(*whole, bytes(made_up::rtneural(gru))).message() == "");
    Tensor<float, Shape<frames, 1>> x;
    made_up::Numbers numbers(9);
    for (float& value : x) value = numbers.input();
    // Linear and Each<Linear> add five products in another order.
    BOOST_TEST(std::abs(model->predict(x)[0] - whole->predict(x)[frames - 1]) < 3e-7f);
    // RTNeural's program runs frame by frame.
    const auto other = std::make_unique<Ending>();
    BOOST_TEST(io::load_rtneural(*other, bytes(made_up::rtneural(gru))).message() == "");
    BOOST_TEST(same(*model, *other));
}

BOOST_AUTO_TEST_CASE(weights_are_checked_and_read_all_or_none) {
    std::vector<made_up::Layer> gru = made_up::gru();
    const auto with = [&](std::size_t layer, std::size_t array, std::vector<int> sizes) {
        auto changed = gru;
        changed[layer].arrays[array] = sizes;
        return rtneural<Gated>(changed, "gru", "gru");
    };
    BOOST_TEST(with(0, 0, {2, 15}) == "layers[0].weights[0]: expected 1 rows (layer 0 of the model, GRU), found 2");
    BOOST_TEST(with(0, 1, {5, 12}) ==
               "layers[0].weights[1][0]: expected 15 numbers (layer 0 of the model, GRU), found 12");
    BOOST_TEST(with(0, 2, {15}) == "layers[0].weights[2]: expected 2 rows (layer 0 of the model, GRU), found 15");
    BOOST_TEST(with(1, 0, {5}) == "layers[1].weights[0][0]: expected an array, found " + made_up::text([] {
                                      made_up::Numbers numbers(1);
                                      for (int i = 0; i < 120; ++i) static_cast<void>(numbers.weight());
                                      return numbers.weight();
                                  }()));
    gru[1].arrays.pop_back();
    BOOST_TEST(rtneural<Gated>(gru, "gru", "gru") ==
               "layers[1].weights: expected 2 arrays (layer 1 of the model, Linear), found 1");
    BOOST_TEST((rtneural<Of<GRU<1, 5>, Each<Linear<5, 1, Bias::none>>>>(made_up::gru(), "gru", "gru")) ==
               "layers[1].weights: expected 1 arrays, no bias (layer 1 of the model, Linear), found 2");
    const auto model = std::make_unique<Of<GRU<1, 5>, Each<Linear<5, 1, Bias::none>>>>();
    BOOST_TEST(io::load_rtneural(*model, bytes(made_up::rtneural(gru))).message() == "");
    const std::string text = made_up::rtneural(made_up::gru());
    const std::size_t last = text.rfind(']', text.size() - 5), first = text.rfind('[', last);
    BOOST_TEST(message<Gated>(text, text.substr(first), "[-1e39]]}]}", io::KerasForm::rtneural) ==
               "layers[1].weights[1][0]: expected a number within the range of float, found -1e+39");
    BOOST_TEST(message<Gated>(text, text.substr(first), "[\"1\"]]}]}", io::KerasForm::rtneural) ==
               "layers[1].weights[1][0]: expected a number, found \"1\"");
}

BOOST_AUTO_TEST_CASE(keras_convolutions_without_padding_are_conv1d) {
    using M = Model<Sequential<Conv1d<1, 2, 3>>, Shape<5, 1>>;
    const std::vector<made_up::Layer> layers{{"conv1d",
                                              "",
                                              "Conv1D",
                                              2,
                                              R"(, "kernel_size": [3])",
                                              R"(, "kernel_size": [3], "padding": "valid")",
                                              {{3, 1, 2}, {2}}}};
    const auto model = std::make_unique<M>();
    BOOST_TEST(io::load_keras(*model, bytes(made_up::keras(layers))).message() == "");
    made_up::Numbers numbers(1);
    const auto tensors = io::state_dict(*model);
    for (int k = 0; k < 3; ++k)
        for (int o = 0; o < 2; ++o) BOOST_TEST(tensors[0].data[o * 3 + k] == numbers.weight());
    BOOST_TEST(io::load_rtneural(*model, bytes(made_up::rtneural(layers)), "net.json").message() ==
               "kiln: net.json: layers[0]: expected a Conv1d (layer 0 of the model, Conv1d), found a causal "
               "convolution");
}

BOOST_AUTO_TEST_CASE(a_dense_layer_of_every_frame_is_read_as_a_dense_layer) {
    using M = Model<Each<Linear<1, 2>>, Shape<5, 1>>;
    const auto model = std::make_unique<M>();
    BOOST_TEST(io::load_keras(*model, bytes(R"({"class_name": "Sequential", "config": {"layers": [
                   {"class_name": "TimeDistributed", "weights": [[[1, 2]], [3, 4]],
                    "config": {"layer": {"class_name": "Dense", "config": {"units": 2, "activation": "linear"}}}}]}})"))
                   .message() == "");
    BOOST_TEST((model->predict({5})[0] == 8 && model->predict({5})[1] == 14));
    BOOST_TEST((message<Of<GRU<1, 5>>>(R"({"class_name": "Sequential", "config": {"layers": [
                   {"class_name": "TimeDistributed", "weights": [],
                    "config": {"layer": {"class_name": "GRU", "config": {"units": 5}}}}]}})",
                                       "GRU", "GRU", io::KerasForm::keras)) ==
               "config.layers[0].config.layer.class_name: expected a Dense, Dropout or activation within "
               "TimeDistributed, found \"GRU\"");
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused) {
    const auto model = std::make_unique<Gated>();
    BOOST_TEST(io::load_keras(*model, bytes("")).message() ==
               "kiln: memory: byte 0: expected JSON, found the end of the file");
    BOOST_TEST(io::load_keras(*model, bytes("3")).message() == "kiln: memory: expected an object, found 3");
    BOOST_TEST(io::load_rtneural(*model, bytes("{}")).message() ==
               "kiln: memory: expected a member \"in_shape\", found none");
    BOOST_TEST(io::load_rtneural(*model, bytes(std::string(1'000'000, '['))).message() ==
               "kiln: memory: byte 1000000: expected JSON, found the end of the file");
    BOOST_TEST(same(*model, Gated{}));
}

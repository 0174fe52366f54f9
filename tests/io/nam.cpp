// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
#define BOOST_TEST_MODULE io.nam
#include <kiln/io/nam.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/one_of.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include "io/made_up.hpp"

#include <cmath>
#include <cstddef>
#include <fstream>
#include <memory>
#include <span>
#include <string>

using namespace kiln;
using made_up::same;

namespace {

constexpr int frames = 40;
template <class Net>
using Of = Model<Net, Shape<frames, 1>>;

using Plain = Of<WaveNet<1, WaveNetStack<3, 2, 2, Dilations<1, 2>, Tanh, Gates::none, Bias::none>,
                         WaveNetStack<2, 1, 3, Dilations<8, 1>, ReLU>>>;
using Gated = Of<WaveNet<1, WaveNetStack<2, 3, 3, Dilations<1, 4>, Tanh, Gates::sigmoid>,
                         WaveNetStack<3, 1, 2, Dilations<2>, SiLU, Gates::none, Bias::none>>>;
using WithHead = Of<Sequential<WaveNet<1, WaveNetStack<2, 2, 2, Dilations<1, 3>, LeakyReLU<0.125>>>, HardSwish,
                               CausalConv1d<2, 3, 3>, HardSwish, CausalConv1d<3, 1, 2>>>;
using Recurrent = Of<Sequential<LSTM<1, 3, LearnedStart>, LSTM<3, 3, LearnedStart>, Each<Linear<3, 1>>>>;

// The outputs of NeuralAmpModelerCore 0.5.4 on the files of made_up.hpp, for the inputs below, without its prewarming.
constexpr float of_plain[] = {0.0698708817f, 0.0858087763f, 0.0304382611f, 0.0854027569f, 0.0849955529f, 0.0658286586f,
                              0.0812384337f, 0.0363239758f, 0.0881808251f, 0.114510372f,  0.0340724438f, 0.0403405726f,
                              0.0854636058f, 0.0906242579f, 0.113588795f,  0.0533677787f, 0.101471171f,  0.105567925f,
                              0.0989535451f, 0.06760104f,   0.0529522672f, 0.0764546916f, 0.101926826f,  0.0507434346f,
                              0.106846392f,  0.115563378f,  0.0972275138f, 0.0742021948f, 0.0522090569f, 0.0589900687f,
                              0.0771161765f, 0.080697298f,  0.118084393f,  0.0679366365f, 0.0687882155f, 0.0510345995f,
                              0.085617274f,  0.081451118f,  0.109771535f,  0.0616786964f};
constexpr float of_gated[] = {-0.0217870586f,   -0.024964774f,   -0.002887649f,   -0.0147487791f,   -0.0154921208f,
                              -0.0131881181f,   -0.0124188438f,  -0.00774131995f, -0.0115288924f,   -0.0159522388f,
                              -0.00370856468f,  0.00388007797f,  -0.00909048598f, -0.00937133282f,  -0.0119038038f,
                              -0.00309754955f,  -0.0105680004f,  -0.00716577144f, -0.0137830712f,   -0.00513257738f,
                              -0.00356330047f,  -0.00402116682f, -0.00884061307f, -0.000660310383f, -0.011377166f,
                              -0.0117438324f,   -0.00689024944f, -0.00394531107f, -0.00477220025f,  -0.00393703673f,
                              -0.00493012508f,  -0.00867164601f, -0.0132972905f,  -0.000354088814f, -0.00254704454f,
                              -6.73322938e-05f, -0.0105700251f,  -0.0057786f,     -0.0128035517f,   0.000865536334f};
constexpr float of_head[] = {-0.526669741f, -0.503157437f, -0.503587008f, -0.503134251f, -0.503436804f, -0.503584266f,
                             -0.503286242f, -0.503613889f, -0.503234088f, -0.503381371f, -0.50377667f,  -0.503305495f,
                             -0.503248811f, -0.503593206f, -0.50341481f,  -0.503543496f, -0.50330615f,  -0.503454566f,
                             -0.503439605f, -0.503474534f, -0.503471434f, -0.503337681f, -0.503433824f, -0.503619373f,
                             -0.503219247f, -0.503465831f, -0.50359112f,  -0.503372133f, -0.503463984f, -0.503439605f,
                             -0.503420115f, -0.503431201f, -0.50338304f,  -0.503672898f, -0.503333449f, -0.503462195f,
                             -0.503400743f, -0.50348407f,  -0.503420293f, -0.503620684f};
constexpr float of_lstm[] = {-0.222591907f, -0.19035235f,  -0.184270322f, -0.174946502f, -0.171475559f, -0.17001f,
                             -0.167877853f, -0.172429651f, -0.169958681f, -0.165911302f, -0.170817912f, -0.176075414f,
                             -0.177112624f, -0.176546291f, -0.170906991f, -0.172682315f, -0.169072509f, -0.169459283f,
                             -0.165943563f, -0.169098035f, -0.173580259f, -0.17635873f,  -0.176447138f, -0.178763211f,
                             -0.174391657f, -0.17052789f,  -0.169554904f, -0.171067268f, -0.174551323f, -0.177345455f,
                             -0.178872839f, -0.177898556f, -0.171519801f, -0.17380251f,  -0.175619185f, -0.178722575f,
                             -0.17775932f,  -0.177451879f, -0.171761677f, -0.174366727f};

template <class M>
io::NamResult load(M& model, const std::string& text) {
    return io::load_nam(model, std::as_bytes(std::span(text)), "amp.nam");
}

/// The largest difference to the outputs of NeuralAmpModelerCore.
template <class M>
float largest_error(const std::string& text, const float (&expected)[frames]) {
    const auto model = std::make_unique<M>();
    const auto loaded = load(*model, text);
    BOOST_TEST(loaded.message() == "");
    BOOST_TEST(loaded.sample_rate == 48000);
    made_up::Numbers numbers(9);
    Tensor<float, Shape<frames, 1>> x;
    for (float& value : x) value = numbers.input();
    const auto y = model->predict(x);
    float most = 0;
    for (int t = 0; t < frames; ++t) {
        const float error = std::abs(y[t] - expected[t]);
        most = error > most ? error : most;
    }
    return most;
}

/// The message for a text in which `from` is replaced by `to`. The model must stay as it was.
template <class M>
std::string message(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    const auto model = std::make_unique<M>(), before = std::make_unique<M>();
    const std::string fault = load(*model, text).message();
    BOOST_TEST(same(*model, *before));
    constexpr std::string_view start = "kiln: amp.nam: ";
    BOOST_TEST(fault.starts_with(start));
    return fault.substr(fault.size() < start.size() ? fault.size() : start.size());
}
template <class M = Plain>
std::string plain(const std::string& from, const std::string& to) {
    return message<M>(made_up::plain_wavenet(), from, to);
}

}  // namespace

// Sums of some twenty products of numbers below 1, and a network that hardly enlarges their rounding errors.
BOOST_AUTO_TEST_CASE(outputs_are_those_of_the_core_of_neural_amp_modeler) {
    BOOST_TEST(largest_error<Plain>(made_up::plain_wavenet(), of_plain) < 1e-7f);
    BOOST_TEST(largest_error<Gated>(made_up::gated_wavenet(), of_gated) < 1e-7f);
    BOOST_TEST(largest_error<WithHead>(made_up::wavenet_with_head(), of_head) < 2e-7f);
    BOOST_TEST(largest_error<Recurrent>(made_up::lstm(), of_lstm) < 2e-7f);
}

BOOST_AUTO_TEST_CASE(outputs_of_a_network_of_real_size_are_those_of_the_core) {
    using Nano = WaveNet<1, WaveNetStack<4, 2, 3, Dilations<1, 2, 4, 8, 16, 32, 64>, Tanh, Gates::none, Bias::none>,
                         WaveNetStack<2, 1, 3, Dilations<128, 256, 512, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512>, Tanh>>;
    using M = Model<Nano, Shape<4200, 1>>;
    static M model;
    BOOST_TEST(load(model, made_up::nano()).message() == "");
    made_up::Numbers numbers(9);
    static Tensor<float, Shape<4200, 1>> x;
    for (float& value : x) value = numbers.input();
    const auto y = model.predict(x);
    struct Frame {
        int t;
        float expected;
    };
    for (const auto [t, expected] : {Frame{0, 0.0715609565f}, Frame{63, 0.0630309805f}, Frame{64, 0.0494507477f},
                                     Frame{999, 0.0543433279f}, Frame{4092, 0.0144182965f}, Frame{4093, -0.0114991106f},
                                     Frame{4198, 0.0811743885f}, Frame{4199, 0.0444996431f}})
        BOOST_TEST(std::abs(y[t] - expected) < 1e-6f);
}

BOOST_AUTO_TEST_CASE(a_file_is_read_as_bytes_in_memory_are) {
    const files::Folder folder;
    const std::string path = folder.file("amp.nam");
    std::ofstream(path) << made_up::plain_wavenet();
    const auto model = std::make_unique<Plain>(), other = std::make_unique<Plain>();
    BOOST_TEST(io::load_nam(*model, path).message() == "");
    BOOST_TEST(load(*other, made_up::plain_wavenet()).message() == "");
    BOOST_TEST(same(*model, *other));
    BOOST_TEST(io::load_nam(*model, path + "x").message() ==
               "kiln: " + path + "x: cannot be opened: No such file or directory");
    BOOST_TEST(same(*model, *other));
}

BOOST_AUTO_TEST_CASE(the_file_chooses_one_of_several_models) {
    using Amps = OneOf<Plain, Recurrent>;
    const files::Folder folder;
    const std::string path = folder.file("amp.nam");
    const auto net = std::make_unique<Amps>();
    const auto fault_of = [&](const std::string& text) {
        std::ofstream(path) << text;
        const std::string fault = io::load_nam(*net, path).message(), start = "kiln: " + path + ": ";
        return fault.substr(fault.size() < start.size() ? fault.size() : start.size());
    };
    BOOST_TEST(fault_of(made_up::lstm()) == "");
    BOOST_TEST(net->index() == 1);
    BOOST_TEST(fault_of(made_up::plain_wavenet()) == "");
    const auto model = std::make_unique<Plain>();
    BOOST_TEST(load(*model, made_up::plain_wavenet()).message() == "");
    BOOST_TEST(same(*net->get_if<Plain>(), *model));
    BOOST_TEST(fault_of(made_up::gated_wavenet()).starts_with("expected one of 2 models, found a \"WaveNet\" of "));
    BOOST_TEST(fault_of(made_up::gated_wavenet()).find("; model 1: architecture: expected \"LSTM\"") !=
               std::string::npos);
    BOOST_TEST(fault_of("{") == "byte 1: expected JSON, found the end of the file");
    BOOST_TEST(fault_of(made_up::lstm() + std::string(1, '\0') + "more") ==
               "byte " + std::to_string(made_up::lstm().size()) + ": expected JSON, found the byte 0");
    const std::string lstm = made_up::lstm();
    const auto other = std::make_unique<Amps>();
    BOOST_TEST(io::load_nam(*other, std::as_bytes(std::span(lstm))).message() == "");
    BOOST_TEST(other->index() == 1);
    BOOST_TEST(fault_of("[]").starts_with("expected one of 2 models, found a network; model 0: expected an object"));
    BOOST_TEST(net->index() == 0);
    BOOST_TEST(same(*net->get_if<Plain>(), *model));
}

BOOST_AUTO_TEST_CASE(sizes_that_are_not_the_models_are_refused) {
    BOOST_TEST(plain("\"channels\": 3", "\"channels\": 4") ==
               "config.layers[0].channels: expected 3 (stack 0 of layer 0 of the model, WaveNet), found 4");
    BOOST_TEST(plain("\"head_size\": 1", "\"head_size\": 2") ==
               "config.layers[1].head_size: expected 1 (stack 1 of layer 0 of the model, WaveNet), found 2");
    BOOST_TEST(plain("\"kernel_size\": 3", "\"kernel_size\": 3.0") ==
               "config.layers[1].kernel_size: expected 3 (stack 1 of layer 0 of the model, WaveNet), found 3.0");
    BOOST_TEST(plain("[8, 1]", "[8, 2]") ==
               "config.layers[1].dilations[1]: expected 1 (stack 1 of layer 0 of the model, WaveNet), found 2");
    BOOST_TEST(plain("[8, 1]", "[8]") ==
               "config.layers[1].dilations: expected 2 dilations (stack 1 of layer 0 of the model, WaveNet), found 1");
    BOOST_TEST(plain("\"Tanh\"", "\"ReLU\"") ==
               "config.layers[0].activation: expected \"Tanh\" (stack 0 of layer 0 of the model, WaveNet), found "
               "\"ReLU\"");
    BOOST_TEST(plain("\"gated\": false", "\"gated\": true") ==
               "config.layers[0].gated: expected false (stack 0 of layer 0 of the model, WaveNet), found true");
    BOOST_TEST(plain("\"head_bias\": true", "\"head_bias\": 1") ==
               "config.layers[1].head_bias: expected true or false, found 1");
    BOOST_TEST(plain("\"input_size\": 3", "\"input_size\": \"3\"") ==
               "config.layers[1].input_size: expected 3 (stack 1 of layer 0 of the model, WaveNet), found \"3\"");
    BOOST_TEST(plain("\"condition_size\"", "\"condition\"") ==
               "config.layers[0].condition: expected nothing that Kiln's layers do not have, found 1");
    BOOST_TEST(plain<Gated>("\"head_bias\": false", "\"head_bias\": false") ==
               "config.layers[0].channels: expected 2 (stack 0 of layer 0 of the model, WaveNet), found 3");
    using OneStack = Of<WaveNet<1, WaveNetStack<3, 2, 2, Dilations<1, 2>, Tanh, Gates::none, Bias::none>>>;
    BOOST_TEST(plain<OneStack>("WaveNet", "WaveNet") ==
               "config.layers: expected 1 stacks (layer 0 of the model, WaveNet), found 2");
}

BOOST_AUTO_TEST_CASE(another_version_or_architecture_is_refused) {
    for (const std::string version : {"\"0.6.0\"", "\"0.5\"", "\"0.5.\"", "\"0.5.x\"", "\"0.50.1\"", "\"1.5.4\""})
        BOOST_TEST(plain("\"0.5.4\"", version) == "version: expected version 0.5.x of the format, found " + version);
    BOOST_TEST(plain("\"0.5.4\"", "0.5") == "version: expected a string, found 0.5");
    BOOST_TEST(plain("\"version\"", "\"Version\"") == "expected a member \"version\", found none");
    BOOST_TEST(plain("\"WaveNet\"", "\"ConvNet\"") ==
               "architecture: expected \"WaveNet\" (the model), found \"ConvNet\"");
    BOOST_TEST(plain<Recurrent>("WaveNet", "WaveNet") ==
               "architecture: expected \"LSTM\" (the model), found \"WaveNet\"");
    using Neither = Of<Sequential<CausalConv1d<1, 1, 2>, Tanh>>;
    BOOST_TEST(plain<Neither>("WaveNet", "WaveNet") ==
               "architecture: expected a network of CausalConv1d, Tanh (the model), found \"WaveNet\"");
}

BOOST_AUTO_TEST_CASE(parts_that_kiln_does_not_have_are_refused) {
    const auto with = [](const std::string& member) {
        return plain("\"input_size\": 1", "\"input_size\": 1, " + member);
    };
    BOOST_TEST(with("\"conv_pre_film\": {\"active\": true, \"shift\": true}") ==
               "config.layers[0].conv_pre_film: expected nothing that Kiln's layers do not have, found an object");
    BOOST_TEST(with("\"head1x1\": {\"active\": true}") ==
               "config.layers[0].head1x1: expected nothing that Kiln's layers do not have, found an object");
    // A name that is long, or no name, is quoted; a zero byte does not end it.
    BOOST_TEST(with("\"" + std::string(1000, 'x') + "\": 1") ==
               "config.layers[0].\"" + std::string(60, 'x') +
                   "…\": expected nothing that Kiln's layers do not have, found 1");
    BOOST_TEST(with(R"("activation\u0000\u001b[31m": 1)") ==
               "config.layers[0].\"activation??[31m\": expected nothing that Kiln's layers do not have, found 1");
    BOOST_TEST(plain("\"WaveNet\"", "\"" + std::string(1000, 'x') + "\"") ==
               "architecture: expected \"WaveNet\" (the model), found \"" + std::string(60, 'x') + "…\"");
    BOOST_TEST(with("\"bottleneck\": 2") ==
               "config.layers[0].bottleneck: expected 3 (stack 0 of layer 0 of the model, WaveNet), found 2");
    BOOST_TEST(with("\"layer1x1\": {\"active\": false, \"groups\": 1}") ==
               "config.layers[0].layer1x1.active: expected true (stack 0 of layer 0 of the model, WaveNet), found "
               "false");
    BOOST_TEST(plain("\"head\": null", "\"condition_dsp\": {}") ==
               "config.condition_dsp: expected nothing that Kiln's layers do not have, found an object");
    BOOST_TEST(plain("\"head\": null", "\"head\": {}") ==
               "config.head: expected a member \"kernel_sizes\", found none");
    // Parts that are absent may be named.
    const auto model = std::make_unique<Plain>();
    std::string text = made_up::plain_wavenet();
    text.replace(text.find("\"gated\": false"), 14,
                 "\"gating_mode\": [\"none\", \"none\"], \"conv_post_film\": false, \"head1x1\": {\"active\": false}, "
                 "\"bottleneck\": 3, \"layer1x1\": {\"active\": true, \"groups\": 1}");
    BOOST_TEST(load(*model, text).message() == "");
}

BOOST_AUTO_TEST_CASE(a_head_that_is_not_the_models_is_refused) {
    const auto head = [](const std::string& from, const std::string& to) {
        return message<WithHead>(made_up::wavenet_with_head(), from, to);
    };
    BOOST_TEST(head("[3, 2]", "[3, 3]") ==
               "config.head.kernel_sizes[1]: expected 2 (layer 4 of the model, CausalConv1d), found 3");
    BOOST_TEST(head("[3, 2]", "[3]") ==
               "config.head.kernel_sizes: expected 2 convolutions (WaveNet, HardSwish, CausalConv1d, HardSwish, "
               "CausalConv1d), found 1");
    BOOST_TEST(head("\"channels\": 3", "\"channels\": 2") ==
               "config.head.channels: expected 3 (layer 2 of the model, CausalConv1d), found 2");
    BOOST_TEST(head("Hardswish", "Tanh") ==
               "config.head.activation: expected \"Hardswish\" (layer 1 of the model, HardSwish), found \"Tanh\"");
    BOOST_TEST(head("0.125", "0.25") ==
               "config.layers[0].activation: expected a slope of 0.125 (stack 0 of layer 0 of the model, WaveNet), "
               "found 0.25");
    BOOST_TEST(head("\"kernel_size\": 1", "\"kernel_size\": 16") ==
               "config.layers[0].head.kernel_size: expected 1 (stack 0 of layer 0 of the model, WaveNet), found 16");
    using Headless = Of<WaveNet<1, WaveNetStack<2, 2, 2, Dilations<1, 3>, LeakyReLU<0.125>>>>;
    BOOST_TEST(message<Headless>(made_up::wavenet_with_head(), "Hardswish", "Hardswish") ==
               "config.head: expected no head, or one of activations and causal convolutions, as the model has, found "
               "an object");
}

BOOST_AUTO_TEST_CASE(an_lstm_that_is_not_the_models_is_refused) {
    const auto lstm = [](const std::string& from, const std::string& to) {
        return message<Recurrent>(made_up::lstm(), from, to);
    };
    BOOST_TEST(lstm("\"hidden_size\": 3", "\"hidden_size\": 4") ==
               "config.hidden_size: expected 3 (layer 0 of the model, LSTM), found 4");
    BOOST_TEST(lstm("\"num_layers\": 2", "\"num_layers\": 1") ==
               "config.num_layers: expected 2 (the model, LSTM, LSTM, Linear), found 1");
    BOOST_TEST(lstm("\"input_size\": 1", "\"input_size\": 2") ==
               "config.input_size: expected 1 (layer 0 of the model, LSTM), found 2");
    BOOST_TEST(lstm("\"num_layers\": 2", "\"num_layers\": 2, \"out_channels\": 2") ==
               "config.out_channels: expected 1 (layer 2 of the model, Linear), found 2");
    using ZeroStart = Of<Sequential<LSTM<1, 3>, LSTM<3, 3>, Each<Linear<3, 1>>>>;
    BOOST_TEST(message<ZeroStart>(made_up::lstm(), "LSTM", "LSTM")
                   .starts_with("weights[60]: expected 0, the start of layer 0 of the model, LSTM, which has no "
                                "other, found "));
    using Headless = Of<LSTM<1, 3, LearnedStart>>;
    BOOST_TEST(message<Headless>(made_up::lstm(), "\"num_layers\": 2", "\"num_layers\": 1") ==
               "config: expected layers for LSTM (the model), found LSTM layers and one Linear with a bias");
}

BOOST_AUTO_TEST_CASE(weights_are_checked_and_read_all_or_none) {
    BOOST_TEST(plain("\"weights\": [", "\"weights\": [0, ") ==
               "weights: expected 135 numbers (the model, WaveNet), found 136");
    BOOST_TEST(plain("\"weights\": [", "\"weights\": [], \"more\": [") ==
               "weights: expected 135 numbers (the model, WaveNet), found 0");
    const std::string text = made_up::plain_wavenet();
    const std::size_t last = text.rfind(',');
    BOOST_TEST(message<Plain>(text, text.substr(last), ", null]}") == "weights[134]: expected a number, found null");
    BOOST_TEST(message<Plain>(text, text.substr(last), ", 1e39]}") ==
               "weights[134]: expected a number within the range of float, found 1e+39");
    BOOST_TEST(message<Plain>(text, text.substr(last), ", 1e400]}") ==
               "byte " + std::to_string(last + 6) + ": expected a number within the range of double");
    BOOST_TEST(message<Plain>(text, text.substr(last), ", NaN]}") ==
               "byte " + std::to_string(last + 2) + ": expected JSON, found \"NaN]}\"");
    BOOST_TEST(message<Plain>(text, text.substr(last), "") ==
               "byte " + std::to_string(last) + ": expected JSON, found the end of the file");
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused) {
    const auto model = std::make_unique<Plain>();
    BOOST_TEST(load(*model, "").message() == "kiln: amp.nam: byte 0: expected JSON, found the end of the file");
    BOOST_TEST(load(*model, "[]").message() == "kiln: amp.nam: expected an object, found an array of 0");
    BOOST_TEST(load(*model, "{}").message() == "kiln: amp.nam: expected a member \"version\", found none");
    BOOST_TEST(load(*model, std::string(1'000'000, '[')).message() ==
               "kiln: amp.nam: byte 1000000: expected JSON, found the end of the file");
    BOOST_TEST(load(*model, std::string(1'000'000, '[') + std::string(1'000'000, ']')).message() ==
               "kiln: amp.nam: expected an object, found an array of 1");
    BOOST_TEST(load(*model, "{\"version\": \"\xff\"}").message().starts_with("kiln: amp.nam: byte "));
    BOOST_TEST(same(*model, Plain{}));
}

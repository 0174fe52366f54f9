// SPDX-License-Identifier: BSL-1.0
// A training, its predictions and its files, in a few lines that are the same on every platform: hashes of all bits. The
// first line says what may differ by platform. Argument: a folder for the files.
#include <kiln.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

using namespace kiln;

namespace {

using In = Shape<1, 12, 12>;
// All kinds of kernels: convolutions with and without padding, pooling, matrices; also exp, tanh, logarithms, randomness.
using Net = Model<Sequential<Conv<1, 6, 3>, BatchNorm<6>, ReLU, Pool<2>, Conv<6, 8, 3, 1, 1>, GELU, Linear<200, 20>,
                             LayerNorm<20>, Tanh, Dropout<0.2>, Linear<20, 4>>,
                  In>;
using Element = Lanes<float, 4>;  // on every platform
// Sequences: convolutions in time, recurrent layers, attention.
using Sequence = Model<Sequential<CausalConv1d<2, 6, 3, 2>, Tanh, GRU<6, 20>, LSTM<20, 9, FastGates>,
                                  Residual<LayerNorm<9>, CausalAttention<3>>, RNN<9, 5>, Each<Linear<5, 3>>>,
                       Shape<12, 2>>;

std::uint32_t hash_of(const void* data, std::size_t size, std::uint32_t hash = 2'166'136'261u) {  // FNV-1a
    for (std::size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<const unsigned char*>(data)[i]) * 16'777'619u;
    return hash;
}
// The bits of numbers, whatever the order of their bytes in memory.
std::uint32_t hash_of(const float* values, std::size_t count, std::uint32_t hash = 2'166'136'261u) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto bits = bit_cast<std::uint32_t>(values[i]);
        const unsigned char bytes[] = {static_cast<unsigned char>(bits), static_cast<unsigned char>(bits >> 8),
                                       static_cast<unsigned char>(bits >> 16), static_cast<unsigned char>(bits >> 24)};
        hash = hash_of(static_cast<const void*>(bytes), sizeof bytes, hash);
    }
    return hash;
}
std::uint32_t hash_of_parameters(const auto& model) {
    std::uint32_t hash = 1;
    for (const auto& slice : tensors<const float>(model.parameters()))
        hash = hash_of(slice.data, static_cast<std::size_t>(slice.count), hash);
    return hash;
}
void print_file(const char* name, const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    std::vector<unsigned char> content;
    for (int byte; file != nullptr && (byte = std::fgetc(file)) != EOF;)
        content.push_back(static_cast<unsigned char>(byte));
    if (file != nullptr) std::fclose(file);
    std::printf("%s: %d bytes, %08x\n", name, static_cast<int>(content.size()),
                static_cast<unsigned>(hash_of(content.data(), content.size())));
}
void say(const char* what, const Result& result) { std::printf("%s: %s\n", what, result ? "done" : "FAILED"); }

data::Dataset<In> stripes(int count) {
    std::vector<Tensor<std::uint8_t, In>> images(static_cast<std::size_t>(count));
    std::vector<int> labels(images.size());
    Random random{Seed{5}};
    for (std::size_t i = 0; i < images.size(); ++i) {
        labels[i] = static_cast<int>(i % 4);
        for (int k = 0; k < In::count; ++k) {
            const int across = labels[i] % 2 == 0 ? k % 12 : k / 12;
            images[i][k] = static_cast<std::uint8_t>((across / (1 + labels[i] / 2) % 2) * 180 + random.below(60));
        }
    }
    return {std::move(images), std::move(labels)};
}

template <class... Options>
std::unique_ptr<Net> trained(EpochLog* log, const std::string& checkpoint) {
    auto model = std::make_unique<Net>(Seed{42});
    const auto trainer =
        std::make_unique<Trainer<Net, CrossEntropy, Adam, Batch<16>, Element, Options...>>(*model, Adam{});
    const auto data = stripes(72);
    trainer->fit(data, stripes(24), {.epochs = 2});
    if (log != nullptr) (*log)({.number = 1, .epochs = 2, .loss = 0.5f, .accuracy = 0.25f, .learning_rate = 1e-3f});
    if (!checkpoint.empty()) {
        say("checkpoint", io::save_checkpoint(*trainer, checkpoint, {.number = 2}));
        say("checkpoint again", io::save_checkpoint(*trainer, checkpoint, {.number = 2}));
    }
    return model;
}

// Trains a network of sequences over elements E, and lets it play frame by frame.
template <class E>
void play(const char* how) {
    const auto model = std::make_unique<Sequence>(Seed{7});
    const auto trainer = std::make_unique<Trainer<Sequence, MeanSquaredError, Adam, Batch<6>, E>>(*model, Adam{});
    std::vector<Tensor<float, Sequence::Input>> x(6);
    std::vector<Tensor<float, Sequence::Output>> y(6);
    Random random{Seed{8}};
    for (auto& sample : x)
        for (float& value : sample) value = random.normal();
    for (auto& target : y)
        for (float& value : target) value = random.normal();
    for (int step = 0; step < 5; ++step) trainer->step(x, y);
    const auto prepared = std::make_unique<Prepared<Sequence>>(*model);
    const auto stream = std::make_unique<Stream<Sequence>>(*prepared);
    std::uint32_t played = 1;
    for (int t = 0; t < 12; ++t) {
        const auto frame = stream->step({x[0](t, 0), x[0](t, 1)});
        played = hash_of(frame.data, static_cast<std::size_t>(frame.count), played);
    }
    std::printf("sequences %s: %08x, played %08x\n", how, static_cast<unsigned>(hash_of_parameters(*model)),
                static_cast<unsigned>(played));
}

}  // namespace

int main(int count, char* arguments[]) {
    const std::string folder = count > 1 ? std::string(arguments[1]) + "/" : "";
    std::printf("native lanes %d\n", native_lanes);
    EpochLog log{folder + "log.csv"};
    const auto model = trained<>(&log, folder + "training.kiln");
    std::printf("trained: %08x\n", static_cast<unsigned>(hash_of_parameters(*model)));
    const auto by_two = trained<Threads<2>>(nullptr, "");
    std::printf("by two threads: %s\n",
                hash_of_parameters(*by_two) == hash_of_parameters(*model) ? "the same" : "DIFFERENT");

    const auto images = stripes(10);
    std::uint32_t one = 1;
    for (int i = 0; i < images.size(); ++i) {
        const auto y = model->predict(images.image(i));
        one = hash_of(y.data, static_cast<std::size_t>(y.count), one);
    }
    std::printf("predicted: %08x\n", static_cast<unsigned>(one));
    std::printf("right: %.4f\n", static_cast<double>(evaluate(*model, images).accuracy));

    play<Lanes<float, 4>>("in lanes");
    play<float>("one by one");

    const std::string weights = folder + "weights.safetensors";
    say("weights", io::save_safetensors(*model, weights));
    say("weights again", io::save_safetensors(*model, weights));
    const auto read = std::make_unique<Net>();
    say("read", io::load_safetensors(*read, weights));
    std::printf("read: %s\n", hash_of_parameters(*read) == hash_of_parameters(*model) ? "the same" : "DIFFERENT");
    say("into a folder that is not there", io::save_safetensors(*model, folder + "none/weights"));
    print_file("weights", weights);
    print_file("log", folder + "log.csv");
    print_file("checkpoint", folder + "training.kiln");
}

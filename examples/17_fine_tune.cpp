// SPDX-License-Identifier: BSL-1.0
// Fine-tuning: a network is trained on one task; on another, the layers that found the features stay as they are, and only
// a new last layer learns. Then those learn on as well, slowly.

#include <kiln.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

using In = kiln::Shape<8>;
using Features = kiln::Sequential<kiln::Linear<8, 16>, kiln::ReLU, kiln::Linear<16, 16>, kiln::ReLU>;
using First = kiln::Model<kiln::Sequential<Features, kiln::Linear<16, 4>>, In>;
using Second = kiln::Model<kiln::Sequential<kiln::Frozen<Features>, kiln::Linear<16, 2>>, In>;
using Whole = kiln::Model<kiln::Sequential<Features, kiln::Linear<16, 2>>, In>;
static_assert(Second::parameter_count == Whole::parameter_count);
static_assert(kiln::scalar_count<Second::Gradients>() == 16 * 2 + 2);  // of the last layer alone

// Which of the first numbers is the largest: of four, or of two.
kiln::data::Dataset<In, float> samples(int classes, std::uint64_t seed) {
    kiln::Random random{kiln::Seed{seed}};
    std::vector<kiln::Tensor<float, In>> inputs(2000);
    std::vector<int> labels;
    for (auto& input : inputs) {
        for (float& value : input) value = random.normal();
        labels.push_back(static_cast<int>(std::max_element(input.begin(), input.begin() + classes) - input.begin()));
    }
    return {std::move(inputs), std::move(labels)};
}

int main() {
    static First first{kiln::Seed{1}};
    static kiln::Trainer<First, kiln::CrossEntropy, kiln::Adam, kiln::Batch<50>> trainer{first, kiln::Adam{}};
    trainer.fit(samples(4, 1), {.epochs = 20});

    // Layer 0 of the second network is layer 0 of the first one. The last layer of the second stays as it was made.
    const std::string path = (std::filesystem::temp_directory_path() / "kiln_example_17.safetensors").string();
    kiln::io::save_safetensors(first, path).or_throw();
    static Second second{kiln::Seed{2}};
    const kiln::io::LoadResult loaded = kiln::io::load_safetensors(second, path, {.only = {"0.*"}});
    loaded.or_throw();
    std::printf("%s\n", loaded.summary().c_str());
    std::filesystem::remove(path);

    static kiln::Trainer<Second, kiln::CrossEntropy, kiln::Adam, kiln::Batch<50>> last_layer{
        second, kiln::Adam{.learning_rate = 0.01f}};
    const auto few = samples(2, 2).first(100), test = samples(2, 3);
    last_layer.fit(few, {.epochs = 20});
    std::printf("last layer learned:        %.1f %% right\n",
                100 * static_cast<double>(kiln::evaluate(second, test).accuracy));

    // The same parameters as a network that learns everywhere, its first layers at a tenth of the rate.
    static Whole whole;
    whole.parameters() = second.parameters();
    static kiln::Trainer<Whole, kiln::CrossEntropy, kiln::Adam, kiln::Batch<50>> all{whole, kiln::Adam{}};
    all.learner().set_rate("0.", 0.1f);
    all.fit(few, {.epochs = 20});
    const float accuracy = kiln::evaluate(whole, test).accuracy;
    std::printf("all layers learned on:     %.1f %% right\n", 100 * static_cast<double>(accuracy));
    return accuracy > 0.9f ? 0 : 1;
}

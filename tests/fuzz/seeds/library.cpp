// SPDX-License-Identifier: BSL-1.0
// Writes those seeds of the fuzzers that are the library's own files:
//
//     g++ -std=c++20 -Iinclude -Itests tests/fuzz/seeds/library.cpp -o seeds && ./seeds tests/fuzz/corpus

#include <kiln/files/replace_file.hpp>
#include <kiln/io/detail/tensor_file.hpp>

#include "fuzz/checkpoint.cpp"

#include <string>
#include <string_view>

int main(int, char** arguments) {
    const std::string folder = arguments[1];
    const auto write = [&](const std::string& name, std::string_view text) {
        kiln::replace_file(folder + "/" + name, text).or_throw();
    };
    using Number = kiln::Tensor<float, kiln::Shape<1>>;
    fuzz::Run run;
    write("checkpoint/new", fuzz::written(run.trainer, {}, nullptr));
    const Number inputs[2] = {{1}, {-2}}, targets[2] = {{0.5f}, {3}};
    run.trainer.step(inputs, targets);
    run.epoch = {.number = 3,
                 .samples = 2,
                 .of_samples = 2,
                 .loss = 0.5f,
                 .learning_rate = 0.001f,
                 .seconds = 0.25,
                 .best = 2,
                 .best_loss = 0.25f};
    const std::string best = run.text();
    write("checkpoint/with_best", best);
    write("checkpoint/without_best", fuzz::written(run.trainer, run.epoch, nullptr));
    write("checkpoint/truncated", std::string_view(best).substr(0, best.size() / 2));
    std::string other = best;
    other.replace(other.find("exp_avg_sq"), 10, "exp_avg_sr");
    write("checkpoint/other_moments", other);
    other = best;
    other.replace(other.find("\"steps\":\"1\""), 11, "\"steps\":\"\xc3\x28\"");
    write("checkpoint/no_utf_8", other);

    const float w[6] = {-0.5f, -0.25f, 0, 0.25f, 0.5f, 0.75f}, mean[2] = {0.5f, -2};
    const kiln::io::NamedTensor<const float> tensors[] = {{"w", kiln::Extents{2, 3}, w},
                                                          {"running_mean", kiln::Extents{2}, mean}};
    const kiln::io::Note notes[] = {{"format", "pt"}, {"a \"note\"", "\n\xc3\xa4"}};
    write("safetensors/saved", kiln::io::safetensors_text(tensors, notes));
}

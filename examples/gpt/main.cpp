// SPDX-License-Identifier: BSL-1.0
// A small GPT (A. Radford et al.: Improving language understanding by generative pre-training, 2018) that learns any
// text, character by character: from up to 64 characters it predicts the next one, for each of them at once. While it
// learns it writes text of its own, better after each epoch. `bash examples/run.sh gpt` takes the King James Bible.

#include <kiln.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

// Characters from ' ' to '~', and the end of a line; any other character is read as a space.
constexpr int characters = 96, frames = 64, features = 128, heads = 4, batch = 16;

using kiln::Each, kiln::Initialized, kiln::LayerNorm, kiln::Linear, kiln::Normal, kiln::Residual;
using Block = kiln::Sequential<Residual<LayerNorm<features>, kiln::CausalAttention<heads>>,
                               Residual<LayerNorm<features>, Each<Linear<features, 4 * features>>, kiln::GELU,
                                        Each<Linear<4 * features, features>>>>;
using Net = kiln::Sequential<Initialized<kiln::Embedding<characters, features>, Normal<0.02>>,
                             Initialized<kiln::Position<frames, features>, Normal<0.02>>,  //
                             kiln::Repeat<4, Block>, LayerNorm<features>, Each<Linear<features, characters>>>;
using Context = kiln::Tokens<characters, frames>;
using Writer = kiln::Model<Net, Context, kiln::Plan<4 << 20>>;
static_assert(Writer::parameter_count == 826'208);
static_assert(std::is_same_v<Writer::Output, kiln::Shape<frames, characters>>);

using Optimizer = kiln::Scheduled<kiln::AdamW, kiln::Cosine>;
using Training = kiln::Trainer<Writer, kiln::CrossEntropy, Optimizer, kiln::Batch<batch>>;

namespace {

struct Options : TrainingOptions {
    int steps_of_epoch = 250;
    std::string checkpoints = {}, save = {}, load = {}, prompt = "And ";
    bool resume = false;
    int write = 400;
    float temperature = 0.8f;
};

using Text = std::vector<std::uint8_t>;  // of characters as the network numbers them

constexpr std::uint8_t number_of(char c) {
    return static_cast<std::uint8_t>(c == '\n' ? 0 : c > ' ' && c <= '~' ? c - 31 : 1);
}
constexpr char character_of(int number) { return static_cast<char>(number == 0 ? '\n' : number + 31); }

Text read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("gpt: cannot read " + path);
    Text text;
    for (std::istreambuf_iterator<char> c(file), end; c != end; ++c) text.push_back(number_of(*c));
    if (text.size() < 100 * frames) throw std::runtime_error("gpt: " + path + " has too little text to learn from");
    return text;
}

// Windows of a text, one behind the other: the characters of a window, and those that follow each of them.
struct Windows {
    using Input = Context;
    std::span<const std::uint8_t> text;

    int size() const { return (static_cast<int>(text.size()) - 1) / frames; }
    float scale() const { return 1; }
    auto sample(int i) const { return kiln::TensorView<std::uint8_t, Context>{text.data() + i * frames}; }
    auto target(int i) const { return kiln::TensorView<std::uint8_t, Context>{text.data() + i * frames + 1}; }
};

// Windows from random places of a text: as many in each epoch as its steps need.
class RandomWindows {
  public:
    using Input = Context;
    struct Batch {
        std::span<const kiln::Tensor<float, Context>> inputs;
        std::span<const kiln::Tensor<int, kiln::Shape<frames>>> targets;
    };

    RandomWindows(std::span<const std::uint8_t> text, int steps, kiln::Seed seed)
        : text_(text),
          steps_(steps),
          seed_(seed) {}
    int size() const { return steps_ * batch; }
    void start(long long epoch) {
        random_ = kiln::Random{kiln::Seed{kiln::hash(seed_.value, static_cast<std::uint64_t>(epoch))}};
        left_ = steps_;
    }
    Batch next() {
        if (left_-- == 0) return {};
        for (std::size_t i = 0; i < batch; ++i) {
            const std::uint8_t* const from = text_.data() + random_.below(static_cast<int>(text_.size()) - frames);
            for (int k = 0; k < frames; ++k) {
                inputs_[i][k] = from[k];
                targets_[i][k] = from[k + 1];
            }
        }
        return {inputs_, targets_};
    }

  private:
    std::span<const std::uint8_t> text_;
    int steps_, left_ = 0;
    kiln::Seed seed_;
    kiln::Random random_{seed_};
    std::array<kiln::Tensor<float, Context>, batch> inputs_;
    std::array<kiln::Tensor<int, kiln::Shape<frames>>, batch> targets_;
};

// The next character: drawn by the probabilities that the network gives, each to the power of 1 / temperature.
int draw(const float* logits, float temperature, kiln::Random& random) {
    kiln::Tensor<float, kiln::Shape<characters>> scores;
    for (int c = 0; c < characters; ++c) scores[c] = logits[c] / temperature;
    const kiln::Model<kiln::Softmax, kiln::Shape<characters>> softmax;
    const auto probability = softmax.predict(scores);
    float left = random.uniform();
    for (int c = 0; c < characters; ++c)
        if ((left -= probability[c]) < 0) return c;
    return kiln::argmax(probability);
}

// Writes `count` characters behind the prompt. A causal network does not see what stands behind a character, so a
// window need not be full.
std::string continued(const Writer& model, const std::string& prompt, int count, float temperature,
                      kiln::Random random) {
    kiln::Tensor<float, Context> window{};
    std::string text;
    int filled = 0;
    const auto append = [&](int character) {
        if (filled == frames)
            for (int k = 0; k + 1 < frames; ++k) window[k] = window[k + 1];
        else
            ++filled;
        window[filled - 1] = character;
        text += character_of(character);
    };
    for (const char c : prompt.empty() ? "\n" : prompt) append(number_of(c));
    for (int i = 0; i < count; ++i) {
        const auto logits = model.predict(window);
        append(draw(logits.data + (filled - 1) * characters, temperature, random));
    }
    return text;
}

// Shows after each epoch what the network has learned.
struct Progress {
    const Writer& model;
    const Options& options;

    static bool show(void* context, const kiln::Epoch& epoch) {
        const auto& self = *static_cast<Progress*>(context);
        std::printf("epoch %d of %d: loss %.3f, validation loss %.3f, %.0f characters/s\n", epoch.number, epoch.epochs,
                    static_cast<double>(epoch.loss), static_cast<double>(epoch.validation_loss),
                    epoch.samples * frames / epoch.seconds);
        std::printf("%s\n\n", continued(self.model, self.options.prompt, self.options.write / 2,
                                        self.options.temperature, kiln::Random{kiln::Seed{1}})
                                  .c_str());
        std::fflush(stdout);
        return false;
    }
};

void train(Writer& model, const Options& options) {
    const Text text = read_text(options.data);
    const std::size_t learned = text.size() / 20 * 19;
    const std::span<const std::uint8_t> all(text);
    RandomWindows windows(all.first(learned), options.steps_of_epoch, kiln::Seed{options.seed});
    const Windows validation{
        all.subspan(learned).first(std::min<std::size_t>(text.size() - learned, 500 * frames + 1))};
    std::printf("%zu characters, %lld parameters, %lld multiply-adds a window\n", text.size(), Writer::parameter_count,
                Writer::multiply_adds);

    static Writer best;
    const long long steps = static_cast<long long>(options.epochs) * options.steps_of_epoch;
    static Training trainer{model,
                            {{.learning_rate = options.learning_rate, .weight_decay = 0.1f},
                             {.steps = steps, .warm_up = 100, .least = 0.05}},
                            {},
                            kiln::Seed{options.seed}};
    kiln::io::Checkpoints checkpoints{trainer, options.checkpoints, {.best = true, .resume = options.resume}};
    kiln::History history;
    Progress progress{model, options};
    const kiln::Epoch last =
        trainer.fit(windows, validation,
                    {.epochs = options.epochs,
                     .callbacks = {kiln::callback(history), {&Progress::show, &progress}},
                     .checkpoints = options.checkpoints.empty() ? kiln::Checkpointing{} : checkpoints,
                     .stop_on_interrupt = true},
                    best);
    double seconds = 0;
    for (const kiln::Epoch& epoch : history.epochs) seconds += epoch.seconds;
    std::printf("validation loss %.3f after %.0f s (epoch %d)\n", static_cast<double>(last.best_loss), seconds,
                last.best);
    if (!options.save.empty()) kiln::io::save_safetensors(model, options.save).or_throw();
    if (!options.report.empty()) {
        kiln::Report report{.title = "A small GPT", .loss_axis = "loss of a character"};
        report.figures = {{"validation loss", fixed(last.best_loss, 3)},
                          {"perplexity", fixed(kiln::exp(last.best_loss), 2)},
                          {"characters a second", fixed(static_cast<float>(steps * batch * frames / seconds), 0)}};
        kiln::add_history(report, history);
        kiln::add_layers<Writer>(report);
        write(report, options.report);
    }
}

void run(const Options& options) {
    static Writer model{kiln::Seed{options.seed}};
    if (options.load.empty())
        train(model, options);
    else
        kiln::io::load_safetensors(model, options.load).or_throw();
    std::printf("%s\n", continued(model, options.prompt, options.write, options.temperature,
                                  kiln::Random{kiln::Seed{options.seed}})
                            .c_str());
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 12, .learning_rate = 0.002f, .data = "build/gpt/text.txt"}};
    CommandLine("gpt", "Learns a text character by character, and writes some of its own.")
        .training(options, "FILE", "the text to learn")
        .number("steps", "of an epoch, on 16 windows of 64 characters each", options.steps_of_epoch, from(1))
        .text("prompt", "TEXT", "what the network's own text begins with", options.prompt)
        .number("write", "how many characters of its own to write", options.write, {0, 1'000'000})
        .number("temperature", "1: as the network has learned; less: rather what is likely", options.temperature,
                above(0))
        .text("checkpoints", "PATH",
              "keep the training in PATH.last.safetensors, the best weights in PATH.best.safetensors",
              options.checkpoints)
        .flag("resume", "go on with the training kept there, if there is one", options.resume)
        .text("save", "FILE", "write the best weights, as safetensors", options.save)
        .text("load", "FILE", "read such weights, and write text without training", options.load)
        .report(options)
        .read(argc, argv);
    return guarded([&] { run(options); });
}

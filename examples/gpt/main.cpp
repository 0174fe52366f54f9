// SPDX-License-Identifier: BSL-1.0
// A small GPT (A. Radford et al.: Improving language understanding by generative pre-training, 2018) that learns any
// text, character by character: from up to 64 characters it predicts the next one, for each of them at once. While it
// learns it writes text of its own, better after each epoch. `bash examples/run.sh gpt` takes the King James Bible.

#include <kiln.hpp>

#include "show/command_line.hpp"
#include "show/report.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

constexpr int characters = 96, frames = 64, features = 128, heads = 4, batch = 16;

using kiln::Each, kiln::Initialized, kiln::LayerNorm, kiln::Linear, kiln::Normal, kiln::Residual;
using Block = kiln::Sequential<Residual<LayerNorm<features>, kiln::CausalAttention<heads>>,
                               Residual<LayerNorm<features>, Each<Linear<features, 4 * features>>, kiln::GELU,
                                        Each<Linear<4 * features, features>>>>;
using Net = kiln::Sequential<Initialized<kiln::Embedding<characters, features>, Normal<0.02>>,
                             Initialized<kiln::Position<frames, features>, Normal<0.02>>,  //
                             kiln::Repeat<4, Block>, LayerNorm<features>, Each<Linear<features, characters>>>;
using Context = kiln::Tokens<characters, frames>;
using Windows = kiln::data::Windows<Context>;  // of a text, and for each of their characters the next one
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

// The characters that the network knows, in the order of its numbers for them.
const kiln::data::Vocabulary
    alphabet("\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

// The network's numbers for the characters of a text. Any other character is read as a space.
std::vector<std::uint8_t> tokens_of(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return alphabet.token(c) < 0; }, ' ');
    return alphabet.encode(text);
}

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("gpt: cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

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

// A text that goes on, character by character. A stream keeps what attention needs of the characters before, so each costs
// one step. The network has learned 64 places: then it begins anew, with the last 32 characters.
class Text {
  public:
    explicit Text(const Writer& model) : prepared_(model), stream_(prepared_) {}

    /// Appends a character, and returns what the network says of the next one.
    kiln::Tensor<float, kiln::Shape<1, characters>> append(int token) {
        if (heard_ == frames) {
            stream_.reset();
            heard_ = 0;
            for (std::size_t k = tokens_.size() - frames / 2; k < tokens_.size(); ++k) hear(tokens_[k]);
        }
        tokens_.push_back(static_cast<std::uint8_t>(token));
        return hear(token);
    }
    const std::vector<std::uint8_t>& tokens() const { return tokens_; }

  private:
    kiln::Tensor<float, kiln::Shape<1, characters>> hear(int token) {
        ++heard_;
        return stream_.step(kiln::Stream<Writer>::Frame{{token}});
    }

    kiln::Prepared<Writer> prepared_;
    kiln::Stream<Writer> stream_;
    std::vector<std::uint8_t> tokens_;
    int heard_ = 0;  // characters since the stream began
};

// Writes `count` characters behind the prompt.
std::string continued(const Writer& model, const std::string& prompt, int count, float temperature,
                      kiln::Random random) {
    const auto text = std::make_unique<Text>(model);
    kiln::Tensor<float, kiln::Shape<1, characters>> next;
    for (const int token : tokens_of(prompt.empty() ? "\n" : prompt)) next = text->append(token);
    for (int i = 0; i < count; ++i) next = text->append(draw(next.data, temperature, random));
    return alphabet.decode(text->tokens());
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
    const std::string text = text_of(options.data);
    std::printf("%zu characters, of which %td are read as spaces; %lld parameters, %lld multiply-adds a window\n",
                text.size(), std::count_if(text.begin(), text.end(), [](char c) { return alphabet.token(c) < 0; }),
                Writer::parameter_count, Writer::multiply_adds);

    // Windows from anywhere to learn from, others in each epoch; some 500 of the last twentieth to judge by.
    const std::vector<std::uint8_t> tokens = tokens_of(text);
    const Windows learned = Windows(tokens).split_in_time(0.05).train;
    const int apart = std::max(frames, static_cast<int>(tokens.size() / (20 * 500)));
    const Windows validation = Windows(tokens, {.stride = apart}).split_in_time(0.05).validation;
    kiln::data::Loader windows(learned, {.batch = batch,
                                         .samples = batch * options.steps_of_epoch,
                                         .seed = kiln::Seed{options.seed},
                                         .background = false});

    static Writer best;
    static Training trainer{model,
                            {{.learning_rate = options.learning_rate, .weight_decay = 0.1f},
                             {.steps = options.steps(windows.size(), batch), .warm_up = 100, .least = 0.05}},
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
    double seconds = 0, read = 0;
    for (const kiln::Epoch& epoch : history.epochs) {
        seconds += epoch.seconds;
        read += epoch.samples * frames;
    }
    std::printf("validation loss %.3f after %.0f s (epoch %d)\n", static_cast<double>(last.best_loss), seconds,
                last.best);
    if (!options.save.empty()) kiln::io::save_safetensors(model, options.save).or_throw();
    if (!options.report.empty()) {
        kiln::Report report{.title = "A small GPT", .loss_axis = "loss of a character"};
        report.figures = {{"validation loss", fixed(last.best_loss, 3)},
                          {"perplexity", fixed(kiln::exp(last.best_loss), 2)},
                          {"characters a second", fixed(static_cast<float>(read / seconds), 0)}};
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
    const auto begin = std::chrono::steady_clock::now();
    const std::string text =
        continued(model, options.prompt, options.write, options.temperature, kiln::Random{kiln::Seed{options.seed}});
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%s\n", text.c_str());
    if (options.write > 0) std::printf("\nwritten at %.0f characters a second\n", options.write / took);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{.epochs = 12, .learning_rate = 0.002f, .data = "build/gpt/text.txt"}};
    CommandLine("gpt", "Learns a text character by character, and writes some of its own.")
        .training(options, "FILE", "the text to learn")
        .number("steps", "of an epoch, on 16 windows of 64 characters each", options.steps_of_epoch, from(1, 1'000'000))
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

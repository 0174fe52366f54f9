// SPDX-License-Identifier: BSL-1.0
// Fuzzes the reader of checkpoints: from any bytes, a trainer either takes everything over or stays unchanged. A trainer
// that took a checkpoint over must write one that is read to the same numbers. The checksum of an input is corrected.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/io/checkpoint_corpus.cpp includes this file and runs the corpus and mutations of it without
// libFuzzer.

#include <kiln/io/checkpoint.hpp>
#include <kiln/io/detail/checksum.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/train/trainer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fuzz {

inline void require(bool condition) {
    if (!condition) std::abort();
}

using Line = kiln::Model<kiln::Linear<1, 1>, kiln::Shape<1>>;
using Fit =
    kiln::Trainer<Line, kiln::MeanSquaredError, kiln::Scheduled<kiln::Adam, kiln::ReduceOnPlateau>, kiln::Batch<2>>;

/// The bytes of the checkpoint that a trainer writes.
inline std::string written(const Fit& trainer, const kiln::Epoch& epoch, const Line* best) {
    using namespace kiln::io;
    std::vector<Note> notes = detail::first_notes();
    trainer.remember([&](const auto& part, const auto&... names) {
        if constexpr (detail::is_number<decltype(part)>)
            notes.push_back({detail::joined({names...}), exact_text(part)});
    });
    detail::append_notes(notes, epoch, best != nullptr);
    std::string text;
    detail::checkpoint_text(text, "file", detail::checkpoint_tensors<const float>(trainer, best, best != nullptr),
                            notes)
        .or_throw();
    return text;
}

/// A model, its trainer, its best model and its last epoch.
struct Run {
    Line model{kiln::Seed{1}}, best{kiln::Seed{2}};
    Fit trainer{model, {}};
    kiln::Epoch epoch;

    kiln::Result load(std::string_view bytes, bool with_best) {
        kiln::io::TensorFile file(bytes, "file");
        return kiln::io::detail::read_checkpoint(trainer, file, "file", &epoch, with_best ? &best : nullptr);
    }
    std::string text() const { return written(trainer, epoch, &best); }

    /// All numbers, but most of those of the epoch.
    std::vector<double> numbers() const {
        std::vector<double> all{static_cast<double>(epoch.number), static_cast<double>(epoch.best)};
        const auto add = [&](const auto& record) {
            for (const auto& slice : kiln::tensors<const float>(record))
                for (std::size_t i = 0; i < static_cast<std::size_t>(slice.count); ++i) all.push_back(slice.data[i]);
        };
        add(model.parameters());
        add(best.parameters());
        trainer.remember([&](const auto& part, const auto&...) {
            if constexpr (kiln::io::detail::is_number<decltype(part)>)
                all.push_back(static_cast<double>(part));
            else
                add(part);
        });
        return all;
    }
};

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    std::string bytes(reinterpret_cast<const char*>(input), size);
    if (!kiln::io::checksum_fault(bytes).starts_with("expected a note")) kiln::io::seal(bytes);
    static fuzz::Run run, again;
    static const std::string untouched = run.text();
    static const std::vector<double> numbers = run.numbers();
    const bool with_best = size % 2 == 0;
    if (const kiln::Result result = run.load(bytes, with_best); !result) {
        fuzz::require(result.message().starts_with("kiln: file: "));
        fuzz::require(run.numbers() == numbers);
        return 0;
    }
    const std::string text = run.text();
    again.load(text, true).or_throw();
    fuzz::require(again.text() == text);
    run.load(untouched, true).or_throw();
    fuzz::require(run.numbers() == numbers);
    return 0;
}

// SPDX-License-Identifier: BSL-1.0
#pragma once
// A training in a file: a trainer that has read it goes on, bit for bit, as the one that wrote it. The file is that of
// the model (io/safetensors.hpp) with more in it:
//
//   "0.weight", …                    the model's parameters and state: load_safetensors(model, path, {.others_allowed =
//                                    true}) reads just them, as does PyTorch's load_state_dict(…, strict=False)
//   "optimizer.exp_avg.0.weight", …  the optimizer's moments
//   "best.0.weight", …               the best model so far, if fit keeps one
//   notes (__metadata__)             "kiln.checkpoint": "1"; "steps", "epochs", "seed"; "epoch.number", "epoch.best", …;
//                                    "optimizer.schedule.factor", …: what an optimizer remembers (core/contract.hpp)
//
// All randomness of a training is a function of the seed and these counts. Settings (learning rate, batch, schedule, data)
// are those of the program that goes on; it may change them.

#include <kiln/core/quote.hpp>
#include <kiln/core/remember.hpp>
#include <kiln/io/checksum.hpp>
#include <kiln/io/exact_number.hpp>
#include <kiln/io/note_reader.hpp>
#include <kiln/io/safetensors.hpp>
#include <kiln/train/progress.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// Writes all that training goes on from; `epoch` is the last one of a call of fit, `best` the best model it keeps. The
/// file is replaced as a whole, or stays as it is.
template <class Trainer>
Result save_checkpoint(const Trainer& trainer, const std::string& path, const Epoch& epoch = {},
                       const typename Trainer::Model* best = nullptr);

/// Makes a trainer, its model included, what it was when the file was written, and sets `epoch` and `best` if they are
/// given; after a failure all of them are as they were. Fails if tensors have other names or shapes, or the optimizer
/// other moments or other numbers to remember; what has none (another activation, another learning rate) is not in it.
template <class Trainer>
Result load_checkpoint(Trainer& trainer, const std::string& path, Epoch* epoch = nullptr,
                       typename Trainer::Model* best = nullptr);

namespace detail {

inline constexpr std::string_view checkpoint_note = "kiln.checkpoint", checkpoint_version = "1", best_note = "best",
                                  ended_note = "epoch.ended_by_callback";

inline constexpr std::array<NamedTensor<float>, 0> no_tensors{};

template <class Trainer>
using optimizer_of = std::remove_cvref_t<decltype(std::declval<Trainer&>().optimizer())>;

// Empty, or what is wrong with a file that is well-formed.
inline std::string checkpoint_fault(const std::vector<Note>& notes, std::string_view text) {
    for (const Note& note : notes) {
        if (note.key != checkpoint_note) continue;
        if (note.value == checkpoint_version) return checksum_fault(text);
        return "note " + in_quotes(note.key) + ": expected " + in_quotes(checkpoint_version) + ", found " +
               in_quotes(note.value);
    }
    return "expected a checkpoint, found a file without a note " + in_quotes(checkpoint_note) +
           "; is it a model alone?";
}

std::string joined(const auto&... names) {
    std::string text;
    ((text += text.empty() ? "" : ".", text += names), ...);
    return text;
}

template <class T>
inline constexpr bool is_number = std::is_arithmetic_v<std::remove_cvref_t<T>>;

// The numbers of an epoch that are worth keeping.
void remember(auto& epoch, auto visit) {
    visit(epoch.number, "epoch", "number");
    visit(epoch.samples, "epoch", "samples");
    visit(epoch.of_samples, "epoch", "of_samples");
    visit(epoch.loss, "epoch", "loss");
    visit(epoch.accuracy, "epoch", "accuracy");
    visit(epoch.validation_loss, "epoch", "validation_loss");
    visit(epoch.validation_accuracy, "epoch", "validation_accuracy");
    visit(epoch.learning_rate, "epoch", "learning_rate");
    visit(epoch.seconds, "epoch", "seconds");
    visit(epoch.best, "epoch", "best");
    visit(epoch.best_loss, "epoch", "best_loss");
}

// The tensors of a checkpoint: S is float or const float, as the trainer is constant or not.
template <class S, class Trainer, class Model>
std::vector<NamedTensor<S>> checkpoint_tensors(Trainer& trainer, Model* best) {
    std::vector<NamedTensor<S>> all = named_tensors<S>(trainer.model(), {});
    trainer.remember([&](auto& part, const auto&... names) {
        using Part = std::remove_cvref_t<decltype(part)>;
        if constexpr (!is_number<Part>) {
            const auto slices = tensors<S>(part);
            for (std::size_t k = 0; k < slices.size(); ++k)
                all.push_back({joined(names..., schema<Part>[k].name.c_str()), slices[k].extents, slices[k].data});
        }
    });
    if (best != nullptr)
        for (auto& tensor : named_tensors<S>(*best, {}, "best.")) all.push_back(tensor);
    return all;
}

// Looks at all numbers of a checkpoint for such a trainer, without consequences. Sets `epoch`, and whether the best model
// is there.
Result read_numbers(const auto& trainer, const std::string& path, const std::vector<Note>& notes, Epoch& epoch,
                    bool& has_best) {
    NoteReader reader(notes, {"format", checkpoint_note, checksum_note});
    trainer.remember([&](const auto& part, const auto&... names) {
        if constexpr (is_number<decltype(part)>) {
            auto number = part;
            reader.read(number, joined(names...));
        }
    });
    remember(epoch, [&](auto& number, const auto&... names) { reader.read(number, joined(names...)); });
    reader.read(has_best, std::string(best_note));
    bool ended = false;
    reader.read(ended, std::string(ended_note));
    if (ended) epoch.ending = Ending::callback;
    if (epoch.best > epoch.number)
        reader.refuse("epoch.best", "expected at most the " + std::to_string(epoch.number) + " of \"epoch.number\"" +
                                        ", found " + std::to_string(epoch.best));
    if (epoch.best > 0 && epoch.best_loss != epoch.best_loss)
        reader.refuse("epoch.best_loss",
                      "expected the loss of epoch " + std::to_string(epoch.best) + ", found \"nan\"");
    reader.end();
    return reader.fault().empty() ? Result() : Result::failure(path, reader.fault());
}

}  // namespace detail

template <class Trainer>
Result save_checkpoint(const Trainer& trainer, const std::string& path, const Epoch& epoch,
                       const typename Trainer::Model* best) {
    static_assert(remembers_all<detail::optimizer_of<Trainer>>,
                  "kiln: a checkpoint needs an optimizer that remembers what it observes; give it, or its schedule, a "
                  "member remember(visit)");
    static_assert(remembers_numbers<detail::optimizer_of<Trainer>>,
                  "kiln: a checkpoint needs an optimizer that remembers numbers only; let it have default values and a "
                  "constexpr remember(visit), which visits the numbers of an array or a class one by one");
    std::vector<Note> notes{{"format", "pt"},
                            {std::string(detail::checkpoint_note), std::string(detail::checkpoint_version)},
                            {std::string(checksum_note), std::string(checksum_to_come)}};
    const auto write = [&](const auto& part, const auto&... names) {
        if constexpr (detail::is_number<decltype(part)>) notes.push_back({detail::joined(names...), exact_text(part)});
    };
    trainer.remember(write);
    detail::remember(epoch, write);
    notes.push_back({std::string(detail::best_note), exact_text(best != nullptr)});
    notes.push_back({std::string(detail::ended_note), exact_text(epoch.ending == Ending::callback)});
    std::string text = safetensors_text(detail::checkpoint_tensors<const float>(trainer, best), notes);
    // Names that occur twice, or negative counts, are better refused here than when the file is needed.
    Epoch same;
    bool has_best = false;
    if (Result sound = parse_safetensors(text, path, detail::no_tensors, {.others_allowed = true}); !sound)
        return sound;
    if (Result sound = detail::read_numbers(trainer, path, notes, same, has_best); !sound) return sound;
    seal(text);
    return replace_file(path, text);
}

template <class Trainer>
Result load_checkpoint(Trainer& trainer, const std::string& path, Epoch* epoch, typename Trainer::Model* best) {
    std::string text;
    if (Result read = read_file(path, text); !read) return read;
    std::vector<Note> notes;
    if (Result read = parse_safetensors(text, path, detail::no_tensors, {.others_allowed = true}, &notes); !read)
        return read;

    if (const std::string fault = detail::checkpoint_fault(notes, text); !fault.empty())
        return Result::failure(path, fault);
    // First all is looked at, then all is taken over.
    Epoch kept;
    bool has_best = false;
    if (Result sound = detail::read_numbers(trainer, path, notes, kept, has_best); !sound) return sound;
    if (best != nullptr && !has_best && kept.best > 0)
        return Result::failure(path, "expected the best model as well, found a training that keeps none");

    using Model = typename Trainer::Model;
    std::vector<Model> unwanted(has_best && best == nullptr ? 1 : 0);  // on the heap: models may be large
    Model* const place = has_best ? best != nullptr ? best : unwanted.data() : nullptr;
    if (Result read = parse_safetensors(text, path, detail::checkpoint_tensors<float>(trainer, place)); !read)
        return read;
    NoteReader reader(notes);
    trainer.remember([&](auto& part, const auto&... names) {
        if constexpr (detail::is_number<decltype(part)>) reader.read(part, detail::joined(names...));
    });
    if (epoch != nullptr) *epoch = kept;
    return {};
}

}  // namespace kiln::inline KILN_TARGET::io

// SPDX-License-Identifier: BSL-1.0
#pragma once
// A training in a file: a trainer that has read the file goes on, bit for bit, like the trainer that wrote it. The file
// is the model's file (io/safetensors.hpp) with more in it:
//
//   "0.weight", …                    the model's parameters and state: load_safetensors(model, path, {.others_allowed =
//                                    true}) reads just them, as does PyTorch's load_state_dict(…, strict=False)
//   "optimizer.exp_avg.0.weight", …  the optimizer's moments
//   "best.0.weight", …               the best model so far, if fit keeps one
//   notes (__metadata__)             "kiln.checkpoint": "1"; "steps", "epochs", "seed"; "epoch.number", "epoch.best",
//                                    …; "optimizer.schedule.factor", …: the numbers that an optimizer remembers
//                                    (core/contract.hpp)
//
// All randomness of a training is a function of the seed and these counts. Settings (learning rate, batch, schedule,
// data) are not in the file: they are those of the program that goes on, which may change them.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/remember.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/files/replace_file.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/exact_number.hpp>
#include <kiln/io/detail/note_reader.hpp>
#include <kiln/io/detail/read_file.hpp>
#include <kiln/io/detail/tensor_file.hpp>
#include <kiln/io/model_tensors.hpp>
#include <kiln/train/progress.hpp>

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

/// Writes everything that training goes on from. `epoch` is the last epoch of a call of fit, `best` the best model that
/// fit keeps. The file is replaced as a whole, or stays as it is.
template <class Trainer>
Result save_checkpoint(const Trainer& trainer, const std::string& path, const Epoch& epoch = {},
                       const typename Trainer::Model* best = nullptr);

/// Restores a trainer, its model included, to its values when the file was written, and sets `epoch` and `best` if they
/// are given. After a failure all of them are unchanged. Fails if tensors have other names or shapes, or if the
/// optimizer has other moments or remembers other numbers. A difference that no tensor or number shows (another
/// activation, another learning rate) is not detected.
template <class Trainer>
Result load_checkpoint(Trainer& trainer, const std::string& path, Epoch* epoch = nullptr,
                       typename Trainer::Model* best = nullptr);

namespace detail {

template <class Trainer>
using optimizer_of = std::remove_cvref_t<decltype(std::declval<Trainer&>().optimizer())>;

// The names that are not empty, joined by points.
KILN_LAZY std::string joined(std::initializer_list<std::string_view> names);

template <class T>
inline constexpr bool is_number = std::is_arithmetic_v<std::remove_cvref_t<T>>;

// The notes that a checkpoint begins with.
KILN_LAZY std::vector<Note> first_notes();

// Appends the numbers of an epoch that training goes on from, and whether the best model is in the file.
KILN_LAZY void append_notes(std::vector<Note>& notes, const Epoch& epoch, bool has_best);

// Reads the numbers that append_notes wrote; fails if any note is left over.
KILN_LAZY Result read_notes(NoteReader& reader, const std::string& path, Epoch& epoch, bool& has_best);

// A reader of the notes of a checkpoint.
KILN_LAZY NoteReader reader_of(const std::vector<Note>& notes);

// Makes the text of a checkpoint; fails if the text could not be read again.
KILN_LAZY Result checkpoint_text(std::string& text, const std::string& path,
                                 std::span<const NamedTensor<const float>> tensors, std::span<const Note> notes);

// Opens a file and reads its notes. Fails if the file is no checkpoint, or damaged.
KILN_LAZY Result open_checkpoint(TensorFile& file, const std::string& path, std::vector<Note>& notes);

// The tensors of a checkpoint. S is float, or const float if the trainer is constant. Those of the best model have no data
// if it is in the file, but not wanted.
template <class S, class Trainer, class Model>
std::vector<NamedTensor<S>> checkpoint_tensors(Trainer& trainer, Model* best, bool has_best) {
    std::vector<NamedTensor<S>> all = named_tensors<S>(trainer.model());
    trainer.remember([&](auto& part, const auto&... names) {
        using Part = std::remove_cvref_t<decltype(part)>;
        if constexpr (!is_number<Part>) {
            const auto slices = tensors<S>(part);
            for (std::size_t k = 0; k < slices.size(); ++k)
                all.push_back({joined({names..., schema<Part>[k].name.c_str()}), slices[k].extents, slices[k].data});
        }
    });
    const auto append = [&](const auto& tensors) {
        for (const TensorSchema& tensor : tensors)
            all.push_back({joined({"best", tensor.name.c_str()}), tensor.extents});
    };
    const std::size_t first = all.size();
    if (has_best) {
        append(schema<typename Model::Parameters>);
        append(schema<typename Model::State>);
    }
    if (best != nullptr) {
        const auto tensors = state_dict(*best);
        for (std::size_t i = 0; i < tensors.size(); ++i) all[first + i].data = tensors[i].data;
    }
    return all;
}

// Checks all numbers of a checkpoint for this trainer, and changes nothing in it. Sets `epoch`, and whether the best
// model is in the file.
Result read_numbers(const auto& trainer, const std::string& path, const std::vector<Note>& notes, Epoch& epoch,
                    bool& has_best) {
    NoteReader reader = reader_of(notes);
    trainer.remember([&](const auto& part, const auto&... names) {
        if constexpr (is_number<decltype(part)>) {
            auto number = part;
            reader.read(number, joined({names...}));
        }
    });
    return read_notes(reader, path, epoch, has_best);
}

template <class Trainer>
Result read_checkpoint(Trainer& trainer, TensorFile& file, const std::string& path, Epoch* epoch,
                       typename Trainer::Model* best);

}  // namespace detail

template <class Trainer>
Result save_checkpoint(const Trainer& trainer, const std::string& path, const Epoch& epoch,
                       const typename Trainer::Model* best) {
    static_assert(
        remembers_all<detail::optimizer_of<Trainer>>,
        "kiln: a checkpoint needs an optimizer that remembers what it has observed, got one that forgets it; try a "
        "member remember(visit) in the optimizer or in its schedule");
    static_assert(
        remembers_numbers<detail::optimizer_of<Trainer>>,
        "kiln: a checkpoint needs an optimizer that remembers numbers only, got another; try default values and a "
        "constexpr remember(visit) that visits the numbers of an array or a class one by one");
    return kiln::detail::guarded(path, [&]() -> Result {
        std::vector<Note> notes = detail::first_notes();
        trainer.remember([&](const auto& part, const auto&... names) {
            if constexpr (detail::is_number<decltype(part)>)
                notes.push_back({detail::joined({names...}), exact_text(part)});
        });
        detail::append_notes(notes, epoch, best != nullptr);
        std::string text;
        if (Result sound = detail::checkpoint_text(
                text, path, detail::checkpoint_tensors<const float>(trainer, best, best != nullptr), notes);
            !sound)
            return sound;
        // Negative counts are refused here, not when the file is needed.
        Epoch same;
        bool has_best = false;
        if (Result sound = detail::read_numbers(trainer, path, notes, same, has_best); !sound) return sound;
        return replace_file(path, text);
    });
}

// Reads a checkpoint from a file that is not open yet.
template <class Trainer>
Result detail::read_checkpoint(Trainer& trainer, TensorFile& file, const std::string& path, Epoch* epoch,
                               typename Trainer::Model* best) {
    std::vector<Note> notes;
    if (Result read = open_checkpoint(file, path, notes); !read) return read;
    // First everything is checked, then everything is taken over.
    Epoch kept;
    bool has_best = false;
    if (Result sound = read_numbers(trainer, path, notes, kept, has_best); !sound) return sound;
    if (best != nullptr && !has_best && kept.best > 0)
        return Result::failure(
            path, "expected a checkpoint with the best model, found one without; try fit without a best model");

    const auto tensors = checkpoint_tensors<float>(trainer, has_best ? best : nullptr, has_best);
    NoteReader reader(notes);
    std::vector<std::string> numbers;
    trainer.remember([&](auto& part, const auto&... names) {
        if constexpr (is_number<decltype(part)>) numbers.push_back(joined({names...}));
    });
    if (Result read = file.read({tensors.data(), tensors.size()}); !read) return read;
    // Nothing fails from here on; no memory is needed.
    std::size_t n = 0;
    trainer.remember([&](auto& part, const auto&...) {
        if constexpr (is_number<decltype(part)>) reader.read(part, numbers[n++]);
    });
    if (epoch != nullptr) *epoch = kept;
    return {};
}

template <class Trainer>
Result load_checkpoint(Trainer& trainer, const std::string& path, Epoch* epoch, typename Trainer::Model* best) {
    return kiln::detail::guarded(path, [&] {
        InputFile opened(path);
        TensorFile file(opened);
        return detail::read_checkpoint(trainer, file, path, epoch, best);
    });
}

}  // namespace kiln::inline KILN_TARGET::io

#ifndef KILN_COMPILED
#include <kiln/io/checkpoint.ipp>
#endif

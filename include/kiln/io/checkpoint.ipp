// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>
#include <kiln/io/detail/checksum.hpp>

namespace kiln::inline KILN_TARGET::io::detail {

inline constexpr std::string_view checkpoint_note = "kiln.checkpoint", checkpoint_version = "1", best_note = "best",
                                  ended_note = "epoch.ended_by_callback";

KILN_LAZY_DEFINITION std::string joined(std::initializer_list<std::string_view> names) {
    std::string text;
    for (const std::string_view name : names) (text += text.empty() ? "" : ".") += name;
    return text;
}

// Shows the numbers of an epoch that training goes on from.
inline void remember(auto& epoch, auto visit) {
    visit(epoch.number, "epoch.number");
    visit(epoch.samples, "epoch.samples");
    visit(epoch.of_samples, "epoch.of_samples");
    visit(epoch.loss, "epoch.loss");
    visit(epoch.accuracy, "epoch.accuracy");
    visit(epoch.error, "epoch.error");
    visit(epoch.validation_loss, "epoch.validation_loss");
    visit(epoch.validation_accuracy, "epoch.validation_accuracy");
    visit(epoch.validation_error, "epoch.validation_error");
    visit(epoch.learning_rate, "epoch.learning_rate");
    visit(epoch.seconds, "epoch.seconds");
    visit(epoch.best, "epoch.best");
    visit(epoch.best_loss, "epoch.best_loss");
    visit(epoch.best_accuracy, "epoch.best_accuracy");
    visit(epoch.best_error, "epoch.best_error");
}

KILN_LAZY_DEFINITION std::vector<Note> first_notes() {
    return {{"format", "pt"},
            {std::string(checkpoint_note), std::string(checkpoint_version)},
            {std::string(checksum_note), std::string(checksum_to_come)}};
}

KILN_LAZY_DEFINITION void append_notes(std::vector<Note>& notes, const Epoch& epoch, bool has_best) {
    remember(epoch, [&](const auto& number, const char* name) { notes.push_back({name, exact_text(number)}); });
    notes.push_back({std::string(best_note), exact_text(has_best)});
    notes.push_back({std::string(ended_note), exact_text(epoch.ending == Ending::callback)});
}

KILN_LAZY_DEFINITION NoteReader reader_of(const std::vector<Note>& notes) {
    return NoteReader(notes, {"format", checkpoint_note, checksum_note});
}

KILN_LAZY_DEFINITION Result read_notes(NoteReader& reader, const std::string& path, Epoch& epoch, bool& has_best) {
    remember(epoch, [&](auto& number, const char* name) { reader.read(number, name); });
    reader.read(has_best, std::string(best_note));
    bool ended = false;
    reader.read(ended, std::string(ended_note));
    if (ended) epoch.ending = Ending::callback;
    if (epoch.best > epoch.number)
        reader.refuse("epoch.best",
                      concat("expected at most the ", epoch.number, " of \"epoch.number\", found ", epoch.best));
    if (epoch.best > 0 && epoch.best_loss != epoch.best_loss)
        reader.refuse("epoch.best_loss", concat("expected the loss of epoch ", epoch.best, ", found \"nan\""));
    reader.end();
    return reader.fault().empty() ? Result() : Result::failure(path, reader.fault());
}

KILN_LAZY_DEFINITION Result checkpoint_text(std::string& text, const std::string& path,
                                            std::span<const NamedTensor<const float>> tensors,
                                            std::span<const Note> notes) {
    text = safetensors_text(tensors, notes);
    // Names that occur twice are refused here, not when the file is needed.
    Result sound = parse_safetensors(text, path, {}, {.others_allowed = true});
    if (sound) seal(text);
    return sound;
}

// The fault of a file that is well-formed; empty if there is none.
KILN_LAZY inline std::string checkpoint_fault(const std::vector<Note>& notes) {
    for (const Note& note : notes) {
        if (note.key != checkpoint_note) continue;
        if (note.value == checkpoint_version) return {};
        return concat("note ", in_quotes(note.key), ": expected ", in_quotes(checkpoint_version), ", found ",
                      in_quotes(note.value));
    }
    return concat("expected a checkpoint, found a file without a note ", in_quotes(checkpoint_note),
                  "; is it a model alone? try load_safetensors");
}

KILN_LAZY_DEFINITION Result open_checkpoint(TensorFile& file, const std::string& path, std::vector<Note>& notes) {
    if (Result opened = file.open(); !opened) return opened;
    notes = file.notes();
    const std::string fault = checkpoint_fault(notes);
    return fault.empty() ? file.check_sum() : Result::failure(path, fault);
}

}  // namespace kiln::inline KILN_TARGET::io::detail

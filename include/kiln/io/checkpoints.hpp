// SPDX-License-Identifier: BSL-1.0
#pragma once
// The files of a training that may be stopped or killed. The same program, started again, goes on from these files:
//
//   kiln::io::Checkpoints checkpoints{trainer, "run/digits", {.every = 5, .resume = true}};
//   trainer.fit(train, validation, {.epochs = 20, .checkpoints = checkpoints}, best);
//
// and ends with the same bits as if it had never stopped: parameters, moments, the best model, patience, the numbers of
// epochs. Ctrl-C, a kill or an error in the middle of an epoch costs that epoch, because the files always hold the last
// whole epoch. A program's own records (History, EpochLog) begin anew. A training that a callback ended is over. A
// training that had all its epochs goes on if fit is given more epochs, counted from the file's first. In every epoch
// fit waits until the file is written.

#include <kiln/core/detail/raise.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/open_file.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/checkpoint.hpp>
#include <kiln/io/safetensors.hpp>
#include <kiln/train/checkpointing.hpp>
#include <kiln/train/progress.hpp>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

/// The files that a training keeps, and whether it goes on from one. With `resume` the files belong to one call of fit.
struct CheckpointOptions {
    int every = 0;          ///< a file for every `every` epochs, which stays: PATH.epoch-0005.safetensors; 0: none
    bool last = true;       ///< a checkpoint that each epoch replaces: PATH.last.safetensors
    bool best = false;      ///< the model of the lowest loss so far, without the training: PATH.best.safetensors
    bool resume = false;    ///< go on from PATH.last.safetensors if it exists, else begin. Needs `last`
    std::string from = {};  ///< begin with this file, which must exist
};

/// Keeps the training of `trainer`, which must outlive it, in files PATH.*, for FitOptions::checkpoints. fit throws
/// FileError before the first epoch if it cannot go on from the file, or if files cannot be written at all. If a file
/// cannot be written later (a full disk), training goes on: the old file stays, fit warns once an epoch, the next epoch
/// tries again, and status() holds the failure.
template <class Trainer>
class Checkpoints {
    using Model = typename Trainer::Model;

  public:
    Checkpoints(Trainer& trainer, std::string path, CheckpointOptions options = {})
        : trainer_(trainer),
          path_(std::move(path)),
          options_(std::move(options)) {}
    Checkpoints(const Checkpoints&) = delete;
    Checkpoints& operator=(const Checkpoints&) = delete;

    std::string last_file() const { return path_ + ".last.safetensors"; }
    std::string best_file() const { return path_ + ".best.safetensors"; }
    std::string file_of(int epoch) const {
        const char* const zeros = epoch < 10 ? "000" : epoch < 100 ? "00" : epoch < 1000 ? "0" : "";
        return concat(path_, ".epoch-", zeros, epoch, ".safetensors");
    }

    /// Success if all files of the latest epoch were written, else the first failure.
    const Result& status() const { return status_; }

    operator Checkpointing() & {
        return {[](void* context, const void* trainer, void* best) {
                    return self(context).restore(trainer, static_cast<Model*>(best));
                },
                [](void* context, const Epoch& epoch, const void* best, std::FILE* warnings) {
                    self(context).save(epoch, static_cast<const Model*>(best), warnings);
                },
                this};
    }

  private:
    static Checkpoints& self(void* context) { return *static_cast<Checkpoints*>(context); }

    Epoch restore(const void* trainer, Model* best) {
        if (trainer != &trainer_)
            raise<std::invalid_argument>(
                "kiln: fit needs checkpoints of its own trainer, got those of another; try Checkpoints{trainer, path}");
        // Epochs are counted anew in each call of fit, so a file could not tell in which call the training stopped.
        if (used_ && resumes_)
            raise<std::invalid_argument>("kiln: checkpoints with .resume need a single call of fit, got a second; try "
                                         "other Checkpoints for the second call, with another path");
        if (options_.resume && !options_.last)
            raise<std::invalid_argument>("kiln: checkpoints with .resume need .last, the file that fit goes on from, "
                                         "got .last = false; try .last = true");
        used_ = true;
        // A path that cannot be written is reported now, not after an epoch.
        const std::string trial = path_ + ".kiln-trial";
        replace_file(trial, "").or_throw();
        std::remove(trial.c_str());
        best_written_ = 0;
        Epoch epoch;
        if (options_.resume && is_there(last_file()))
            load_checkpoint(trainer_, last_file(), &epoch, best).or_throw();
        else if (!options_.from.empty())
            load_checkpoint(trainer_, options_.from, &epoch, best).or_throw();
        // Another call of fit goes on from the end of this one.
        options_.from.clear();
        options_.resume = false;
        return epoch;
    }

    void save(const Epoch& epoch, const Model* best, std::FILE* warnings) {
        status_ = {};
        const auto attempt = [&](Result result) {
            const bool done = static_cast<bool>(result);
            if (!done && status_) status_ = std::move(result);
            return done;
        };
        // The best file comes first: if the program ends before the others are written, the next run writes the same
        // best file again. A best model that could not be written is written later, if the model still exists then.
        const Model* const model = epoch.best == epoch.number ? &trainer_.model() : best;
        if (options_.best && model != nullptr && best_written_ != epoch.best) {
            SaveOptions options;
            options.notes.push_back({"epoch", exact_text(epoch.best)});
            options.notes.push_back({"loss", exact_text(epoch.best_loss)});
            if (attempt(save_safetensors(*model, best_file(), options))) best_written_ = epoch.best;
        }
        if (options_.every > 0 && epoch.number % options_.every == 0)
            attempt(save_checkpoint(trainer_, file_of(epoch.number), epoch, best));
        if (options_.last) attempt(save_checkpoint(trainer_, last_file(), epoch, best));
        if (!status_ && warnings != nullptr) {
            const std::string text = status_.message().substr(sizeof "kiln: " - 1);
            std::fprintf(warnings, "kiln: warning: %s; the file is as it was, training goes on\n", text.c_str());
        }
    }

    // True also for a file that cannot be read: that is an error, and no reason to begin anew.
    static bool is_there(const std::string& path) {
        const kiln::detail::OpenFile file(path, "rb");
        return file || errno != ENOENT;
    }

    Trainer& trainer_;
    std::string path_;
    CheckpointOptions options_;
    bool resumes_ = options_.resume, used_ = false;
    int best_written_ = 0;  // the epoch of the model in the best file
    Result status_;
};

}  // namespace kiln::inline KILN_TARGET::io

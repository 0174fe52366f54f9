// SPDX-License-Identifier: BSL-1.0
#pragma once
// Checkpointing: after every epoch `fit` hands the training to code that saves it, so that another program can go on
// from there. kiln/io/checkpoints.hpp saves it in files; `fit` itself knows of no files, only of function pointers and
// a context.

#include <kiln/train/progress.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET {

/// Saves a training after every whole epoch, and may restore an earlier one to go on from. `trainer` and `best` are
/// those of the call of fit; `best` is a model, or nullptr if no best model is kept or none is known yet.
struct Checkpointing {
    /// Called before the first epoch. Restores trainer and best to their values after an epoch and returns that epoch,
    /// or changes nothing and returns Epoch{}. Throws if it can do neither.
    Epoch (*restore)(void* context, const void* trainer, void* best) = nullptr;
    /// Called after an epoch and its callbacks. Failures are reported to `warnings`, and training goes on.
    void (*save)(void* context, const Epoch& epoch, const void* best, std::FILE* warnings) = nullptr;
    void* context = nullptr;

    Epoch begin(const void* trainer, void* best) const {
        return restore != nullptr ? restore(context, trainer, best) : Epoch{};
    }
    void keep(const Epoch& epoch, const void* best, std::FILE* warnings) const {
        if (save != nullptr) save(context, epoch, best, warnings);
    }
};

}  // namespace kiln::inline KILN_TARGET

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Checkpointing: after every epoch `fit` hands the training to somebody who keeps it, so that another program can go on
// from there. kiln/io/checkpoints.hpp keeps it in files; `fit` knows of no files, but of function pointers and a context.

#include <kiln/train/progress.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET {

/// Keeps a training after every whole epoch, and may have an earlier one to go on from. `trainer` and `best` are those of the call
/// of fit; `best` is a model of the trainer's, or nullptr if none is kept (or there is none yet).
struct Checkpointing {
    /// Before the first epoch: makes trainer and best what they were after an epoch, and returns that one; or changes
    /// nothing and returns Epoch{}. Throws if it can do neither.
    Epoch (*restore)(void* context, const void* trainer, void* best) = nullptr;
    /// After an epoch and its callbacks. What goes wrong is told to `warnings`, and training goes on.
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

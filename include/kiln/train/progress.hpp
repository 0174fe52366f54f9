// SPDX-License-Identifier: BSL-1.0
#pragma once
// Progress of a training: the figures of an epoch, the callbacks that get them, and a display for terminals. A callback
// is a function pointer and a context, so nothing allocates.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET {

/// The reason why training ended.
enum class Ending {
    not_yet,
    all_epochs,   ///< all epochs of FitOptions::epochs
    no_progress,  ///< no epoch was better for FitOptions::patience epochs
    callback,     ///< a callback asked for it
    interrupt     ///< Ctrl-C
};

/// The figure by which one epoch is better than another: a lower loss, a higher accuracy, or a lower error.
enum class BestBy { loss, accuracy, error };

/// The state of a training. A figure that does not exist is NaN: a validation figure without a validation set, and
/// accuracy or error if the loss is not judged by it (JudgedBy). A validation figure is infinite if outputs are NaN.
struct Epoch {
    static constexpr float none = __builtin_nanf("");

    int number = 0;                    ///< the number of this epoch, from 1
    int epochs = 0;                    ///< the number of all epochs
    int samples = 0;                   ///< samples done in this epoch
    int of_samples = 0;                ///< samples in an epoch
    float loss = 0;                    ///< mean over these samples, each at its step (a batch weighs by its samples)
    float accuracy = none;             ///< fraction of right answers for these samples, 0 to 1
    float error = none;                ///< mean absolute error for these samples, in the units of the targets
    float perplexity = none;           ///< e to the loss, where a class of each frame is judged
    float validation_loss = none;      ///< after the epoch
    float validation_accuracy = none;  ///< 0 to 1
    float validation_error = none;     ///< as `error`
    float validation_perplexity = none;
    float learning_rate = none;  ///< of the last step
    double seconds = 0;          ///< time spent on training in this epoch
    int best = 0;                ///< the best epoch so far by FitOptions::best_by, of validation if there is any
    float best_loss = none;      ///< the loss of the best epoch
    float best_accuracy = none;  ///< the accuracy of the best epoch
    float best_error = none;     ///< the error of the best epoch
    Ending ending = Ending::not_yet;

    constexpr bool finished() const { return samples == of_samples; }
    constexpr double samples_per_second() const { return seconds > 0 ? samples / seconds : 0; }
};

/// A callback for progress, called after every batch, and after an epoch is finished and validated.
struct Progress {
    void (*show)(void* context, const Epoch& epoch) = nullptr;
    void* context = nullptr;

    void operator()(const Epoch& epoch) const {
        if (show != nullptr) show(context, epoch);
    }
};

/// A callback for epochs, called after every epoch, also one that was cut short. Returns true to end training.
struct Callback {
    bool (*call)(void* context, const Epoch& epoch) = nullptr;
    void* context = nullptr;

    bool operator()(const Epoch& epoch) const { return call != nullptr && call(context, epoch); }
};

/// The Callback that calls `target(epoch)`: an object with operator(), or a lambda with a name. `target` may return
/// true to end training, or nothing. `target` must live as long as training lasts.
template <class T>
constexpr Callback callback(T& target) {
    const auto call = [](void* context, const Epoch& epoch) -> bool {
        T& object = *static_cast<T*>(context);
        if constexpr (requires { object(epoch) ? 0 : 1; })
            return object(epoch);
        else
            return object(epoch), false;
    };
    return {call, &target};
}

/// A bar with rate, loss, accuracy and time left on a terminal; one plain line per epoch elsewhere.
Progress progress_bar(std::FILE* stream = stderr);

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/train/progress.ipp>
#endif

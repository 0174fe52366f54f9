// SPDX-License-Identifier: BSL-1.0
#pragma once
// Progress of a training run: what is reported of an epoch, who can be told, and a display for terminals. Whoever is told
// is a function pointer and a context, so nothing allocates.

#include <kiln/core/compiled.hpp>
#include <kiln/core/target.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET {

/// Why training ended.
enum class Ending {
    not_yet,
    all_epochs,   ///< all that were asked for
    no_progress,  ///< the loss has not fallen for FitOptions::patience epochs
    callback,     ///< a callback asked for it
    interrupt     ///< Ctrl-C
};

/// How far training has come. Figures that there are none of (no validation set, no classes) are NaN.
struct Epoch {
    static constexpr float none = __builtin_nanf("");

    int number = 0;      ///< this epoch, from 1
    int epochs = 0;      ///< of how many
    int samples = 0;     ///< samples done in this epoch
    int of_samples = 0;  ///< of how many
    float loss = 0;      ///< mean loss over those done, while they were learned (of batches: each weighs its samples)
    float accuracy = none;             ///< share of them that was right, 0 to 1
    float validation_loss = none;      ///< after the epoch
    float validation_accuracy = none;  ///< 0 to 1
    float learning_rate = none;        ///< of the last step
    double seconds = 0;                ///< time spent on training in this epoch
    int best = 0;            ///< the epoch of the lowest validation loss (training loss without validation) so far
    float best_loss = none;  ///< that loss
    Ending ending = Ending::not_yet;

    constexpr bool finished() const { return samples == of_samples; }
    constexpr double samples_per_second() const { return seconds > 0 ? samples / seconds : 0; }
};

/// Who is told of progress: after every batch, and finally when an epoch is finished and validated.
struct Progress {
    void (*show)(void* context, const Epoch& epoch) = nullptr;
    void* context = nullptr;

    void operator()(const Epoch& epoch) const {
        if (show != nullptr) show(context, epoch);
    }
};

/// Who is told after every epoch, also one that was cut short, and may end training by returning true.
struct Callback {
    bool (*call)(void* context, const Epoch& epoch) = nullptr;
    void* context = nullptr;

    bool operator()(const Epoch& epoch) const { return call != nullptr && call(context, epoch); }
};

/// The callback that calls `target(epoch)`: an object with operator(), or a lambda with a name. It may return true, to
/// end training, or nothing; it has to live as long as training lasts.
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

namespace detail {

// Seconds from some fixed point, never running backwards.
double seconds_now();

}  // namespace detail

/// A bar with rate, loss, accuracy and time left on a terminal; one plain line per epoch elsewhere.
Progress progress_bar(std::FILE* stream = stderr);

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/train/progress.ipp>
#endif

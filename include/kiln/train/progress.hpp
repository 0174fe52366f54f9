// SPDX-License-Identifier: BSL-1.0
#pragma once
// Progress of a training run: what is reported of an epoch, who can be told, and a display for terminals. Whoever is told
// is a function pointer and a context, so nothing allocates.

#include <kiln/core/target.hpp>

#include <cstdio>
#include <ctime>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

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
inline double seconds_now() {
    std::timespec now{};
#ifdef CLOCK_MONOTONIC
    clock_gettime(CLOCK_MONOTONIC, &now);
#else
    std::timespec_get(&now, TIME_UTC);
#endif
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

inline bool is_terminal(std::FILE* stream) {
#if __has_include(<unistd.h>)
    return isatty(fileno(stream)) == 1;
#else
    return static_cast<void>(stream), false;
#endif
}

inline void print_figures(std::FILE* stream, const char* name, float loss, float accuracy) {
    if (loss == loss) std::fprintf(stream, "  %sloss %.4f", name, static_cast<double>(loss));
    if (accuracy == accuracy) std::fprintf(stream, "  %saccuracy %.2f %%", name, 100 * static_cast<double>(accuracy));
}

inline void show_bar(void* context, const Epoch& epoch) {
    auto* stream = static_cast<std::FILE*>(context);
    constexpr int width = 30, parts = 200;
    const auto part = [&](int samples) {
        return epoch.of_samples > 0 ? static_cast<long long>(samples) * parts / epoch.of_samples : parts;
    };
    const bool terminal = is_terminal(stream);
    if (epoch.finished() || epoch.ending != Ending::not_yet) {
        std::fprintf(stream, "%sepoch %d/%d", terminal ? "\r\033[K" : "", epoch.number, epoch.epochs);
        print_figures(stream, "", epoch.loss, epoch.accuracy);
        print_figures(stream, "validation ", epoch.validation_loss, epoch.validation_accuracy);
        std::fprintf(stream, "  %.2f s  %.0f samples/s\n", epoch.seconds, epoch.samples_per_second());
    } else if (terminal) {
        // Redrawn only when it would look different: at most `parts` times an epoch.
        static long long last = -1;
        if (part(epoch.samples) == last) return;
        last = part(epoch.samples);
        char bar[width + 1] = {};
        for (int i = 0; i < width; ++i) bar[i] = i * parts < last * width ? '#' : '.';
        const double left =
            epoch.seconds * (epoch.of_samples - epoch.samples) / (epoch.samples > 0 ? epoch.samples : 1);
        std::fprintf(stream, "\repoch %d/%d [%s]", epoch.number, epoch.epochs, bar);
        print_figures(stream, "", epoch.loss, epoch.accuracy);
        std::fprintf(stream, "  %.0f/s  %.0f s left\033[K", epoch.samples_per_second(), left);
    }
    std::fflush(stream);
}

}  // namespace detail

/// A bar with rate, loss, accuracy and time left on a terminal; one plain line per epoch elsewhere.
inline Progress progress_bar(std::FILE* stream = stderr) { return {&detail::show_bar, stream}; }

}  // namespace kiln::inline KILN_TARGET

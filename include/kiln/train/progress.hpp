// SPDX-License-Identifier: BSL-1.0
#pragma once
// Progress of a long training run: what is reported, and a display of it. A display is a function pointer and a
// context, so nothing allocates.

#include <cstdio>
#include <ctime>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace kiln {

/// How far training has come.
struct Epoch {
    int number = 0;      ///< this epoch, from 1
    int epochs = 0;      ///< of how many
    int samples = 0;     ///< samples done in this epoch
    int of_samples = 0;  ///< of how many
    float loss = 0;      ///< mean loss over those done
    double seconds = 0;  ///< time spent on them

    constexpr bool finished() const { return samples == of_samples; }
    constexpr double samples_per_second() const { return seconds > 0 ? samples / seconds : 0; }
};

/// Who is told of progress: after every batch, and finally when an epoch is finished.
struct Progress {
    void (*show)(void* context, const Epoch& epoch) = nullptr;
    void* context = nullptr;

    void operator()(const Epoch& epoch) const {
        if (show != nullptr) show(context, epoch);
    }
};

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

inline void show_bar(void* context, const Epoch& epoch) {
    auto* stream = static_cast<std::FILE*>(context);
    constexpr int width = 30, parts = 200;
    const auto part = [&](int samples) {
        return epoch.of_samples > 0 ? static_cast<long long>(samples) * parts / epoch.of_samples : parts;
    };
    if (is_terminal(stream) && !epoch.finished()) {
        // Redrawn only when it would look different: at most `parts` times an epoch.
        static long long last = -1;
        if (part(epoch.samples) == last) return;
        last = part(epoch.samples);
        char bar[width + 1] = {};
        for (int i = 0; i < width; ++i) bar[i] = i * parts < last * width ? '#' : '.';
        const double left =
            epoch.seconds * (epoch.of_samples - epoch.samples) / (epoch.samples > 0 ? epoch.samples : 1);
        std::fprintf(stream, "\repoch %d/%d [%s] loss %.4f  %.0f/s  %.0f s left ", epoch.number, epoch.epochs, bar,
                     static_cast<double>(epoch.loss), epoch.samples_per_second(), left);
        std::fflush(stream);
    } else if (epoch.finished()) {
        std::fprintf(stream, "%sepoch %d/%d  loss %.4f  %.2f s  %.0f samples/s\n",
                     is_terminal(stream) ? "\r\033[K" : "", epoch.number, epoch.epochs, static_cast<double>(epoch.loss),
                     epoch.seconds, epoch.samples_per_second());
        std::fflush(stream);
    }
}

}  // namespace detail

/// A bar with rate, loss and time left on a terminal; one plain line per epoch elsewhere.
inline Progress progress_bar(std::FILE* stream = stderr) { return {&detail::show_bar, stream}; }

}  // namespace kiln

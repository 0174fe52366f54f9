// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/compiled.hpp>

#include <cstdio>
#include <ctime>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace kiln::inline KILN_TARGET {

namespace detail {

KILN_INLINE double seconds_now() {
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

inline void print_figures(std::FILE* stream, const char* name, float loss, float accuracy, float error) {
    if (loss == loss) std::fprintf(stream, "  %sloss %.4f", name, static_cast<double>(loss));
    if (accuracy == accuracy) std::fprintf(stream, "  %saccuracy %.2f %%", name, 100 * static_cast<double>(accuracy));
    if (error == error) std::fprintf(stream, "  %serror %.4g", name, static_cast<double>(error));
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
        print_figures(stream, "", epoch.loss, epoch.accuracy, epoch.error);
        print_figures(stream, "validation ", epoch.validation_loss, epoch.validation_accuracy, epoch.validation_error);
        std::fprintf(stream, "  %.2f s  %.0f samples/s\n", epoch.seconds, epoch.samples_per_second());
    } else if (terminal) {
        // Redrawn only when the bar changes: at most `parts` times an epoch.
        static long long last = -1;
        if (part(epoch.samples) == last) return;
        last = part(epoch.samples);
        char bar[width + 1] = {};
        for (int i = 0; i < width; ++i) bar[i] = i * parts < last * width ? '#' : '.';
        const double left =
            epoch.seconds * (epoch.of_samples - epoch.samples) / (epoch.samples > 0 ? epoch.samples : 1);
        std::fprintf(stream, "\repoch %d/%d [%s]", epoch.number, epoch.epochs, bar);
        print_figures(stream, "", epoch.loss, epoch.accuracy, epoch.error);
        std::fprintf(stream, "  %.0f/s  %.0f s left\033[K", epoch.samples_per_second(), left);
    }
    std::fflush(stream);
}

}  // namespace detail

KILN_INLINE Progress progress_bar(std::FILE* stream) { return {&detail::show_bar, stream}; }

}  // namespace kiln::inline KILN_TARGET

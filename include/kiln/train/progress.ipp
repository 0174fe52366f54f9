// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/system.hpp>

#include <cstdio>

namespace kiln::inline KILN_TARGET {

namespace detail {

// These return how many columns they print.
inline int print_figures(std::FILE* stream, const char* name, float loss, float accuracy, float error,
                         float perplexity) {
    int columns = 0;
    if (loss == loss) columns += std::fprintf(stream, "  %sloss %.4f", name, static_cast<double>(loss));
    if (accuracy == accuracy)
        columns += std::fprintf(stream, "  %saccuracy %.2f %%", name, 100 * static_cast<double>(accuracy));
    if (error == error) columns += std::fprintf(stream, "  %serror %.4g", name, static_cast<double>(error));
    if (perplexity == perplexity)
        columns += std::fprintf(stream, "  %sperplexity %.4g", name, static_cast<double>(perplexity));
    return columns;
}
inline int print_epoch(std::FILE* stream, const Epoch& epoch) {
    int columns = std::fprintf(stream, "epoch %d/%d", epoch.number, epoch.epochs);
    columns += print_figures(stream, "", epoch.loss, epoch.accuracy, epoch.error, epoch.perplexity);
    columns += print_figures(stream, "validation ", epoch.validation_loss, epoch.validation_accuracy,
                             epoch.validation_error, epoch.validation_perplexity);
    return columns + std::fprintf(stream, "  %.2f s  %.0f samples/s", epoch.seconds, epoch.samples_per_second());
}
inline int print_bar(std::FILE* stream, const Epoch& epoch, const char* bar) {
    int columns = std::fprintf(stream, "epoch %d/%d [%s]", epoch.number, epoch.epochs, bar);
    columns += print_figures(stream, "", epoch.loss, epoch.accuracy, epoch.error, epoch.perplexity);
    const double left = epoch.seconds * (epoch.of_samples - epoch.samples) / (epoch.samples > 0 ? epoch.samples : 1);
    return columns + std::fprintf(stream, "  %.0f/s  %.0f s left", epoch.samples_per_second(), left);
}

inline void show_bar(void* context, const Epoch& epoch) {
    auto* stream = static_cast<std::FILE*>(context);
    constexpr int width = 30, parts = 200;
    const auto part = [&](int samples) {
        return epoch.of_samples > 0 ? static_cast<long long>(samples) * parts / epoch.of_samples : parts;
    };
    const bool terminal = is_terminal(stream);
    // Columns of the line that stands there. Blanks wipe it out, because not all terminals know escape sequences.
    static int shown = 0;
    const auto wipe_behind = [&](int columns) {
        std::fprintf(stream, "%*s", columns < shown ? shown - columns : 0, "");
    };
    if (epoch.finished() || epoch.ending != Ending::not_yet) {
        if (terminal) std::fputc('\r', stream);
        const int columns = print_epoch(stream, epoch);
        if (terminal) wipe_behind(columns);
        shown = 0;
        std::fputc('\n', stream);
    } else if (terminal) {
        // Redrawn only when the bar changes: at most `parts` times an epoch.
        static long long last = -1;
        if (part(epoch.samples) == last) return;
        last = part(epoch.samples);
        char bar[width + 1] = {};
        for (int i = 0; i < width; ++i) bar[i] = i * parts < last * width ? '#' : '.';
        std::fputc('\r', stream);
        const int columns = print_bar(stream, epoch, bar);
        wipe_behind(columns);
        shown = columns;
    }
    std::fflush(stream);
}

}  // namespace detail

KILN_INLINE Progress progress_bar(std::FILE* stream) { return {&detail::show_bar, stream}; }

}  // namespace kiln::inline KILN_TARGET

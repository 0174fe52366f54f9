// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/file_error.hpp>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>

namespace kiln::inline KILN_TARGET {

namespace detail {

struct LoggedFigure {
    const char* name;
    float Epoch::*value;
};
inline constexpr LoggedFigure logged_figures[] = {{"loss", &Epoch::loss},
                                                  {"accuracy", &Epoch::accuracy},
                                                  {"error", &Epoch::error},
                                                  {"perplexity", &Epoch::perplexity},
                                                  {"validation_loss", &Epoch::validation_loss},
                                                  {"validation_accuracy", &Epoch::validation_accuracy},
                                                  {"validation_error", &Epoch::validation_error},
                                                  {"validation_perplexity", &Epoch::validation_perplexity},
                                                  {"learning_rate", &Epoch::learning_rate}};

// By std::to_chars: printf writes a comma for the point where the locale has one.
inline void append_figure(std::string& line, float figure) {
    char text[32];
    line.append(",").append(text, std::to_chars(text, text + sizeof text, figure, std::chars_format::general, 6).ptr);
}

}  // namespace detail

KILN_INLINE EpochLog::EpochLog(const std::string& file, bool writes) : name_(file) {
    if (!writes) return;
    file_ = detail::OpenFile(file, "wb");
    if (!file_) refuse();
}

KILN_INLINE void EpochLog::operator()(const Epoch& epoch) {
    if (!file_) return;
    const bool is_first = columns_ == 0;
    std::string names = "epoch", line = std::to_string(epoch.number);
    unsigned bit = 1;
    for (const detail::LoggedFigure& figure : detail::logged_figures) {
        const float value = epoch.*figure.value;
        const bool exists = value == value;
        if (is_first && exists) columns_ |= bit;
        if ((columns_ & bit) != 0) {
            names.append(",").append(figure.name);
            if (exists)
                detail::append_figure(line, value);
            else
                line += ',';
        } else if (exists) {
            raise<FileError>(name_, concat("has no column for the ", figure.name, " of epoch ", epoch.number,
                                           " because the first epoch had none; try another EpochLog"));
        }
        bit <<= 1;
    }
    columns_ |= bit;  // also where an epoch has no figures
    detail::append_figure(line, static_cast<float>(epoch.seconds));
    if (is_first) print(names + ",seconds\n");
    print(line += '\n');
}

KILN_INLINE void EpochLog::print(const std::string& text) {
    if (std::fputs(text.c_str(), file_.get()) < 0 || std::fflush(file_.get()) != 0) refuse();
}

KILN_INLINE void EpochLog::refuse() const {
    raise<FileError>(name_, concat("cannot be written: ", std::strerror(errno)));
}

}  // namespace kiln::inline KILN_TARGET

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/compiled.hpp>
#include <kiln/core/concat.hpp>
#include <kiln/core/file_error.hpp>
#include <kiln/core/raise.hpp>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace kiln::inline KILN_TARGET {

KILN_INLINE EpochLog::EpochLog(const std::string& file) : name_(file), file_(file, "w") {
    if (!file_) refuse();
    print("epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds");
}

KILN_INLINE void EpochLog::operator()(const Epoch& epoch) {
    std::string line = std::to_string(epoch.number);
    for (const float figure : {epoch.loss, epoch.accuracy, epoch.validation_loss, epoch.validation_accuracy,
                               epoch.learning_rate, static_cast<float>(epoch.seconds)}) {
        char text[32];
        char* end = text;  // std::to_chars, because printf writes a comma where the locale has one
        if (figure == figure) end = std::to_chars(text, text + sizeof text, figure, std::chars_format::general, 6).ptr;
        line.append(",").append(text, end);
    }
    print(line.c_str());
}

KILN_INLINE void EpochLog::print(const char* line) {
    if (std::fprintf(file_.get(), "%s\n", line) < 0 || std::fflush(file_.get()) != 0) refuse();
}

KILN_INLINE void EpochLog::refuse() const {
    raise<FileError>(name_, concat("cannot be written: ", std::strerror(errno)));
}

}  // namespace kiln::inline KILN_TARGET

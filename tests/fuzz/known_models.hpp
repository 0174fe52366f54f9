// SPDX-License-Identifier: BSL-1.0
#pragma once
// The common part of the fuzzers of other programs' files: a model either gets finite parameters or stays as it was, and
// a message names the file.

#include <kiln/files/result.hpp>
#include <kiln/io/state_dict.hpp>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <span>

namespace fuzz {

inline void require(bool condition) {
    if (!condition) std::abort();
}

/// How many files have been read.
inline int files_read = 0;

/// Reads into a model as read(model, bytes, name) does.
template <class Model>
void load(std::span<const std::byte> bytes, auto read) {
    constexpr float before = -77.25f;
    static Model model;
    for (const auto& tensor : kiln::io::state_dict(model))
        for (int i = 0; i < tensor.count(); ++i) tensor.data[i] = before;
    const kiln::Result result = read(model, bytes, "file");
    if (!result) require(result.message().starts_with("kiln: file: ") && result.message().size() > 12);
    if (result) ++files_read;
    bool all_changed = true, none_changed = true;
    for (const auto& tensor : kiln::io::state_dict(model))
        for (int i = 0; i < tensor.count(); ++i) {
            require(std::isfinite(tensor.data[i]));
            none_changed = none_changed && tensor.data[i] == before;
            all_changed = all_changed && tensor.data[i] != before;
        }
    // A file may have the very number, so a success is known by the others.
    require(result ? !none_changed || all_changed : none_changed);
}

}  // namespace fuzz

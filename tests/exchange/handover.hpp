// SPDX-License-Identifier: BSL-1.0
#pragma once
// Files that the programs of this folder hand over to their scripts, in one folder, and whether all of them were
// written.

#include <kiln/core/tensor.hpp>
#include <kiln/files/replace_file.hpp>
#include <kiln/files/result.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace exchange {

inline std::string folder;
inline bool complete = true;

inline std::string file(const std::string& name) { return folder + "/" + name; }

inline void demand(const kiln::Result& result) {
    if (result) return;
    std::fprintf(stderr, "%s\n", result.message().c_str());
    complete = false;
}

/// Writes tensors of floats one after another, raw. A sample of several tensors is one tensor after the other.
inline void save(const std::string& name, const auto& samples) {
    std::string bytes;
    for (const auto& sample : samples)
        kiln::for_each_tensor(sample, [&](const auto& tensor) {
            bytes.append(reinterpret_cast<const char*>(tensor.data),
                         sizeof(float) * static_cast<std::size_t>(tensor.count));
        });
    demand(kiln::replace_file(file(name), bytes));
}

}  // namespace exchange

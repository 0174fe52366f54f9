// SPDX-License-Identifier: BSL-1.0
#pragma once
// Turns a lack of memory into a Result, so that no exception leaves a function that returns one.

#include <kiln/files/result.hpp>

#include <new>
#include <stdexcept>
#include <string>

namespace kiln::inline KILN_TARGET::detail {

/// The result of work(), which is a Result or made of one. If memory is short, a failure of file `path`; without
/// exceptions the program ends, as on every lack of memory.
template <class Work>
auto guarded(const std::string& path, Work work) -> decltype(work()) {
#ifdef __cpp_exceptions
    try {
        return work();
    } catch (const std::bad_alloc&) {
    } catch (const std::length_error&) {}
    try {
        return Result::failure(path, "out of memory");
    } catch (const std::bad_alloc&) {
        return Result::failure({}, "out of memory");  // short enough for a std::string without an allocation
    }
#else
    static_cast<void>(path);
    return work();
#endif
}

}  // namespace kiln::inline KILN_TARGET::detail

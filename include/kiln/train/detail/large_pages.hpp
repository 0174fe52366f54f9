// SPDX-License-Identifier: BSL-1.0
#pragma once
// Large pages of memory for a large object. A processor keeps the addresses of some thousand pages at hand. A workspace
// of many MiB has more pages of 4 KiB than that, and then the processor looks up addresses again and again: ResNet-8's
// step took 7 % longer. Linux gives pages of 2 MiB to memory that asks for them (madvise, transparent huge pages), and
// ignores a request that it cannot meet.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#if defined __linux__ && __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace kiln::inline KILN_TARGET::detail {

/// The first member of an object of type T. It is made before the others, so that they are written to large pages.
template <class T>
struct LargePages {
    constexpr explicit LargePages([[maybe_unused]] T* object) {
#ifdef MADV_HUGEPAGE
        constexpr std::uintptr_t page = 2 << 20;
        if constexpr (sizeof(T) >= page)
            if (!std::is_constant_evaluated()) {
                const auto begin = (reinterpret_cast<std::uintptr_t>(object) + page - 1) / page * page;
                const auto end = (reinterpret_cast<std::uintptr_t>(object) + sizeof(T)) / page * page;
                if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
            }
#endif
    }
};

}  // namespace kiln::inline KILN_TARGET::detail

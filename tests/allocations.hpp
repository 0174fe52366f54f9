// SPDX-License-Identifier: BSL-1.0
#pragma once
// Watches the allocations of a test program: their number, on all threads, and the size of the largest allocation,
// which must not grow with the sizes that a file claims. The functions can also end the memory on request. For one
// source file of a program.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

/// Allocations so far, and the largest of them in bytes.
static std::atomic<int> allocations = 0;
static std::atomic<std::size_t> largest_allocation = 0;

/// The number of allocations until there is no more memory (negative: there always is), and of those that failed.
static std::atomic<int> allocations_left = -1, allocations_failed = 0;

static void* allocate(std::size_t size, std::size_t alignment) {
    ++allocations;
    if (allocations_left == 0) {
        ++allocations_failed;
        throw std::bad_alloc();
    }
    if (allocations_left > 0) --allocations_left;
    for (std::size_t largest = largest_allocation;
         size > largest && !largest_allocation.compare_exchange_weak(largest, size);) {}
    if (void* const memory = std::aligned_alloc(alignment, (size / alignment + 1) * alignment)) return memory;
    throw std::bad_alloc();
}

// Not inlined: g++ 12 would warn of free() on memory from operator new.
[[gnu::noinline]] void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate(size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

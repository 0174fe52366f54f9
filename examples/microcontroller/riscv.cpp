// SPDX-License-Identifier: BSL-1.0
// Start-up and board for a RISC-V processor without other software, of 32 or 64 bits: the work before main, and printing
// through the debugger ("RISC-V Semihosting"), which here is QEMU.

#include "board.hpp"

#include <cstddef>
#include <cstdint>

extern "C" {

// Laid out by riscv.ld.
extern std::uint32_t data_begin[], data_end[], bss_begin[], bss_end[], stack_end[];
extern const std::uint32_t data_in_flash[];
extern void (*const constructors_begin[])();
extern void (*const constructors_end[])();

int main_of_program() asm("main");  // C++ forbids calling main by its name
[[noreturn]] void reset();
[[noreturn]] void fault();

// Objects with static storage are never destroyed, for the program never ends.
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
void* __dso_handle = nullptr;
}

// The processor starts here, without a stack. A trap goes to `fault`.
asm(R"(
    .section .start, "ax"
    .globl start
start:
    la sp, stack_end
    la t0, fault
    csrw mtvec, t0
    j reset
    .text
)");

namespace {

// The value that fills the stack, so that its use can be seen.
constexpr std::uint32_t paint = 0xC0FFEE42;

// Three instructions, none of them compressed and all on one page, are the call.
long semihosting(long operation, const void* argument) {
    register long a0 asm("a0") = operation;
    register const void* a1 asm("a1") = argument;
    asm volatile(R"(
        .balign 16
        .option push
        .option norvc
        slli zero, zero, 0x1f
        ebreak
        srai zero, zero, 7
        .option pop
    )"
                 : "+r"(a0)
                 : "r"(a1)
                 : "memory");
    return a0;
}

[[noreturn]] void exit(std::uintptr_t status) {
    const std::uintptr_t application_exit[] = {0x20026, status};
    semihosting(0x20, application_exit);  // SYS_EXIT_EXTENDED
    for (;;) {}
}

std::uint32_t* stack_pointer() {
    std::uint32_t* pointer;
    asm volatile("mv %0, sp" : "=r"(pointer));
    return pointer;
}

std::uint32_t retired_instructions() {
    std::uintptr_t count;
    asm volatile("csrr %0, minstret" : "=r"(count));
    return static_cast<std::uint32_t>(count);
}

}  // namespace

// Memory is as at power-on: nothing may be called before the floating-point unit is on and the data in place.
[[noreturn, gnu::used]] void reset() {
#ifdef __riscv_flen
    asm volatile("csrs mstatus, %0\n\tfscsr zero" : : "r"(0x2000));  // the floating-point unit is in use
#endif
    const std::uint32_t* from = data_in_flash;
    for (volatile std::uint32_t* to = data_begin; to != data_end; ++to) *to = *from++;
    for (volatile std::uint32_t* to = bss_begin; to != bss_end; ++to) *to = 0;
    for (volatile std::uint32_t* to = bss_end; to < stack_pointer(); ++to) *to = paint;
    for (auto constructor = constructors_begin; constructor != constructors_end; ++constructor) (*constructor)();
    exit(static_cast<std::uintptr_t>(main_of_program()));
}

[[noreturn, gnu::used, gnu::aligned(4)]] void fault() {
    board::print("fault\n");
    exit(1);
}

namespace board {

void print(const char* text) { semihosting(0x04, text); }  // SYS_WRITE0

Stopwatch::Stopwatch() : start_(retired_instructions()) {}
std::uint32_t Stopwatch::instructions() const { return retired_instructions() - start_; }

std::uint32_t peak_stack() {
    const std::uint32_t* place = bss_end;
    while (*place == paint) ++place;
    return static_cast<std::uint32_t>(stack_end - place) * sizeof *place;
}
const bool measures = true;

}  // namespace board

// SPDX-License-Identifier: BSL-1.0
// Start-up and board for a Cortex-M without other software: the vector table, the work before main, and
// printing through the debugger (semihosting: Arm, "Semihosting for AArch32 and AArch64"), which here is QEMU.

#include "board.hpp"

#include <cstddef>
#include <cstdint>

extern "C" {

// Laid out by cortex_m.ld.
extern std::uint32_t data_begin[], data_end[], bss_begin[], bss_end[], stack_end[];
extern const std::uint32_t data_in_flash[];
extern void (*const constructors_begin[])();
extern void (*const constructors_end[])();

int main_of_program() asm("main");  // C++ forbids calling main by its name
[[noreturn]] void reset();
[[noreturn]] void fault();

// Objects with static storage are never destroyed, for the program never ends.
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }
void* __dso_handle = nullptr;
}

namespace {

// The table that the processor reads after power-on (Armv7-M Architecture Reference Manual, B1.5.3): the first stack
// pointer, reset, and the faults. There are no interrupts here.
[[gnu::section(".vectors"), gnu::used]] const void* const vectors[] = {
    stack_end,
    reinterpret_cast<const void*>(&reset),
    reinterpret_cast<const void*>(&fault),   // NMI
    reinterpret_cast<const void*>(&fault),   // HardFault
    reinterpret_cast<const void*>(&fault),   // MemManage
    reinterpret_cast<const void*>(&fault),   // BusFault
    reinterpret_cast<const void*>(&fault)};  // UsageFault

volatile std::uint32_t& device_register(std::uintptr_t address) {
    return *reinterpret_cast<volatile std::uint32_t*>(address);
}

// SysTick counts 24 bits down, one for each cycle of the processor's clock.
constexpr std::uintptr_t systick_control = 0xE000E010, systick_reload = 0xE000E014, systick_value = 0xE000E018;
constexpr std::uint32_t systick_mask = 0xFFFFFF;
// The nanoseconds of a tick, which depend on the board's clock. With `-icount shift=0` an instruction takes one.
constexpr std::uint32_t instructions_per_tick = KILN_TICK;

// The value that fills the stack, so that its use can be seen.
constexpr std::uint32_t paint = 0xC0FFEE42;

int semihosting(int operation, const void* argument) {
    register int r0 asm("r0") = operation;
    register const void* r1 asm("r1") = argument;
    asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

[[noreturn]] void exit(std::uint32_t status) {
    const std::uint32_t application_exit[] = {0x20026, status};
    semihosting(0x20, application_exit);  // SYS_EXIT_EXTENDED
    for (;;) {}
}

std::uint32_t* stack_pointer() {
    std::uint32_t* pointer;
    asm volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

}  // namespace

// Memory is as at power-on: nothing may be called before the floating-point unit is on and the data in place.
[[noreturn]] void reset() {
#ifdef __ARM_FP
    device_register(0xE000ED88) |= 0xF << 20;  // CPACR: full access to the floating-point unit, and to Helium's vectors
    asm volatile("dsb\nisb");
#endif
    const std::uint32_t* from = data_in_flash;
    for (volatile std::uint32_t* to = data_begin; to != data_end; ++to) *to = *from++;
    for (volatile std::uint32_t* to = bss_begin; to != bss_end; ++to) *to = 0;
    for (volatile std::uint32_t* to = bss_end; to < stack_pointer(); ++to) *to = paint;
    for (auto constructor = constructors_begin; constructor != constructors_end; ++constructor) (*constructor)();
    device_register(systick_reload) = systick_mask;
    device_register(systick_control) = 5;  // on, from the processor's clock, without interrupt
    exit(static_cast<std::uint32_t>(main_of_program()));
}

[[noreturn]] void fault() {
    board::print("fault\n");
    exit(1);
}

namespace board {

void print(const char* text) { semihosting(0x04, text); }  // SYS_WRITE0

Stopwatch::Stopwatch() : start_(device_register(systick_value)) {}
std::uint32_t Stopwatch::instructions() const {
    return ((start_ - device_register(systick_value)) & systick_mask) * instructions_per_tick;
}

std::uint32_t peak_stack() {
    const std::uint32_t* place = bss_end;
    while (*place == paint) ++place;
    return static_cast<std::uint32_t>(stack_end - place) * sizeof *place;
}
const bool measures = true;

}  // namespace board

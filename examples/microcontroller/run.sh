#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
bash examples/run.sh microcontroller

Trains a network that reads digits (a few seconds), writes its weights as a constant of C++, and builds four programs
for Cortex-M0+, M3, M4F, M7, M33 and M55 and for RISC-V of 32 and 64 bits, without an operating system, and for this
machine:

  predict   the network reads a digit; its weights are a constant in flash
  stream    a GRU of 16 units hears one sample after the other; its weights are a constant in flash too
  train     a small network with a residual block learns how stripes run
  balance   a policy learns to balance a pole on a cart, as in examples/cart_pole; for chips with a floating-point unit,
            because others take ten times as long

Runs them in QEMU, compares every bit of their output with the output of this machine's programs, and shows the memory
they take. The M0+, the M3 and the RISC-V of 32 bits have no floating-point unit. The instructions are those of one
prediction, of one sample of the stream, of one step on 12 samples, and of one step on 32 moments of the simulation.
They are counted under QEMU's `-icount shift=0` as exactly as the board's timer is, and are not cycles of a real chip.
The stack is the whole program's at its deepest.

Installs what is missing: arm-none-eabi-g++ with newlib, riscv64-unknown-elf-g++ with picolibc, QEMU, Boost's headers,
zlib. Builds in build/microcontroller, for this machine with $CXX, or g++. Debian has no C++ library for bare RISC-V;
what is included of it is headers, so those of the Arm compiler serve. Where apt is not, RISC-V is left out.
END
}

case ${1-} in
'') ;;
--help | -h)
    usage
    exit 0
    ;;
*)
    usage >&2
    echo "FAILED: unknown option '$1'" >&2
    exit 2
    ;;
esac

compiler=${CXX:-g++}
# shellcheck source=tests/install.sh
. "$root/tests/install.sh"
install_missing cmake compiler boost zlib arm_compiler arm_machine
chips=(m0 m3 m4 m7 m33 m55)
if command -v apt-get >/dev/null; then
    install_missing riscv_compiler riscv_machine
    chips+=(rv32 rv64)
fi

build=$root/build/microcontroller
mkdir -p "$build/include"
if command -v flock >/dev/null; then # one run at a time
    exec 9>"$build/lock"
    flock 9
fi

# The cross compiler gets a folder with Boost alone: the host's whole include folder would hide its own C library.
boost=$(boost_folder)
ln -sfn "$boost" "$build/include/boost"

# -ffp-contract=off: a fused multiply-add rounds once, and not every machine has it. No -march=native: sums run over as
# many neighbouring floats as a vector has.
both=(-std=c++20 -O3 -DNDEBUG -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow "-I$root/include" "-I$here" "-I$build")
bare=(-fno-exceptions -fno-rtti -fno-threadsafe-statics -ffunction-sections -fdata-sections -isystem "$build/include"
    -nostartfiles -Wl,--gc-sections)

# of_chip <chip>: its name, the compiler's flags for it, a board of QEMU that has it, where that board has flash and RAM,
# and the nanoseconds of a tick of its clock.
of_chip() {
    local cpu=() float=hard flash=0 ram=0x20000000 size=64K tick=40
    machine=(qemu-system-arm)
    case $1 in
    m0) name=Cortex-M0+ cpu=(-mcpu=cortex-m0plus) float=soft board=microbit size=16K tick=62 ;; # 62.5
    m3) name=Cortex-M3 cpu=(-mcpu=cortex-m3) float=soft board=mps2-an385 ;;
    m4) name=Cortex-M4F cpu=(-mcpu=cortex-m4 -mfpu=fpv4-sp-d16) board=mps2-an386 ;;
    m7) name=Cortex-M7 cpu=(-mcpu=cortex-m7 -mfpu=fpv5-d16) board=mps2-an500 ;;
    m33) name=Cortex-M33 cpu=(-mcpu=cortex-m33) board=mps2-an505 flash=0x10000000 ram=0x38000000 tick=50 ;;
    m55) name=Cortex-M55 cpu=(-mcpu=cortex-m55) board=mps3-an547 flash=0x10000000 ram=0x30000000 tick=31 ;; # 31.25
    rv32) name=RV32IMAC cpu=(-march=rv32imac -mabi=ilp32) board=virt ;;
    rv64) name=RV64GC cpu=(-march=rv64imafdc -mabi=lp64d -mcmodel=medany) board=virt ;;
    esac
    case $1 in
    rv*)
        local headers
        headers=$(dirname "$(arm-none-eabi-g++ -E -x c++ -include array /dev/null | sed -n 's|^# 1 "\(.*/array\)".*|\1|p' | head -n 1)")
        machine=("qemu-system-riscv${1#rv}" -bios none)
        cross=(riscv64-unknown-elf-g++ "${cpu[@]}" -misa-spec=2.2 --specs=picolibc.specs -nodefaultlibs
            -isystem "$headers" -isystem "$headers/arm-none-eabi" -T "$here/riscv.ld")
        start=("$here/riscv.cpp" -lc -lgcc)
        ;;
    *)
        cross=(arm-none-eabi-g++ "${cpu[@]}" -mthumb "-mfloat-abi=$float" --specs=nano.specs "-DKILN_TICK=$tick"
            -T "$here/cortex_m.ld" "-Wl,--defsym=flash=$flash,--defsym=ram=$ram,--defsym=ram_size=$size")
        start=("$here/cortex_m.cpp")
        ;;
    esac
}

# chips_of <program>: those that run it.
chips_of() {
    local chip
    for chip in "${chips[@]}"; do
        if [[ $1 != balance || $chip != @(m0|m3|rv32) ]]; then echo "$chip"; fi
    done
}

# build_all <program>: for this machine and for the chips.
build_all() {
    "$compiler" "${both[@]}" "$here/$1.cpp" "$here/host.cpp" -o "$build/$1"
    local chip
    for chip in $(chips_of "$1"); do
        of_chip "$chip"
        "${cross[@]}" "${both[@]}" "${bare[@]}" "$here/$1.cpp" "${start[@]}" -o "$build/$1-$chip.elf"
    done
}

# run_chip <program> <chip>: writes its output to a file.
run_chip() {
    local output=$build/$1-$2.txt
    of_chip "$2"
    timeout 60 "${machine[@]}" -M "$board" -nodefaults -display none -icount shift=0 \
        -chardev "file,id=output,path=$output" -semihosting-config enable=on,target=native,chardev=output \
        -kernel "$build/$1-$2.elf" >"$build/qemu.log" 2>&1 || {
        cat "$build/qemu.log" "$output" >&2
        fail "$1 on $name ended with an error"
    }
}

# measured <program> <chip> <what>: from a line that begins with '#'.
measured() { sed -n "s/^# $3 //p" "$build/$1-$2.txt"; }
# bytes <program> <chip> <section>
bytes() {
    local size=arm-none-eabi-size
    if [[ $2 == rv* ]]; then size=riscv64-unknown-elf-size; fi
    $size -A "$build/$1-$2.elf" | awk -v section="$3" '$1 == section { print $2 }'
}

"$compiler" -std=c++20 -O3 "-I$root/include" "$here/weights.cpp" -o "$build/weights" -lz -pthread ||
    fail "the program that trains does not build"
"$build/weights" "$build/card.hpp" "$root/examples/mnist/data" || fail "the network could not be trained"
build_all predict &
build_all train
build_all stream
build_all balance
wait $! || fail "the examples do not build"

printf '%-9s%-11s%8s%9s%7s%7s%9s%15s\n' program chip .text .rodata .data .bss stack instructions
for program in predict stream train balance; do
    "$build/$program" >"$build/$program.txt" || fail "$program ended with an error on this machine"
    for chip in $(chips_of $program); do
        run_chip $program "$chip"
        grep -v '^#' "$build/$program-$chip.txt" >"$build/results.txt" || true
        # Not every chip can take denormal numbers for zero.
        left_out='^$'
        if grep -q '^# denormals 1' "$build/$program-$chip.txt"; then left_out='^flushed '; fi
        grep -v "$left_out" "$build/$program.txt" >"$build/expected.txt"
        cmp -s "$build/expected.txt" "$build/results.txt" || {
            diff "$build/expected.txt" "$build/results.txt" >&2 || true
            fail "$program on $name prints other bits than on this machine"
        }
        printf '%-9s%-11s%8d%9d%7d%7d%9d%15d\n' $program $name "$(bytes $program "$chip" .text)" \
            "$(bytes $program "$chip" .rodata)" "$(bytes $program "$chip" .data)" "$(bytes $program "$chip" .bss)" \
            "$(measured $program "$chip" stack)" "$(measured $program "$chip" instructions)"
    done
done
cd "$build"
echo "predict: $(tail -n 1 predict.txt); stream: $(tail -n 1 stream.txt); train: $(tail -n 1 train.txt); balance: $(tail -n 1 balance.txt)"
echo "all $(grep -o '\b[0-9a-f]\{8\}\b' predict.txt stream.txt train.txt balance.txt | wc -l | tr -d ' ') numbers equal this machine's, bit for bit"

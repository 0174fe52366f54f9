#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
bash examples/run.sh microcontroller

Trains a network that reads digits (a few seconds), writes its weights as a constant of C++, and builds two programs for
Cortex-M4F and Cortex-M7 without an operating system, and for this machine:

  predict   the network reads a digit; its weights are a constant in flash
  train     a small network learns how stripes run

Runs them in QEMU (boards mps2-an386 and mps2-an500), compares every bit of what they print with what this machine's
programs print, and shows the memory they take. It counts instructions under QEMU's `-icount shift=0`, to the
40 that its timer resolves, of one prediction and one step on 12 samples; not cycles of a real chip. The stack is the
whole program's at its deepest.

Installs what is missing: arm-none-eabi-g++ with newlib, QEMU, Boost's headers, zlib. Builds in build/microcontroller,
for this machine with $CXX, or g++.
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
# shellcheck disable=SC2054 # the comma belongs to an option
bare=(-mthumb -mfloat-abi=hard -fno-exceptions -fno-rtti -fno-threadsafe-statics -ffunction-sections -fdata-sections
    -isystem "$build/include" -nostartfiles --specs=nano.specs -T "$here/cortex_m.ld" -Wl,--gc-sections)

# of_chip <chip>: its name, the compiler's flags for it, and a board of QEMU that has it.
of_chip() {
    case $1 in
    m4) name=Cortex-M4F flags=(-mcpu=cortex-m4 -mfpu=fpv4-sp-d16) board=mps2-an386 ;;
    m7) name=Cortex-M7 flags=(-mcpu=cortex-m7 -mfpu=fpv5-d16) board=mps2-an500 ;;
    esac
}

# build_all <program>: for this machine and for the chips.
build_all() {
    "$compiler" "${both[@]}" "$here/$1.cpp" "$here/host.cpp" -o "$build/$1"
    local chip
    for chip in m4 m7; do
        of_chip $chip
        arm-none-eabi-g++ "${both[@]}" "${flags[@]}" "${bare[@]}" "$here/$1.cpp" "$here/cortex_m.cpp" -o "$build/$1-$chip.elf"
    done
}

# run_chip <program> <chip>: what it prints, in a file.
run_chip() {
    local output=$build/$1-$2.txt
    of_chip "$2"
    timeout 60 qemu-system-arm -M "$board" -nodefaults -display none -icount shift=0 \
        -chardev "file,id=output,path=$output" -semihosting-config enable=on,target=native,chardev=output \
        -kernel "$build/$1-$2.elf" >"$build/qemu.log" 2>&1 || {
        cat "$build/qemu.log" "$output" >&2
        fail "$1 on $name ended with an error"
    }
}

# measured <program> <chip> <what>: from a line that begins with '#'.
measured() { sed -n "s/^# $3 //p" "$build/$1-$2.txt"; }
# bytes <program> <chip> <section>
bytes() { arm-none-eabi-size -A "$build/$1-$2.elf" | awk -v section="$3" '$1 == section { print $2 }'; }

"$compiler" -std=c++20 -O3 "-I$root/include" "$here/weights.cpp" -o "$build/weights" -lz -pthread ||
    fail "the program that trains does not build"
"$build/weights" "$build/card.hpp" "$root/examples/mnist/data" || fail "the network could not be trained"
build_all predict &
build_all train
wait $! || fail "the examples do not build"

printf '%-9s%-11s%8s%9s%7s%7s%9s%15s\n' program chip .text .rodata .data .bss stack instructions
for program in predict train; do
    "$build/$program" >"$build/$program.txt" || fail "$program ended with an error on this machine"
    for chip in m4 m7; do
        run_chip $program $chip
        grep -v '^#' "$build/$program-$chip.txt" >"$build/results.txt" || true
        cmp -s "$build/$program.txt" "$build/results.txt" || {
            diff "$build/$program.txt" "$build/results.txt" >&2 || true
            fail "$program on $name prints other bits than on this machine"
        }
        printf '%-9s%-11s%8d%9d%7d%7d%9d%15d\n' $program $name "$(bytes $program $chip .text)" \
            "$(bytes $program $chip .rodata)" "$(bytes $program $chip .data)" "$(bytes $program $chip .bss)" \
            "$(measured $program $chip stack)" "$(measured $program $chip instructions)"
    done
done
echo "predict: $(tail -n 1 "$build/predict.txt"); train: $(tail -n 1 "$build/train.txt")"
echo "all $(grep -o '\b[0-9a-f]\{8\}\b' "$build/predict.txt" "$build/train.txt" | wc -l | tr -d ' ') numbers equal this machine's, bit for bit"

#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

usage() {
    cat <<'END'
bash tests/run.sh [--compiler NAME] [--sanitize] [--install] [LABEL...]

Installs what is missing, builds and runs the tests with the given labels, by default the first six:

  compile_time     nets and shapes checked by static_assert
  refuses          mistakes the compiler must refuse, in one clear error
  unit             every header's own tests
  examples         every example builds, the numbered ones run
  package          find_package from an installed tree, add_subdirectory
  guide            the programs, errors, quotations, commands and links of the README and the guide

  all              those, and of the following what the compiler and the system have:
  laws             laws that every layer, loss and element obeys
  header_rules     who may include whom; every header compiles alone
  debuggable       the bigger examples compile with -O2 -g, for vectors of 512 bits (where the processor is an x86-64)
  browser          the report of a training, in a headless chromium
  microcontroller  without an operating system: what a program contains, and chips under QEMU (where apt is)
  platforms        Windows, 64-bit and 32-bit Arm, s390x, RISC-V, 32-bit x86, libc++: the same bits, and suites of unit;
                   compiled by cross compilers, run by Wine and QEMU; needs g++ (where apt is)
  web              the page that reads digits: built with emscripten, drawn on in a headless chromium (where apt is)
  exchange         files that PyTorch, numpy, ONNX's checker and ONNX Runtime read (large: they are installed, with Python
                   and Node; where apt is)
  mpi              ranks that are processes, with Open MPI and MPICH: sums, agreement, training, and ranks that die or fall
                   silent (where apt is)
  compile_cost     how many templates programs instantiate; needs clang 19
  fuzz             readers of files against any bytes, KILN_FUZZ_SECONDS (60) each, with a table of what they did;
                   needs clang

  memory           those of unit where memory is at stake, for --sanitize

  --compiler NAME  e.g. clang++-19 (default: $CXX, or g++); installed if missing
  --sanitize       with AddressSanitizer and UndefinedBehaviorSanitizer (default label: memory)
  --install        only installs what these tests need
  --help           this text

Builds in build/NAME, or build/NAME-sanitize. CMAKE_BUILD_PARALLEL_LEVEL limits how much runs at once.
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
compiler=${CXX:-g++}
sanitize=no
install_only=no
labels=()
while [[ $# -gt 0 ]]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --compiler)
        [[ $# -gt 1 ]] || { echo "FAILED: --compiler needs a name" >&2; exit 2; }
        compiler=$2
        shift
        ;;
    --sanitize) sanitize=yes ;;
    --install) install_only=yes ;;
    compile_time | refuses | unit | laws | header_rules | examples | package | guide | all) labels+=("$1") ;;
    browser | debuggable | microcontroller | platforms | web | exchange | mpi | compile_cost | fuzz | memory) labels+=("$1") ;;
    *)
        usage >&2
        echo "FAILED: unknown option or label '$1'" >&2
        exit 2
        ;;
    esac
    shift
done

# shellcheck source=tests/install.sh
. "$root/tests/install.sh"

parts=(cmake make compiler boost boost_test program_options zlib libzip json eigen)
if command -v apt-get >/dev/null; then parts+=(csv onnx sndfile); fi # elsewhere their tests are left out, unless they are there
build=$root/build/$(basename "$compiler")
options=(-DCMAKE_BUILD_TYPE=Release)
if [[ $sanitize == yes ]]; then
    parts+=(sanitizers)
    build+=-sanitize
    options=(-DCMAKE_BUILD_TYPE=Sanitize
        "-DCMAKE_CXX_FLAGS_SANITIZE=-O0 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all")
    [[ ${#labels[@]} -gt 0 ]] || labels=(memory)
fi
default=(compile_time refuses unit examples package guide)
[[ ${#labels[@]} -gt 0 ]] || labels=("${default[@]}")
name=$(basename "$compiler")
if [[ " ${labels[*]} " == *" all "* ]]; then
    labels=("${default[@]}" laws header_rules browser debuggable)
    if command -v apt-get >/dev/null; then labels+=(microcontroller web exchange mpi); fi # elsewhere packages differ
    if command -v apt-get >/dev/null && [[ $name == g++* ]]; then labels+=(platforms); fi
    if [[ $name == clang* ]]; then labels+=(fuzz); fi
    if [[ $name == clang*-19 ]]; then labels+=(compile_cost); fi
fi
fuzz_seconds=0
for label in "${labels[@]}"; do
    case $label in
    browser) parts+=(chromium) ;;
    microcontroller) parts+=(arm_compiler arm_machine) ;;
    platforms)
        [[ $name == *g++* && $name != clang* ]] ||
            fail "platforms compares other compilers with g++, not with $compiler: bash tests/run.sh --compiler g++ platforms"
        parts+=(windows_compiler wine cross_compilers machines libcxx)
        ;;
    web) parts+=(chromium emscripten) ;;
    mpi) parts+=(openmpi mpich) ;;
    exchange) parts+=(onnx python python_numpy python_onnx python_torch node) ;;
    fuzz)
        [[ $name == clang* ]] ||
            fail "fuzz needs libFuzzer, which $compiler does not have: bash tests/run.sh --compiler clang++-19 fuzz"
        parts+=(fuzzer)
        fuzz_seconds=${KILN_FUZZ_SECONDS:-60}
        ;;
    compile_cost)
        [[ $name == clang* ]] ||
            fail "compile_cost counts with clang, not with $compiler: bash tests/run.sh --compiler clang++-19 compile_cost"
        ;;
    esac
done

install_missing "${parts[@]}"
if [[ " ${labels[*]} " == *" exchange "* ]]; then install_node_packages; fi
if [[ $install_only == yes ]]; then exit 0; fi
configure "$build" "${options[@]}" -DKILN_TESTS=ON -DKILN_EXAMPLES=ON "-DKILN_FUZZ_SECONDS=$fuzz_seconds"

started=$SECONDS
targets=()
for label in "${labels[@]}"; do
    case $label in unit | laws | memory | examples | guide | browser | web | exchange | mpi | fuzz) targets+=("$label") ;; esac
done
built=yes
if [[ ${#targets[@]} -gt 0 ]]; then # go on after an error: the other tests still have something to say
    cmake --build "$build" --target "${targets[@]}" -- -k --no-print-directory || built=no
fi
build_seconds=$((SECONDS - started))

log=$build/tests.log
pattern=$(IFS='|' && echo "${labels[*]}")
passed=yes
ctest --test-dir "$build" --output-on-failure --no-tests=error -L "^($pattern)\$" 2>&1 | tee "$log" || passed=no

# What each fuzzer did, out of what it says at its end.
if [[ " ${labels[*]} " == *" fuzz "* ]]; then
    echo
    awk 'BEGIN { row = "%-12s %7s %11s %9s\n"; printf row, "fuzzer", "seeds", "executions", "a second" }
        / Test: fuzz[.]/ { name = $NF; sub("^fuzz[.]", "", name); seeds = executed = speed = "-" }
        / Test: / && !/ Test: fuzz[.]/ { name = "" }
        /^INFO: seed corpus: files: / { seeds = $5 }
        /^stat::number_of_executed_units:/ { executed = $2 }
        /^stat::average_exec_per_sec:/ { speed = $2 }
        /^end of|^Test time =/ { if (name != "") printf row, name, seeds, executed, speed; name = "" }' \
        "$build/Testing/Temporary/LastTest.log"
    echo
fi

count=$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' "$log")
if [[ $built$passed == yesyes ]]; then
    echo "all tests passed ($count tests, $SECONDS s, of which $build_seconds compiled their programs)"
    exit 0
fi
names=$(sed -n 's/^[[:space:]]*[0-9]* - \([^ ]*\) (.*/\1/p' "$log" | grep -v '^$' | paste -s -d ' ' - || true)
if [[ $passed == yes ]]; then
    echo "FAILED: the build (the $count tests that could run passed, $SECONDS s)"
elif [[ -z $count ]]; then
    echo "FAILED: no test could run ($SECONDS s)"
else
    echo "FAILED: $(wc -w <<<"$names" | tr -d ' ') of $count tests ($names; $SECONDS s)"
fi
exit 1

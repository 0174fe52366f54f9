#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

usage() {
    cat <<'END'
bash tests/run.sh [--compiler NAME] [--sanitize] [LABEL...]

Installs what is missing, builds and runs the tests with the given labels, by default all but the last two:

  compile_time     nets and shapes checked by static_assert
  refuses          mistakes the compiler must refuse, in one clear error
  unit             every header's own tests
  laws             laws that every layer, loss and element obeys
  header_rules     who may include whom; every header compiles alone
  examples         every example builds, the numbered ones run
  package          find_package from an installed tree, add_subdirectory
  browser          the report of a training, in a headless chromium
  microcontroller  without an operating system: what a program contains, and chips under QEMU (by default where apt is)
  web              the page that reads digits: built with emscripten, drawn on in a headless chromium (the same)
  exchange         files that PyTorch, numpy and ONNX's checker read (large: they are installed, with Python)
  fuzz             readers of files against any bytes, KILN_FUZZ_SECONDS (60) each; needs clang

  --compiler NAME  e.g. clang++-19 (default: $CXX, or g++); installed if missing
  --sanitize       with AddressSanitizer and UndefinedBehaviorSanitizer (default label: unit)
  --help           this text

Builds in build/NAME, or build/NAME-sanitize. CMAKE_BUILD_PARALLEL_LEVEL limits how much runs at once.
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
compiler=${CXX:-g++}
sanitize=no
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
    compile_time | refuses | unit | laws | header_rules | examples | package) labels+=("$1") ;;
    browser | microcontroller | web | exchange | fuzz) labels+=("$1") ;;
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

parts=(cmake make compiler boost boost_test program_options zlib libzip eigen)
if command -v apt-get >/dev/null; then parts+=(csv onnx); fi # elsewhere their tests are left out, unless they are there
build=$root/build/$(basename "$compiler")
options=(-DCMAKE_BUILD_TYPE=Release)
if [[ $sanitize == yes ]]; then
    parts+=(sanitizers)
    build+=-sanitize
    options=(-DCMAKE_BUILD_TYPE=Sanitize
        "-DCMAKE_CXX_FLAGS_SANITIZE=-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all")
    [[ ${#labels[@]} -gt 0 ]] || labels=(unit)
fi
if [[ ${#labels[@]} -eq 0 ]]; then
    labels=(compile_time refuses unit laws header_rules examples package browser)
    if command -v apt-get >/dev/null; then labels+=(microcontroller web); fi # elsewhere packages of compilers differ
fi
fuzz_seconds=0
for label in "${labels[@]}"; do
    case $label in
    browser) parts+=(chromium) ;;
    microcontroller) parts+=(arm_compiler arm_machine) ;;
    web) parts+=(chromium emscripten) ;;
    exchange) parts+=(onnx python python_numpy python_onnx python_torch) ;;
    fuzz)
        [[ $(basename "$compiler") == clang* ]] ||
            fail "fuzz needs libFuzzer, which $compiler does not have: bash tests/run.sh --compiler clang++-19 fuzz"
        parts+=(fuzzer)
        fuzz_seconds=${KILN_FUZZ_SECONDS:-60}
        ;;
    esac
done

install_missing "${parts[@]}"
configure "$build" "${options[@]}" -DKILN_TESTS=ON -DKILN_EXAMPLES=ON "-DKILN_FUZZ_SECONDS=$fuzz_seconds"

targets=()
for label in "${labels[@]}"; do
    case $label in unit | laws | examples | browser | web | exchange | fuzz) targets+=("$label") ;; esac
done
built=yes
if [[ ${#targets[@]} -gt 0 ]]; then # go on after an error: the other tests still have something to say
    cmake --build "$build" --target "${targets[@]}" -- -k --no-print-directory || built=no
fi

log=$build/tests.log
pattern=$(IFS='|' && echo "${labels[*]}")
passed=yes
ctest --test-dir "$build" --output-on-failure --no-tests=error -L "^($pattern)\$" 2>&1 | tee "$log" || passed=no

count=$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' "$log")
if [[ $built$passed == yesyes ]]; then
    echo "all tests passed ($count tests, $SECONDS s)"
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

#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

usage() {
    cat <<'END'
bash examples/run.sh web [--output DIR] [--serve] [OPTION...]

Installs what is missing, trains a small network on the MNIST digits, compiles it with its weights to WebAssembly, and
writes a page that reads the digits one draws on it:

  DIR/digits.html   the page; it needs no other file and no server
  DIR/digits.wasm   the network alone, for pages of your own: page/digits.cpp says what it exports
  DIR/digits.hpp    the network as a constant of C++

  --output DIR   where to write (default: build/web)
  --serve        offer the page to browsers at http://localhost:8000/digits.html, until interrupted
  --help         this text

Other options are the training's: --epochs, --learning-rate, --seed, --data. All of it takes about a minute.
EMXX names another em++ than the one in the path.
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
output=$root/build/web
serve=no
training=()
while [[ $# -gt 0 ]]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --output)
        [[ $# -gt 1 ]] || { echo "FAILED: --output needs a folder" >&2; exit 2; }
        output=$2
        shift
        ;;
    --serve) serve=yes ;;
    *) training+=("$1") ;;
    esac
    shift
done

compiler=${CXX:-g++}
# shellcheck source=tests/install.sh
. "$root/tests/install.sh"
parts=(cmake make compiler boost program_options zlib emscripten)
if [[ $serve == yes ]]; then parts+=(python); fi
install_missing "${parts[@]}"
mkdir -p "$output"
output=$(cd "$output" && pwd)

say "training"
build=$root/build/$(basename "$compiler")-examples
configure "$build" -DCMAKE_BUILD_TYPE=Release -DKILN_TESTS=OFF -DKILN_EXAMPLES=ON
cmake --build "$build" --target example_web -- --no-print-directory >"$output/build.log" 2>&1 || {
    cat "$output/build.log" >&2
    fail "the training does not build"
}
cd "$root"
"$build/examples/web" --output "$output" ${training[@]+"${training[@]}"} || fail "the training ended with status $?"

# Of the headers in the system's folder the network takes Boost's only: those of the C library are not emscripten's.
boost=$(boost_folder)
mkdir -p "$output/include"
ln -sfn "$boost" "$output/include/boost"

# Inference compiles with older compilers than all of Kiln: emscripten 3.1.6 has clang 14.
say "compiling for the web with $("${EMXX:-em++}" --version | head -n 1)"
"${EMXX:-em++}" -std=c++20 -O3 -msimd128 -DNDEBUG -fno-exceptions -fno-rtti -Wall -Wextra -Wshadow \
    -I"$root/include" -I"$root/examples" -isystem "$output/include" -I"$output" \
    --no-entry -sSTANDALONE_WASM "$root/examples/web/page/digits.cpp" -o "$output/digits.wasm" ||
    fail "em++ could not compile the network"

# Packed, because many of the weights' bytes are 0; in letters, because a page that is opened as a file may load none.
packed=$(gzip -9nc "$output/digits.wasm" | base64 | tr -d '\n')
page=$(<"$root/examples/web/page/page.html")
page=${page/@WASM@/$packed}
page=${page/@ACCURACY@/$(<"$output/accuracy.txt")}
printf '%s\n' "$page" >"$output/digits.html"

bytes() { wc -c | tr -d ' '; }
for file in digits.html digits.wasm; do
    printf '%s: %d bytes, by gzip -9 %d' "$file" "$(bytes <"$output/$file")" "$(gzip -9nc "$output/$file" | bytes)"
    if command -v brotli >/dev/null; then printf ', by brotli %d' "$(brotli -cq 11 "$output/$file" | bytes)"; fi
    printf '\n'
done
echo "open $output/digits.html in a browser ($SECONDS s)"

if [[ $serve == yes ]]; then
    say "http://localhost:8000/digits.html, until Ctrl-C"
    exec "$(system_python)" -m http.server 8000 --bind 127.0.0.1 --directory "$output" 9>&-
fi

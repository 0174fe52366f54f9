#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A folder with a main.cpp or a run.sh of its own, or a single source.
names() {
    local entry
    for entry in "$root"/examples/*; do
        if [[ -f $entry/main.cpp || -f $entry/run.sh || $entry == *.cpp ]]; then
            entry=${entry##*/}
            echo "${entry%.cpp}"
        fi
    done
}

usage() {
    cat <<END
bash examples/run.sh [NAME [ARGS...]]

Installs what is missing, builds the example NAME (default: mnist) and runs it with ARGS in the repository's top folder.
A number is name enough; 'bash examples/run.sh mnist --help' shows that example's own options. The examples are:

$(names | sed 's/^/  /')

Builds in build/NAME-examples, where NAME is the compiler: \$CXX, or g++; an example with a run.sh of its own says where.
END
}

case ${1-} in --help | -h)
    usage
    exit 0
    ;;
esac
wanted=${1-mnist}
if [[ $# -gt 0 ]]; then shift; fi
name=$(names | grep -x -e "$wanted" -e "${wanted}_.*" | head -n 1 || true)
if [[ -z $name ]]; then
    usage >&2
    echo "FAILED: there is no example '$wanted'" >&2
    exit 2
fi

if [[ -f $root/examples/$name/run.sh ]]; then exec bash "$root/examples/$name/run.sh" "$@"; fi

compiler=${CXX:-g++}
# shellcheck source=tests/install.sh
. "$root/tests/install.sh"
parts=(cmake make compiler boost program_options zlib)
includes() { grep -qs "kiln/$1.hpp" "$root/examples/$name.cpp" "$root/examples/$name"/*.cpp; }
if includes data/csv; then parts+=(csv); fi
if includes io/onnx; then parts+=(onnx); fi
if includes io/npz; then parts+=(libzip); fi
if includes io/nam || includes io/keras; then parts+=(json); fi
if grep -qs "<sndfile.h>" "$root/examples/$name"/*.cpp; then parts+=(sndfile); fi
install_missing "${parts[@]}"

build=$root/build/$(basename "$compiler")-examples
configure "$build" -DCMAKE_BUILD_TYPE=Release -DKILN_TESTS=OFF -DKILN_EXAMPLES=ON
cmake --build "$build" --target "example_$name" -- --no-print-directory || fail "example $name does not build"

cd "$root"
status=0
"$build/examples/$name" "$@" 9>&- || status=$? # others may build meanwhile
if [[ $status -ne 0 ]]; then
    echo "FAILED: example $name ended with status $status" >&2
    exit "$status"
fi
echo "example $name finished ($SECONDS s, building included)"

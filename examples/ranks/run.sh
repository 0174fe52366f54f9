#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
bash examples/run.sh ranks [--ranks N] [--hosts A,B,...] [ARGS...]

Trains the seed network on N ranks (default: 2) and then on one, and compares the weights, which must be the same bits.

  --ranks N      as many processes share every batch
  --hosts A,B    on these machines, each of which has this folder at the same place (four ranks each: A:4,B:4)

Builds in build/NAME-examples, where NAME is the compiler: $CXX, or g++. ARGS are the program's own options:

END
}

ranks=2
hosts=
arguments=()
help=no
while [[ $# -gt 0 ]]; do
    case $1 in
    --help | -h) help=yes ;;
    --ranks | --hosts)
        [[ $# -gt 1 ]] || { echo "FAILED: $1 needs a value" >&2; exit 2; }
        if [[ $1 == --ranks ]]; then ranks=$2; else hosts=$2; fi
        shift
        ;;
    *) arguments+=("$1") ;;
    esac
    shift
done
[[ $ranks =~ ^[1-9][0-9]*$ ]] || { echo "FAILED: --ranks needs a number from 1, got '$ranks'" >&2; exit 2; }

compiler=${CXX:-g++}
# shellcheck source=tests/install.sh
. "$root/tests/install.sh"
install_missing cmake make compiler boost program_options zlib openmpi

build=$root/build/$(basename "$compiler")-examples
configure "$build" -DCMAKE_BUILD_TYPE=Release -DKILN_TESTS=OFF -DKILN_EXAMPLES=ON
cmake --build "$build" --target example_ranks -- --no-print-directory || fail "example ranks does not build"
program=$build/examples/ranks
if [[ $help == yes ]]; then
    usage
    exec "$program" --help
fi

# Open MPI refuses to start more processes than processors, and to start them for root, unless it is told to.
launch=(mpirun)
on=-hosts
if mpirun --version 2>/dev/null | grep -q "Open MPI\|OpenRTE"; then
    on=--host
    launch+=(--oversubscribe)
    if [[ $(id -u) -eq 0 ]]; then launch+=(--allow-run-as-root); fi
fi

kept=$build/ranks
mkdir -p "$kept"
cd "$root"
# train <N> <file> [hosts]: the seconds that a training on N ranks takes.
train() {
    local start=$SECONDS where=()
    if [[ -n $3 ]]; then where=("$on" "$3"); fi
    rm -f "$2"
    "${launch[@]}" "${where[@]}" -n "$1" "$program" "${arguments[@]}" --save "$2" 9>&- ||
        fail "example ranks ended with status $? on $1 rank(s)"
    say "$1 rank(s): $((SECONDS - start)) s"
}
train "$ranks" "$kept/several.safetensors" "$hosts"
train 1 "$kept/one.safetensors" ""
cmp "$kept/several.safetensors" "$kept/one.safetensors" || fail "the weights are not the same"
echo "the weights of $ranks rank(s) and of one are the same, bit for bit"
echo "example ranks finished ($SECONDS s, building included)"

#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

usage() {
    cat <<'END'
bash tests/speed/run.sh [--compiler NAME] [--repeat N] [--peers FOLDER] [networks | kernels | compile]

Measures, on one core and in CPU time, so do nothing else on the machine meanwhile:

  networks   training, prediction of 64 samples and of one, for six networks (the default)
  kernels    each kernel against the measured multiply-add peak
  compile    seconds and memory to compile networks of 1 to 100 layers

  --peers FOLDER    also builds and runs the libtorch programs whose Makefile is in FOLDER, and prints the ratios
  --compiler NAME   e.g. clang++-19 (default: $CXX, or g++)
  --repeat N        repetitions, of which the median counts (default 5)
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
compiler=${CXX:-g++}
repeat=5
peers=
what=networks
while [[ $# -gt 0 ]]; do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --compiler | --repeat | --peers)
        [[ $# -gt 1 ]] || { echo "FAILED: $1 needs a value" >&2; exit 2; }
        case $1 in
        --compiler) compiler=$2 ;;
        --repeat) repeat=$2 ;;
        --peers) peers=$2 ;;
        esac
        shift
        ;;
    networks | kernels | compile) what=$1 ;;
    *)
        usage >&2
        echo "FAILED: unknown option '$1'" >&2
        exit 2
        ;;
    esac
    shift
done

# shellcheck source=tests/install.sh
. "$root/tests/install.sh"
install_missing cmake make compiler boost boost_test program_options zlib benchmark time
build=$root/build/$(basename "$compiler")

pin=()
if command -v taskset >/dev/null; then pin=(taskset -c "$(($(nproc) - 1))"); fi

# compile_cost <name> <file> [flags...]: a line with CPU seconds and peak memory.
compile_cost() {
    local name=$1 file=$2 cost
    shift 2
    cost=$(/usr/bin/time -f '%U %M' "$compiler" -std=c++20 "$@" -I"$root/include" -c "$file" -o /dev/null 2>&1 | tail -n 1)
    awk -v name="$name" -v flags="$*" '{ printf "%-28s %-22s %6.2f s %6.0f MiB\n", name, flags, $1, $2 / 1024 }' <<<"$cost"
}

if [[ $what == compile ]]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    compile_cost "MNIST example" "$root/examples/mnist/main.cpp" -O3 -march=native
    echo '#include <kiln.hpp>' >"$scratch/bare.cpp"
    compile_cost "bare include" "$scratch/bare.cpp" -O0
    for layers in 1 5 20 50 100; do
        {
            echo '#include <kiln.hpp>'
            printf 'using Net = kiln::Sequential<'
            for ((i = 0; i < layers; ++i)); do printf '%skiln::Linear<%d, %d>' "$([[ $i -eq 0 ]] || echo ', ')" $((100 + i)) $((101 + i)); done
            echo '>;'
        } >"$scratch/net.hpp"
        cat "$scratch/net.hpp" - >"$scratch/check.cpp" <<'END'
static_assert(decltype(kiln::verdict<Net, kiln::Shape<100>>())::shapes_agree);
END
        cat "$scratch/net.hpp" - >"$scratch/train.cpp" <<'END'
using M = kiln::Model<Net, kiln::Shape<100>>;
using T = kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>>;
float step(T& t, std::span<const kiln::Tensor<float, M::Input>> x, std::span<const int> y) { return t.step(x, y); }
END
        compile_cost "$layers layers, shapes" "$scratch/check.cpp" -O0
        compile_cost "$layers layers, training" "$scratch/train.cpp" -O0
        compile_cost "$layers layers, training" "$scratch/train.cpp" -O3 -march=native
    done
    exit 0
fi

configure "$build" -DCMAKE_BUILD_TYPE=Release -DKILN_TESTS=ON -DKILN_EXAMPLES=ON
cmake --build "$build" --target "test_speed_$what" >/dev/null
program=$build/tests/speed/$what
options=(--benchmark_repetitions="$repeat" --benchmark_report_aggregates_only=true)
if [[ $what == kernels || -z $peers ]]; then
    "${pin[@]}" "$program" "${options[@]}" | grep -E 'median|Benchmark'
    exit 0
fi

# ---- The comparison: libtorch's workloads W1 … W5 are our Card, SeedCnn, Mlp, WideMlp and Vgg. ----

ours=$(mktemp)
theirs=$(mktemp)
raw=$(mktemp -d)
trap 'rm -rf "$ours" "$theirs" "$raw"' EXIT
for file in "$root"/examples/mnist/data/*.gz; do gunzip -c "$file" >"$raw/$(basename "$file" .gz)"; done
out=$root/build/peers
for program_of_theirs in libtorch_w{1,2,3,4,5} libtorch_rt; do
    make -s -C "$peers" OUT="$out" "$out/$program_of_theirs" 2>/dev/null || fail "could not build $program_of_theirs in $peers"
done
say "measuring kiln"
"${pin[@]}" "$program" "${options[@]}" --benchmark_format=csv 2>/dev/null | grep _median >"$ours"
say "measuring libtorch"
run_peer() {
    local w=$1
    shift
    OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-Cooperlake} OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 \
        "${pin[@]}" "$out/libtorch_w$w" "$raw" "$@" >>"$theirs" || true
}
for w in 1 2 3 4 5; do # the best of these counts
    run_peer "$w" setnone
    run_peer "$w" nomkldnn setnone
done
for w in 1 2 5; do run_peer "$w" setnone channels_last; done
"${pin[@]}" "$out/libtorch_rt" >>"$theirs" || true

awk -F'[ ,"]+' '
    FILENAME == ARGV[1] { split($2, part, "/"); sub("_median", "", part[2]); kiln[part[1], part[2]] = $5; next }
    { w = substr($2, 2); value = $4
      if ($3 == "train_images_per_s" && value > rate[w]) rate[w] = value
      if ($3 == "infer64_images_per_s" && value > many[w]) many[w] = value
      if ($3 == "a_mlp" || $3 == "a_mlp_1d_input") if (!tiny || value < tiny) tiny = value
      if ($3 == "infer1_ns" && (!(w in one) || value < one[w])) one[w] = value }
    END {
        split("Card SeedCnn Mlp WideMlp Vgg", name, " ")
        print "| network | training, images/s | libtorch | ratio | 64 at once, images/s | libtorch | ratio | one image, us | libtorch | ratio |"
        print "|---|---|---|---|---|---|---|---|---|---|"
        for (w = 1; w <= 5; ++w) {
            n = name[w]
            t = 64e9 / kiln["train", n]; m = 64e9 / kiln["predict_64", n]; o = kiln["predict_1", n]
            printf "| %s | %.0f | %.0f | %.2f | %.0f | %.0f | %.2f | %.2f | %.2f | %.1f |\n", n, t, rate[w], t / rate[w], m, many[w], m / many[w], o / 1e3, one[w] / 1e3, one[w] / o
        }
        o = kiln["predict_1", "Tiny"]
        printf "| Tiny | %.0f | | | %.0f | | | %.3f | %.3f | %.1f |\n", 64e9 / kiln["train", "Tiny"], 64e9 / kiln["predict_64", "Tiny"], o / 1e3, tiny / 1e3, tiny / o
    }' "$ours" "$theirs"

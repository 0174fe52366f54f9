#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

usage() {
    cat <<'END'
bash tests/speed/run.sh [--compiler NAME] [--repeat N] [--peers FOLDER]
                        [networks | text | kernels | derived | expressions | recurrent | streams | threads | ranks |
                         compile]

Measures, so do nothing else on the machine meanwhile; on one core and in CPU time, but for threads:

  networks     training, prediction of 64 samples and of one, for six networks (the default)
  text         training and prediction of a small GPT, and its layers by themselves
  kernels      each kernel against the measured multiply-add peak and its roofline
  derived      activations whose derivative the library takes, beside those that are written by hand
  expressions  layers and losses without written derivatives, beside those that are written by hand
  recurrent    training of recurrent layers, and steps of streams of one sample
  streams      models frame by frame, beside the steps of their layers
  threads      training and prediction on one, two and four threads, by the clock
  ranks        sums over two processes, with Open MPI and MPICH, beside MPI_Allreduce, by the clock (where apt is)
  compile      seconds and memory to compile networks of 1 to 100 layers, graphs of 10 to 60 nodes, and ResNet-18

  --peers FOLDER    also builds and runs the libtorch programs whose Makefile is in FOLDER, in several settings each, and
                    prints the ratios to the best, with its setting
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
    networks | text | kernels | derived | expressions | recurrent | streams | threads | ranks | compile) what=$1 ;;
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
if [[ $what == ranks ]]; then install_missing openmpi mpich; fi
build=$root/build/$(basename "$compiler")

pin=()
if command -v taskset >/dev/null; then pin=(taskset -c "$(($(nproc) - 1))"); fi

# compile_cost <name> <file> [flags...]: a line with CPU seconds and peak memory.
compile_cost() {
    local name=$1 file=$2 cost
    shift 2
    cost=$(/usr/bin/time -f '%U %M' "$compiler" -std=c++20 "$@" "-I$root"/{include,examples,tests} -c "$file" -o /dev/null 2>&1) ||
        fail "could not compile '$name': $cost"
    awk -v name="$name" -v flags="$*" '{ printf "%-28s %-22s %6.2f s %6.0f MiB\n", name, flags, $1, $2 / 1024 }' <<<"${cost##*$'\n'}"
}

if [[ $what == compile ]]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    compile_cost "MNIST example" "$root/examples/mnist/main.cpp" -O3 -march=native
    echo '#include <kiln.hpp>' >"$scratch/bare.cpp"
    compile_cost "bare include" "$scratch/bare.cpp" -O0
    # network NAME: the costs of Net on inputs In with the plan Memory, which the file net.hpp defines.
    network() {
        cat "$scratch/net.hpp" - >"$scratch/check.cpp" <<'END'
static_assert(decltype(kiln::verdict<Net, In>())::shapes_agree);
END
        cat "$scratch/net.hpp" - >"$scratch/train.cpp" <<'END'
using M = kiln::Model<Net, In, Memory>;
using T = kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>>;
float step(T& t, std::span<const kiln::Tensor<float, M::Input>> x, std::span<const int> y) { return t.step(x, y); }
END
        compile_cost "$1, shapes" "$scratch/check.cpp" -O0
        compile_cost "$1, training" "$scratch/train.cpp" -O0
        compile_cost "$1, training" "$scratch/train.cpp" -O3 -march=native
    }
    for layers in 1 5 20 50 100; do
        {
            echo '#include <kiln.hpp>'
            printf 'using In = kiln::Shape<100>; using Memory = kiln::Plan<>;\nusing Net = kiln::Sequential<'
            for ((i = 0; i < layers; ++i)); do printf '%skiln::Linear<%d, %d>' "$([[ $i -eq 0 ]] || echo ', ')" $((100 + i)) $((101 + i)); done
            echo '>;'
        } >"$scratch/net.hpp"
        network "$layers layers"
    done
    # Linear, Tanh and Add in turns; Add reads the value before Linear too.
    for nodes in 10 30 60; do
        {
            echo '#include <kiln.hpp>'
            printf 'using In = kiln::Shape<64>; using Memory = kiln::Plan<>;\nusing Net = kiln::Graph<kiln::Input<"0">'
            for ((i = 1; i <= nodes; ++i)); do
                case $((i % 3)) in
                1) printf ', kiln::Node<"%d", kiln::Linear<64, 64>, "%d">' "$i" $((i - 1)) ;;
                2) printf ', kiln::Node<"%d", kiln::Tanh, "%d">' "$i" $((i - 1)) ;;
                0) printf ', kiln::Node<"%d", kiln::Add, "%d", "%d">' "$i" $((i - 1)) $((i - 3)) ;;
                esac
            done
            printf ', kiln::Output<"%d">>;\n' "$nodes"
        } >"$scratch/net.hpp"
        network "graph of $nodes nodes"
    done
    printf '%s\n' '#include <kiln.hpp>' '#include "speed/resnet18.hpp"' 'using Net = kiln::speed::ResNet18;' \
        'using In = kiln::Shape<3, 224, 224>; using Memory = kiln::Plan<(64LL << 20)>;' >"$scratch/net.hpp"
    network "ResNet-18"
    exit 0
fi

configure "$build" -DCMAKE_BUILD_TYPE=Release -DKILN_TESTS=ON -DKILN_EXAMPLES=ON
options=(--benchmark_repetitions="$repeat" --benchmark_report_aggregates_only=true)
if [[ $what == ranks ]]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    for mpi in openmpi mpich; do
        cmake --build "$build" --target "test_speed_ranks_$mpi" >/dev/null
        say "$mpi"
        "mpirun.$mpi" -n 2 "$build/tests/speed/ranks_$mpi" "${options[@]}" --benchmark_color=false | grep -E 'median|Benchmark'
    done
    exit 0
fi
cmake --build "$build" --target "test_speed_$what" >/dev/null
program=$build/tests/speed/$what
if [[ $what == threads ]]; then
    "$program" "${options[@]}" | grep -E 'median|Benchmark'
    exit 0
fi
if [[ $what != networks || -z $peers ]]; then
    "${pin[@]}" "$program" "${options[@]}" | grep -E 'median|Benchmark'
    exit 0
fi

# ---- The comparison: libtorch's workloads W1 … W5 are our Card, SeedCnn, Mlp, WideMlp and Vgg; W6, of our own, is Tiny. ----

ours=$(mktemp)
theirs=$(mktemp)
raw=$(mktemp -d)
trap 'rm -rf "$ours" "$theirs" "$raw"' EXIT
for file in "$root"/examples/mnist/data/*.gz; do gunzip -c "$file" >"$raw/$(basename "$file" .gz)"; done
out=$root/build/peers
for program_of_theirs in libtorch_w{1,2,3,4,5} libtorch_rt; do
    make -s -C "$peers" OUT="$out" "$out/$program_of_theirs" 2>/dev/null || fail "could not build $program_of_theirs in $peers"
done
"$compiler" -std=c++17 -O3 -march=native -DNDEBUG -isystem /usr/include/torch/csrc/api/include \
    "$root/tests/speed/peers/libtorch_tiny.cpp" -o "$out/libtorch_tiny" -ltorch -ltorch_cpu -lc10 ||
    fail "could not build libtorch_tiny"
# Theirs and ours in turns, so that both see the machine in the same states.
run_ours() {
    "${pin[@]}" "$program" "${options[@]}" --benchmark_format=csv --benchmark_filter="/$1\$" 2>/dev/null |
        grep _median >>"$ours"
}
run_peer() {
    OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-Cooperlake} OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 \
        "${pin[@]}" "$out/$1" "${@:2}" >>"$theirs" || fail "$1 failed"
}
w=0
for network in Card SeedCnn Mlp WideMlp Vgg; do
    w=$((w + 1))
    say "measuring $network"
    run_ours "$network"
    run_peer "libtorch_w$w" "$raw"
    run_peer "libtorch_w$w" "$raw" setnone
    run_peer "libtorch_w$w" "$raw" nomkldnn setnone
    if [[ $w == [125] ]]; then run_peer "libtorch_w$w" "$raw" setnone channels_last; fi
    if [[ $w == [34] ]]; then run_peer "libtorch_w$w" "$raw" nomkldnn setnone vec; fi
    run_ours "$network"
done
say "measuring Tiny"
run_ours Tiny
run_peer libtorch_tiny
run_peer libtorch_rt
run_ours Tiny

# Of ours the mean of both turns, of theirs the best setting.
awk -F'[ ,"]+' '
    FILENAME == ARGV[1] { split($2, part, "/"); sub("_median", "", part[2]); kiln[part[1], part[2]] += $5 / 2; next }
    { w = substr($2, 2); value = $4; setting = $1; sub("libtorch-?", "", setting); if (setting == "") setting = "default" }
    $3 == "train_images_per_s" && value > rate[w] { rate[w] = value; of_rate[w] = setting }
    $3 == "infer64_images_per_s" && value > many[w] { many[w] = value; of_many[w] = setting }
    $3 == "infer1_ns" && (!(w in one) || value < one[w]) { one[w] = value; of_one[w] = setting }
    $3 ~ /^a_mlp/ && (!(6 in one) || value < one[6]) { one[6] = value; of_one[6] = "default" }
    END {
        split("Card SeedCnn Mlp WideMlp Vgg Tiny", name, " ")
        print "| network | training/s | libtorch | ratio | 64 at once/s | libtorch | ratio | one sample, us | libtorch | ratio |"
        print "|---|---|---|---|---|---|---|---|---|---|"
        for (w = 1; w <= 6; ++w) {
            n = name[w]
            t = 64e9 / kiln["train", n]; m = 64e9 / kiln["predict_64", n]; o = kiln["predict_1", n]
            printf "| %s | %.0f | %.0f (%s) | %.2f | %.0f | %.0f (%s) | %.2f | %.3f | %.2f (%s) | %.1f |\n", n, t, rate[w],
                of_rate[w], t / rate[w], m, many[w], of_many[w], m / many[w], o / 1e3, one[w] / 1e3, of_one[w], one[w] / o
        }
    }' "$ours" "$theirs"

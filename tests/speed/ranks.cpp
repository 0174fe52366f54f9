// SPDX-License-Identifier: BSL-1.0
// needs: mpi.h
// Sums of gradients over processes: in the order of ranks, in the tree of groups, of which each rank has one, and by
// MPI_Allreduce, which has no order. In order and by MPI_Allreduce, each rank first adds its own terms; the time is
// that of the rank that is done last. Run it by mpirun, with a free core for each rank.

#include <kiln/train/mpi.hpp>

#include <benchmark/benchmark.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kiln::speed {
namespace {

mpi::Ranks* ranks;

struct Gradients {
    std::vector<float> sum, own;

    explicit Gradients(std::int64_t count) : sum(static_cast<std::size_t>(count)), own(sum.size(), 1.0f) {}
    void add(std::size_t first, std::size_t last) {
        float* to = sum.data();
        const float* from = own.data();
        for (std::size_t i = first; i < last; ++i) to[i] += from[i];
    }
};

// Measures call() on all ranks at once.
void measure(benchmark::State& state, auto call) {
    Gradients gradients(state.range(0));
    for (auto _ : state) {
        std::ranges::fill(gradients.sum, 0.0f);
        MPI_Barrier(MPI_COMM_WORLD);
        const double begun = MPI_Wtime();
        call(gradients);
        double seconds = MPI_Wtime() - begun;
        MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
        state.SetIterationTime(seconds);
    }
}

void in_order(benchmark::State& state) {
    measure(state, [](Gradients& gradients) {
        ranks->sum_in_order(gradients.sum, [&](std::size_t first, std::size_t last) { gradients.add(first, last); });
    });
}
void in_tree(benchmark::State& state) {
    std::vector<std::size_t> ends;
    for (int rank = 0; rank < ranks->count(); ++rank) ends.push_back(static_cast<std::size_t>(rank + 1));
    measure(state, [&](Gradients& gradients) {
        const std::array<std::span<float>, 1> nodes{gradients.own};
        ranks->sum_in_tree(gradients.sum, ends, nodes);
    });
}
void allreduce(benchmark::State& state) {
    measure(state, [](Gradients& gradients) {
        gradients.add(0, gradients.sum.size());
        MPI_Allreduce(MPI_IN_PLACE, gradients.sum.data(), static_cast<int>(gradients.sum.size()), MPI_FLOAT, MPI_SUM,
                      MPI_COMM_WORLD);
    });
}

// All ranks run a benchmark equally often.
#define KILN_SPEED_OF(sum)                                                                           \
    BENCHMARK(sum)->Arg(11'000)->Arg(100'000)->Arg(700'000)->Iterations(300)->UseManualTime()->Unit( \
        benchmark::kMicrosecond)
KILN_SPEED_OF(allreduce);
KILN_SPEED_OF(in_order);
KILN_SPEED_OF(in_tree);

struct Silent : benchmark::BenchmarkReporter {
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>&) override {}
};

}  // namespace
}  // namespace kiln::speed

int main(int count, char** arguments) {
    kiln::mpi::Ranks ranks;
    kiln::speed::ranks = &ranks;
    benchmark::Initialize(&count, arguments);
    if (ranks.rank() == 0) {
        benchmark::RunSpecifiedBenchmarks();
    } else {
        kiln::speed::Silent silent;
        benchmark::RunSpecifiedBenchmarks(&silent);
    }
}

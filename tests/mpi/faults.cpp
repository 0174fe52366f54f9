// SPDX-License-Identifier: BSL-1.0
// Ranks that meet a fault, which is the first argument. It befalls the last rank in the middle of its work; the others
// must end with an error that names the rank. The second argument is the deadline in seconds.

#include <kiln/train/mpi.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using kiln::mpi::Ranks;

void meet(std::string_view fault) {
    if (fault == "kill") std::raise(SIGKILL);
    if (fault.ends_with("stop")) std::raise(SIGSTOP);
    if (fault == "exit") std::exit(0);
    if (fault == "exit_at_once") _exit(0);
    if (fault == "exception") throw std::runtime_error("the disk is full");
}

void work(Ranks& ranks, std::string_view fault) {
    std::vector<float> sum(20000);
    const auto step = [&] {
        ranks.sum_in_order(sum, [&](std::size_t first, std::size_t last) {
            for (; first < last; ++first) sum[first] += 1;
        });
    };
    const auto step_in_tree = [&] {
        std::vector<float> node(sum.size());
        const std::vector<std::span<float>> nodes{node};
        std::vector<std::size_t> ends;
        const int more = fault == "tree_of_parts_and_stop" ? 1 : 0;  // a node of two groups on rank 0
        for (int r = 1; r <= ranks.count(); ++r) ends.push_back(static_cast<std::size_t>(r + more));
        ranks.sum_in_tree(sum, ends, nodes);
    };
    const bool last = ranks.rank() + 1 == ranks.count();
    for (int n = 0; n < 20; ++n) {
        if (n == 10 && last) meet(fault);
        if (n == 10 && last && fault == "ends_early") return;
        if (n == 10 && last && fault == "other_call") {
            std::vector<std::byte> all(100);
            const std::vector<std::size_t> ends(static_cast<std::size_t>(ranks.count()), all.size());
            ranks.share(all, ends);
        }
        if (n == 10 && last && fault == "other_size") sum.resize(19999);
        if (fault.starts_with("tree") && (n < 10 || !last || fault != "tree_and_chain")) {
            step_in_tree();
            continue;
        }
        step();
    }
}

}  // namespace

int main(int, char** arguments) {
    const std::string_view fault = arguments[1];
    const std::chrono::duration<double> deadline(std::atof(arguments[2]));
    const kiln::mpi::Options options{.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(deadline)};
    if (fault == "users_mpi") {  // MPI_Finalize must not wait for a rank that is gone
        MPI_Init(nullptr, nullptr);
        try {
            Ranks ranks(options);
            work(ranks, "stop");
        } catch (const std::exception& error) {
            std::printf("caught: %s\n", error.what());
        }
        MPI_Finalize();
        return 0;
    }
    if (fault == "absent") {
        MPI_Init(nullptr, nullptr);
        int rank = 0, count = 0;
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        MPI_Comm_size(MPI_COMM_WORLD, &count);
        if (rank + 1 == count) std::this_thread::sleep_for(std::chrono::seconds(30));
    }
    if (fault == "uncaught") {
        Ranks ranks(options);
        work(ranks, "exception");
        return 0;
    }
    try {
        Ranks ranks(options);
        work(ranks, fault);
    } catch (const std::exception& error) {
        std::printf("caught: %s\n", error.what());
        return 0;  // Ranks makes it an error
    }
}

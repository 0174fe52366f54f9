// SPDX-License-Identifier: BSL-1.0
#pragma once
// Threads that work on one task together. The workers start once and end with the object. Handing out a task takes
// neither a lock nor memory: one counter says that there is a task, another how many workers are still busy. A waiting
// thread looks at its counter for some fifty microseconds, about as long as a step of a small network, and then sleeps
// until it is woken. (Where there are no futexes, waking takes a lock: core/detail/worker.hpp.)

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/worker.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <thread>
#include <type_traits>

namespace kiln::inline KILN_TARGET {

/// N threads: the caller's and N - 1 workers. Construction throws std::system_error if the system has no more threads.
/// The object is used by one thread at a time.
template <int N>
class Threads {
  public:
    static_assert(N > 0, "kiln: Threads needs at least one thread, got fewer; try Threads<2>");
    static constexpr int count = N;
    /// The stack that each worker has, on any system.
    static constexpr long long stack_bytes = detail::Worker::stack_bytes;

    Threads() {
        for (std::size_t i = 0; i < workers_.threads.size(); ++i)
            workers_.threads[i].start([](void* self, int number) { static_cast<Threads*>(self)->work(number); }, this,
                                      static_cast<int>(i) + 1);
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

    /// Calls task(0) … task(N - 1), each on a thread of its own, task(0) on the caller's thread, and returns when all
    /// are done. The task must not throw.
    template <class Task>
    void run(Task&& task) {
        workers_.context = &task;
        workers_.call = [](void* context, int thread) {
            (*static_cast<std::remove_reference_t<Task>*>(context))(thread);
        };
        workers_.busy.store(N - 1, std::memory_order_relaxed);
        workers_.hand_out();
        task(0);
        for (int left; (left = workers_.busy.load(std::memory_order_acquire)) > 0;) wait_while(workers_.busy, left);
    }

  private:
    static constexpr std::size_t others = N < 1 ? 0 : N - 1;

    // The memory that all threads share. Its destructor ends the workers, also those of a constructor that failed
    // half-way.
    struct Workers {
        alignas(64) std::atomic<unsigned> tasks{0};  // handed out so far
        alignas(64) std::atomic<int> busy{0};
        void (*call)(void*, int) = nullptr;  // nullptr ends the workers
        void* context = nullptr;
        [[no_unique_address]] detail::Sleepers sleepers;
        std::array<detail::Worker, others> threads;  // joined last, after they have been told to end

        void hand_out() {
            tasks.fetch_add(1, std::memory_order_release);
            sleepers.wake(tasks);
        }
        ~Workers() {
            call = nullptr;
            hand_out();
        }
    };

    void work(int number) {
        for (unsigned done = 0;; ++done) {
            while (workers_.tasks.load(std::memory_order_acquire) == done) wait_while(workers_.tasks, done);
            if (workers_.call == nullptr) return;
            workers_.call(workers_.context, number);
            if (workers_.busy.fetch_sub(1, std::memory_order_acq_rel) == 1) workers_.sleepers.wake(workers_.busy);
        }
    }

    template <class T>
    void wait_while(const std::atomic<T>& counter, T value) {
        for (int looks = 0; looks < patience_; ++looks) {
            if (counter.load(std::memory_order_relaxed) != value) return;
            pause();
        }
        workers_.sleepers.wait_while(counter, value);
    }
    static void pause() {
#if defined __i386__ || defined __x86_64__
        __builtin_ia32_pause();
#elif defined __aarch64__
        asm volatile("yield");
#endif
    }

    // Looking repeatedly helps only while the other threads run, that is, with a processor for each thread.
    const int patience_ = std::thread::hardware_concurrency() >= static_cast<unsigned>(N) ? 1000 : 0;
    Workers workers_;
};

}  // namespace kiln::inline KILN_TARGET

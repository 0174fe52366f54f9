// SPDX-License-Identifier: BSL-1.0
#pragma once
// A thread whose stack does not depend on the system, which would give 8 MiB (glibc, or as `ulimit -s` has it), 1 MiB
// (Windows), 512 KiB (macOS) or 128 KiB (musl). std::thread takes no size. POSIX threads do, and MinGW has those too.
// Also a sleep from which every thread wakes.

#include <kiln/core/detail/raise.hpp>

#include <atomic>
#include <cstddef>
#include <system_error>

#if __has_include(<pthread.h>)
#include <pthread.h>
#else
#include <thread>
#endif

namespace kiln::inline KILN_TARGET::detail {

/// A thread that runs from `start` to the end of what it calls, for which the destructor waits.
class Worker {
  public:
#if __has_include(<pthread.h>)
    /// Bytes of its stack; only those that are used take memory.
    static constexpr long long stack_bytes = sizeof(void*) < 8 ? 1 << 20 : 8 << 20;
#else
    static constexpr long long stack_bytes = 512 << 10;  // the least that systems with threads give
#endif

    Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() {
        if (!started_) return;
#if __has_include(<pthread.h>)
        pthread_join(thread_, nullptr);
#else
        thread_.join();
#endif
    }

    /// Calls call(context, number) on the new thread. Throws std::system_error if the system has no more threads.
    void start(void (*call)(void* context, int number), void* context, int number) {
        call_ = call;
        context_ = context;
        number_ = number;
#if __has_include(<pthread.h>)
        pthread_attr_t attributes;
        int error = pthread_attr_init(&attributes);
        if (error == 0) {
            error = pthread_attr_setstacksize(&attributes, static_cast<std::size_t>(stack_bytes));
            if (error == 0) error = pthread_create(&thread_, &attributes, &run, this);
            pthread_attr_destroy(&attributes);
        }
        if (error != 0) raise<std::system_error>(error, std::generic_category(), "kiln: Threads needs another thread");
#else
        thread_ = std::thread(&run, this);
#endif
        started_ = true;
    }

  private:
    static void* run(void* self) {
        auto& worker = *static_cast<Worker*>(self);
        worker.call_(worker.context_, worker.number_);
        return nullptr;
    }

    void (*call_)(void*, int) = nullptr;
    void* context_ = nullptr;
    int number_ = 0;
    bool started_ = false;
#if __has_include(<pthread.h>)
    pthread_t thread_{};
#else
    std::thread thread_;
#endif
};

/// Threads that sleep while a counter has a value.
class Sleepers {
  public:
#if defined __GLIBCXX__ && !defined _GLIBCXX_HAVE_LINUX_FUTEX && __has_include(<pthread.h>)
    // Where there are no futexes (Windows, macOS), std::atomic::wait of libstdc++ 12 looks at the counter before it locks
    // the mutex of its condition. A call in between is lost, and the thread sleeps for ever. To be removed with support
    // for libstdc++ 12.
    Sleepers() = default;
    Sleepers(const Sleepers&) = delete;
    Sleepers& operator=(const Sleepers&) = delete;
    ~Sleepers() {
        pthread_cond_destroy(&called_);
        pthread_mutex_destroy(&mutex_);
    }
    template <class T>
    void wait_while(const std::atomic<T>& counter, T value) {
        pthread_mutex_lock(&mutex_);
        while (counter.load(std::memory_order_acquire) == value) pthread_cond_wait(&called_, &mutex_);
        pthread_mutex_unlock(&mutex_);
    }
    /// After the counter has changed.
    template <class T>
    void wake(std::atomic<T>&) {
        pthread_mutex_lock(&mutex_);
        pthread_mutex_unlock(&mutex_);
        pthread_cond_broadcast(&called_);
    }

  private:
    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t called_ = PTHREAD_COND_INITIALIZER;
#else
    template <class T>
    void wait_while(const std::atomic<T>& counter, T value) {
        counter.wait(value, std::memory_order_relaxed);
    }
    /// After the counter has changed.
    template <class T>
    void wake(std::atomic<T>& counter) {
        counter.notify_all();
    }
#endif
};

}  // namespace kiln::inline KILN_TARGET::detail

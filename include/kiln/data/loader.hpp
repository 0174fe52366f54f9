// SPDX-License-Identifier: BSL-1.0
#pragma once
// Makes batches of floats from a data set: in a new order each epoch, scaled, and augmented. The order is that in which
// Trainer::fit takes a data set, for equal seeds. A thread of the loader's own works up to two batches ahead of the
// trainer. A batch depends on the data, the seed, the epoch and its place only, so with and without that thread it is
// the same, bit for bit. Memory is allocated at construction: three batches, or one without the thread.

#include <kiln/core/detail/sample_order.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/setting_error.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/augment.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/files/detail/concat.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

namespace detail {

/// Announces that something has changed under a mutex. (A std::condition_variable would serve as well, but would take a
/// tenth of the compile time of all of Kiln's headers.)
class Signal {
  public:
    /// Announces a change; to be called after the change, with the mutex held or not.
    void change() {
        changes_.fetch_add(1, std::memory_order_release);
        changes_.notify_all();
    }
    /// Gives up the mutex until `condition()` is true; the condition is called with the mutex held.
    void wait(std::unique_lock<std::mutex>& lock, auto condition) {
        for (;;) {
            const unsigned seen = changes_.load(std::memory_order_acquire);  // read first: no change is missed
            if (condition()) return;
            lock.unlock();
            changes_.wait(seen, std::memory_order_acquire);
            lock.lock();
        }
    }

  private:
    std::atomic<unsigned> changes_{0};
};

// The lengths of a batch's samples, where the data set gives lengths.
template <bool GivesLengths>
struct batch_lengths {
    struct Given {};
};
template <>
struct batch_lengths<true> {
    struct Given {
        std::span<const int> lengths;
    };
};

}  // namespace detail

/// The settings of a Loader.
struct LoaderOptions {
    int batch = 64;   ///< samples in a batch; the last of an epoch may have fewer
    int samples = 0;  ///< samples in an epoch, of which a shuffled epoch takes others each time; 0: all. Of data in
                      ///< shards whole batches only
    Seed seed = {};
    bool shuffle = true;     ///< a new order of the samples in every epoch
    bool background = true;  ///< prepare batches in a thread of the loader's own

    constexpr SettingFault fault() const {
        return first_fault("Loader", {at_least(1, "batch", batch), at_least(0, "samples", samples)});
    }
};

/// Batches of a data set, which must outlive the loader: `Loader loader(data, {.batch = 64}, Affine{.degrees = 10})`.
/// Samples are augmented, targets are not. The loader is used by one thread; its own thread uses the data set and the
/// augmentation at the same time. Exceptions from the data set or the augmentation arrive at the caller of next().
template <class Data, class Augmentation = Augment<>>
class Loader {
    static constexpr bool augments = detail::augments<Augmentation, typename Data::Input>;
    static constexpr bool several = kiln::detail::are_shapes<typename Data::Input>;
    static constexpr bool augments_one = augments || several, names_its_input = augments || !several;
    static_assert(augments_one, "kiln: a Loader needs an augmentation that takes samples of its data set's shape, got "
                                "another; try Noise, or samples of channels x rows x columns");
    static_assert(
        names_its_input,
        "kiln: a Loader of samples of several inputs needs an augmentation that says which of them it changes, "
        "got another; try of_input<0>(Shift{.pixels = 1})");

  public:
    using Input = typename Data::Input;
    using Target = detail::target_in<Data>;

    /// Samples and their targets, of equal number, and .lengths if the data set gives lengths; valid until the next
    /// call of next() or start().
    struct Batch : detail::batch_lengths<GivesLengths<Data>>::Given {
        std::span<const Tensor<float, Input>> inputs;
        std::span<const Target> targets;
    };

    /// Throws SettingError if a setting is out of its range, std::system_error if the system has no more threads.
    explicit Loader(const Data& data, const LoaderOptions& options = {}, Augmentation augmentation = {});
    explicit Loader(const Data&&, const LoaderOptions& = {}, Augmentation = {}) = delete;
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;
    ~Loader();

    /// Samples in an epoch.
    int size() const { return size_; }

    /// Begins an epoch, and ends the epoch that is under way.
    void start(long long epoch);

    /// Makes, from the next start on, only the inputs that are wanted: wanted(context, i, n) says whether sample i of a
    /// batch of n is; nullptr: all. Other inputs are not to be read. Targets and lengths are always made. (`fit` calls
    /// this on ranks.)
    void only(bool (*wanted)(const void* context, int sample, int samples), const void* context);

    /// The next batch; empty at the end of the epoch, and before the first start(). After next() has thrown, it throws
    /// again until start() is called.
    Batch next();

  private:
    struct Slot {
        std::vector<Tensor<float, Input>> inputs;
        std::vector<Target> targets;
        std::vector<int> lengths;
        explicit Slot(std::size_t size) : inputs(size), targets(size), lengths(GivesLengths<Data> ? size : 0) {}
    };

    static const LoaderOptions& sound(const LoaderOptions& options) {
        kiln::detail::require_in_range(options);
        return options;
    }
    auto order_of_epoch(long long epoch) const {
        return kiln::detail::order_of(data_, options_.batch, options_.shuffle,
                                      hash(options_.seed.value, static_cast<std::uint64_t>(epoch)));
    }
    int batches() const { return (size_ + options_.batch - 1) / options_.batch; }
    int samples_in(int batch) const {
        const int left = size_ - batch * options_.batch;
        return left < options_.batch ? left : options_.batch;
    }
    Slot& slot_of(int batch) { return slots_[static_cast<std::size_t>(batch) % slots_.size()]; }

    void make(int batch);
    void work();
    // Waits until the worker rests; then it rests until start().
    void rest(std::unique_lock<std::mutex>& lock) {
        hurry_ = true;
        running_ = false;
        changed_.wait(lock, [&] { return !busy_; });
        hurry_ = false;
    }

    const Data& data_;
    LoaderOptions options_;
    const Augmentation augmentation_;
    std::vector<Slot> slots_;
    std::vector<Tensor<float, Input>> spare_;  // one sample, on the heap because samples may be large
    decltype(kiln::detail::order_of(std::declval<const Data&>(), 1, true, 0)) order_;
    int size_;
    long long epoch_ = 0;
    bool (*wanted_)(const void*, int, int) = nullptr;
    const void* of_wanted_ = nullptr;

    // The rest is shared by the caller and the worker, under the mutex. The batches [given_ - 1, made_) hold slots: the
    // caller's batch and the batches made ahead.
    std::mutex mutex_;
    detail::Signal changed_;
    int given_ = 0, made_ = 0;
    bool running_ = false, busy_ = false, end_ = false;
    std::exception_ptr failure_;
    std::atomic<bool> hurry_ = false;  // the worker's present batch is no longer wanted
    std::thread worker_;
};

template <class Data, class Augmentation>
Loader<Data, Augmentation>::Loader(const Data& data, const LoaderOptions& options, Augmentation augmentation)
    : data_(data),
      options_(sound(options)),
      augmentation_(std::move(augmentation)),
      order_(order_of_epoch(0)),
      size_(options.samples > 0 && options.samples < order_.size() ? options.samples : order_.size()) {
    kiln::detail::require_in_range(augmentation_);
    if constexpr (IsDivided<Data>) {
        if (size_ < options.batch)
            throw std::invalid_argument(concat("kiln: Loader of data in shards needs whole batches, got .samples = ",
                                               options.samples, "; try .samples = ", options.batch));
        size_ -= size_ % options.batch;
    }
    if (options_.batch > size_) options_.batch = size_ > 0 ? size_ : 1;
    slots_.assign(options.background ? 3 : 1, Slot(static_cast<std::size_t>(options_.batch)));
    spare_.resize(1);
    if (options.background) worker_ = std::thread(&Loader::work, this);
}

template <class Data, class Augmentation>
Loader<Data, Augmentation>::~Loader() {
    hurry_ = true;
    {
        const std::lock_guard lock(mutex_);
        end_ = true;
    }
    changed_.change();
    if (worker_.joinable()) worker_.join();
}

template <class Data, class Augmentation>
void Loader<Data, Augmentation>::start(long long epoch) {
    {
        std::unique_lock lock(mutex_);
        rest(lock);
        epoch_ = epoch;
        order_ = order_of_epoch(epoch);
        given_ = made_ = 0;
        failure_ = nullptr;
        running_ = true;
    }
    changed_.change();
}

template <class Data, class Augmentation>
typename Loader<Data, Augmentation>::Batch Loader<Data, Augmentation>::next() {
    const int batch = given_;  // written by the caller's thread only
    if (!running_ || batch == batches()) return {};
    if (options_.background) {
        std::unique_lock lock(mutex_);
        ++given_;
        changed_.change();
        changed_.wait(lock, [&] { return made_ > batch || failure_ != nullptr; });
        if (made_ <= batch) {
            --given_;
            std::rethrow_exception(failure_);
        }
    } else {
        if (failure_ != nullptr) std::rethrow_exception(failure_);
        try {
            make(batch);
        } catch (...) {
            failure_ = std::current_exception();
            throw;
        }
        ++given_;
    }
    const auto n = static_cast<std::size_t>(samples_in(batch));
    const Slot& slot = slot_of(batch);
    Batch made;
    made.inputs = std::span(slot.inputs).first(n);
    made.targets = std::span(slot.targets).first(n);
    if constexpr (GivesLengths<Data>) made.lengths = std::span(slot.lengths).first(n);
    return made;
}

template <class Data, class Augmentation>
void Loader<Data, Augmentation>::only(bool (*wanted)(const void*, int, int), const void* context) {
    std::unique_lock lock(mutex_);
    rest(lock);
    wanted_ = wanted;
    of_wanted_ = context;
}

// Fills the slot of a batch; stops early if hurry_ is set.
template <class Data, class Augmentation>
void Loader<Data, Augmentation>::make(int batch) {
    Slot& slot = slot_of(batch);
    for (int k = 0; k < samples_in(batch) && !hurry_.load(std::memory_order_relaxed); ++k) {
        const int place = batch * options_.batch + k;
        const int i = order_(place);
        detail::load_target(data_, i, slot.targets[static_cast<std::size_t>(k)]);
        if constexpr (GivesLengths<Data>) slot.lengths[static_cast<std::size_t>(k)] = data_.length(i);
        if (wanted_ != nullptr && !wanted_(of_wanted_, k, samples_in(batch))) continue;
        Tensor<float, Input>& input = slot.inputs[static_cast<std::size_t>(k)];
        detail::read_scaled(data_.sample(i), data_.scale(), input);
        const std::uint64_t key = hash(options_.seed.value, static_cast<std::uint64_t>(epoch_), 2);
        Random random(Seed{hash(key, static_cast<std::uint64_t>(i))});
        if constexpr (augments) detail::augment(augmentation_, input, spare_.front(), random);
    }
}

// The worker: makes batches while there is a slot that the caller does not use.
template <class Data, class Augmentation>
void Loader<Data, Augmentation>::work() {
    const int ahead = static_cast<int>(slots_.size()) - 1;
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] {
            return end_ || (running_ && failure_ == nullptr && made_ < batches() && made_ < given_ + ahead);
        });
        if (end_) return;
        busy_ = true;
        const int batch = made_;
        std::exception_ptr failure;
        lock.unlock();
        try {
            make(batch);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        busy_ = false;
        failure_ = failure;
        if (failure == nullptr) ++made_;
        changed_.change();
    }
}

}  // namespace kiln::inline KILN_TARGET::data

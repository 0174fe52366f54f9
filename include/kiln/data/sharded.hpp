// SPDX-License-Identifier: BSL-1.0
#pragma once
// A data set in shards, for data that is larger than the memory of one machine. Each rank opens only the shards whose
// samples it trains on, so all ranks together hold the data once.
//
//     kiln::data::Sharded train(trainer, 64, [](int shard) { return read("train-", shard); });
//     trainer.fit(train, {.epochs = 10});
//     kiln::data::Loader loader(train, {.batch = 256}, kiln::data::Affine{.degrees = 10});  // or with augmentation
//     trainer.fit(loader, {.epochs = 10});
//
// The order of the samples depends on the number of shards, and not on that of the ranks. Neighbouring shards make a
// pool. A pool has the same places in every batch, and the rank that runs a place holds its pool. The number of pools is
// the greatest common divisor of the number of shards and of the passes in a batch (its samples by the lanes of the
// trainer's element). If it is a multiple of the number of ranks, and the batch takes one round (at most eight passes for
// each rank, or Groups), then each rank holds its part alone. Otherwise neighbours both hold some pools.
//
// An epoch takes equally many batches from all pools, and ends when a pool has too few samples for another one. If it is
// shuffled, each epoch leaves out other samples. Every rank knows all targets, for a step reads those of its whole batch.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/ranks.hpp>
#include <kiln/core/detail/content_hash.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/core/tensor_view.hpp>
#include <kiln/files/detail/concat.hpp>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

namespace detail {

// A target as it is kept: a copy of what a view shows.
template <class Target>
struct stored_target {
    using type = Target;
    static const Target& of(const Target& target) { return target; }
};
template <class T, class S>
struct stored_target<TensorView<T, S>> {
    using type = Tensor<std::remove_const_t<T>, S>;
    static type of(const TensorView<T, S>& view) {
        type copy;
        for (int k = 0; k < S::count; ++k) copy.data[k] = view.data[k];
        return copy;
    }
};

// Gives every rank bytes_of(shard), which rank owners[shard] has.
void share_shards(auto& ranks, const std::vector<int>& owners, auto bytes_of) {
    std::vector<std::size_t> ends;
    const auto for_each_in_order = [&](auto call) {
        std::size_t at = 0;
        ends.clear();
        for (int rank = 0; rank < ranks.count(); ++rank) {
            for (std::size_t shard = 0; shard < owners.size(); ++shard) {
                if (owners[shard] != rank) continue;
                const std::span<std::byte> bytes = bytes_of(shard);
                call(rank, bytes, at);
                at += bytes.size();
            }
            ends.push_back(at);
        }
    };
    for_each_in_order([](int, std::span<std::byte>, std::size_t) {});
    std::vector<std::byte> all(ends.back());
    for_each_in_order([&](int rank, std::span<std::byte> bytes, std::size_t at) {
        if (rank == ranks.rank()) std::ranges::copy(bytes, &all[at]);
    });
    ranks.share(all, ends);
    for_each_in_order([&](int rank, std::span<std::byte> bytes, std::size_t at) {
        if (rank != ranks.rank()) std::copy_n(&all[at], bytes.size(), bytes.begin());
    });
}

}  // namespace detail

/// The shards of a data set of type Data, as one rank has them, or a trainer without ranks, which has them all.
template <DataSet Data>
class Sharded {
    using StoredTarget =
        typename detail::stored_target<std::remove_cvref_t<decltype(std::declval<const Data&>().target(0))>>::type;
    static constexpr bool has_plain_targets =
        std::is_trivially_copyable_v<StoredTarget> && std::is_default_constructible_v<StoredTarget>;
    static_assert(has_plain_targets,
                  "kiln: Sharded needs data sets whose targets are labels or tensors, got others; try "
                  "a Dataset in each shard");

  public:
    using Input = typename Data::Input;
    class Order;

    /// Opens the shards that this rank needs, by open(shard), which returns a Data; all shards are numbered from 0. On
    /// ranks all call this together, with a trainer that they share. Throws std::invalid_argument if there are no
    /// shards, or too few samples for a batch, RankError if ranks have different shards, and what `open` throws.
    template <class T, class Open>
    Sharded(const T& trainer, int shards, Open open);

    /// The samples in all shards; those of shard 0 come first.
    int size() const { return ends_.back(); }
    float scale() const { return scale_; }
    /// Sample i. Throws std::out_of_range if this rank does not hold its shard.
    decltype(auto) sample(int i) const {
        const std::size_t shard = shard_of(i);
        if (!shards_[shard])
            throw std::out_of_range(concat("kiln: Sharded needs a sample of a shard that this rank holds, got one of "
                                           "shard ",
                                           shard, "; try batches by fit, or holds(i)"));
        return shards_[shard]->sample(i - begin_of(shard));
    }
    const StoredTarget& target(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return targets_[static_cast<std::size_t>(i)];
    }
    template <class D = Data>  // g++ 12 would take a constraint without a parameter as met, behind an error
        requires GivesLengths<D>
    int length(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return lengths_[static_cast<std::size_t>(i)];
    }

    /// Whether this rank holds the shard of sample i.
    bool holds(int i) const { return shards_[shard_of(i)].has_value(); }
    /// The number of shards, and of those that this rank holds.
    int shards() const { return static_cast<int>(shards_.size()); }
    int held() const {
        return static_cast<int>(std::ranges::count_if(shards_, [](const auto& shard) { return shard.has_value(); }));
    }
    /// A hash of the samples, targets and lengths of all shards.
    std::uint64_t content_hash() const { return content_; }

    /// The order of an epoch, in batches of the trainer's size. Throws std::invalid_argument for another size.
    Order order(int batch, bool shuffles, std::uint64_t key) const {
        if (batch != static_cast<int>(pool_at_.size()))
            throw std::invalid_argument(concat("kiln: Sharded needs batches of ", pool_at_.size(),
                                               " samples, as its trainer has, got ", batch,
                                               "; try .batch = ", pool_at_.size()));
        return Order(*this, shuffles, key);
    }

  private:
    // Neighbouring shards, whose samples have the same places in every batch.
    struct Pool {
        int first = 0, samples = 0;       // of all samples
        int first_place = 0, places = 0;  // in a batch
    };
    // What a rank says about a shard that it has opened.
    struct Opened {
        std::uint64_t content;
        int samples;
        float scale;
    };

    std::size_t shard_of(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return static_cast<std::size_t>(std::ranges::upper_bound(ends_, i) - ends_.begin());
    }
    int begin_of(std::size_t shard) const { return shard > 0 ? ends_[shard - 1] : 0; }
    std::size_t pool_of(std::size_t shard) const { return shard / (shards_.size() / pools_.size()); }

    void open_shards(const auto& trainer, int shards, auto& open);
    void make_pools(int batch, int lanes);
    void number_samples(const std::vector<Opened>& opened);
    void read_targets();
    // The elements of a vector of all samples that belong to a shard.
    auto part(auto& all, std::size_t shard) const {
        return std::span(all).subspan(static_cast<std::size_t>(begin_of(shard)),
                                      static_cast<std::size_t>(ends_[shard] - begin_of(shard)));
    }

    std::vector<std::optional<Data>> shards_;
    std::vector<int> ends_;  // of the shards, in the numbers of samples
    std::vector<StoredTarget> targets_;
    std::vector<int> lengths_;
    std::vector<Pool> pools_;
    std::vector<int> pool_at_;  // each place of a batch
    int batches_ = 0;           // in an epoch
    float scale_ = 1;
    std::uint64_t content_ = 0;
};
template <class T, class Open>
Sharded(const T&, int, Open) -> Sharded<std::remove_cvref_t<std::invoke_result_t<Open&, int>>>;

/// The order of the samples in an epoch. The data set must outlive it.
template <DataSet Data>
class Sharded<Data>::Order {
  public:
    Order(const Sharded& data, bool shuffles, std::uint64_t key) : data_(&data), key_(key), shuffles_(shuffles) {}

    /// The samples in an epoch.
    int size() const { return data_->batches_ * batch(); }
    /// The number of the sample at a place.
    int operator()(int place) const {
        const int pool = data_->pool_at_[static_cast<std::size_t>(place % batch())];
        const Pool& from = data_->pools_[static_cast<std::size_t>(pool)];
        const int at = place / batch() * from.places + place % batch() - from.first_place;
        if (!shuffles_) return from.first + at;
        return from.first + Permutation(from.samples, hash(key_, static_cast<std::uint64_t>(pool)))(at);
    }

  private:
    int batch() const { return static_cast<int>(data_->pool_at_.size()); }

    const Sharded* data_;
    std::uint64_t key_;
    bool shuffles_;
};

template <DataSet Data>
template <class T, class Open>
Sharded<Data>::Sharded(const T& trainer, int shards, Open open) {
    constexpr bool is_trainer = requires { T::micro_batches; };
    static_assert(is_trainer,
                  "kiln: Sharded needs a trainer, whose passes say which shards this rank needs, got another "
                  "type; try Sharded{trainer, 64, open}");
    if constexpr (is_trainer) open_shards(trainer, shards, open);
}

template <DataSet Data>
void Sharded<Data>::open_shards(const auto& trainer, int shards, auto& open) {
    using T = std::remove_cvref_t<decltype(trainer)>;
    constexpr bool has_ranks = requires { trainer.ranks(); };
    constexpr int batch = T::batch_size;
    const auto rank_of = [&]([[maybe_unused]] int place) {
        if constexpr (has_ranks) return trainer.rank_of(place, batch);
        return 0;
    };
    int rank = 0;
    if (shards < 1) throw std::invalid_argument(concat("kiln: Sharded needs at least one shard, got ", shards));
    if constexpr (has_ranks) {
        rank = trainer.ranks().rank();
        const Agreed same{"number of shards", static_cast<std::uint64_t>(shards)};
        trainer.ranks().agree(std::span(&same, 1));
    }
    shards_.resize(static_cast<std::size_t>(shards));
    make_pools(batch, width<typename T::Element>);

    std::vector<int> owners(shards_.size());  // the first rank that has a shard
    std::vector<Opened> opened(shards_.size());
    std::vector<std::uint64_t> contents(shards_.size());  // as this rank has them
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
        const Pool& pool = pools_[pool_of(shard)];
        owners[shard] = rank_of(pool.first_place);
        bool needed = false;
        for (int place = pool.first_place; place < pool.first_place + pool.places; ++place)
            needed = needed || rank_of(place) == rank;
        if (!needed) continue;
        const Data& data = shards_[shard].emplace(open(static_cast<int>(shard)));
        contents[shard] = kiln::detail::ContentHash{}.add_data(data).value();
        opened[shard] = {contents[shard], data.size(), data.scale()};
    }
    if constexpr (has_ranks)
        detail::share_shards(trainer.ranks(), owners,
                             [&](std::size_t shard) { return std::as_writable_bytes(std::span(&opened[shard], 1)); });
    number_samples(opened);

    const auto hash_of = [&](auto content) {
        kiln::detail::ContentHash all;
        for (std::size_t shard = 0; shard < shards_.size(); ++shard) all.add(content(shard));
        return all.value();
    };
    content_ = hash_of([&](std::size_t shard) { return opened[shard].content; });
    if constexpr (has_ranks) {
        // A rank compares with the owner what both hold.
        const Agreed same{"content of the shards", hash_of([&](std::size_t shard) {
                              return shards_[shard] ? contents[shard] : opened[shard].content;
                          })};
        trainer.ranks().agree(std::span(&same, 1));
    }

    read_targets();
    if constexpr (has_ranks) {
        const auto give_all = [&](auto& all) {
            detail::share_shards(trainer.ranks(), owners,
                                 [&](std::size_t shard) { return std::as_writable_bytes(part(all, shard)); });
        };
        give_all(targets_);
        if constexpr (GivesLengths<Data>) give_all(lengths_);
    }
}

template <DataSet Data>
void Sharded<Data>::make_pools(int batch, int lanes) {
    const int passes = (batch + lanes - 1) / lanes;
    pools_.resize(static_cast<std::size_t>(std::gcd(shards(), passes)));
    pool_at_.resize(static_cast<std::size_t>(batch));
    for (int place = 0; place < batch; ++place) {
        const int number = place / lanes * static_cast<int>(pools_.size()) / passes;
        Pool& pool = pools_[static_cast<std::size_t>(number)];
        pool_at_[static_cast<std::size_t>(place)] = number;
        if (pool.places++ == 0) pool.first_place = place;
    }
}

template <DataSet Data>
void Sharded<Data>::number_samples(const std::vector<Opened>& opened) {
    const auto refuse = [](const auto&... need) {
        throw std::invalid_argument(concat("kiln: Sharded needs ", need...));
    };
    scale_ = opened[0].scale;
    long long end = 0;
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
        if (opened[shard].scale != scale_)
            refuse("shards of one scale, got ", scale_, " in shard 0 and ", opened[shard].scale, " in shard ", shard);
        Pool& pool = pools_[pool_of(shard)];
        if (pool.samples == 0) pool.first = static_cast<int>(end);
        pool.samples += opened[shard].samples;
        end += opened[shard].samples;
        if (end > INT_MAX) refuse("at most ", INT_MAX, " samples, got more");
        ends_.push_back(static_cast<int>(end));
    }
    batches_ = INT_MAX;
    for (std::size_t number = 0; number < pools_.size(); ++number) {
        const Pool& pool = pools_[number];
        batches_ = std::min(batches_, pool.samples / pool.places);
        const std::size_t shards_of_pool = shards_.size() / pools_.size();
        if (batches_ < 1)
            refuse("at least ", pool.places, " samples, for a batch, in shards ", number * shards_of_pool, " to ",
                   (number + 1) * shards_of_pool - 1, ", got ", pool.samples, "; try fewer shards, or a smaller Batch");
    }
}

// Copies the targets and lengths of the shards that this rank holds.
template <DataSet Data>
void Sharded<Data>::read_targets() {
    targets_.resize(static_cast<std::size_t>(size()));
    if constexpr (GivesLengths<Data>) lengths_.resize(targets_.size());
    for (int i = 0; i < size(); ++i) {
        const std::size_t shard = shard_of(i);
        if (!shards_[shard]) continue;
        decltype(auto) target = shards_[shard]->target(i - begin_of(shard));
        targets_[static_cast<std::size_t>(i)] =
            detail::stored_target<std::remove_cvref_t<decltype(target)>>::of(target);
        if constexpr (GivesLengths<Data>)
            lengths_[static_cast<std::size_t>(i)] = shards_[shard]->length(i - begin_of(shard));
    }
}

}  // namespace kiln::inline KILN_TARGET::data

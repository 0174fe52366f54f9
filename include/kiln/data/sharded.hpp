// SPDX-License-Identifier: BSL-1.0
#pragma once
// A data set in shards, for data that is larger than the memory of one machine. Each rank opens only the shards whose
// samples it trains on.
//
//     kiln::data::Sharded train(trainer, 64, [](int shard) { return read("train-", shard); });
//     trainer.fit(train, {.epochs = 10});
//     kiln::data::Loader loader(train, {.batch = 256}, kiln::data::Affine{.degrees = 10});  // or with augmentation
//     trainer.fit(loader, {.epochs = 10});
//
// Take a multiple of the passes in a batch (the trainer's micro_batches) as the number of shards: then no two ranks hold
// the same shard. With another number several ranks may hold the same shards, at worst all of them; held() tells.
//
// The order of the samples depends on the number of shards, and not on that of the ranks. Neighbouring shards make a
// pool; the number of pools is the greatest common divisor of the numbers of shards and of passes. A pool has the same
// places in every batch, and the ranks that run these places hold it. An epoch takes equally many batches from all pools,
// and ends when a pool has too few samples for another one. If it is shuffled, each epoch leaves out other samples.
//
// A shard has to own its samples, or to be a view of what outlives it. Every rank keeps all targets, for a step reads
// those of its whole batch, so shards that are Reconstructions save no memory. Ranks wait for each other when they have
// opened their shards: one that needs longer than the others by the deadline of the group ends them.

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
#include <string>
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

// Gives every rank the bytes of rank `owner`.
void share_from(auto& ranks, int owner, std::span<std::byte> bytes) {
    std::vector<std::size_t> ends(static_cast<std::size_t>(ranks.count()));
    std::fill(ends.begin() + owner, ends.end(), bytes.size());
    ranks.share(bytes, ends);
}

// The data set that open(shard) returns.
template <class Open>
    requires DataSet<std::remove_cvref_t<std::invoke_result_t<Open&, int>>>
using opened_by = std::remove_cvref_t<std::invoke_result_t<Open&, int>>;
// The data set of a call that is refused.
struct NoDataSet {
    using Input = Shape<1>;
    static int size() { return 0; }
    static float scale() { return 1; }
    static Tensor<float, Input> sample(int) { return {}; }
    static int target(int) { return 0; }
};

}  // namespace detail

/// The shards of a data set of type Data, as one rank has them. A trainer without ranks has them all.
template <DataSet Data>
class Sharded {
    static constexpr bool is_of_data = !std::is_same_v<Data, detail::NoDataSet>;
    static_assert(is_of_data, "kiln: Sharded needs a trainer, a number of shards, and a function that returns the data "
                              "set of a shard, got others; try Sharded{trainer, 64, open}");
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

    /// Opens the shards that this rank needs, by open(shard), which returns a Data; shards are numbered from 0. All
    /// ranks call this together, each with its own trainer of the group. Throws std::invalid_argument if there are no
    /// shards, or too few samples for a batch, RankError if ranks have different shards, and what `open` throws.
    template <class T, class Open>
    Sharded(const T& trainer, int shards, Open open);
    Sharded(const auto&...) requires(!is_of_data) {}  // refused
    Sharded(const Sharded&) = delete;
    Sharded& operator=(const Sharded&) = delete;

    /// The samples in all shards; those of shard 0 come first.
    int size() const { return ends_.back(); }
    /// The factor of samples as they are read, the same in all shards.
    float scale() const { return scale_; }
    /// Sample i. Throws std::out_of_range if this rank does not hold its shard.
    decltype(auto) sample(int i) const {
        const std::size_t shard = shard_of(i);
        if (!shards_[shard])
            throw std::out_of_range(
                concat("kiln: Sharded needs a sample of a shard that this rank holds, got one of shard ", shard,
                       "; try fit of its own trainer, with it or a Loader of it"));
        return shards_[shard]->sample(i - begin_of(shard));
    }
    /// The target of sample i, and (below) its length, of any shard.
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
    /// The number of shards, and (below) of those that this rank holds.
    int shards() const { return static_cast<int>(shards_.size()); }
    int held() const {
        return static_cast<int>(std::ranges::count_if(shards_, [](const auto& shard) { return shard.has_value(); }));
    }
    /// A hash of the samples, targets and lengths of all shards, and of the pools.
    std::uint64_t content_hash() const { return content_; }

    /// The order of an epoch, in batches of the trainer's size. Throws std::invalid_argument for another size.
    Order order(int batch, bool shuffles, std::uint64_t key) const {
        if (batch != this->batch())
            throw std::invalid_argument(concat("kiln: Sharded needs batches of ", this->batch(),
                                               " samples, as its trainer has, got ", batch,
                                               "; try .batch = ", this->batch()));
        return Order(*this, shuffles, key);
    }

  private:
    // Neighbouring shards, whose samples have the same places in every batch.
    struct Pool {
        int first = 0, samples = 0;       // of all samples
        int first_place = 0, places = 0;  // in a batch
    };
    // The facts about a shard, from the first rank that holds it.
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
    int batch() const { return static_cast<int>(pool_at_.size()); }

    static void require_same(auto& ranks, const char* name, std::uint64_t hash);
    void make_pools(int shards, int batch, int lanes);
    void open_shards(auto& open, auto runs);
    void share(auto& ranks, auto owner);
    void number_samples();
    void read_targets();
    // The elements of a vector of all samples that belong to a shard.
    auto part(auto& all, std::size_t shard) const {
        return std::span(all).subspan(static_cast<std::size_t>(begin_of(shard)),
                                      static_cast<std::size_t>(ends_[shard] - begin_of(shard)));
    }

    std::vector<std::optional<Data>> shards_;
    std::vector<Opened> opened_;
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
Sharded(const T&, int, Open) -> Sharded<detail::opened_by<Open>>;
template <class... Other>
Sharded(const Other&...) -> Sharded<detail::NoDataSet>;

/// The order of the samples in an epoch. The data set must outlive it.
template <DataSet Data>
class Sharded<Data>::Order {
  public:
    /// The samples in an epoch.
    int size() const { return data_->batches_ * data_->batch(); }
    /// The number of the sample at a place.
    int operator()(int place) const {
        KILN_EXPECTS(0 <= place && place < size());
        const int number = place / data_->batch(), in_batch = place % data_->batch();
        const auto pool = static_cast<std::size_t>(data_->pool_at_[static_cast<std::size_t>(in_batch)]);
        const Pool& from = data_->pools_[pool];
        const int at = number * from.places + in_batch - from.first_place;
        return from.first + (shuffled_.empty() ? at : shuffled_[pool](at));
    }

  private:
    friend Sharded;
    Order(const Sharded& data, bool shuffles, std::uint64_t key) : data_(&data) {
        if (!shuffles) return;
        for (std::size_t pool = 0; pool < data.pools_.size(); ++pool)
            shuffled_.emplace_back(data.pools_[pool].samples, hash(key, pool));
    }

    const Sharded* data_;
    std::vector<Permutation> shuffled_;  // of each pool; empty: as they are
};

template <DataSet Data>
template <class T, class Open>
Sharded<Data>::Sharded(const T& trainer, int shards, Open open) {
    constexpr bool is_trainer = requires { T::micro_batches; };
    static_assert(is_trainer,
                  "kiln: Sharded needs a trainer, whose passes say which shards this rank needs, got another "
                  "type; try Sharded{trainer, 64, open}");
    if constexpr (is_trainer) {
        if (shards < 1) throw std::invalid_argument(concat("kiln: Sharded needs at least one shard, got ", shards));
        if constexpr (requires { trainer.ranks(); }) {
            const auto rank_of = [&](int place) { return trainer.rank_of(place, T::batch_size); };
            require_same(trainer.ranks(), "number of shards", static_cast<std::uint64_t>(shards));
            make_pools(shards, T::batch_size, width<typename T::Element>);
            open_shards(open, [&](int place) { return rank_of(place) == trainer.ranks().rank(); });
            share(trainer.ranks(), [&](std::size_t shard) { return rank_of(pools_[pool_of(shard)].first_place); });
        } else {
            make_pools(shards, T::batch_size, width<typename T::Element>);
            open_shards(open, [](int) { return true; });
            number_samples();
            read_targets();
        }
    }
}

template <DataSet Data>
void Sharded<Data>::require_same(auto& ranks, const char* name, std::uint64_t hash) {
    const Agreed same{name, hash};
    ranks.agree(std::span(&same, 1));
}

template <DataSet Data>
void Sharded<Data>::make_pools(int shards, int batch, int lanes) {
    const int passes = (batch + lanes - 1) / lanes;
    shards_.resize(static_cast<std::size_t>(shards));
    opened_.resize(shards_.size());
    pools_.resize(static_cast<std::size_t>(std::gcd(shards, passes)));
    pool_at_.resize(static_cast<std::size_t>(batch));
    for (int place = 0; place < batch; ++place) {
        const int number = place / lanes * static_cast<int>(pools_.size()) / passes;
        Pool& pool = pools_[static_cast<std::size_t>(number)];
        pool_at_[static_cast<std::size_t>(place)] = number;
        if (pool.places++ == 0) pool.first_place = place;
    }
}

// Opens the shards of the pools of which this rank runs a place.
template <DataSet Data>
void Sharded<Data>::open_shards(auto& open, auto runs) {
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
        const Pool& pool = pools_[pool_of(shard)];
        bool needed = false;
        for (int place = pool.first_place; place < pool.first_place + pool.places; ++place)
            needed = needed || runs(place);
        if (!needed) continue;
        const Data& data = shards_[shard].emplace(open(static_cast<int>(shard)));
        opened_[shard] = {kiln::detail::ContentHash{}.add_data(data).value(), data.size(), data.scale()};
    }
}

// Gives every rank the facts, targets and lengths of all shards. Rank owner(shard) holds a shard.
template <DataSet Data>
void Sharded<Data>::share(auto& ranks, auto owner) {
    const std::vector<Opened> own = opened_;
    const auto share_all = [&](auto part_of) {
        for (std::size_t shard = 0; shard < shards_.size(); ++shard)
            detail::share_from(ranks, owner(shard), std::as_writable_bytes(part_of(shard)));
    };
    share_all([&](std::size_t shard) { return std::span(&opened_[shard], 1); });
    number_samples();
    // A rank that holds a shard as well compares its hash with the owner's.
    kiln::detail::ContentHash content;
    for (std::size_t shard = 0; shard < shards_.size(); ++shard)
        content.add((shards_[shard] ? own[shard] : opened_[shard]).content);
    require_same(ranks, "content of the shards", content.value());
    read_targets();
    share_all([&](std::size_t shard) { return part(targets_, shard); });
    if constexpr (GivesLengths<Data>) share_all([&](std::size_t shard) { return part(lengths_, shard); });
}

template <DataSet Data>
void Sharded<Data>::number_samples() {
    const auto refuse = [](const auto&... need) {
        throw std::invalid_argument(concat("kiln: Sharded needs ", need...));
    };
    kiln::detail::ContentHash content;
    scale_ = opened_[0].scale;
    long long end = 0;
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
        const Opened& opened = opened_[shard];
        content.add(opened.content);
        if (opened.scale != scale_)
            refuse("shards of one scale, got ", scale_, " in shard 0 and ", opened.scale, " in shard ", shard);
        end += opened.samples;
        if (end > INT_MAX) refuse("at most ", INT_MAX, " samples, got more");
        ends_.push_back(static_cast<int>(end));
        Pool& pool = pools_[pool_of(shard)];
        if (pool.samples == 0) pool.first = begin_of(shard);
        pool.samples += opened.samples;
    }
    batches_ = INT_MAX;
    const std::size_t shards_of_pool = shards_.size() / pools_.size();
    for (std::size_t first = 0; const Pool& pool : pools_) {
        content.add(pool.first_place);
        batches_ = std::min(batches_, pool.samples / pool.places);
        const std::string which = shards_of_pool == 1
                                      ? concat("shard ", first)
                                      : concat("the shards ", first, " … ", first + shards_of_pool - 1, " together");
        if (batches_ < 1)
            refuse("at least ", pool.places, " samples, for a batch, in ", which, ", got ", pool.samples,
                   "; try fewer shards, or a smaller Batch");
        first += shards_of_pool;
    }
    content_ = content.value();
}

// Copies the targets and lengths of the shards that this rank holds.
template <DataSet Data>
void Sharded<Data>::read_targets() {
    targets_.resize(static_cast<std::size_t>(size()));
    if constexpr (GivesLengths<Data>) lengths_.resize(targets_.size());
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
        if (!shards_[shard]) continue;
        for (int i = 0; i < opened_[shard].samples; ++i) {
            const auto at = static_cast<std::size_t>(begin_of(shard) + i);
            decltype(auto) target = shards_[shard]->target(i);
            targets_[at] = detail::stored_target<std::remove_cvref_t<decltype(target)>>::of(target);
            if constexpr (GivesLengths<Data>) lengths_[at] = shards_[shard]->length(i);
        }
    }
}

}  // namespace kiln::inline KILN_TARGET::data

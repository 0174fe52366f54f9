// SPDX-License-Identifier: BSL-1.0
#pragma once
// The decisions that ranks take together in `fit`, and the things that they agree on, at construction of a trainer, at
// the start of fit, and after every epoch.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/ranks.hpp>
#include <kiln/core/detail/content_hash.hpp>
#include <kiln/core/detail/type_name.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/kernels/gather.hpp>
#include <kiln/train/detail/mean_loss.hpp>
#include <kiln/train/detail/targets.hpp>
#include <kiln/train/detail/update.hpp>
#include <kiln/train/options.hpp>
#include <kiln/train/progress.hpp>
#include <kiln/train/rank_error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET::detail {

// Whether the compiler fuses a product and a sum: then b² - (a² rounded) is not 0 for b = a.
inline bool fuses_products() {
    volatile float number = 1.0f + 0x1p-12f;  // so that nothing is computed while compiling
    const float a = number, b = number;
    number = a * a;
    const float square = number;
    return b * b - square != 0;
}

// A hash of one parameter after one step of an optimizer, which depends on the optimizer's settings.
template <class O>
std::uint64_t effect_of(const O& optimizer, long long steps) {
    constexpr auto moments = static_cast<std::size_t>(O::moments);
    float w = 0.5f;
    const float g = 0.25f;
    std::array<float, moments + 1> kept{};
    std::array<Slice<float>, moments> moment{};
    for (std::size_t k = 0; k < moments; ++k) {
        kept[k] = 0.125f;
        moment[k] = {&kept[k], {}, 1};
    }
    const auto apply = [&](const auto& rule) {
        update_with<moments>(rule, Slice<float>{&w, {}, 1}, Slice<const float>{&g, {}, 1}, moment);
    };
    if constexpr (needs_gradient_norm<O>)
        apply(optimizer.at(steps, 1e3f));
    else
        apply(optimizer.at(steps));
    return ContentHash{}.add(w).add(kept.data(), sizeof kept).value();
}

// The mean losses of one output for the first targets of a data set, which depend on the loss's settings.
template <class M, class Loss, class Data>
std::uint64_t effect_of_loss(const Loss& loss, const Data& data) {
    using Out = typename M::Output;
    std::conditional_t<are_shapes<Out>, LossMeans<Loss>, LossMean> mean;
    Tensor<float, Out> y;
    for (int k = 0; k < Out::count; ++k) y[k] = static_cast<float>(1 + k % 7) / 16.0f;
    ContentHash all;
    auto judge = [&](int i, const auto& output, const auto& target) {
        if constexpr (GivesLengths<Data>)
            with_lengths<M>(data.length(i), target,
                            [&](const auto& masked, const int* lengths) { mean.add(loss, output, masked, lengths); });
        else
            mean.add(loss, output, target);
    };
    for (int i = 0; i < data.size() && i < 256; ++i) {
        judge_output(data, i, y, judge);
        all.add(mean.mean());
    }
    return all.value();
}

template <class R>
class RankDecisions {
  public:
    explicit RankDecisions(R& ranks)
        : ranks_(ranks),
          ends_(static_cast<std::size_t>(ranks.count())),
          bytes_(ends_.size() * text_size) {}

    /// Whether this rank shows progress, warns and writes files.
    bool writes() const { return ranks_.rank() == 0; }

    /// Calls action() on every rank, and returns whether any call returned true. If a call throws, then that rank
    /// throws the same, and all others RankError.
    bool any(auto action) {
        char text[text_size] = "by an exception";
        std::exception_ptr failure;
        auto said = std::byte{0};
        try {
            if (action()) said = std::byte{1};
        } catch (const std::exception& error) {
            failure = std::current_exception();
            std::snprintf(text, sizeof text, "%s", error.what());
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure != nullptr) said = std::byte{2};
        bool yes = false;
        int failed = -1;
        const std::span<const std::byte> all = share(&said, 1);
        for (int rank = ranks_.count() - 1; rank >= 0; --rank) {
            const std::byte other = all[static_cast<std::size_t>(rank)];
            yes = yes || other == std::byte{1};
            if (other == std::byte{2}) failed = rank;
        }
        if (failed < 0) return yes;
        const std::span<const std::byte> texts = share(text, sizeof text);
        if (failure != nullptr) std::rethrow_exception(failure);
        const std::byte* const reason = &texts[static_cast<std::size_t>(failed) * sizeof text];
        throw RankError(concat("kiln: rank ", failed, " cannot go on: ", reinterpret_cast<const char*>(reason)));
    }
    /// The same for an action of rank 0 alone, without a result.
    void on_first(auto action) {
        any([&] {
            if (writes()) action();
            return false;
        });
    }

    /// Warns, if `warnings` is a stream, of ranks that have no pass of a batch.
    template <class T>
    void warn_of_idle(const T&, std::FILE* warnings) const {
        constexpr int shares = T::groups > 0 ? T::groups : T::micro_batches;
        const int ranks = ranks_.count();
        if (warnings == nullptr || ranks <= shares) return;
        const std::string text =
            concat("kiln: warning: ", ranks - shares, " of ", ranks, " ranks do nothing in a step, for its batch has ",
                   shares, shares == 1 ? " pass" : " passes", "; try a larger Batch, or an element of fewer lanes\n");
        std::fputs(text.c_str(), warnings);
    }

    /// Makes a training on every rank what it is on rank 0, where `kept` is the epoch after which it goes on.
    template <class T, class M>
    void take_over(T& trainer, M* best, Epoch& kept) {
        static_assert(std::is_trivially_copyable_v<Epoch>);
        take_over(&kept, sizeof kept);
        if (kept.number == 0) return;
        trainer.remember([&](auto& part, const auto&...) { take_over(part); });
        take_over(trainer.model().parameters());
        take_over(trainer.model().state());
        if (best == nullptr) return;
        take_over(best->parameters());
        take_over(best->state());
    }

    /// Calls use(batch) with a batch of which every rank has all samples: those that it runs itself, and those that the
    /// other ranks run.
    template <class T, class Sample, class Target, class Lengths>
    void with_all_samples(const T& trainer, const BatchView<Sample, Target, Lengths>& batch, auto use) {
        using Values = Tensor<float, typename T::Input>;
        static_assert(std::is_trivially_copyable_v<Values>);
        const auto count = static_cast<std::size_t>(batch.count);
        std::vector<Values> samples(count);  // those of rank 0, then those of rank 1, …
        std::vector<std::size_t> places(count);
        std::size_t end = 0;
        for (int rank = 0; rank < ranks_.count(); ++rank) {
            for (int i = 0; i < batch.count; ++i) {
                if (trainer.rank_of(i, batch.count) != rank) continue;
                if (rank == ranks_.rank()) kernels::gather(std::array{batch.sample(i)}, batch.scale, samples[end]);
                places[static_cast<std::size_t>(i)] = end++;
            }
            ends_[static_cast<std::size_t>(rank)] = end * sizeof(Values);
        }
        ranks_.share(std::as_writable_bytes(std::span(samples)), ends_);
        const auto sample = [&](int i) -> const Values* { return &samples[places[static_cast<std::size_t>(i)]]; };
        use(BatchView<decltype(sample), Target, Lengths>{batch.count, sample, batch.target, 1.0f, batch.target_scale,
                                                         batch.lengths});
    }

    /// The things that are known while compiling, and the seed.
    template <class T>
    static void agree_on_program(R& ranks, const T& trainer) {
        using Model = typename T::Model;
        using Loss = std::remove_cvref_t<decltype(trainer.loss())>;
        using Optimizer = std::remove_cvref_t<decltype(trainer.optimizer())>;
        const std::array things{Agreed{"instructions", ContentHash{}.add(target_word).value()},
                                Agreed{"fusing of products and sums (-ffp-contract)", std::uint64_t{fuses_products()}},
                                Agreed{"type of the model", hash_of_type<Model>()},
                                Agreed{"type of the loss", hash_of_type<Loss>()},
                                Agreed{"type of the optimizer", hash_of_type<Optimizer>()},
                                Agreed{"number of lanes", std::uint64_t{width<typename T::Element>}},
                                Agreed{"batch size", std::uint64_t{T::batch_size}},
                                Agreed{"groups of passes", std::uint64_t{T::groups}},
                                Agreed{"seed", trainer.seed().value}};
        ranks.agree(things);
    }
    /// The settings of a call of fit, whose options are numbers.
    template <class T, class Data>
    void agree_on_settings(const T& trainer, const Data& data, auto... options) {
        ContentHash all;
        (all.add(options), ...);
        const std::uint64_t hash = all.value();
        std::uint64_t loss = 0;
        if constexpr (DataSet<Data>) loss = effect_of_loss<typename T::Model>(trainer.loss(), data);
        const std::array things{Agreed{"options of fit", hash},
                                Agreed{"settings of the optimizer", effect_of(trainer.optimizer(), trainer.steps())},
                                Agreed{"settings of the loss", loss}};
        ranks_.agree(things);
    }
    template <class Data>
    void agree_on_data(const Data& data) {
        agree_on_content(data, "size of the data set", "content of the data set");
    }
    template <class Data>
    void agree_on_validation(const Data& data) {
        agree_on_content(data, "size of the validation set", "content of the validation set");
    }
    /// Everything that the next step depends on.
    template <class T>
    void agree_on_training(const T& trainer) {
        ContentHash numbers, moments;
        trainer.remember([&](const auto& part, const auto&...) {
            if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(part)>>)
                numbers.add(part);
            else
                moments.add_record(part);
        });
        const std::array things{
            Agreed{"parameters of the model", ContentHash{}.add_record(trainer.model().parameters()).value()},
            Agreed{"state of the model", ContentHash{}.add_record(trainer.model().state()).value()},
            Agreed{"moments of the optimizer", moments.value()},
            Agreed{"numbers of steps and epochs", numbers.value()}};
        ranks_.agree(things);
    }

  private:
    static constexpr std::size_t text_size = 256;  // of messages, the longest of which are cut off

    template <class T>
    static std::uint64_t hash_of_type() {
        return ContentHash{}.add(full_type_name<T>()).value();
    }
    template <class Data>
    void agree_on_content(const Data& data, const char* size, const char* content) {
        std::uint64_t hash = 0;  // a loader makes its batches later
        if constexpr (DataSet<Data>) hash = ContentHash{}.add_data(data).value();
        const std::array things{Agreed{size, static_cast<std::uint64_t>(data.size())}, Agreed{content, hash}};
        ranks_.agree(things);
    }

    // `size` bytes of each rank, one rank's behind the other's.
    std::span<const std::byte> share(const void* own, std::size_t size) {
        for (std::size_t rank = 0; rank < ends_.size(); ++rank) ends_[rank] = (rank + 1) * size;
        std::memcpy(&bytes_[static_cast<std::size_t>(ranks_.rank()) * size], own, size);
        ranks_.share(std::span(bytes_).first(ends_.back()), ends_);
        return bytes_;
    }
    // Makes `size` bytes what they are on rank 0.
    void take_over(void* own, std::size_t size) {
        for (std::size_t& end : ends_) end = size;
        ranks_.share({static_cast<std::byte*>(own), size}, ends_);
    }
    // The same with a number, or with the tensors of a record.
    template <class Part>
    void take_over(Part& part) {
        if constexpr (std::is_arithmetic_v<Part>)
            take_over(&part, sizeof part);
        else
            for (const Slice<float>& slice : tensors<float>(part))
                take_over(slice.data, static_cast<std::size_t>(slice.count) * sizeof(float));
    }

    R& ranks_;
    std::vector<std::size_t> ends_;
    std::vector<std::byte> bytes_;
};

}  // namespace kiln::inline KILN_TARGET::detail

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Training for several epochs: the order of the samples, validation, early stopping, callbacks, and the end of
// training.

#include <kiln/core/concat.hpp>
#include <kiln/core/contract.hpp>
#include <kiln/core/finite.hpp>
#include <kiln/core/raise.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/train/checkpointing.hpp>
#include <kiln/train/diagnosis.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/interrupt.hpp>
#include <kiln/train/progress.hpp>
#include <kiln/train/targets.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// The settings of `fit`.
struct FitOptions {
    int epochs = 1;
    bool shuffle = true;                     ///< a new order of the samples in every epoch; a loader has its own
    Progress progress = {};                  ///< for example progress_bar()
    std::array<Callback, 4> callbacks = {};  ///< called after every epoch; any of them may end training
    int patience = 0;                        ///< ends after this many epochs without a lower loss; 0: never
    Checkpointing checkpoints = {};          ///< saves the training after every epoch, and may restore one
    bool stop_on_interrupt = false;          ///< a first Ctrl-C ends training after the batch, a second the program
    std::FILE* warnings = stderr;            ///< the stream for warnings; nullptr: none

    constexpr SettingFault fault() const {
        return first_fault("fit", {at_least(0, "epochs", epochs), at_least(0, "patience", patience)});
    }
};

namespace detail {

inline const FitOptions& fit_defaults() {
    static const FitOptions defaults{};
    return defaults;
}

// The type of target that a loss gets from a data set, or from a loader.
template <class Data>
struct given_target {
    using type = target_in<Data>;
};
template <BatchLoader Data>
struct given_target<Data> {
    using Targets = std::remove_cvref_t<decltype(std::declval<Data&>().next().targets)>;
    using type = typename Targets::value_type;
};

// Whether model M can be trained on the samples of a data set or a loader, and (takes_targets) by a loss on their
// targets. True for a refused model, which has already been reported.
template <class M, class Data>
inline constexpr bool takes_samples =
    !M::is_sound || std::is_same_v<typename std::remove_cvref_t<Data>::Input, typename M::Input>;
template <class M, class Loss, class Data>
inline constexpr bool takes_targets =
    !M::is_sound || std::is_same_v<typename given_target<std::remove_cvref_t<Data>>::type,
                                   typename Loss::template Target<typename M::Output>>;

// The state of one call of fit.
template <class T, class Data, class Validation>
class Course {
    using Model = typename T::Model;
    using Body = typename Model::Body;
    using Loss = std::remove_cvref_t<decltype(std::declval<T&>().loss())>;
    using Optimizer = std::remove_cvref_t<decltype(std::declval<T&>().optimizer())>;

    static constexpr bool has_labels = std::is_same_v<typename T::Target, int>;

  public:
    Course(T& trainer, Data& data, const Validation* validation, const FitOptions& options, Model* best)
        : trainer_(trainer),
          data_(data),
          validation_(validation),
          options_(options),
          best_(best) {}

    Epoch run() {
        Epoch epoch{.epochs = options_.epochs, .of_samples = data_.size()};
        if (!options_.stop_on_interrupt) return run(epoch);
        const Interrupt interrupt;
        return run(epoch);
    }

  private:
    Epoch run(Epoch epoch) {
        // However training ends, the model becomes the best model so far, if one is kept.
        struct Restore {
            Course& course;
            ~Restore() {
                if (course.best_ != nullptr && course.has_best_) course.trainer_.model() = *course.best_;
            }
        } restore{*this};
        if (const Epoch kept = options_.checkpoints.begin(&trainer_, best_); kept.number > 0) go_on_after(kept, epoch);
        for (int number = epoch.number + 1; number <= options_.epochs && epoch.ending == Ending::not_yet; ++number) {
            epoch = {.number = number,
                     .epochs = options_.epochs,
                     .of_samples = data_.size(),
                     .best = epoch.best,
                     .best_loss = epoch.best_loss};
            run_epoch(epoch);
            const bool whole = epoch.ending == Ending::not_yet || epoch.finished();
            judge(epoch);
            options_.progress(epoch);
            for (const Callback& callback : options_.callbacks)
                if (callback(epoch) && epoch.ending == Ending::not_yet) epoch.ending = Ending::callback;
            // An epoch that was cut short is not saved: training cannot go on from its middle, so the epoch begins
            // anew.
            if (whole) options_.checkpoints.keep(epoch, has_best_ ? best_ : nullptr, options_.warnings);
        }
        return epoch;
    }

    // Goes on as if epoch `kept` had just been validated.
    void go_on_after(const Epoch& kept, Epoch& epoch) {
        epoch = kept;
        epoch.epochs = options_.epochs;
        has_best_ = epoch.best > 0;
        end_if_over(epoch);
    }

    // Takes all steps of one epoch.
    void run_epoch(Epoch& epoch) {
        const long long number = trainer_.begin_epoch();
        const double start = seconds_now();
        double sum = 0;
        long long hits = 0;
        const auto after_step = [&](int size, float loss, int right) {
            sum += static_cast<double>(loss) * size;
            hits += right;
            epoch.samples += size;
            epoch.loss = static_cast<float>(sum / epoch.samples);
            if constexpr (has_labels) epoch.accuracy = static_cast<float>(hits) / static_cast<float>(epoch.samples);
            epoch.seconds = seconds_now() - start;
            gradients_.look(trainer_.gradients(), options_.warnings);
            look_for_interrupt(epoch);
            // The last call of an epoch comes after its validation.
            if (!epoch.finished() && epoch.ending == Ending::not_yet) options_.progress(epoch);
            return epoch.ending == Ending::not_yet;
        };
        if constexpr (BatchLoader<Data>)
            run_batches(number, after_step);
        else
            run_samples(number, after_step);
        if (epoch.samples == 0)
            raise<std::invalid_argument>("kiln: fit needs at least one sample, got none from the loader");
        gradients_.warn(options_.warnings);
    }

    // Takes the samples of a data set in an order of fit's own.
    void run_samples(long long number, auto after_step) {
        constexpr int batch_size = T::batch_size;
        const Permutation order(data_.size(), hash(trainer_.seed().value, static_cast<std::uint64_t>(number)));
        std::array<int, static_cast<std::size_t>(batch_size)> chosen{};
        const auto at = [&](int i) -> int& { return chosen[static_cast<std::size_t>(i)]; };
        for (int first = 0; first < data_.size(); first += batch_size) {
            const int size = data_.size() - first < batch_size ? data_.size() - first : batch_size;
            for (int i = 0; i < size; ++i) at(i) = options_.shuffle ? order(first + i) : first + i;
            const BatchView batch{size, [&](int i) { return &data_.sample(at(i)); },
                                  [&](int i) -> decltype(auto) { return data_.target(at(i)); }, data_.scale(),
                                  data_.scale()};
            if (!step(batch, after_step)) return;
        }
    }

    // Takes the batches of a loader as they come.
    void run_batches(long long number, auto after_step) {
        data_.start(number);
        for (;;) {
            const auto batch = data_.next();
            const int size = static_cast<int>(batch.inputs.size());
            if (size == 0) return;
            if (size > T::batch_size)
                raise<std::invalid_argument>(concat("kiln: fit needs batches of at most ", T::batch_size,
                                                    " samples, got ", size, " from the loader; try Batch<", size, ">"));
            const auto inputs = batch.inputs;
            const auto targets = batch.targets;
            const BatchView given{size, [&](int i) { return &inputs[static_cast<std::size_t>(i)]; },
                                  [&](int i) -> decltype(auto) { return targets[static_cast<std::size_t>(i)]; }};
            if (!step(given, after_step)) return;
        }
    }

    bool step(const auto& batch, auto after_step) {
        const auto [loss, hits] = trainer_.step(batch);
        if (!is_finite(loss)) raise<TrainingError>(failure_of(trainer_, loss, batch));
        return after_step(batch.count, loss, hits);
    }

    // Validates, keeps the best model, informs the optimizer, and decides whether training ends.
    void judge(Epoch& epoch) {
        if constexpr (TellsRate<Optimizer>) epoch.learning_rate = trainer_.optimizer().rate(trainer_.steps() - 1);
        if constexpr (!std::is_void_v<Validation>) {
            const auto result = evaluate(trainer_.model(), *validation_, trainer_.loss());
            epoch.validation_loss = result.loss;
            if constexpr (requires { result.accuracy; }) epoch.validation_accuracy = result.accuracy;
        }
        const float loss = std::is_void_v<Validation> ? epoch.loss : epoch.validation_loss;
        if (loss == loss && (!has_best_ || loss < epoch.best_loss)) {
            epoch.best_loss = loss;
            epoch.best = epoch.number;
            has_best_ = true;
            if (best_ != nullptr) *best_ = trainer_.model();
        }
        if constexpr (ObservesLoss<Optimizer>) trainer_.optimizer().observe(loss);
        look_for_interrupt(epoch);
        if (epoch.ending == Ending::not_yet) end_if_over(epoch);
    }

    void end_if_over(Epoch& epoch) const {
        if (epoch.number >= options_.epochs)
            epoch.ending = Ending::all_epochs;
        else if (options_.patience > 0 && epoch.number - epoch.best >= options_.patience)
            epoch.ending = Ending::no_progress;
    }

    void look_for_interrupt(Epoch& epoch) const {
        if (options_.stop_on_interrupt && Interrupt::happened()) epoch.ending = Ending::interrupt;
    }

    T& trainer_;
    Data& data_;
    const Validation* validation_;
    const FitOptions& options_;
    Model* best_;
    bool has_best_ = false;
    SilentGradients<typename Model::Gradients> gradients_;
};

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Training for several epochs: the order of the samples, validation, early stopping, callbacks, and the end of
// training.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/finite.hpp>
#include <kiln/core/detail/raise.hpp>
#include <kiln/core/detail/sample_order.hpp>
#include <kiln/core/detail/system.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/train/checkpointing.hpp>
#include <kiln/train/detail/divided_data.hpp>
#include <kiln/train/detail/targets.hpp>
#include <kiln/train/detail/validation.hpp>
#include <kiln/train/diagnosis.hpp>
#include <kiln/train/interrupt.hpp>
#include <kiln/train/options.hpp>
#include <kiln/train/progress.hpp>

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
    int patience = 0;                        ///< ends after this many epochs without a better one; 0: never
    BestBy best_by = BestBy::loss;           ///< the figure of a better epoch, on the validation set if there is one
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

// Refuses a figure for the best epoch that the loss is not judged by.
template <JudgedBy By>
void require_figure(BestBy best_by) {
    constexpr bool has_error = By == JudgedBy::values, has_accuracy = By != JudgedBy::loss && !has_error;
    if (best_by == BestBy::accuracy && !has_accuracy)
        raise<std::invalid_argument>(concat("kiln: fit needs a loss that is judged by an accuracy for .best_by = "
                                            "BestBy::accuracy, got one without; try BestBy::loss"));
    if (best_by == BestBy::error && !has_error)
        raise<std::invalid_argument>(concat("kiln: fit needs a loss that is judged by values for .best_by = "
                                            "BestBy::error, got another; try BestBy::loss"));
}

// The state of one call of fit.
template <class T, class Data, class Validation>
class Course {
    using Model = typename T::Model;
    using Body = typename Model::Body;
    using Loss = std::remove_cvref_t<decltype(std::declval<T&>().loss())>;
    using Optimizer = std::remove_cvref_t<decltype(std::declval<T&>().optimizer())>;

    static constexpr JudgedBy judged_by = judgement<Loss, typename Model::Output>;
    // Ranks decide together on all that one rank may know alone, and rank 0 alone shows and writes.
    static constexpr bool has_ranks = !std::is_same_v<typename T::Ranks, NoRanks>;
    using Together = RankDecisions<typename T::Ranks>;
    static constexpr bool loads_its_part = has_ranks && requires(Data & data) { data.only(nullptr, nullptr); };

  public:
    Course(T& trainer, Data& data, const Validation* validation, const FitOptions& options, Model* best)
        : trainer_(trainer),
          data_(data),
          validation_(validation),
          options_(options),
          best_(best) {
        if constexpr (has_ranks) writes_ = trainer.ranks().rank() == 0;
    }

    Epoch run() {
        if constexpr (has_ranks) begin_together();
        require_own_part(trainer_, data_);
        warn_of_samples_left_out<T>(data_, warnings());
        Epoch epoch{.epochs = options_.epochs, .of_samples = samples_in_epoch<T>(data_)};
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
        if (const Epoch kept = restored(); kept.number > 0) go_on_after(kept, epoch);
        for (int number = epoch.number + 1; number <= options_.epochs && epoch.ending == Ending::not_yet; ++number) {
            epoch = {.number = number,
                     .epochs = options_.epochs,
                     .of_samples = samples_in_epoch<T>(data_),
                     .best = epoch.best,
                     .best_loss = epoch.best_loss,
                     .best_accuracy = epoch.best_accuracy,
                     .best_error = epoch.best_error};
            run_epoch(epoch);
            const bool whole = epoch.ending == Ending::not_yet || epoch.finished();
            judge(epoch);
            if constexpr (has_ranks) {
                end_together(epoch, whole);
            } else {
                options_.progress(epoch);
                call_back(epoch);
                if (whole) keep(epoch);
            }
        }
        return epoch;
    }

    void call_back(Epoch& epoch) const {
        for (const Callback& callback : options_.callbacks)
            if (callback(epoch) && epoch.ending == Ending::not_yet) epoch.ending = Ending::callback;
    }
    // An epoch that was cut short is not saved: training cannot go on from its middle, so the epoch begins anew.
    void keep(const Epoch& epoch) const {
        options_.checkpoints.keep(epoch, has_best_ ? best_ : nullptr, options_.warnings);
    }
    // The epoch after which the training goes on, if it was begun before.
    Epoch restored() {
        Epoch kept;
        if constexpr (has_ranks) {
            Together together(trainer_.ranks());
            together.on_first([&] { kept = options_.checkpoints.begin(&trainer_, best_); });
            together.take_over(trainer_, best_, kept);
            together.agree_on_training(trainer_);
        } else {
            kept = options_.checkpoints.begin(&trainer_, best_);
        }
        return kept;
    }

    // Agrees with the other ranks on what each of them was given.
    void begin_together() {
        Together together(trainer_.ranks());
        trainer_.ask_to_stop(false);
        together.agree_on_data(data_);
        if constexpr (!std::is_void_v<Validation>) together.agree_on_validation(*validation_);
        together.warn_of_idle(trainer_, warnings());
        together.agree_on_settings(trainer_, data_, options_.epochs, options_.shuffle, options_.patience,
                                   options_.best_by, options_.stop_on_interrupt, best_ != nullptr);
    }
    // Ends an epoch: callbacks on every rank, the rest on rank 0.
    void end_together(Epoch& epoch, bool whole) {
        Together together(trainer_.ranks());
        const bool goes_on = epoch.ending == Ending::not_yet;
        const bool stops = together.any([&] {
            if (writes_) options_.progress(epoch);
            call_back(epoch);
            return goes_on && epoch.ending == Ending::callback;
        });
        if (stops) epoch.ending = Ending::callback;
        if (whole) together.on_first([&] { keep(epoch); });
        together.agree_on_training(trainer_);
    }

    // Goes on as if epoch `kept` had just been validated.
    void go_on_after(const Epoch& kept, Epoch& epoch) {
        epoch = kept;
        epoch.epochs = options_.epochs;
        if constexpr (judged_by == JudgedBy::frames) {
            epoch.perplexity = exp(epoch.loss);
            epoch.validation_perplexity = exp(epoch.validation_loss);
        }
        has_best_ = epoch.best > 0;
        end_if_over(epoch);
    }

    // Takes all steps of one epoch.
    void run_epoch(Epoch& epoch) {
        const long long number = trainer_.begin_epoch();
        const double start = seconds_now();
        double sum = 0, error = 0;
        long long hits = 0, answers = 0;
        int counted = 0;  // the samples of all steps
        const auto after_step = [&](int size, const auto& step) {
            sum += static_cast<double>(step.loss) * size;
            // A batch without the label of a frame is no step, and has no loss.
            const bool is_step = judged_by != JudgedBy::frames || step.answers > 0;
            if (is_step) counted += size;
            hits += step.hits;
            answers += step.answers;
            error += static_cast<double>(step.error);
            epoch.samples += size;
            const Figures figures = figures_of<judged_by>(counted > 0 ? static_cast<float>(sum / counted) : no_figure,
                                                          hits, error, answers);
            epoch.loss = figures.loss;
            epoch.accuracy = figures.accuracy;
            epoch.error = figures.error;
            if constexpr (judged_by == JudgedBy::frames) epoch.perplexity = exp(figures.loss);
            epoch.seconds = seconds_now() - start;
            if (is_step) gradients_.look(trainer_.gradients(), warnings());
            if constexpr (has_ranks)
                look_for_interrupt_of_any(epoch);
            else
                look_for_interrupt(epoch);
            // The last call of an epoch comes after its validation.
            if (writes_ && !epoch.finished() && epoch.ending == Ending::not_yet) options_.progress(epoch);
            return epoch.ending == Ending::not_yet;
        };
        if constexpr (BatchLoader<Data>)
            run_batches(number, after_step);
        else
            run_samples(number, after_step);
        if (epoch.samples == 0)
            raise<std::invalid_argument>("kiln: fit needs at least one sample, got none from the loader");
        gradients_.warn(warnings());
    }

    // Takes the samples of a data set in an order of fit's own, or of the data set's.
    void run_samples(long long number, auto after_step) {
        constexpr int batch_size = T::batch_size;
        const auto order = order_of(data_, batch_size, options_.shuffle,
                                    hash(trainer_.seed().value, static_cast<std::uint64_t>(number)));
        std::array<int, static_cast<std::size_t>(batch_size)> chosen{};
        const auto at = [&](int i) -> int& { return chosen[static_cast<std::size_t>(i)]; };
        for (int first = 0; first < order.size(); first += batch_size) {
            const int size = order.size() - first < batch_size ? order.size() - first : batch_size;
            for (int i = 0; i < size; ++i) at(i) = order(first + i);
            const auto sample = [&](int i) { return place_of(data_.sample(at(i))); };
            const auto target = [&](int i) -> decltype(auto) { return data_.target(at(i)); };
            if constexpr (GivesLengths<Data>) {
                std::array<int, static_cast<std::size_t>(batch_size)> lengths{};
                for (int i = 0; i < size; ++i) lengths[static_cast<std::size_t>(i)] = data_.length(at(i));
                const BatchView batch{size, sample, target, data_.scale(), data_.scale(), lengths.data()};
                if (!step(batch, after_step)) return;
            } else {
                const BatchView batch{size, sample, target, data_.scale(), data_.scale()};
                if (!step(batch, after_step)) return;
            }
        }
    }

    // Lets a loader make only what this rank runs, while it lives.
    struct OwnPart {
        Data& data;
        OwnPart(Data& loader, const T& given) : data(loader) {
            const auto runs = [](const void* context, int sample, int samples) {
                const T& trainer = *static_cast<const T*>(context);
                return trainer.rank_of(sample, samples) == trainer.ranks().rank();
            };
            data.only(runs, &given);
        }
        ~OwnPart() { data.only(nullptr, nullptr); }
    };

    // Takes the batches of a loader as they come.
    void run_batches(long long number, auto after_step) {
        if constexpr (loads_its_part) {
            const OwnPart part(data_, trainer_);
            run_all_batches(number, after_step);
        } else {
            run_all_batches(number, after_step);
        }
    }
    void run_all_batches(long long number, auto after_step) {
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
            const auto sample = [&](int i) { return &inputs[static_cast<std::size_t>(i)]; };
            const auto target = [&](int i) -> decltype(auto) { return targets[static_cast<std::size_t>(i)]; };
            if constexpr (GivesLengths<Data>) {
                if (!step(BatchView{size, sample, target, 1.0f, 1.0f, batch.lengths.data()}, after_step)) return;
            } else {
                if (!step(BatchView{size, sample, target}, after_step)) return;
            }
        }
    }

    bool step(const auto& batch, auto after_step) {
        const auto step = trainer_.step(batch);
        if (!is_finite(step.loss)) {
            const auto refuse = [&](const auto& whole) {
                raise<TrainingError>(failure_of(trainer_, step.loss, whole));
            };
            if constexpr (has_ranks)
                Together(trainer_.ranks()).with_all_samples(trainer_, batch, refuse);
            else
                refuse(batch);
        }
        return after_step(batch.count, step);
    }

    // Validates, keeps the best model, informs the optimizer, and decides whether training ends.
    void judge(Epoch& epoch) {
        if constexpr (TellsRate<Optimizer>) epoch.learning_rate = trainer_.optimizer().rate(trainer_.steps() - 1);
        Figures figures{epoch.loss, epoch.accuracy, epoch.error};
        if constexpr (!std::is_void_v<Validation>) {
            if constexpr (has_ranks)
                figures = validate(trainer_.model(), *validation_, trainer_.loss(), trainer_.ranks());
            else
                figures = validate(trainer_.model(), *validation_, trainer_.loss());
            epoch.validation_loss = figures.loss;
            epoch.validation_accuracy = figures.accuracy;
            epoch.validation_error = figures.error;
            if constexpr (judged_by == JudgedBy::frames) epoch.validation_perplexity = exp(figures.loss);
        }
        if (is_better(figures, epoch)) {
            epoch.best_loss = figures.loss;
            epoch.best_accuracy = figures.accuracy;
            epoch.best_error = figures.error;
            epoch.best = epoch.number;
            has_best_ = true;
            if (best_ != nullptr) *best_ = trainer_.model();
        }
        if constexpr (ObservesLoss<Optimizer>) trainer_.optimizer().observe(figures.loss);
        if constexpr (has_ranks) {
            if (options_.stop_on_interrupt && Together(trainer_.ranks()).any(&Interrupt::happened))
                epoch.ending = Ending::interrupt;
        } else {
            look_for_interrupt(epoch);
        }
        if (epoch.ending == Ending::not_yet) end_if_over(epoch);
    }

    // Whether an epoch of these figures is better than the best so far.
    bool is_better(const Figures& figures, const Epoch& epoch) const {
        if (!is_finite(figures.loss)) return false;
        if (!has_best_) return true;
        if (options_.best_by == BestBy::accuracy) return figures.accuracy > epoch.best_accuracy;
        if (options_.best_by == BestBy::error) return figures.error < epoch.best_error;
        return figures.loss < epoch.best_loss;
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

    // An interrupt of any rank ends the training of all, with the step after it.
    void look_for_interrupt_of_any(Epoch& epoch) {
        if (!options_.stop_on_interrupt) return;
        if (Interrupt::happened()) trainer_.ask_to_stop();
        if (trainer_.asked_to_stop()) epoch.ending = Ending::interrupt;
    }
    std::FILE* warnings() const { return writes_ ? options_.warnings : nullptr; }

    T& trainer_;
    Data& data_;
    const Validation* validation_;
    const FitOptions& options_;
    Model* best_;
    bool has_best_ = false, writes_ = true;
    SilentGradients<typename Model::Gradients> gradients_;
};

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET

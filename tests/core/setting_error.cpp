// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.setting_error
#include <kiln.hpp>
#include <kiln/core/setting_error.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

using namespace kiln;

namespace {

using Net = Model<Sequential<Linear<2, 3>>, Shape<2>>;
constexpr float none = std::numeric_limits<float>::quiet_NaN();

// The message about an optimizer and a loss, from the trainer and from the learner; empty if nothing is wrong.
template <class Loss = CrossEntropy, class O = SGD>
std::string refusal(const O& optimizer, const Loss& loss = {}) {
    static Net model{Seed{1}};
    try {
        Trainer<Net, Loss, O, Batch<4>> trainer{model, optimizer, loss};
        Learner<Net, O> learner{model, optimizer};
        return "";
    } catch (const SettingError& error) {
        return error.what();
    }
}
template <class Loss>
std::string loss_refusal(const Loss& loss) {
    return refusal(SGD{}, loss);
}

}  // namespace

BOOST_AUTO_TEST_CASE(defaults_are_within_their_ranges) {
    BOOST_TEST(refusal(SGD{}) == "");
    BOOST_TEST(refusal(RMSProp{}) == "");
    BOOST_TEST(refusal(Adam{}) == "");
    BOOST_TEST(refusal(AdamW{}) == "");
    BOOST_TEST(refusal(Adagrad{}) == "");
    BOOST_TEST(refusal(ClipByNorm<SGD>{}) == "");
    BOOST_TEST(refusal(ClipByValue<SGD>{}) == "");
    BOOST_TEST(refusal(Scheduled<SGD, StepDecay>{}) == "");
    BOOST_TEST(refusal(Scheduled<SGD, Exponential>{}) == "");
    BOOST_TEST(refusal(Scheduled<SGD, LinearDecay>{}) == "");
    BOOST_TEST(refusal(Scheduled<SGD, Cosine>{}) == "");
    BOOST_TEST(refusal(Scheduled<SGD, OneCycle>{}) == "");
    BOOST_TEST(refusal(Scheduled<SGD, ReduceOnPlateau>{}) == "");
    BOOST_TEST(loss_refusal(WeightedCrossEntropy<3>{}) == "");
    BOOST_TEST(loss_refusal(BinaryCrossEntropy{}) == "");
    BOOST_TEST(loss_refusal(Huber{}) == "");
}

BOOST_AUTO_TEST_CASE(settings_of_optimizers_out_of_their_range_are_refused) {
    BOOST_TEST(refusal(SGD{.learning_rate = -1}) == "kiln: SGD needs learning_rate at least 0 and finite, got -1");
    BOOST_TEST(refusal(SGD{.momentum = none}) == "kiln: SGD needs momentum at least 0 and finite, got nan");
    BOOST_TEST(refusal(RMSProp{.alpha = 1.5f}) == "kiln: RMSProp needs alpha from 0 to 1, got 1.5");
    BOOST_TEST(refusal(Adam{.beta1 = 1}) == "kiln: Adam needs beta1 at least 0 and below 1, got 1");
    BOOST_TEST(refusal(AdamW{.beta2 = -0.5f}) == "kiln: AdamW needs beta2 at least 0 and below 1, got -0.5");
    BOOST_TEST(refusal(Adagrad{.epsilon = -1}) == "kiln: Adagrad needs epsilon at least 0 and finite, got -1");
    BOOST_TEST(refusal(ClipByNorm<Adam>{Adam{}, 0}) == "kiln: ClipByNorm needs largest_norm above 0 and finite, got 0");
    BOOST_TEST(refusal(ClipByValue<Adam>{Adam{.beta1 = 2}, 1}) ==
               "kiln: Adam needs beta1 at least 0 and below 1, got 2");
}

BOOST_AUTO_TEST_CASE(settings_of_schedules_out_of_their_range_are_refused) {
    BOOST_TEST(refusal(Scheduled{SGD{.learning_rate = none}, StepDecay{}}) ==
               "kiln: SGD needs learning_rate at least 0 and finite, got nan");
    BOOST_TEST(refusal(Scheduled{SGD{}, StepDecay{.every = 0}}) == "kiln: StepDecay needs every at least 1, got 0");
    BOOST_TEST(refusal(Scheduled{SGD{}, Exponential{.gamma = -1}}) ==
               "kiln: Exponential needs gamma at least 0 and finite, got -1");
    BOOST_TEST(refusal(Scheduled{SGD{}, LinearDecay{.steps = 0}}) == "kiln: LinearDecay needs steps at least 1, got 0");
    BOOST_TEST(refusal(Scheduled{SGD{}, Cosine{.warm_up = -1}}) == "kiln: Cosine needs warm_up at least 0, got -1");
    BOOST_TEST(refusal(Scheduled{SGD{}, OneCycle{.pct_start = 30}}) ==
               "kiln: OneCycle needs pct_start from 0 to 1, got 30");
    BOOST_TEST(refusal(Scheduled{SGD{}, ReduceOnPlateau{.gamma = 10}}) ==
               "kiln: ReduceOnPlateau needs gamma at least 0 and below 1, got 10");
}

BOOST_AUTO_TEST_CASE(settings_of_losses_out_of_their_range_are_refused) {
    BOOST_TEST(loss_refusal(CrossEntropy{.label_smoothing = 1.5f}) ==
               "kiln: CrossEntropy needs label_smoothing from 0 to 1, got 1.5");
    BOOST_TEST(loss_refusal(WeightedCrossEntropy<3>{.class_weights = {1, -1, 1}}) ==
               "kiln: WeightedCrossEntropy needs class_weights at least 0 and finite, got -1");
    BOOST_TEST(loss_refusal(BinaryCrossEntropy{.pos_weight = -1}) ==
               "kiln: BinaryCrossEntropy needs pos_weight at least 0 and finite, got -1");
    BOOST_TEST(loss_refusal(Huber{.delta = -1}) == "kiln: Huber needs delta above 0 and finite, got -1");
}

BOOST_AUTO_TEST_CASE(fit_looks_again) {
    static Net model{Seed{1}};
    Trainer<Net, CrossEntropy, Adam, Batch<4>> trainer{model, Adam{}};
    trainer.optimizer().beta1 = 1;
    const data::Dataset<Shape<2>, float> samples{{{1, 2}}, {0}};
    BOOST_CHECK_THROW(trainer.fit(samples), SettingError);
    trainer.optimizer().beta1 = 0.9f;
    const auto of_fit = [](const char* words) {
        return [words](const SettingError& error) { return error.what() == std::string("kiln: fit needs ") + words; };
    };
    BOOST_CHECK_EXCEPTION(trainer.fit(samples, {.epochs = -1}), SettingError, of_fit("epochs at least 0, got -1"));
    BOOST_CHECK_EXCEPTION(trainer.fit(samples, {.patience = -2}), SettingError, of_fit("patience at least 0, got -2"));
}

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.optimizers
#include <kiln/optimizers/adagrad.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/optimizer.hpp"

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(every_optimizer_obeys_the_laws) {
    require_optimizer_laws(SGD{});
    require_optimizer_laws(SGD{.learning_rate = 0.1f, .momentum = 0.9f});
    require_optimizer_laws(SGD{.momentum = 0.5f, .nesterov = true});
    require_optimizer_laws(SGD{.momentum = 0.5f, .weight_decay = 0.1f}, Decay::towards_zero);
    require_optimizer_laws(RMSProp{});
    require_optimizer_laws(RMSProp{.momentum = 0.9f});
    require_optimizer_laws(RMSProp{.centered = true});
    require_optimizer_laws(RMSProp{.momentum = 0.5f, .centered = true});
    require_optimizer_laws(RMSProp{.weight_decay = 0.1f}, Decay::towards_zero);
    require_optimizer_laws(Adam{});
    require_optimizer_laws(Adam{.learning_rate = 0.1f, .weight_decay = 0.1f}, Decay::towards_zero);
    require_optimizer_laws(AdamW{}, Decay::towards_zero);  // its default
    require_optimizer_laws(AdamW{.weight_decay = 0});
    require_optimizer_laws(Adagrad{});
    require_optimizer_laws(Adagrad{.lr_decay = 0.1f, .weight_decay = 0.1f, .initial_accumulator = 0.5f},
                           Decay::towards_zero);
}

BOOST_AUTO_TEST_CASE(every_optimizer_that_wraps_another_obeys_them) {
    require_optimizer_laws(ClipByNorm{Adam{.learning_rate = 0.01f}, 0.5f});
    require_optimizer_laws(ClipByValue{SGD{.momentum = 0.9f}, 1.0f});
    require_optimizer_laws(ClipByValue{ClipByNorm{RMSProp{.centered = true}, 1.0f}, 0.5f});
    require_optimizer_laws(Scheduled{SGD{}, Cosine{.steps = 8, .warm_up = 2}});
    require_optimizer_laws(Scheduled{Adam{}, StepDecay{.every = 3}});
    require_optimizer_laws(Scheduled{ClipByNorm{AdamW{}, 1.0f}, LinearDecay{.steps = 1000}}, Decay::towards_zero);
}

namespace {

/// w -= g / 10, with a mistake.
template <class Mistake>
struct Descent {
    static constexpr int moments = Mistake::moments;
    struct Rule {
        constexpr int moments_in_use() const requires(requires { Mistake::in_use; }) { return Mistake::in_use; }
        template <class E, class... M>
        constexpr void operator()(E& w, const E& g, M&... m) const requires(sizeof...(M) <= Mistake::moments) {
            Mistake::move(w, g, m...);
        }
    };
    constexpr Rule at(long long) const { return {}; }
};
template <class E>
constexpr E tenth(const E& g) {
    return g * E(scalar_t<E>(0.1));
}

struct Right {
    static constexpr int moments = 1;
    static constexpr void move(auto& w, const auto& g, auto& velocity) {
        velocity = tenth(velocity) + g;
        w -= tenth(velocity);
    }
};
/// Every lane goes as the first one does.
struct MixesLanes {
    static constexpr int moments = 0;
    template <class E>
    static constexpr void move(E& w, const E& g) {
        w -= tenth(E(lane(g, 0)));
    }
};
/// Claims to need no velocity.
struct UsesMore : Right {
    static constexpr int in_use = 0;
    using Right::move;
    static constexpr void move(auto& w, const auto& g) { w -= tenth(g); }
};
/// Claims to need a velocity.
struct UsesLess {
    static constexpr int moments = 1, in_use = 1;
    static constexpr void move(auto& w, const auto& g, auto& velocity) {
        velocity = g;
        w -= tenth(g);
    }
    static constexpr void move(auto& w, const auto& g) { w -= tenth(g); }
};
struct Drifts {
    static constexpr int moments = 0;
    template <class E>
    static constexpr void move(E& w, const E& g) {
        w -= tenth(g) + E(scalar_t<E>(1e-6));
    }
};
struct Grows {
    static constexpr int moments = 0;
    static constexpr void move(auto& w, const auto& g) { w += tenth(w) - tenth(g); }
};
/// g² / g² is no number where the square is none, or is 0.
struct Divides {
    static constexpr int moments = 0;
    template <class E>
    static constexpr void move(E& w, const E& g) {
        const E square = g * g;
        w -= select(g == E(scalar_t<E>(0)), g, square * g / square);
    }
};

template <class Mistake>
OptimizerReport report_of() {
    return check_optimizer(Descent<Mistake>{});
}
bool right(const OptimizerReport& report) {
    return report.lanes <= 4e-6 && report.moments_suffice && report.last_moment_matters && report.rests &&
           report.finite;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_optimizer_that_breaks_a_law_is_found_by_that_law) {
    BOOST_TEST(right(report_of<Right>()));
    BOOST_TEST(report_of<MixesLanes>().lanes > 0.01);
    BOOST_TEST(!report_of<UsesMore>().moments_suffice);
    BOOST_TEST(!report_of<UsesLess>().last_moment_matters);
    BOOST_TEST(report_of<UsesLess>().moments_suffice);
    BOOST_TEST(!report_of<Drifts>().rests);
    BOOST_TEST(!report_of<Grows>().rests);
    BOOST_TEST(!report_of<Grows>().decays);
    BOOST_TEST(!report_of<Divides>().finite);
    BOOST_TEST(report_of<Divides>().rests);
}

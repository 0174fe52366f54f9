// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.class_scores
#include <kiln/core/random.hpp>
#include <kiln/kernels/class_scores.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace kiln;

namespace {

template <int Classes>
struct Scores {
    float y[Classes];
    explicit Scores(std::uint64_t seed) {
        Random random{Seed{seed}};
        for (float& score : y) score = random.uniform(-9, 9);
    }
};

template <int Classes>
void require_sums() {
    const Scores<Classes> scores(Classes);
    for (int place = 0; place < Classes; place += 7) {  // a largest in every part of a row
        Scores<Classes> with = scores;
        with.y[place] = 30;
        BOOST_TEST(kernels::largest_class<Classes>(with.y) == 30);
    }
    BOOST_TEST(kernels::largest_class<Classes>(scores.y) == *std::max_element(scores.y, scores.y + Classes));
    float e[Classes];
    const float sum = kernels::class_exponentials<Classes>(scores.y, 9, e);
    double expected = 0;
    for (int k = 0; k < Classes; ++k) {
        const double here = std::exp(double(scores.y[k]) - 9);
        BOOST_TEST(std::abs(e[k] - here) <= 1e-6 * here);
        expected += here;
    }
    BOOST_TEST(std::abs(sum - expected) <= 1e-6 * expected);
    float scaled[Classes];
    std::copy(e, e + Classes, scaled);
    kernels::scale_classes<Classes>(0.25f, scaled);
    for (int k = 0; k < Classes; ++k) BOOST_TEST(scaled[k] == 0.25f * e[k]);
    for (const int label : {0, Classes / 2, Classes - 1}) {
        float dy[Classes];
        const float loss = kernels::hinge_of_classes<Classes>(scores.y, label, 0.5f, dy);
        double lack = 0;
        int short_of = 0;
        for (int k = 0; k < Classes; ++k) {
            if (k == label) continue;
            const float here = 1 - (scores.y[label] - scores.y[k]);
            lack += here > 0 ? here : 0;
            short_of += here > 0;
            BOOST_TEST(dy[k] == (here > 0 ? 0.5f : 0.0f));
        }
        BOOST_TEST(std::abs(loss - 0.5 * lack) <= 1e-5 * (1 + lack));
        BOOST_TEST(dy[label] == -0.5f * static_cast<float>(short_of));
    }
}

}  // namespace

static_assert(!kernels::in_class_packs<float, 31> && !kernels::in_class_packs<double, 100>);
static_assert(kernels::in_class_packs<float, 32>);

BOOST_AUTO_TEST_CASE(rows_of_many_classes_are_those_of_one_class_after_the_other) {
    require_sums<32>();
    require_sums<47>();
    require_sums<100>();
}

BOOST_AUTO_TEST_CASE(a_score_that_is_no_number_makes_the_sum_none) {
    for (const int place : {0, 20, 46}) {
        Scores<47> scores(1);
        scores.y[place] = std::numeric_limits<float>::quiet_NaN();
        float e[47];
        BOOST_TEST(std::isnan(kernels::class_exponentials<47>(scores.y, kernels::largest_class<47>(scores.y), e)));
    }
}

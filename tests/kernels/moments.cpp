// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.moments
#include <kiln/core/lanes.hpp>
#include <kiln/core/random.hpp>
#include <kiln/kernels/moments.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <tuple>

using namespace kiln;

namespace {

// Count numbers around `centre`, in each lane.
template <class E, int Count>
struct Row {
    E x[Count], y[Count], dy[Count];
    explicit Row(float centre) {
        Random random{Seed{5}};
        for (int i = 0; i < Count; ++i)
            for (int l = 0; l < width<E>; ++l) {
                set_lane(x[i], l, centre + random.uniform(-1, 1));
                set_lane(y[i], l, random.uniform(-1, 1));
                set_lane(dy[i], l, random.uniform(-1, 1));
            }
    }
};

template <class E, int Count>
void require_moments(float centre) {
    const Row<E, Count> row(centre);
    const auto moments = kernels::moments<Count>(row.x);
    for (int l = 0; l < width<E>; ++l) {
        double mean = 0, squares = 0;
        for (const E& x : row.x) mean += double(lane(x, l)) / Count;
        for (const E& x : row.x) squares += (double(lane(x, l)) - mean) * (double(lane(x, l)) - mean);
        const double ulp = std::abs(mean) * 1.2e-7 + 1e-7;
        BOOST_TEST(std::abs(double(lane(moments.mean, l)) - mean) <= 2 * ulp);
        // Rounded means deviate by an ulp, so the squares by two deviations times an ulp for each number.
        BOOST_TEST(std::abs(double(lane(moments.squares, l)) - squares) <=
                   1e-6 * squares + Count * (2 * ulp + ulp * ulp));
    }
}

template <class E, int Count>
void require_slope_sums() {
    Row<E, Count> row(0), in_place(0);
    E kept[Count];
    constexpr auto change = [](const auto& y, const auto& dy) { return y * dy; };
    const E mean(0.25f);
    const auto sums = kernels::sum_slopes<Count>(row.x, row.y, row.dy, kept, mean, change);
    kernels::sum_slopes<Count>(in_place.x, in_place.y, in_place.dy, in_place.y, mean, change);
    for (int l = 0; l < width<E>; ++l) {
        double slopes = 0, products = 0;
        for (int i = 0; i < Count; ++i) {
            const double slope = double(lane(row.y[i], l)) * double(lane(row.dy[i], l));
            slopes += slope;
            products += slope * (double(lane(row.x[i], l)) - 0.25);
            BOOST_TEST(std::abs(double(lane(kept[i], l)) - slope) < 1e-7);
            BOOST_TEST(lane(in_place.y[i], l) == lane(kept[i], l));
        }
        BOOST_TEST(std::abs(double(lane(sums.slopes, l)) - slopes) < 1e-5);
        BOOST_TEST(std::abs(double(lane(sums.products, l)) - products) < 1e-5);
    }
}

using Elements = std::tuple<float, Lanes<float, 4>, Lanes<float, 16>>;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(moments_of_a_row_are_exact_up_to_rounding, E, Elements) {
    for (const float centre : {0.0f, 3.0f, 1000.0f}) {
        require_moments<E, 1>(centre);
        require_moments<E, 7>(centre);
        require_moments<E, 8>(centre);
        require_moments<E, 33>(centre);
        require_moments<E, 64>(centre);
        require_moments<E, 250>(centre);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(slopes_are_kept_and_summed_in_one_pass, E, Elements) {
    require_slope_sums<E, 1>();
    require_slope_sums<E, 5>();
    require_slope_sums<E, 16>();
    require_slope_sums<E, 67>();
}

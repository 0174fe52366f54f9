// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.augment
#include <kiln/core/random.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/augment.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

using namespace kiln::data;
using kiln::Random;
using kiln::Seed;
using kiln::Shape;
using kiln::Tensor;

namespace {

template <class S>
Tensor<float, S> noise(std::uint64_t seed) {
    Random random(Seed{seed});
    Tensor<float, S> x;
    for (float& value : x) value = random.uniform(-1, 1);
    return x;
}

template <class S>
Tensor<float, S> changed(const auto& augmentation, const Tensor<float, S>& x, std::uint64_t seed) {
    Tensor<float, S> result = x, spare = noise<S>(99);  // whatever spare holds must not matter
    Random random(Seed{seed});
    Augment{augmentation}(result, spare, random);
    return result;
}

/// A pixel of a map, 0 outside, at a position between pixels.
template <int C, int H, int W>
double bilinear(const Tensor<float, Shape<C, H, W>>& map, int c, double y, double x) {
    const double top = std::floor(y), left = std::floor(x);
    double sum = 0;
    for (const double row : {top, top + 1})
        for (const double column : {left, left + 1})
            if (0 <= row && row < H && 0 <= column && column < W)
                sum += (1 - std::abs(y - row)) * (1 - std::abs(x - column)) *
                       static_cast<double>(map(c, static_cast<int>(row), static_cast<int>(column)));
    return sum;
}

/// The definition of Affine: the matrix A, inverted as matrices are, at every pixel.
template <int C, int H, int W>
Tensor<float, Shape<C, H, W>> by_definition(const Affine& affine, const Tensor<float, Shape<C, H, W>>& map,
                                            std::uint64_t seed) {
    Random random(Seed{seed});
    const double down = static_cast<double>(random.uniform(-affine.shift, affine.shift));
    const double right = static_cast<double>(random.uniform(-affine.shift, affine.shift));
    const double angle = static_cast<double>(random.uniform(-affine.degrees, affine.degrees)) * std::acos(-1.0) / 180;
    const double scale = 1 + static_cast<double>(random.uniform(-affine.scale, affine.scale));
    const double shear = static_cast<double>(random.uniform(-affine.shear, affine.shear));
    const double a = scale * std::cos(angle), b = scale * (std::cos(angle) * shear - std::sin(angle));
    const double c = scale * std::sin(angle), d = scale * (std::sin(angle) * shear + std::cos(angle));
    const double determinant = a * d - b * c;
    Tensor<float, Shape<C, H, W>> result;
    for (int channel = 0; channel < C; ++channel)
        for (int i = 0; i < H; ++i)
            for (int j = 0; j < W; ++j) {
                const double x = j - (W - 1) / 2.0 - right, y = i - (H - 1) / 2.0 - down;
                const double from_x = (d * x - b * y) / determinant + (W - 1) / 2.0;
                const double from_y = (a * y - c * x) / determinant + (H - 1) / 2.0;
                result(channel, i, j) = static_cast<float>(bilinear(map, channel, from_y, from_x));
            }
    return result;
}

template <class S>
float distance(const Tensor<float, S>& a, const Tensor<float, S>& b) {
    float largest = 0;
    for (int k = 0; k < S::count; ++k) largest = std::max(largest, std::abs(a[k] - b[k]));
    return largest;
}

template <class S>
void compare_with_definition() {
    const auto map = noise<S>(7);
    for (const Affine& affine :
         {Affine{.shift = 3}, Affine{.degrees = 180}, Affine{.scale = 0.5f}, Affine{.shear = 0.5f},
          Affine{.shift = 2, .degrees = 15, .scale = 0.2f, .shear = 0.2f}, Affine{.shift = 1000, .scale = 0.99f}})
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            // Positions are floats up to 100, with errors of about 1e-7 of their size; neighbouring pixels differ by up
            // to 2.
            const auto expected = by_definition(affine, map, seed);
            BOOST_TEST(distance(changed(affine, map, seed), expected) < 5e-3f);
        }
}

using Digit = Shape<1, 28, 28>;

}  // namespace

BOOST_AUTO_TEST_CASE(affine_does_what_its_definition_says) {
    compare_with_definition<Digit>();
    compare_with_definition<Shape<3, 5, 8>>();
    compare_with_definition<Shape<2, 1, 70>>();
    compare_with_definition<Shape<1, 66, 3>>();
    compare_with_definition<Shape<1, 1, 1>>();
}

BOOST_AUTO_TEST_CASE(affine_without_limits_changes_nothing) {
    BOOST_TEST((changed(Affine{}, noise<Digit>(1), 3) == noise<Digit>(1)));
    using Odd = Shape<2, 65, 67>;
    BOOST_TEST((changed(Affine{}, noise<Odd>(1), 3) == noise<Odd>(1)));
}

BOOST_AUTO_TEST_CASE(affine_brings_in_zeros_from_outside) {
    Tensor<float, Digit> ones;
    std::fill(ones.begin(), ones.end(), 1.0f);
    int far = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto moved = changed(Affine{.shift = 1e6f}, ones, seed);
        far += distance(moved, Tensor<float, Digit>{}) == 0;
        const auto turned = changed(Affine{.degrees = 45}, ones, seed);
        BOOST_TEST(turned(0, 14, 14) == 1.0f, boost::test_tools::tolerance(1e-5f));
        for (const float value : turned) BOOST_TEST((value > -1e-5f && value < 1 + 1e-5f));
    }
    BOOST_TEST(far == 20);
}

BOOST_AUTO_TEST_CASE(shift_moves_by_whole_pixels_every_way) {
    using Map = Shape<2, 5, 6>;
    const auto map = noise<Map>(4);
    std::set<std::pair<int, int>> seen;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto result = changed(Shift{1}, map, seed);
        for (int down = -1; down <= 1; ++down)
            for (int right = -1; right <= 1; ++right) {
                Tensor<float, Map> expected;
                for (int c = 0; c < 2; ++c)
                    for (int i = 0; i < 5; ++i)
                        for (int j = 0; j < 6; ++j)
                            expected(c, i, j) = static_cast<float>(bilinear(map, c, i - down, j - right));
                if (expected == result) seen.insert({down, right});
            }
    }
    BOOST_TEST(seen.size() == 9u);
    BOOST_TEST((changed(Shift{0}, map, 1) == map));
    using Small = Shape<1, 2, 2>;
    for (std::uint64_t seed = 0; seed < 50; ++seed) changed(Shift{9}, noise<Small>(1), seed);
}

BOOST_AUTO_TEST_CASE(flip_mirrors_rows_as_often_as_asked) {
    using Map = Shape<2, 2, 3>;
    const Tensor<float, Map> map{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
        mirrored{3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10};
    int flips = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const auto result = changed(Flip{0.3f}, map, seed);
        BOOST_TEST((result == map || result == mirrored));
        flips += result == mirrored;
        BOOST_TEST((changed(Flip{1}, map, seed) == mirrored));
        BOOST_TEST((changed(Flip{0}, map, seed) == map));
    }
    BOOST_TEST((flips > 250 && flips < 350));  // 300, give or take three and a half deviations
}

BOOST_AUTO_TEST_CASE(noise_has_mean_0_and_the_deviation_asked_for) {
    using Long = Shape<10000>;
    const auto result = changed(Noise{.sd = 0.5f}, Tensor<float, Long>{}, 3);
    double sum = 0, squares = 0;
    for (const float value : result) {
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
    }
    BOOST_TEST(std::abs(sum / 10000) < 0.02);  // four deviations of the mean
    BOOST_TEST(std::sqrt(squares / 10000) == 0.5, boost::test_tools::tolerance(0.03));
    BOOST_TEST((changed(Noise{.sd = 0}, noise<Long>(2), 3) == noise<Long>(2)));
}

BOOST_AUTO_TEST_CASE(cutout_covers_a_square_of_all_channels) {
    using Map = Shape<2, 6, 7>;
    Tensor<float, Map> ones;
    std::fill(ones.begin(), ones.end(), 1.0f);
    std::set<int> sizes;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const auto result = changed(Cutout{3}, ones, seed);
        int zeros = 0, top = 6, bottom = -1, left = 7, right = -1;
        for (int i = 0; i < 6; ++i)
            for (int j = 0; j < 7; ++j) {
                BOOST_TEST(result(0, i, j) == result(1, i, j));
                if (result(0, i, j) != 0) continue;
                ++zeros;
                top = std::min(top, i), bottom = std::max(bottom, i);
                left = std::min(left, j), right = std::max(right, j);
            }
        BOOST_TEST(zeros == (bottom - top + 1) * (right - left + 1));
        BOOST_TEST((bottom - top < 3 && right - left < 3));
        sizes.insert(zeros);
    }
    BOOST_TEST(sizes == (std::set{4, 6, 9}), boost::test_tools::per_element());  // in a corner, at a side, inside
    BOOST_TEST((changed(Cutout{0}, ones, 1) == ones));
    BOOST_TEST((changed(Cutout{100}, ones, 1) == Tensor<float, Map>{}));
}

BOOST_AUTO_TEST_CASE(augment_calls_its_parts_in_order_and_in_their_form) {
    using S = Shape<2>;
    const auto doubled = [](Tensor<float, S>& x) {
        for (float& value : x) value *= 2;
    };
    const auto plus_random = [](Tensor<float, S>& x, Random& random) {
        for (float& value : x) value += random.uniform();
    };
    const auto swapped = [](Tensor<float, S>& x, Tensor<float, S>& spare, Random&) {
        spare = x;
        x[0] = spare[1], x[1] = spare[0];
    };
    Random random(Seed{5});
    const float a = random.uniform(), b = random.uniform();
    const Tensor<float, S> expected{2 * 20 + b, 2 * 10 + a};
    BOOST_TEST((changed(Augment{doubled, plus_random, swapped}, Tensor<float, S>{10, 20}, 5) == expected));
    BOOST_TEST((changed(Augment<>{}, Tensor<float, S>{10, 20}, 5) == Tensor<float, S>{10, 20}));
}

BOOST_AUTO_TEST_CASE(augment_is_a_function_of_the_random_sequence) {
    const Augment all{Affine{.shift = 2, .degrees = 9, .scale = 0.1f}, Shift{1}, Flip{}, Noise{}, Cutout{5}};
    const auto map = noise<Shape<3, 8, 9>>(1);
    BOOST_TEST((changed(all, map, 11) == changed(all, map, 11)));
    BOOST_TEST(!(changed(all, map, 11) == changed(all, map, 12)));
}

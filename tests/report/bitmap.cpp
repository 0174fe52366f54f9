// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE report.bitmap
#include <kiln/report/bitmap.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <vector>

using namespace kiln;
using namespace kiln::report;

namespace {
using Bytes = std::vector<std::uint8_t>;
}

static_assert(is_image({28, 28}) && is_image({1, 28, 28}) && is_image({3, 4, 5}));
static_assert(!is_image({2, 28, 28}) && !is_image({784}) && !is_image({1, 1, 28, 28}) && !is_image({}));

BOOST_AUTO_TEST_CASE(bitmap_of_bytes_takes_them_as_they_are) {
    const Tensor<std::uint8_t, Shape<1, 2, 3>> bytes{0, 1, 2, 127, 254, 255};
    const Bitmap image = bitmap(bytes, 1.0 / 255);
    BOOST_TEST(image.width == 3);
    BOOST_TEST(image.height == 2);
    BOOST_TEST(image.channels == 1);
    BOOST_TEST(image.pixels == (Bytes{0, 1, 2, 127, 254, 255}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bitmap_of_floats_goes_from_black_to_white) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const Tensor<float, Shape<2, 3>> values{-1, 0, 0.5f, 1, 1e30f, nan};
    BOOST_TEST(bitmap(values).pixels == (Bytes{0, 0, 128, 255, 255, 0}), boost::test_tools::per_element());
    BOOST_TEST(bitmap(values, 0.5).pixels == (Bytes{0, 0, 64, 128, 255, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bitmap_of_three_channels_interleaves_them) {
    const Tensor<std::uint8_t, Shape<3, 1, 2>> planes{1, 2, 3, 4, 5, 6};
    const Bitmap image = bitmap(planes);
    BOOST_TEST(image.channels == 3);
    BOOST_TEST(image.pixels == (Bytes{1, 3, 5, 2, 4, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bitmap_shows_a_flat_tensor_in_the_shape_that_is_named) {
    const Tensor<float, Shape<6>> values{0, 0, 0, 1, 1, 1};
    const Bitmap image = bitmap<Shape<1, 2, 3>>(values);
    BOOST_TEST(image.height == 2);
    BOOST_TEST(image.pixels == (Bytes{0, 0, 0, 255, 255, 255}), boost::test_tools::per_element());
}

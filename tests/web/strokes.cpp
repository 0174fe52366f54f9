// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE web.strokes
// The image that examples/web makes of a drawing.

#include "../../examples/web/page/strokes.hpp"

#include <boost/test/unit_test.hpp>

#include "web/drawings.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

// A drawing of kiln::tests, made smaller and moved.
std::vector<Line> lines_of(const kiln::tests::Strokes& strokes, float size, Point corner) {
    const auto point = [&](const kiln::tests::Place& place) {
        return Point{corner.x + size * static_cast<float>(place.x / 100),
                     corner.y + size * static_cast<float>(place.y / 100)};
    };
    std::vector<Line> lines;
    for (const auto& stroke : strokes)
        for (std::size_t i = 1; i < stroke.size(); ++i) lines.push_back({point(stroke[i - 1]), point(stroke[i])});
    return lines;
}

struct Extent {
    int width = 0, height = 0;
};
// The extent of pixels that are at least half black.
Extent extent_of(const Image& image) {
    int low_x = 28, high_x = 0, low_y = 28, high_y = 0;
    for (int i = 0; i < 28; ++i)
        for (int j = 0; j < 28; ++j)
            if (image(0, i, j) >= 0.5f) {
                low_x = std::min(low_x, j), high_x = std::max(high_x, j + 1);
                low_y = std::min(low_y, i), high_y = std::max(high_y, i + 1);
            }
    return {high_x - low_x, high_y - low_y};
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_empty_sheet_is_an_empty_image) { BOOST_TEST((image_of({}) == Image{})); }

BOOST_AUTO_TEST_CASE(every_digit_fits_the_box_and_has_its_centre_of_mass_in_the_middle) {
    for (int digit = 0; digit < 10; ++digit) {
        const auto strokes = kiln::tests::drawn(digit);
        const Image image = image_of(lines_of(strokes, 1, {}));
        const Extent extent = extent_of(image);
        BOOST_TEST(extent.height >= 19);
        BOOST_TEST(extent.height <= 21);  // anywhere between pixels
        BOOST_TEST(extent.width <= 21);
        const Point mass = detail::centre_of_mass(image);
        BOOST_TEST(std::fabs(mass.x - centre) < 0.1f);  // drawn anew between other pixels
        BOOST_TEST(std::fabs(mass.y - centre) < 0.1f);
        BOOST_TEST(*std::max_element(image.begin(), image.end()) == 1);
        BOOST_TEST(*std::min_element(image.begin(), image.end()) == 0);
    }
}

BOOST_AUTO_TEST_CASE(size_and_place_on_the_sheet_do_not_matter) {
    for (int digit = 0; digit < 10; ++digit) {
        const auto strokes = kiln::tests::drawn(digit);
        const Image large = image_of(lines_of(strokes, 1, {})), small = image_of(lines_of(strokes, 0.1f, {0.8f, 0.2f}));
        for (int i = 0; i < Image::count; ++i) BOOST_REQUIRE(std::fabs(large[i] - small[i]) < 1e-3f);
    }
}

BOOST_AUTO_TEST_CASE(proportions_are_kept) {
    const Line flat{{0.2f, 0.4f}, {0.6f, 0.5f}};  // four times as wide as high
    const Extent extent = extent_of(image_of(std::vector{flat}));
    BOOST_TEST(extent.width >= 19);
    BOOST_TEST(extent.height <= 9);  // a quarter of 17.4, and the pen
}

BOOST_AUTO_TEST_CASE(a_dot_stays_a_dot) {
    const Line dot{{0.3f, 0.7f}, {0.3f, 0.7f}};
    const Extent extent = extent_of(image_of(std::vector{dot}));
    BOOST_TEST(extent.width >= 2);
    BOOST_TEST(extent.width <= 4);
    BOOST_TEST(extent.height == extent.width);
}

BOOST_AUTO_TEST_CASE(lines_beyond_the_image_are_cut_off) {
    // Nearly all mass on the left: centred, the line to the right leaves the image.
    std::vector<Line> lines(1, {{0, 0.5f}, {1, 0.5f}});
    for (int i = 0; i < 40; ++i) {
        const float x = 0.002f * static_cast<float>(i);
        lines.push_back({{x, 0}, {x, 1}});
    }
    const Image image = image_of(lines);
    for (const float value : image) BOOST_REQUIRE((0 <= value && value <= 1));
    BOOST_TEST(image(0, 14, 27) > 0.5f);
}

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE report.detail.png
#include <kiln/report/detail/png.hpp>

#include <boost/test/unit_test.hpp>

#include "browser/read_png.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace kiln;
using namespace kiln::report;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Decodes what `base64` encodes, by searching the alphabet.
std::string unbase64(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned group = 0, bits = 0;
    for (const char c : text) {
        if (c == '=') break;
        group = group << 6 | static_cast<unsigned>(alphabet.find(c));
        if ((bits += 6) >= 8) bytes += static_cast<char>(group >> (bits -= 8) & 0xff);
    }
    return bytes;
}

}  // namespace

static_assert(kiln::report::detail::crc32("123456789") == 0xcbf43926);  // the check values of both sums
static_assert(kiln::report::detail::adler32("Wikipedia") == 0x11e60398);

BOOST_AUTO_TEST_CASE(png_decodes_to_the_same_pixels) {
    // The last one takes several blocks: 65,535 bytes and more.
    for (const auto [width, height, channels] : {std::array{1, 1, 1}, {3, 2, 3}, {28, 28, 1}, {200, 150, 3}}) {
        Bitmap image{.width = width, .height = height, .channels = channels};
        for (int i = 0; i < width * height * channels; ++i)
            image.pixels.push_back(static_cast<std::uint8_t>(i * 7 + i / 256));
        const auto back = tests::read_png(png(image));
        BOOST_TEST(back.width == width);
        BOOST_TEST(back.height == height);
        BOOST_TEST(back.channels == channels);
        BOOST_TEST((back.pixels == image.pixels));
    }
}

BOOST_AUTO_TEST_CASE(png_of_exactly_one_full_block_has_no_empty_one_behind_it) {
    const Bitmap image{.width = 254, .height = 257, .channels = 1, .pixels = Bytes(254 * 257, 9)};  // 257 rows of 255
    BOOST_TEST((tests::read_png(png(image)).pixels == image.pixels));
}

BOOST_AUTO_TEST_CASE(base64_is_that_of_the_standard) {  // RFC 4648, section 10
    const char* pairs[][2] = {{"", ""},
                              {"f", "Zg=="},
                              {"fo", "Zm8="},
                              {"foo", "Zm9v"},
                              {"foob", "Zm9vYg=="},
                              {"fooba", "Zm9vYmE="},
                              {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : pairs) BOOST_TEST(report::detail::base64(plain) == coded);
    BOOST_TEST(report::detail::base64("\xff\xfe\xfd") == "//79");
}

BOOST_AUTO_TEST_CASE(data_uri_holds_the_png) {
    const Bitmap image{.width = 2, .height = 1, .channels = 1, .pixels = {10, 200}};
    const std::string uri = data_uri(image), start = "data:image/png;base64,";
    BOOST_REQUIRE(uri.starts_with(start));
    BOOST_TEST(unbase64(uri.substr(start.size())) == png(image));
}

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE web.page
// Draws digits on the page of examples/web, in a headless chromium, and reads the page's answers. The build made the
// page with examples/web/run.sh, and put it and the network as a header into the folder KILN_WEB.

#include <kiln/data/idx.hpp>

#include <boost/test/unit_test.hpp>

#include "web/chromium.hpp"
#include "web/drawings.hpp"
#include <digits.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

using namespace kiln;
using tests::Chromium, tests::Strokes, tests::drawn;
namespace fs = std::filesystem;

namespace {

const fs::path folder = KILN_WEB;

struct Square {
    double x, y, side;
};

struct Page : Chromium {
    explicit Page(int width = 1100, int height = 800) : Chromium((folder / "digits.html").string(), width, height) {
        evaluate("new Promise(done => { const ask = () => network === null ? setTimeout(ask, 10) : done(); ask(); })");
    }
    /// The sheet in the window.
    Square sheet() {
        std::istringstream text(evaluate("(b => b.x + ' ' + b.y + ' ' + b.width)(sheet.getBoundingClientRect())"));
        Square place{};
        text >> place.x >> place.y >> place.side;
        BOOST_REQUIRE(place.side > 100);
        return place;
    }
    /// Draws within a part of the sheet, by default all of it; `point(kind, x, y)`, kind 0 to 2: down, move, up.
    void draw(const Strokes& strokes, Square part, auto point) {
        const Square whole = sheet();
        const auto give = [&](int kind, tests::Place p) {
            point(kind, whole.x + whole.side * (part.x + part.side * p.x / 100),
                  whole.y + whole.side * (part.y + part.side * p.y / 100));
        };
        for (const auto& stroke : strokes) {
            give(0, stroke.front());
            for (std::size_t i = 1; i < stroke.size(); ++i)
                for (const double share : {1.0 / 3, 2.0 / 3, 1.0}) {
                    const tests::Place &a = stroke[i - 1], &b = stroke[i];
                    give(1, {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)});
                }
            give(2, stroke.back());
        }
        settle();
    }
    void draw_with_mouse(const Strokes& strokes, Square part = {0, 0, 1}) {
        const char* const types[] = {"mousePressed", "mouseMoved", "mouseReleased"};
        draw(strokes, part, [&](int kind, double x, double y) { mouse(types[kind], x, y); });
    }
    void draw_with_finger(const Strokes& strokes) {
        const char* const types[] = {"touchStart", "touchMove", "touchEnd"};
        draw(strokes, {0, 0, 1}, [&](int kind, double x, double y) { touch(types[kind], x, y); });
    }
    std::string text(const std::string& id) { return evaluate("document.getElementById('" + id + "').textContent"); }
    void clear() {
        press_key("Escape", 27);
        settle();
    }
    /// The probability shown in the row of a digit, in percent.
    double shown(int digit) {
        const std::string text =
            evaluate("document.getElementById('bars').rows[" + std::to_string(digit) + "].lastChild.textContent");
        BOOST_REQUIRE_MESSAGE(text.ends_with(" %"), "no percentage: '" << text << "'");
        return std::stod(text);
    }
    void keep_screenshot(const std::string& name) { std::ofstream(folder / name, std::ios::binary) << screenshot(); }
};

// Two letters for each of a sample's pixels.
std::string hexadecimal(const auto& pixels) {
    std::string text;
    for (const int pixel : pixels) (text += "0123456789abcdef"[pixel / 16]) += "0123456789abcdef"[pixel % 16];
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_digit_drawn_with_the_mouse_is_read) {
    Page page;
    for (int digit = 0; digit < 10; ++digit) {
        page.draw_with_mouse(drawn(digit));
        BOOST_TEST(page.text("answer") == std::to_string(digit));
        BOOST_TEST(page.text("status") == "Read as " + std::to_string(digit));
        BOOST_TEST(page.shown(digit) > 60);
        double sum = 0;
        for (int other = 0; other < 10; ++other) sum += page.shown(other);
        BOOST_TEST(sum == 100, boost::test_tools::tolerance(0.006));  // ten roundings to a decimal
        BOOST_TEST(page.evaluate("document.querySelectorAll('.best').length") == "1");
        BOOST_TEST(page.evaluate("rows.findIndex(row => row.className === 'best')") == std::to_string(digit));
        if (digit == 3) page.keep_screenshot("screenshot.png");
        page.clear();
    }
}

BOOST_AUTO_TEST_CASE(on_a_phone_a_finger_draws_and_all_ten_bars_are_in_view) {
    Page page(390, 800);
    for (const int digit : {1, 7, 0, 3, 5}) {
        page.draw_with_finger(drawn(digit));
        BOOST_TEST(page.text("answer") == std::to_string(digit));
        BOOST_TEST(page.evaluate("rows[9].getBoundingClientRect().bottom <= innerHeight") == "true");
        if (digit == 5) page.keep_screenshot("narrow.png");
        page.clear();
    }
}

BOOST_AUTO_TEST_CASE(probabilities_follow_while_a_stroke_is_drawn) {
    Page page;
    const Square sheet = page.sheet();
    const auto at = [&](double x, double y) { return std::pair(sheet.x + sheet.side * x, sheet.y + sheet.side * y); };
    const auto [x, y] = at(0.5, 0.2);
    page.mouse("mousePressed", x, y);
    const auto [to_x, to_y] = at(0.48, 0.8);
    page.mouse("mouseMoved", to_x, to_y);
    page.settle();
    BOOST_TEST(page.text("answer") == "1");  // and the button is still down
    BOOST_TEST(page.text("status") == "");
    const auto [end_x, end_y] = at(0.48, 3);
    page.mouse("mouseMoved", end_x, end_y);  // leaves the sheet
    page.mouse("mouseReleased", end_x, end_y);
    BOOST_TEST(page.text("status") == "Read as 1");
}

BOOST_AUTO_TEST_CASE(size_and_place_of_a_drawing_do_not_matter) {
    Page page;
    page.draw_with_mouse(drawn(3), {0.05, 0.6, 0.3});
    BOOST_TEST(page.text("answer") == "3");
    const std::string small = page.evaluate("network.image");
    page.clear();
    page.draw_with_mouse(drawn(3));
    const double difference = std::stod(
        page.evaluate("Math.max(...'" + small + "'.split(',').map((v, i) => Math.abs(v - network.image[i])))"));
    BOOST_TEST(difference < 0.3);  // a mouse moves by whole pixels
}

BOOST_AUTO_TEST_CASE(button_and_escape_clear_the_sheet) {
    Page page;
    for (const bool by_button : {true, false}) {
        page.draw_with_mouse(drawn(7));
        BOOST_TEST(page.text("answer") == "7");
        if (by_button)
            page.evaluate("document.getElementById('clear').click()");
        else
            page.press_key("Escape", 27);
        page.settle();
        BOOST_TEST(page.text("answer") == "");
        BOOST_TEST(page.evaluate("Math.max(...network.image)") == "0");
        BOOST_TEST(page.evaluate("sheet.getContext('2d').getImageData(0, 0, 400, 400).data.some(v => v > 0)") ==
                   "false");
    }
    page.press_key("Tab", 9);
    BOOST_TEST(page.evaluate("document.activeElement.id") == "clear");
}

BOOST_AUTO_TEST_CASE(the_web_gives_the_hosts_logits) {
    const auto test = data::load_mnist("examples/mnist/data").test;
    Page page;
    float largest = 0;
    int different = 0, right = 0;
    for (int first = 0; first < 1000; first += 100) {
        std::string pixels;
        for (int i = first; i < first + 100; ++i) pixels += hexadecimal(test.sample(i));
        std::istringstream answers(page.evaluate(
            "(pixels => Array.from({ length: 100 }, (_, n) => {"
            "  for (let i = 0; i < 784; ++i)"
            "    network.image[i] = Math.fround(1 / 255) * parseInt(pixels.substr(2 * (784 * n + i), 2), 16);"
            "  network.predict();"
            "  return Array.from(network.logits).join(' ');"
            "}).join(' '))('" +
            pixels + "')"));
        for (int i = first; i < first + 100; ++i) {
            const auto expected = digits.predict(test.image(i));
            auto got = expected;
            for (float& logit : got) BOOST_REQUIRE(answers >> logit);
            for (int k = 0; k < 10; ++k) largest = std::max(largest, std::fabs(got[k] - expected[k]));
            different += argmax(got) != argmax(expected);
            right += argmax(got) == test.label(i);
        }
    }
    std::printf("1,000 test images: %d right, %d classes differ from the host's, largest difference of a logit %.2g\n",
                right, different, static_cast<double>(largest));
    BOOST_TEST(different == 0);
    BOOST_TEST(largest < 1e-4f);  // WebAssembly rounds after each product, the host perhaps after each sum only
    BOOST_TEST(right >= 980);
}

BOOST_AUTO_TEST_CASE(the_page_is_small_and_complete) {
    Page page;
    BOOST_TEST(page.evaluate("performance.getEntriesByType('resource').length") == "0");
    BOOST_TEST(fs::file_size(folder / "digits.html") < 60'000u);
    BOOST_TEST(page.text("parameters") == "9,674");
    BOOST_TEST(std::stod(page.text("time")) > 0);
    std::printf("a prediction takes %.0f microseconds in the browser\n", std::stod(page.text("time")));
}

BOOST_AUTO_TEST_CASE(the_network_works_with_vectors) {
    const std::string count =
        "test $(wasm-dis '" + (folder / "digits.wasm").string() + "' --enable-simd | grep -c 'f32x4\\.') -gt 100";
    BOOST_TEST(std::system(count.c_str()) == 0);
}

BOOST_AUTO_TEST_CASE(a_page_is_dark_where_the_reader_prefers_that) {
    Page page;
    const auto paper = [&] { return page.evaluate("getComputedStyle(document.body).backgroundColor"); };
    BOOST_TEST(paper() == "rgb(255, 255, 255)");
    page.prefer_dark(true);
    page.settle();
    BOOST_TEST(paper() == "rgb(20, 23, 27)");
    page.draw_with_mouse(drawn(4));
    BOOST_TEST(page.text("answer") == "4");
    page.keep_screenshot("dark.png");
}

BOOST_AUTO_TEST_CASE(a_narrow_window_shows_all_of_it) {
    Page page(320, 640);
    BOOST_TEST(page.evaluate("document.documentElement.scrollWidth") == "320");
    const Square sheet = page.sheet();
    BOOST_TEST(sheet.side > 250);
    BOOST_TEST(sheet.x >= 0);
    BOOST_TEST(sheet.x + sheet.side <= 320);
}

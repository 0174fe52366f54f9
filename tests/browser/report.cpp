// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE browser.report
// Loads reports in a browser (chromium, headless), and checks the elements that the browser built and a screenshot. Two
// colours that no page uses otherwise appear in the screenshot only if the browser could decode the images.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/report/report.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "browser/pages.hpp"
#include "browser/read_png.hpp"
#include "laws/samples.hpp"
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace kiln;
namespace fs = std::filesystem;

namespace {

/// Kept if the environment variable KILN_REPORT_DIR names it, to be looked at.
struct Folder {
    fs::path path;
    bool kept = std::getenv("KILN_REPORT_DIR") != nullptr;
    Folder() {
        std::string name = (fs::temp_directory_path() / "kiln-browser-XXXXXX").string();
        path = kept ? fs::path(std::getenv("KILN_REPORT_DIR")) : fs::path(mkdtemp(name.data()));
        fs::create_directories(path);
    }
    ~Folder() {
        if (!kept) fs::remove_all(path);
    }
};

std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string browser() {
    std::vector<std::string> names = {"chromium", "chromium-browser", "google-chrome"};
    for (const std::string& name : names)
        if (std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0) return name;
    return {};
}

struct Loaded {
    std::string dom;
    tests::Picture picture;

    int elements(const std::string& tag) const { return occurrences("<" + tag + ">") + occurrences("<" + tag + " "); }
    int occurrences(std::string_view part) const {
        int count = 0;
        for (auto at = dom.find(part); at != std::string::npos; at = dom.find(part, at + part.size())) ++count;
        return count;
    }
    std::set<std::vector<std::uint8_t>> colours() const {
        std::set<std::vector<std::uint8_t>> found;
        const auto step = static_cast<std::ptrdiff_t>(picture.channels);
        for (auto at = picture.pixels.begin(); at != picture.pixels.end(); at += step) found.insert({at, at + 3});
        return found;
    }
    /// The number of pixels of this colour in the screenshot.
    int area(const std::uint8_t (&colour)[3]) const {
        int count = 0;
        for (std::size_t i = 0; i < picture.pixels.size(); i += static_cast<std::size_t>(picture.channels))
            count += std::equal(colour, colour + 3, picture.pixels.begin() + static_cast<std::ptrdiff_t>(i));
        return count;
    }
};

/// The page as the browser shows it in a window of this size.
Loaded load(const Report& report, const std::string& name, const std::string& size, const std::string& options = "") {
    const std::string program = browser();
    BOOST_REQUIRE_MESSAGE(!program.empty(), "no browser: install chromium, or leave out the label `browser`");
    const Folder folder;
    const std::string base = (folder.path / name).string();
    report.write(base + ".html");
    const auto run = [&](const std::string& wanted) {
        const fs::path profile = folder.path / "profile";  // a new one each time
        fs::remove_all(profile);
        const std::string command =
            "timeout 120 " + program +
            " --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
            " --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars"
            " --force-color-profile=srgb --window-size=" +
            size + " --user-data-dir='" + profile.string() + "' " + options + ' ' + wanted + " 'file://" + base +
            ".html' 2>'" + base + ".log'";
        BOOST_REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command << " failed:\n" << content(base + ".log"));
        fs::remove_all(profile);
    };
    run("--screenshot='" + base + ".png'");
    run("--dump-dom >'" + base + ".dom'");
    return {.dom = content(base + ".dom"), .picture = tests::read_png(content(base + ".png"))};
}

constexpr std::uint8_t white[] = {255, 255, 255}, black[] = {0, 0, 0};
const char* const dark = "--blink-settings=preferredColorScheme=0";

/// The colour of the top left corner, where nothing stands but the page.
std::vector<std::uint8_t> paper(const Loaded& page) {
    return {page.picture.pixels.begin(), page.picture.pixels.begin() + 3};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_browser_builds_every_part_of_a_classifiers_report) {
    const Loaded page = load(tests::classifier(), "classifier", "1100,2800");
    for (const char* heading : {"Training", "Confusion matrix", "Classes", "Worst mistakes", "Layers"})
        BOOST_TEST(page.occurrences("<h2>" + std::string(heading) + "</h2>") == 1, heading);
    BOOST_TEST(page.elements("h1") == 1);
    BOOST_TEST(page.elements("dt") == 6);
    BOOST_TEST(page.elements("svg") == 3);  // two of curves, and the network
    BOOST_TEST(page.elements("polyline") == 4);
    BOOST_TEST(page.elements("circle") == 4 * 20);
    BOOST_TEST(page.elements("img") == 12);
    // Epochs, confusion, classes, layers, and the bars of 12 mistakes.
    BOOST_TEST(page.elements("table") == 4 + 12);
    BOOST_TEST(page.elements("td") == 20 * 5 + (1 + 100) + 11 * 4 + (5 + 4 * 4 + 4) + 12 * 5 * 2);
    BOOST_TEST(page.elements("script") == 0);

    BOOST_TEST(page.picture.width == 1100);
    BOOST_TEST(page.picture.height == 2800);
    BOOST_TEST((paper(page) == std::vector<std::uint8_t>(white, white + 3)));
    BOOST_TEST(page.colours().size() > 100u);  // text, curves and shades, smoothed
    constexpr int square = 96 * 96;
    BOOST_TEST(page.area(tests::first_mark) == square);   // of 8 x 8 pixels
    BOOST_TEST(page.area(tests::second_mark) == square);  // of 300 x 300, several blocks of PNG
    BOOST_TEST(page.area(black) > 10 * square / 4);       // the corners of ten rings
}

// The report of the examples, by the same functions: a network that had little time to learn.
BOOST_AUTO_TEST_CASE(a_browser_builds_the_report_of_a_training) {
    using In = Shape<1, 12, 12>;
    using M = Model<Sequential<Conv<1, 4, 3>, ReLU, Pool<2>, Linear<100, 5>>, In>;
    const auto train = laws::striped_images<In>(64, 5, 1), test = laws::striped_images<In>(200, 5, 2);
    static M model{Seed{3}};
    static Trainer<M, CrossEntropy, Adam, Batch<16>> trainer{model, Adam{}};
    History history;
    trainer.fit(train, test, {.epochs = 3, .callbacks = {callback(history)}});
    const auto result = evaluate(model, test);
    BOOST_REQUIRE(result.accuracy < 0.94f);  // there are twelve mistakes to show

    Report report{.title = "A training"};
    add_history(report, history);
    add_confusion(report, result);
    add_mistakes(report, model, test, 12);
    add_layers<M>(report);
    const Loaded page = load(report, "training", "1100,2400");
    BOOST_TEST(page.elements("h2") == 5);
    BOOST_TEST(page.elements("svg") == 3);   // two of curves, and the network
    BOOST_TEST(page.elements("rect") == 5);  // its input and layers
    BOOST_TEST(page.elements("circle") == 4 * 3);
    BOOST_TEST(page.elements("img") == 12);
    BOOST_TEST(page.elements("table") == 4 + 12);
    BOOST_TEST(page.occurrences("<code>Linear&lt;100, 5&gt;</code>") == 1);
    BOOST_TEST(page.colours().size() > 100u);
}

BOOST_AUTO_TEST_CASE(a_browser_builds_every_part_of_an_autoencoders_report) {
    const Loaded page = load(tests::autoencoder(), "autoencoder", "1100,1300");
    BOOST_TEST(page.elements("h2") == 2);
    BOOST_TEST(page.elements("svg") == 2);
    BOOST_TEST(page.elements("polyline") == 2);
    BOOST_TEST(page.elements("circle") == 100);  // each validation stands alone
    BOOST_TEST(page.elements("img") == 12);
    BOOST_TEST(page.area(black) > 12 * 96 * 96 / 8);
}

BOOST_AUTO_TEST_CASE(text_that_attacks_a_page_is_shown_as_text) {
    const Loaded page = load(tests::nasty_report(), "nasty", "1100,2400");
    BOOST_TEST(page.elements("script") == 0);
    BOOST_TEST(page.elements("b") == 0);
    BOOST_TEST(page.elements("h2") == 6);
    BOOST_TEST(page.elements("img") == 3);
    BOOST_TEST(page.occurrences("</body></html>") == 1);
    BOOST_TEST(page.area(tests::first_mark) == 2 * 96 * 96);
    BOOST_TEST(page.area(tests::second_mark) == 96 * 96);
}

BOOST_AUTO_TEST_CASE(a_page_is_dark_where_the_reader_prefers_that) {
    const Loaded page = load(tests::classifier(), "dark", "1100,2800", dark);
    BOOST_TEST((paper(page) == std::vector<std::uint8_t>{0x14, 0x17, 0x1b}));
    BOOST_TEST(page.area(white) < 3000);  // only within images
    BOOST_TEST(page.area(tests::first_mark) == 96 * 96);
}

BOOST_AUTO_TEST_CASE(a_narrow_window_shows_the_same) {
    const Loaded page = load(tests::classifier(), "narrow", "500,4600");
    BOOST_TEST(page.picture.width == 500);
    BOOST_TEST(page.area(tests::first_mark) == 96 * 96);
    BOOST_TEST(page.area(tests::second_mark) == 96 * 96);
}

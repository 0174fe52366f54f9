// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE report.detail.chart
#include <kiln/report/detail/chart.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace kiln::report;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

int occurrences(const std::string& text, std::string_view part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

Chart chart_of(const std::vector<double>& values) {
    Chart chart{.title = "Loss", .axis = "loss", .curves = {{"training", values}}};
    for (std::size_t i = 0; i < values.size(); ++i) chart.positions.push_back(static_cast<int>(i) + 1);
    return chart;
}

/// The points of every line, one line a string.
std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> result;
    const std::string start = "<polyline points=\"";
    for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
        const auto first = at + start.size();
        result.push_back(text.substr(first, text.find('"', first) - first));
    }
    return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(chart_draws_a_point_for_each_value) {
    const std::string text = svg(chart_of({1, 0.5, 0.25, 0}));
    BOOST_REQUIRE(lines(text).size() == 1u);
    // From the top at 1 to the bottom at 0; the left edge is behind labels of three characters.
    BOOST_TEST(lines(text)[0] == "36.5,30.0 168.3,126.0 300.2,174.0 432.0,222.0");
    BOOST_TEST(occurrences(text, "<circle") == 4);
    BOOST_TEST(occurrences(text, "class=\"tick-x\"") == 4);  // none between epochs
    BOOST_TEST(text.find("<title>training, epoch 2: 0.5000</title>") != std::string::npos);
    BOOST_TEST(text.find("aria-label=\"Loss by epoch; training from 1.000 to 0\"") != std::string::npos);
    BOOST_TEST(text.find(">epoch</text>") != std::string::npos);
    BOOST_TEST(text.find(">loss</text>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(chart_leaves_a_gap_where_there_is_no_value) {
    const std::string text = svg(chart_of({none, 1, 0.5, none, 0.25, infinity, 0.2, 0.1, -1e200, 0.1}));
    BOOST_TEST(lines(text).size() == 2u);
    BOOST_TEST(occurrences(text, "<circle") == 6);  // two of them alone
    BOOST_TEST(text.find("nan") == std::string::npos);
    BOOST_TEST(text.find("inf") == std::string::npos);
    BOOST_TEST(text.find("training from 1.000 to 0.1000") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(chart_of_one_epoch_is_a_dot_in_the_middle) {
    const std::string text = svg(chart_of({0.5}));
    BOOST_TEST(lines(text).empty());
    BOOST_TEST(occurrences(text, "<circle") == 1);
    BOOST_TEST(occurrences(text, "class=\"tick-x\"") == 1);
    Chart at_a_time = chart_of({0.5});
    at_a_time.x_axis = "seconds";
    BOOST_TEST(occurrences(svg(at_a_time), "class=\"tick-x\"") == 1);
}

BOOST_AUTO_TEST_CASE(chart_without_values_is_nothing) {
    BOOST_TEST(svg(Chart{}) == "");
    BOOST_TEST(svg(chart_of({})) == "");
    BOOST_TEST(svg(chart_of({none, none})) == "");
    Chart without_epochs = chart_of({1, 2});
    without_epochs.positions.clear();
    BOOST_TEST(svg(without_epochs) == "");
}

BOOST_AUTO_TEST_CASE(chart_of_many_epochs_has_one_line_few_ticks_and_no_dots) {
    std::vector<double> values(1000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1 + static_cast<double>(i % 7);
    const std::string text = svg(chart_of(values));
    BOOST_REQUIRE(lines(text).size() == 1u);
    BOOST_TEST(std::ranges::count(lines(text)[0], ',') == 1000);
    BOOST_TEST(occurrences(text, "<circle") == 0);
    BOOST_TEST(occurrences(text, "class=\"tick-x\"") == 5);
    BOOST_TEST(text.find(">1000</text>") != std::string::npos);
    BOOST_TEST(text.size() < 20'000u);
}

BOOST_AUTO_TEST_CASE(chart_of_fractions_is_in_per_cent_up_to_100) {
    Chart chart = chart_of({0.9, 0.97, 1});
    chart.fraction = true;
    const std::string text = svg(chart);
    BOOST_TEST(text.find(">100\u00a0%</text>") != std::string::npos);
    BOOST_TEST(text.find(">90\u00a0%</text>") != std::string::npos);
    BOOST_TEST(text.find("epoch 2: 97.00\u00a0%") != std::string::npos);
    chart = chart_of({1});
    chart.fraction = true;
    BOOST_TEST(svg(chart).find("120") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(chart_says_that_its_scale_is_logarithmic) {
    BOOST_TEST(svg(chart_of({1, 0.01})).find("loss (logarithmic scale)") != std::string::npos);
    BOOST_TEST(svg(chart_of({1, 0.1})).find("logarithmic") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(chart_draws_curves_of_other_lengths_than_the_epochs) {
    Chart chart = chart_of({1, 2, 3});
    chart.curves = {{"short", {1, 2}}, {"long", {1, 2, 3, 4, 5}}, {"none", {}}};
    const std::string text = svg(chart);
    BOOST_REQUIRE(lines(text).size() == 2u);
    BOOST_TEST(std::ranges::count(lines(text)[0], ',') == 2);
    BOOST_TEST(std::ranges::count(lines(text)[1], ',') == 3);
}

BOOST_AUTO_TEST_CASE(chart_escapes_its_texts) {
    Chart chart = chart_of({1, 2});
    chart.title = "<t>\"";
    chart.axis = "<a>";
    chart.curves[0].name = "<c>";
    const std::string text = svg(chart);
    BOOST_TEST(text.find("&lt;t&gt;&quot; by epoch; &lt;c&gt; from") != std::string::npos);
    for (const char* raw : {"<t>", "<a>", "<c>"}) BOOST_TEST(text.find(raw) == std::string::npos);
}

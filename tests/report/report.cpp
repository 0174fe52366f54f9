// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE report.report
#include <kiln/data/sequences.hpp>
#include <kiln/files/file_error.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/report/report.hpp>
#include <kiln/train/evaluate.hpp>

#include <boost/test/unit_test.hpp>

#include "browser/pages.hpp"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

using namespace kiln;
using kiln::tests::nasty;

namespace {

int occurrences(const std::string& text, std::string_view part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// The page behind its style sheet.
std::string body(const Report& report) {
    const std::string page = report.html();
    return page.substr(page.find("<body>"));
}

/// Logits are x0, x1 and 0.
struct Points {
    using Input = Shape<1, 1, 2>;
    std::vector<Tensor<float, Input>> samples;
    std::vector<int> labels;
    int size() const { return static_cast<int>(samples.size()); }
    float scale() const { return 0.5f; }
    const Tensor<float, Input>& sample(int i) const { return samples[static_cast<std::size_t>(i)]; }
    int target(int i) const { return labels[static_cast<std::size_t>(i)]; }
};
using Net = Model<Sequential<Linear<2, 3>>, Points::Input>;
Net transparent() {
    Net model;
    hana::at_c<0>(model.parameters()).weight = {1, 0, 0, 1, 0, 0};
    return model;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_report_shows_nothing_but_what_it_is_given) {
    const std::string page = body({.title = "Empty"});
    BOOST_TEST(page == "<body>\n<main>\n<h1>Empty</h1>\n</main>\n</body>\n</html>\n");
    BOOST_TEST(occurrences(body(tests::classifier()), "<h2>") == 5);
    BOOST_TEST(occurrences(body(tests::autoencoder()), "<h2>") == 2);
    Report report;
    report.layers = {{"0", "ReLU", "10", 0, 0}};
    BOOST_TEST(occurrences(body(report), "<h2>") == 1);
    BOOST_TEST(has(body(report), "<h2>Layers</h2>"));
}

BOOST_AUTO_TEST_CASE(a_pair_with_a_target_is_three_images) {
    Report report = tests::autoencoder();
    BOOST_TEST(has(body(report), "Left the original, right the reconstruction."));
    BOOST_TEST(occurrences(body(report), "<img ") == 12);
    report.pairs[2].target = tests::ring(28, 5, 1);
    BOOST_TEST(has(body(report), "From left to right the original, the reconstruction and the target."));
    BOOST_TEST(has(body(report), "class=\"pairs three\""));
    BOOST_TEST(occurrences(body(report), "<img ") == 13);
    BOOST_TEST(occurrences(body(report), "alt=\"target\"") == 1);
}

BOOST_AUTO_TEST_CASE(pairs_without_originals_are_pictures) {
    Report report;
    report.pairs = {{{}, tests::ring(28, 5, 1), "epoch < 1", {}}, {{}, tests::ring(28, 7, 1), "", {}}};
    BOOST_TEST(has(body(report), "<h2>Pictures</h2>"));
    BOOST_TEST(occurrences(body(report), "<img ") == 2);
    BOOST_TEST(occurrences(body(report), "alt=\"picture\"") == 2);
    BOOST_TEST(occurrences(body(report), "<figcaption>") == 1);
    BOOST_TEST(has(body(report), "<figcaption>epoch &lt; 1</figcaption>"));
    report.pairs[0].original = tests::ring(28, 5, 1);
    BOOST_TEST(has(body(report), "<h2>Reconstructions</h2>"));
}

BOOST_AUTO_TEST_CASE(a_page_needs_nothing_beside_it) {
    for (const Report& report : {tests::classifier(), tests::autoencoder(), tests::nasty_report()}) {
        const std::string page = report.html();
        BOOST_TEST(page.starts_with("<!DOCTYPE html>\n"));
        BOOST_TEST(!has(page, "<script"));
        BOOST_TEST(!has(page, "<link"));
        BOOST_TEST(!has(page, "http:"));
        BOOST_TEST(!has(page, "https:"));
        BOOST_TEST(!has(page, "url("));
        BOOST_TEST(!has(page, "@import"));
        BOOST_TEST(occurrences(page, " src=\"") == occurrences(page, " src=\"data:image/png;base64,"));
        BOOST_TEST(has(page, "default-src 'none'"));
        BOOST_TEST(has(page, "<meta charset=\"utf-8\">"));
    }
}

BOOST_AUTO_TEST_CASE(every_text_of_a_report_is_escaped) {
    const std::string page = tests::nasty_report().html();
    for (const char* raw : {"</script>", "<b>", "\" onload", "<!-- ", "\x01"}) BOOST_TEST(!has(page, raw));
    // Title (twice), a figure (2), axes in charts (2), a class (7), a pair, the input (2), a layer (3), both in the picture.
    BOOST_TEST(occurrences(page, report::escaped(nasty)) == 2 + 2 + 2 + 7 + 1 + 2 + 3 + 5);
}

BOOST_AUTO_TEST_CASE(every_element_that_is_opened_is_closed) {
    for (const Report& report : {tests::classifier(), tests::autoencoder(), tests::nasty_report()}) {
        const std::string page = report.html();
        for (const char* tag :
             {"html",    "head",    "body",   "main",       "section", "h1",    "h2",  "p",  "div",  "dl",
              "dt",      "dd",      "figure", "figcaption", "strong",  "span",  "svg", "g",  "text", "title",
              "details", "summary", "table",  "thead",      "tbody",   "tfoot", "tr",  "th", "td",   "code"}) {
            const std::string open = std::string("<") + tag, close = std::string("</") + tag + ">";
            BOOST_TEST(occurrences(page, open + ">") + occurrences(page, open + " ") == occurrences(page, close), tag);
        }
    }
}

BOOST_AUTO_TEST_CASE(classes_have_precision_recall_and_f1) {
    Report report;
    report.class_names = {"cat", "dog"};
    report.confusion = {.classes = 3, .counts = {3, 1, 0, 2, 2, 0, 0, 0, 0}};
    const std::string page = body(report);
    BOOST_TEST(has(page, "cat</th><td>4</td><td>60.0\u00a0%</td><td>75.0\u00a0%</td><td>66.7\u00a0%</td>"));
    BOOST_TEST(has(page, "dog</th><td>4</td><td>66.7\u00a0%</td><td>50.0\u00a0%</td><td>57.1\u00a0%</td>"));
    BOOST_TEST(has(page, "2</th><td>0</td><td>–</td><td>–</td><td>–</td>"));
    BOOST_TEST(has(page, "all, mean</th><td>8</td><td>42.2\u00a0%</td><td>41.7\u00a0%</td><td>41.3\u00a0%</td>"));
}

BOOST_AUTO_TEST_CASE(a_confusion_matrix_may_have_one_class_or_more_than_fit_on_a_page) {
    Report report;
    report.confusion = {.classes = 1, .counts = {5}};
    BOOST_TEST(has(body(report), "<td class=\"right\" style=\"--share:55\">5</td>"));
    report.confusion = {.classes = 100, .counts = std::vector<long long>(100 * 100, 1)};
    BOOST_TEST(!has(body(report), "Confusion matrix"));
    BOOST_TEST(occurrences(body(report), "<td>1.0\u00a0%</td>") == 3 * 101);
}

BOOST_AUTO_TEST_CASE(mistakes_show_the_likeliest_classes_and_the_true_one) {
    Report report;
    report.mistakes = {
        {.truth = 0, .predicted = 7, .probabilities = {0.01f, 0.1f, 0.02f, 0.12f, 0.03f, 0.15f, 0.04f, 0.53f}}};
    const std::string page = body(report);
    BOOST_TEST(has(page, "true <strong>0</strong>, predicted <strong>7</strong>"));
    std::string order;
    for (auto at = page.find("<th scope=\"row\">"); at != std::string::npos;
         at = page.find("<th scope=\"row\">", at + 1))
        order += page[at + 16];
    BOOST_TEST(order == "75310");
    BOOST_TEST(occurrences(page, "class=\"bar true\" style=\"width:1.0%\"") == 1);
    BOOST_TEST(has(page, "class=\"bar\" style=\"width:53.0%\""));
    BOOST_TEST(!has(page, "<img"));
}

BOOST_AUTO_TEST_CASE(epochs_show_the_columns_that_they_have) {
    Report report;
    report.epochs = {{.number = 1, .loss = 0.5}, {.number = 2, .loss = 0.25, .validation_accuracy = 0.75}};
    const std::string page = body(report);
    BOOST_TEST(has(page, "<th scope=\"col\">epoch</th><th scope=\"col\">training loss</th><th scope=\"col\">validation "
                         "accuracy</th></tr>"));
    BOOST_TEST(has(page, "<tr><th scope=\"row\">1</th><td>0.5000</td><td>–</td></tr>"));
    BOOST_TEST(has(page, "<tr><th scope=\"row\">2</th><td>0.2500</td><td>75.00\u00a0%</td></tr>"));
    BOOST_TEST(occurrences(page, "<svg") == 2);
    report.epochs.resize(1);
    BOOST_TEST(occurrences(body(report), "<svg") == 1);
}

BOOST_AUTO_TEST_CASE(plots_have_axes_of_their_own) {
    Report report;
    add_plot(report, {.title = "u & v",
                      .axis = "metres",
                      .x_axis = "seconds",
                      .positions = {0, 0.5, 1},
                      .curves = {{"u", {1, 2, 4}}, {"v", {4, 2, 1}}}});
    add_plot(report, {.title = "second", .axis = "y", .x_axis = "x", .positions = {1, 2}, .curves = {{"w", {3, 4}}}});
    const std::string page = body(report);
    BOOST_TEST(has(page, "<h2>Plots</h2>"));
    BOOST_TEST(occurrences(page, "<svg") == 2);
    BOOST_TEST(occurrences(page, "<polyline") == 3);
    BOOST_TEST(has(page, "second by x; w from 3.000 to 4.000"));
    BOOST_TEST(has(page, "u &amp; v by seconds; u from 1.000 to 4.000; v from 4.000 to 1.000"));
    BOOST_TEST(has(page, "v, seconds 0.5000: 2.000"));
    BOOST_TEST(has(page, ">metres</text>"));
    BOOST_TEST(has(page, ">seconds</text>"));
    BOOST_TEST(!has(page, "epoch"));
    BOOST_TEST(has(page, ">0.2000</text>"));  // ticks between whole numbers
    BOOST_TEST(occurrences(page, "class=\"charts\"") == 1);
    add_plot(report, {.title = "nothing", .axis = "y", .x_axis = "x", .positions = {}, .curves = {}});
    BOOST_TEST(occurrences(body(report), "<svg") == 2);
}

BOOST_AUTO_TEST_CASE(of_very_many_epochs_the_table_has_some_and_the_last) {
    Report report;
    for (int number = 1; number <= 1000; ++number) report.epochs.push_back({.number = number, .loss = 1.0 / number});
    const std::string page = body(report);
    BOOST_TEST(occurrences(page, "<th scope=\"row\">") == 201);
    for (const char* number : {"1", "6", "996", "1000"})
        BOOST_TEST(has(page, std::string("<th scope=\"row\">") + number + "</th>"));
}

BOOST_AUTO_TEST_CASE(add_confusion_takes_that_of_an_evaluation) {
    const Points data{{{4, 0}, {0, 4}, {0, 4}}, {0, 1, 2}};
    Report report;
    add_confusion(report, evaluate(transparent(), data));
    BOOST_TEST(report.confusion.classes == 3);
    BOOST_TEST(report.confusion.counts == (std::vector<long long>{1, 0, 0, 0, 1, 0, 0, 1, 0}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(add_labels_takes_those_of_an_evaluation) {
    LabelEvaluation<2> evaluation;
    evaluation.labels[0] = {.true_positives = 3, .false_positives = 1, .false_negatives = 3, .true_negatives = 2};
    Report report{.class_names = {"cat"}};
    report.labels.counts.resize(7);
    add_labels(report, evaluation);
    BOOST_REQUIRE(report.labels.counts.size() == 6u);
    const std::string page = body(report);
    BOOST_TEST(has(page, "<h2>Labels</h2>"));
    BOOST_TEST(
        has(page, "<th scope=\"row\">cat</th><td>6</td><td>75.0\u00a0%</td><td>50.0\u00a0%</td><td>60.0\u00a0%</td>"));
    BOOST_TEST(has(page, "<th scope=\"row\">1</th><td>0</td><td>–</td><td>–</td><td>–</td>"));
    BOOST_TEST(has(page, "all, mean</th><td>6</td><td>37.5\u00a0%</td><td>25.0\u00a0%</td><td>30.0\u00a0%</td>"));
}

BOOST_AUTO_TEST_CASE(add_layers_takes_those_of_a_model) {
    using Deep = Model<Sequential<Linear<4, 3>, Sequential<Tanh, Linear<3, 2>>>, Shape<1, 2, 2>>;
    Report report;
    add_layers<Deep>(report);
    BOOST_REQUIRE(report.inputs.size() == 1u);
    BOOST_TEST(report.inputs[0].shape == "1 × 2 × 2");
    BOOST_REQUIRE(report.layers.size() == 3u);
    BOOST_TEST(report.layers[0].layer == "Linear<4, 3>");
    BOOST_TEST(report.layers[2].position == "1.1");
    BOOST_TEST(report.layers[2].output == "2");
    BOOST_TEST(report.layers[2].parameters == 8);
    BOOST_TEST(report.layers[2].multiply_adds == 6);
    BOOST_TEST(has(body(report), "<code>Linear&lt;4, 3&gt;</code>"));
    BOOST_TEST(has(body(report), "total</th><td class=\"text\"></td><td>23</td><td>18</td>"));
}

BOOST_AUTO_TEST_CASE(a_picture_of_a_network_is_a_file_of_its_own) {
    using Branched = Model<Sequential<Linear<4, 3>, Sum<Tanh, Linear<3, 3>>>, Shape<4>>;
    const std::string svg = network_picture<Branched>();
    BOOST_TEST(svg.starts_with("<svg "));
    BOOST_TEST(has(svg, "xmlns=\"http://www.w3.org/2000/svg\""));
    BOOST_TEST(has(svg, "<style>"));
    BOOST_TEST(!has(svg, "var("));                // unknown to many programs that show SVG
    BOOST_TEST(occurrences(svg, "<rect ") == 5);  // the input, three layers and the join
    BOOST_TEST(occurrences(svg, "<path ") == 5);  // the join reads two of the layers
    BOOST_TEST(has(svg, "Linear&lt;4, 3&gt;"));
    BOOST_TEST(has(svg, "15 parameters"));
}

BOOST_AUTO_TEST_CASE(add_history_takes_every_epoch_in_the_place_of_what_was_there) {
    const History history{
        {kiln::Epoch{.number = 1, .loss = 0.5f, .accuracy = 0.75f, .seconds = 2},
         kiln::Epoch{.number = 2, .loss = 0.25f, .validation_loss = 1, .validation_accuracy = 0.5f},
         kiln::Epoch{.number = 3, .error = 4, .perplexity = 6, .validation_error = 5, .validation_perplexity = 7}}};
    Report report;
    report.epochs.push_back({.number = 7});
    add_history(report, history);
    BOOST_REQUIRE(report.epochs.size() == 3u);
    BOOST_TEST(report.epochs[0].number == 1);
    BOOST_TEST(report.epochs[0].loss == 0.5);
    BOOST_TEST(report.epochs[0].accuracy == 0.75);
    BOOST_TEST(report.epochs[0].seconds == 2.0);
    BOOST_TEST(std::isnan(report.epochs[0].validation_loss));
    BOOST_TEST(std::isnan(report.epochs[0].validation_accuracy));
    BOOST_TEST(report.epochs[1].validation_loss == 1.0);
    BOOST_TEST(report.epochs[1].validation_accuracy == 0.5);
    BOOST_TEST(std::isnan(report.epochs[1].error));
    BOOST_TEST(report.epochs[2].error == 4.0);
    BOOST_TEST(report.epochs[2].validation_error == 5.0);
    BOOST_TEST(std::isnan(report.epochs[1].perplexity));
    BOOST_TEST(report.epochs[2].perplexity == 6.0);
    BOOST_TEST(report.epochs[2].validation_perplexity == 7.0);
    const std::string page = report.html();
    for (const char* const shown : {"Perplexity", "training perplexity", "validation perplexity"})
        BOOST_TEST(has(page, shown));
}

BOOST_AUTO_TEST_CASE(add_mistakes_finds_the_worst_in_their_order) {
    // Samples are halved as they are read. Right, wrong, worst, not so wrong, and two with labels that do not exist.
    const Points data{{{2, 0}, {0, 4}, {0, 8}, {0, 1}, {0, 9}, {0, 9}}, {0, 0, 0, 0, 3, -1}};
    Report report;
    add_mistakes(report, transparent(), data, 2);
    BOOST_REQUIRE(report.mistakes.size() == 2u);
    const auto& worst = report.mistakes[0];
    BOOST_TEST(worst.truth == 0);
    BOOST_TEST(worst.predicted == 1);
    BOOST_REQUIRE(worst.probabilities.size() == 3u);
    BOOST_TEST(std::abs(static_cast<double>(worst.probabilities[1]) - std::exp(4) / (std::exp(4) + 2)) < 1e-6);
    BOOST_TEST(worst.image.pixels == (std::vector<std::uint8_t>{0, 255}), boost::test_tools::per_element());
    BOOST_TEST(report.mistakes[1].probabilities[1] < worst.probabilities[1]);
    add_mistakes(report, transparent(), data);
    BOOST_TEST(report.mistakes.size() == 3u);
    add_mistakes(report, transparent(), data, 0);
    BOOST_TEST(report.mistakes.empty());
    add_mistakes(report, transparent(), Points{});
    BOOST_TEST(report.mistakes.empty());
}

BOOST_AUTO_TEST_CASE(add_mistakes_takes_samples_at_their_lengths) {
    const Model<MeanOverTime, Shape<4, 2>> mean;
    const data::Sequences<Shape<4, 2>> notes({{2, 1, 0, 9, 0, 9, 0, 9}, {1, 2, 9, 0, 9, 0, 9, 0}}, {0, 0}, {1, 1});
    Report report;
    add_mistakes(report, mean, notes);
    BOOST_REQUIRE(report.mistakes.size() == 1u);  // with its padding the first would be wrong, the second right
    BOOST_TEST(report.mistakes[0].image.pixels.size() == 8u);
    const auto& probabilities = report.mistakes[0].probabilities;
    BOOST_TEST(std::abs(static_cast<double>(probabilities[1]) - 1 / (1 + std::exp(-1.0))) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_report_is_written_whole_or_not_at_all) {
    namespace fs = std::filesystem;
    const fs::path folder = fs::temp_directory_path() / "kiln-report-test";
    fs::create_directories(folder);
    const std::string path = (folder / "report.html").string();
    const Report report = tests::classifier();
    report.write(path);
    std::ifstream file(path, std::ios::binary);
    BOOST_TEST((std::string(std::istreambuf_iterator<char>(file), {}) == report.html()));
    const auto refusal = [&](const std::string& to) -> std::string {
        try {
            report.write(to);
        } catch (const FileError& error) {
            return error.what();
        }
        return "written";
    };
    const std::string missing = (folder / "missing" / "report.html").string();
    BOOST_TEST(refusal(missing) ==
               "kiln: " + missing + ": cannot be written: No such file or directory; is its folder there?");
    if (fs::exists("/dev/full"))
        BOOST_TEST(refusal("/dev/full") == "kiln: /dev/full: cannot be written: No space left on device");
    BOOST_TEST(std::distance(fs::directory_iterator(folder), fs::directory_iterator()) == 1);
    fs::remove_all(folder);
}

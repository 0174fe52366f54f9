// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.dataset
#define KILN_CHECKS 1  // preconditions are part of what is tested, in release builds too
#include <kiln/core/contract.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/wait.h>
#include <unistd.h>
#endif

using Image = kiln::Shape<1, 2, 3>;
using Pixels = kiln::Tensor<std::uint8_t, Image>;
using Data = kiln::data::Dataset<Image>;
using Row = kiln::Tensor<float, kiln::Shape<2>>;
using Vectors = kiln::data::Dataset<kiln::Shape<2>, float>;
using Price = kiln::Tensor<float, kiln::Shape<1>>;
using Regression = kiln::data::Dataset<kiln::Shape<2>, float, Price>;
using Masks = kiln::data::Dataset<Image, std::uint8_t, Pixels>;

static_assert(std::is_same_v<Data::Input, Image>);
static_assert(std::is_nothrow_move_constructible_v<Data> && std::is_copy_constructible_v<Data>);
static_assert(std::is_same_v<decltype(std::declval<const Vectors&>().target(0)), int>);
static_assert(std::is_same_v<decltype(std::declval<const Regression&>().target(0)), const Price&>);
static_assert(kiln::DataSet<Data> && kiln::DataSet<Vectors> && kiln::DataSet<Regression> && kiln::DataSet<Masks>);
static_assert(kiln::DataSet<kiln::data::Reconstruction<Data>>);
static_assert(!std::is_constructible_v<kiln::data::Reconstruction<Data>, Data>);  // it would dangle

namespace {

Data three_images(float scale) {
    return {
        {Pixels{0, 1, 2, 3, 4, 5}, Pixels{10, 20, 30, 40, 50, 60}, Pixels{255, 0, 255, 0, 255, 0}}, {2, 0, 6}, scale};
}

std::string refusal(std::vector<Pixels> pixels, std::vector<int> labels) {
    try {
        Data(std::move(pixels), std::move(labels));
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_CASE(dataset_scales_pixels_on_reading) {
    const Data data = three_images(0.5f);
    BOOST_TEST(data.scale() == 0.5f);
    BOOST_TEST((data.image(1) == kiln::Tensor<float, Image>{5, 10, 15, 20, 25, 30}));
}

BOOST_AUTO_TEST_CASE(dataset_maps_black_to_0_and_white_to_1_by_default) {
    const Data data({Pixels{0, 255, 51, 0, 0, 0}}, {0});
    BOOST_TEST(data.image(0)[0] == 0.0f);
    BOOST_TEST(data.image(0)[1] == 1.0f);
    BOOST_TEST(data.image(0)[2] == 51 * data.scale());
    BOOST_TEST(data.scale() == 1.0f / 255);
}

BOOST_AUTO_TEST_CASE(dataset_keeps_pixels_and_labels_as_they_came) {
    const Data data = three_images(0.5f);
    BOOST_TEST(data.size() == 3);
    BOOST_TEST((data.sample(0) == Pixels{0, 1, 2, 3, 4, 5}));
    BOOST_TEST((data.sample(2) == Pixels{255, 0, 255, 0, 255, 0}));
    BOOST_TEST(data.label(0) == 2);
    BOOST_TEST(data.label(1) == 0);
    BOOST_TEST(data.label(2) == 6);
}

BOOST_AUTO_TEST_CASE(dataset_has_as_many_classes_as_its_largest_label_asks_for) {
    BOOST_TEST(three_images(1).classes() == 7);
    BOOST_TEST(Data({Pixels{}, Pixels{}, Pixels{}}, {2, 6, 0}).classes() == 7);
    BOOST_TEST(Data({Pixels{}}, {0}).classes() == 1);
    BOOST_TEST(Data({Pixels{}}, {INT_MAX - 1}).classes() == INT_MAX);
}

BOOST_AUTO_TEST_CASE(dataset_without_samples_has_no_classes) {
    const Data data({}, {});
    BOOST_TEST(data.size() == 0);
    BOOST_TEST(data.classes() == 0);
}

BOOST_AUTO_TEST_CASE(dataset_of_the_first_samples_keeps_scale_and_class_count) {
    const Data data = three_images(0.5f), part = data.first(2);
    BOOST_TEST(part.size() == 2);
    BOOST_TEST((part.sample(1) == data.sample(1)));
    BOOST_TEST(part.label(1) == 0);
    BOOST_TEST(part.scale() == 0.5f);
    BOOST_TEST(part.classes() == 7);
    BOOST_TEST(data.first(0).size() == 0);
    BOOST_TEST(data.first(3).size() == 3);
    BOOST_TEST(data.size() == 3);
}

BOOST_AUTO_TEST_CASE(dataset_refuses_counts_that_disagree) {
    BOOST_TEST(refusal({Pixels{}, Pixels{}, Pixels{}}, {1, 2}) ==
               "kiln: a Dataset needs one label per sample, got 3 samples and 2 labels");
    BOOST_TEST(refusal({}, {1}) == "kiln: a Dataset needs one label per sample, got 0 samples and 1 labels");
}

BOOST_AUTO_TEST_CASE(dataset_refuses_labels_that_no_class_count_covers) {
    BOOST_TEST(refusal({Pixels{}, Pixels{}}, {1, -1}) == "kiln: a Dataset needs labels from 0 to 2147483646, got -1");
    BOOST_TEST(refusal({Pixels{}}, {INT_MAX}) == "kiln: a Dataset needs labels from 0 to 2147483646, got 2147483647");
}

BOOST_AUTO_TEST_CASE(dataset_declares_classes_that_no_sample_shows) {
    Data data = three_images(1);
    data.declare_classes(10);
    BOOST_TEST(data.classes() == 10);
    BOOST_TEST(data.first(2).classes() == 10);
}

BOOST_AUTO_TEST_CASE(dataset_of_labelled_vectors_keeps_them_unscaled) {
    const Vectors data({{0.5f, -2}, {1e6f, 3}}, {1, 0});
    BOOST_TEST(data.size() == 2);
    BOOST_TEST(data.scale() == 1.0f);
    BOOST_TEST((data.sample(1) == Row{1e6f, 3}));
    BOOST_TEST((data.image(0) == Row{0.5f, -2}));
    BOOST_TEST(data.target(0) == 1);
    BOOST_TEST(data.classes() == 2);
}

BOOST_AUTO_TEST_CASE(dataset_of_regression_has_tensors_as_targets) {
    const Regression data({{1, 2}, {3, 4}, {5, 6}}, {{10}, {20}, {30}});
    BOOST_TEST(data.size() == 3);
    BOOST_TEST((data.target(2) == Price{30}));
    BOOST_TEST((data.first(2).target(1) == Price{20}));
}

BOOST_AUTO_TEST_CASE(dataset_of_masks_keeps_targets_as_pixels) {
    const Masks data({Pixels{1, 2}}, {Pixels{255}});
    BOOST_TEST(data.scale() == 1.0f / 255);
    BOOST_TEST((data.target(0) == Pixels{255}));
}

BOOST_AUTO_TEST_CASE(dataset_is_read_from_arrays_row_by_row) {
    const std::vector<float> values = {1, 2, 3, 4, 5, 6};
    const std::array<int, 3> labels = {0, 2, 1};
    const auto vectors = Vectors::from_rows(values, labels);
    BOOST_TEST(vectors.size() == 3);
    BOOST_TEST((vectors.sample(1) == Row{3, 4}));
    BOOST_TEST(vectors.label(1) == 2);
    const float table[3][2] = {{1, 2}, {3, 4}, {5, 6}}, prices[] = {10, 20, 30};
    const auto regression = Regression::from_rows(table, prices);
    BOOST_TEST((regression.sample(2) == Row{5, 6}));
    BOOST_TEST((regression.target(2) == Price{30}));
    const std::vector<std::uint8_t> pixels(12, 7);
    const std::vector<int> digits = {3, 4};
    BOOST_TEST(Data::from_rows(pixels, digits, 0.5f).image(1)[5] == 3.5f);
}

namespace {

template <class Action>
std::string cause(Action action) {
    try {
        action();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

BOOST_AUTO_TEST_CASE(dataset_refuses_arrays_that_are_no_whole_rows) {
    const std::vector<float> values = {1, 2, 3, 4, 5};
    const std::vector<int> labels = {0, 1};
    BOOST_TEST(cause([&] { Vectors::from_rows(values, labels); }) ==
               "kiln: a Dataset needs 2 values per sample, got 5 values in all");
    using Pairs = kiln::data::Dataset<kiln::Shape<1>, float, Row>;
    BOOST_TEST(cause([&] { Pairs::from_rows(values, values); }) ==
               "kiln: a Dataset needs 2 values per target, got 5 values in all");
    BOOST_TEST(cause([&] { Regression::from_rows(std::span(values).first(4), values); }) ==
               "kiln: a Dataset needs one target per sample, got 2 samples and 5 targets");
}

BOOST_AUTO_TEST_CASE(dataset_refuses_values_that_are_not_finite) {
    BOOST_TEST(cause([] {
                   Vectors({{1, 2}, {3, infinity}}, {0, 1});
               }) == "kiln: a Dataset needs finite values, got inf in row 1, column 1 (counted from 0)");
    BOOST_TEST(cause([] {
                   Regression({{1, 2}, {3, 4}}, {{-infinity}, {1}});
               }) ==
               "kiln: a Dataset needs finite values, got -inf in row 0, column 0 of the targets (counted from 0)");
    const float nan = std::numeric_limits<float>::quiet_NaN();
    BOOST_TEST(cause([&] {
                   Vectors({{nan, 2}}, {0});
               }) == "kiln: a Dataset needs finite values, got nan in row 0, column 0 (counted from 0)");
}

BOOST_AUTO_TEST_CASE(dataset_refuses_fewer_classes_than_it_has) {
    BOOST_TEST(cause([] { three_images(1).declare_classes(6); }) ==
               "kiln: a Dataset needs at least 7 classes for its labels, got 6");
}

BOOST_AUTO_TEST_CASE(reconstruction_has_the_samples_as_targets) {
    const Data data = three_images(0.5f);
    const kiln::data::Reconstruction same(data);
    BOOST_TEST(same.size() == 3);
    BOOST_TEST(&same.sample(2) == &data.sample(2));
    BOOST_TEST(&same.target(2) == &data.sample(2));
    BOOST_TEST(same.scale() == 0.5f);
    BOOST_TEST((same.image(1) == data.image(1)));
}

#if defined(__unix__) || defined(__APPLE__)
namespace {

/// Whether an action ends its process by abort(), seen from a child process.
template <class Action>
bool aborts(Action action) {
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);  // Boost.Test's handler would carry on with the tests in the child
        std::fclose(stderr);
        action();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

BOOST_AUTO_TEST_CASE(dataset_checks_positions_in_debug_builds) {
    const Data data = three_images(1);
    BOOST_TEST(!aborts([&] { data.sample(2), data.image(2), data.label(2), data.first(3); }));
    for (const int outside : {-1, 3, INT_MAX, INT_MIN}) {
        BOOST_TEST(aborts([&] { data.sample(outside); }));
        BOOST_TEST(aborts([&] { data.image(outside); }));
        BOOST_TEST(aborts([&] { data.label(outside); }));
    }
    BOOST_TEST(aborts([&] { data.first(4); }));
    BOOST_TEST(aborts([&] { data.first(-1); }));
}
#endif

// ---- Tokens, and labels of frames ----

namespace {

using Text = kiln::Tokens<300, 3>;
using Bytes = kiln::Tokens<9, 3>;
using Words = kiln::Tensor<std::uint16_t, Text>;
using Tags = kiln::Tensor<std::int8_t, kiln::Shape<3>>;

template <class Data, class... Arguments>
std::string refusal_of(Arguments... arguments) {
    try {
        const Data data(arguments...);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_CASE(tokens_are_stored_in_as_many_bits_as_asked_for_and_never_scaled) {
    static_assert(sizeof(kiln::Tensor<std::uint8_t, Bytes>) == 3 && sizeof(Words) == 6 &&
                  sizeof(kiln::Tensor<int, Text>) == 12 && sizeof(kiln::Tensor<float, Text>) == 12);
    const kiln::data::Dataset<Text, std::uint16_t> texts({{0, 299, 7}}, {4});
    BOOST_TEST(texts.scale() == 1.0f);
    BOOST_TEST((texts.image(0) == kiln::Tensor<float, Text>{0, 299, 7}));
    const kiln::data::Dataset<Bytes, std::uint8_t> bytes({{8, 0, 1}}, {0});
    BOOST_TEST((bytes.image(0) == kiln::Tensor<float, Bytes>{8, 0, 1}));
    static_assert(kiln::DataSet<kiln::data::Dataset<Text, int, kiln::Tensor<float, kiln::Shape<1>>>>);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_none_is_refused_with_its_place) {
    using Texts = kiln::data::Dataset<Text, std::uint16_t>;
    const std::vector<Words> wrong{{0, 1, 2}, {3, 300, 4}};
    BOOST_TEST(refusal_of<Texts>(wrong, std::vector<int>{0, 0}) ==
               "kiln: a Dataset needs tokens from 0 to 299, got 300 in row 1, column 1 (counted from 0)");
    using Negative = kiln::data::Dataset<Text, int>;
    BOOST_TEST(refusal_of<Negative>(std::vector<kiln::Tensor<int, Text>>{{0, 1, -1}}, std::vector<int>{0}) ==
               "kiln: a Dataset needs tokens from 0 to 299, got -1 in row 0, column 2 (counted from 0)");
}

BOOST_AUTO_TEST_CASE(labels_of_frames_are_integers_from_minus_1) {
    using Tagged = kiln::data::Dataset<kiln::Shape<3, 2>, float, Tags>;
    static_assert(std::is_same_v<kiln::detail::target_in<Tagged>, kiln::Tensor<int, kiln::Shape<3>>>);
    const std::vector<kiln::Tensor<float, kiln::Shape<3, 2>>> one(1);
    BOOST_TEST(refusal_of<Tagged>(one, std::vector<Tags>{{-1, 0, 127}}) == "accepted");
    BOOST_TEST(
        refusal_of<Tagged>(one, std::vector<Tags>{{0, -2, 1}}) ==
        "kiln: a Dataset needs labels of frames from -1 to 2147483646, got -2 in row 0, frame 1 (counted from 0)");
    // Pixels are scaled, labels are not.
    using Coarse = kiln::data::Dataset<kiln::Shape<3, 2>, std::uint8_t, Tags>;
    const Coarse data({{1, 2, 3, 4, 5, 6}}, {{-1, 0, 127}});
    kiln::Tensor<int, kiln::Shape<3>> read;
    kiln::data::detail::load_target(data, 0, read);
    BOOST_TEST((read == kiln::Tensor<int, kiln::Shape<3>>{-1, 0, 127}));
}

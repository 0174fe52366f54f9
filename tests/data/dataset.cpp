// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.dataset
#define KILN_CHECKS 1  // preconditions are part of what is tested, in release builds too
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>

#include <boost/test/unit_test.hpp>

#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
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

static_assert(std::is_same_v<Data::Input, Image>);
static_assert(std::is_nothrow_move_constructible_v<Data> && std::is_copy_constructible_v<Data>);

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
               "kiln: a Dataset needs one label per image, got 3 images and 2 labels");
    BOOST_TEST(refusal({}, {1}) == "kiln: a Dataset needs one label per image, got 0 images and 1 labels");
}

BOOST_AUTO_TEST_CASE(dataset_refuses_labels_that_no_class_count_covers) {
    BOOST_TEST(refusal({Pixels{}, Pixels{}}, {1, -1}) == "kiln: a Dataset needs labels from 0 to 2147483646, got -1");
    BOOST_TEST(refusal({Pixels{}}, {INT_MAX}) == "kiln: a Dataset needs labels from 0 to 2147483646, got 2147483647");
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

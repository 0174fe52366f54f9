// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.sequences
#include <kiln/data/sequences.hpp>
#include <kiln/data/split.hpp>

#include <boost/test/unit_test.hpp>

#include "refusal.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace kiln;

namespace {

using Notes = data::Sequences<Shape<3, 2>>;
using Words = data::Sequences<Tokens<28, 4>, std::uint8_t, Tensor<int, Shape<4>>>;
static_assert(DataSet<Notes> && GivesLengths<Notes> && !GivesLengths<data::Dataset<Shape<3, 2>, float>>);

}  // namespace

BOOST_AUTO_TEST_CASE(sequences_are_padded_to_their_shape) {
    const auto notes = Notes::from_frames({{1, 2, 3, 4}, {5, 6}, {1, 2, 3, 4, 5, 6}}, {0, 1, 2});
    BOOST_TEST(notes.size() == 3);
    BOOST_TEST(notes.classes() == 3);
    BOOST_TEST((notes.sample(0) == Tensor<float, Shape<3, 2>>{1, 2, 3, 4, 0, 0}));
    BOOST_TEST((notes.sample(1) == Tensor<float, Shape<3, 2>>{5, 6}));
    BOOST_TEST(notes.length(0) == 2);
    BOOST_TEST(notes.length(1) == 1);
    BOOST_TEST(notes.length(2) == 3);
    const Notes two = notes.first(2);
    BOOST_TEST(two.size() == 2);
    BOOST_TEST(two.length(1) == 1);
    BOOST_TEST(two.classes() == 3);
}

BOOST_AUTO_TEST_CASE(labels_of_frames_are_padded_with_minus_1) {
    const auto words = Words::from_frames({{3, 1, 20}, {7}}, {{1, 0, 2}, {5}});
    BOOST_TEST((words.image(0) == Tensor<float, Tokens<28, 4>>{3, 1, 20, 0}));
    BOOST_TEST((words.target(0) == Tensor<int, Shape<4>>{1, 0, 2, -1}));
    BOOST_TEST((words.target(1) == Tensor<int, Shape<4>>{5, -1, -1, -1}));
    BOOST_TEST(words.length(0) == 3);
}

BOOST_AUTO_TEST_CASE(values_of_frames_are_padded_with_0) {
    using Curves = data::Sequences<Shape<3, 1>, float, Tensor<float, Shape<3, 2>>>;
    const auto curves = Curves::from_frames({{1, 2}, {3, 4, 5}}, {{1, -1, 2, -2}, {3, -3, 4, -4, 5, -5}});
    BOOST_TEST((curves.target(0) == Tensor<float, Shape<3, 2>>{1, -1, 2, -2, 0, 0}));
    BOOST_TEST(curves.length(0) == 2);
}

BOOST_AUTO_TEST_CASE(parts_of_a_data_set_have_its_lengths) {
    const auto notes = Notes::from_frames({{1, 2, 3, 4}, {5, 6}, {1, 2, 3, 4, 5, 6}, {7, 8}}, {0, 1, 2, 0});
    const data::Split parts = data::split(notes, 0.5, Seed{1});
    static_assert(GivesLengths<decltype(parts.train)>);
    for (int i = 0; i < 2; ++i) BOOST_TEST(parts.train.length(i) == notes.length(parts.train.number(i)));
    const data::Reconstruction copies(notes);
    BOOST_TEST(copies.length(2) == 3);
}

BOOST_AUTO_TEST_CASE(sequences_that_do_not_fit_are_refused_by_their_number) {
    BOOST_TEST(refusal([] {
                   Notes::from_frames({{1, 2}, {}}, {0, 1});
               }) == "kiln: Sequences need from 1 to 3 frames of 2 values, got 0 values in sequence 1");
    BOOST_TEST(refusal([] {
                   Notes::from_frames({{1, 2, 3}}, {0});
               }) == "kiln: Sequences need from 1 to 3 frames of 2 values, got 3 values in sequence 0");
    BOOST_TEST(refusal([] {
                   Notes::from_frames({{1, 2, 3, 4, 5, 6, 7, 8}}, {0});
               }) == "kiln: Sequences need from 1 to 3 frames of 2 values, got 8 values in sequence 0");
    BOOST_TEST(refusal([] {
                   Words::from_frames({{3, 1, 20}, {7}}, {{1, 0, 2}, {5, 6}});
               }) == "kiln: Sequences need a target for each frame, got 1 frames and 2 targets in sequence 1");
    BOOST_TEST(refusal([] {
                   Notes({{}, {}}, {0, 0}, {1});
               }) == "kiln: Sequences need one length per sample, got 2 samples and 1 lengths");
    for (const int wrong : {0, -1, 4})
        BOOST_TEST(refusal([&] {
                       Notes({{}, {}}, {0, 0}, {1, wrong});
                   }) == "kiln: Sequences need lengths from 1 to 3, got " + std::to_string(wrong) + " for sample 1");
    BOOST_TEST(refusal([] { Words::from_frames({{28}}, {{1}}); }) ==
               "kiln: a Dataset needs tokens from 0 to 27, got 28 in row 0, column 0 (counted from 0)");
}

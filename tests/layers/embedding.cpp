// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE layers.embedding
#include <kiln/layers/embedding.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

static_assert(Layer<Embedding<20, 6>, Tokens<20, 4>> && takes_tokens<Embedding<20, 6>>);
static_assert(std::is_same_v<output_t<Embedding<20, 6>, Tokens<20, 4>>, Shape<4, 6>>);
static_assert(std::is_same_v<output_t<Embedding<20, 6>, Tokens<20, 2, 3>>, Shape<2, 3, 6>>);
static_assert(!Embedding<20, 6>::shape(Tokens<21, 4>::extents).fits && !Embedding<20, 6>::shape({4}).fits);
static_assert(!Embedding<20, 0>::shape(Tokens<20, 4>::extents).fits);
static_assert(!Embedding<9, 2>::shape(Tokens<9, 1, 1, 1, 1, 1>::extents).fits);
static_assert(std::is_same_v<Embedding<20, 6>::needs<Tokens<9, 4>>, tokens_below<20>>);
static_assert(std::is_same_v<Embedding<20, 6>::repair<Tokens<9, 4>>, Embedding<9, 6>>);
static_assert(std::is_same_v<Embedding<20, 6>::repair<Shape<4>>, void>);
// Inference needs no working memory.
static_assert(is_nothing<scratch_t<Embedding<20, 6>, float, Tokens<20, 4>, Wanted::outputs>>);

// The constant law compares dx, which tokens do not have.
BOOST_AUTO_TEST_CASE(embedding_obeys_the_laws_of_layers) {
    require_gradient_law<Embedding<5, 3>, Tokens<5, 9>>();
    require_lanes_law<Embedding<5, 3>, Tokens<5, 9>>();
    require_lanes_law<Embedding<20, 21>, Tokens<20, 3, 2>>();
    require_lanes_law<Over<Lanes<double, 8>, On<Embedding<4, 19>, Tokens<4, 6>>>>(1e-14);
    require_claims<Embedding<5, 3>, Tokens<5, 9>>();
}

BOOST_AUTO_TEST_CASE(each_token_becomes_its_row) {
    Instance<Embedding<3, 2>, Tokens<3, 4>, float> words(1);
    words.x = {2, 0, 2, 1};
    words.parameters.weight = {1, 2, 3, 4, 5, 6};
    words.infer();
    BOOST_TEST((words.y == Tensor<float, Shape<4, 2>>{5, 6, 1, 2, 5, 6, 3, 4}));
    words.dy = {1, 2, 3, 4, 10, 20, 5, 6};
    words.forward();
    words.backward();
    BOOST_TEST((words.gradients.weight == Tensor<float, Shape<3, 2>>{3, 4, 5, 6, 11, 22}));
}

// A constant expression runs both passes.
BOOST_AUTO_TEST_CASE(an_embedding_is_computed_while_compiling) {
    constexpr auto gradient = [] {
        Instance<Embedding<3, 2>, Tokens<3, 4>, Lanes<float, 4>> words(1);
        words.forward();
        words.backward();
        return words.gradients.weight;
    }();
    Instance<Embedding<3, 2>, Tokens<3, 4>, Lanes<float, 4>> words(1);
    words.forward();
    words.backward();
    BOOST_TEST(distance(words.gradients.weight, gradient) <= 1e-6);
    BOOST_TEST(magnitude(gradient) > 0);
}

BOOST_AUTO_TEST_CASE(a_table_starts_with_normal_numbers) {
    parameters_t<Embedding<100, 50>, float, Tokens<100, 1>> table{};
    Random random{Seed{1}};
    Embedding<100, 50>::initialize(table, random);
    double sum = 0, squares = 0;
    for (const float x : table.weight) {
        sum += static_cast<double>(x) / 5000;
        squares += static_cast<double>(x) * static_cast<double>(x) / 5000;
    }
    BOOST_TEST(std::abs(sum) < 0.05);
    BOOST_TEST(std::abs(squares - 1) < 0.1);
}

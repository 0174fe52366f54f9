// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.mat_mul
#include <kiln/layers/conv.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/graph.hpp>
#include <kiln/nets/mat_mul.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/described.hpp"
#include "laws/layer.hpp"

#include <cmath>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

// ---- Shapes ----

template <class L, class A, class B>
using Joined = Graph<Input<"a">, Input<"b">, Node<"product", L, "a", "b">, Output<"product">>;
template <class L, class A, class B, class Out>
inline constexpr bool maps = std::is_same_v<decltype(verdict<Joined<L, A, B>, Shapes<A, B>>()), shapes_fit>&&
    std::is_same_v<output_t<L, Shapes<A, B>>, Out>;
static_assert(maps<MatMul, Shape<2, 3>, Shape<3, 4>, Shape<2, 4>>);
static_assert(maps<MatMul, Shape<5, 7, 2, 3>, Shape<5, 7, 3, 4>, Shape<5, 7, 2, 4>>);
static_assert(maps<MatMul, Shape<1, 6>, Shape<6, 1>, Shape<1, 1>>);
static_assert(maps<MatMulTransposed, Shape<2, 3>, Shape<4, 3>, Shape<2, 4>>);
static_assert(maps<TransposedMatMul, Shape<3, 2>, Shape<3, 4>, Shape<2, 4>>);

template <class L, class In, class Need>
inline constexpr bool needs = std::is_same_v<typename L::template needs<In>, Need>;
template <class L, class A, class B, class Need>
inline constexpr bool lacks = !L::shape(A::extents, B::extents).fits && needs<L, Shapes<A, B>, Need>;
static_assert(lacks<MatMul, Shape<2, 3>, Shape<4, 3>, columns_equal_to_rows>);
static_assert(lacks<MatMulTransposed, Shape<2, 3>, Shape<3, 4>, equal_columns>);
static_assert(lacks<TransposedMatMul, Shape<2, 3>, Shape<3, 4>, equal_rows>);
static_assert(lacks<MatMul, Shape<5, 2, 3>, Shape<6, 3, 4>, equal_leading_sizes>);
static_assert(lacks<MatMul, Shape<5, 2, 3>, Shape<3, 4>, matrices>);
static_assert(lacks<MatMul, Shape<3>, Shape<3>, matrices>);
static_assert(lacks<MatMul, Tokens<9, 2, 2>, Shape<2, 2>, real_numbers>);
static_assert(lacks<MatMul, Shape<50'000, 1>, Shape<1, 50'000>, fewer_elements>);
static_assert(!MatMul::shape(Extents{2, 2}).fits && needs<MatMul, Shape<2, 2>, inputs<2>>);
static_assert(!MatMul::shape(Extents{2, 2}, Extents{2, 2}, Extents{2, 2}).fits);
static_assert(needs<MatMul, Shapes<Shape<2, 2>, Shape<2, 2>, Shape<2, 2>>, inputs<2>>);
static_assert(multiply_adds<MatMul, Shapes<Shape<5, 2, 3>, Shape<5, 3, 4>>>() == 5 * 2 * 3 * 4);

// ---- Numbers ----

template <class L, class A, class B>
constexpr auto product_of(const Tensor<float, A>& a, const Tensor<float, B>& b) {
    const Model<Joined<L, A, B>, Shapes<A, B>> model;
    return model.predict({a, b});
}
constexpr Tensor<float, Shape<2, 3>> two_by_three{1, 2, 3, 4, 5, 6};
static_assert(product_of<MatMul>(two_by_three, Tensor<float, Shape<3, 2>>{1, 0, 0, 1, 1, 1}) ==
              Tensor<float, Shape<2, 2>>{4, 5, 10, 11});
static_assert(product_of<MatMulTransposed>(two_by_three, two_by_three) == Tensor<float, Shape<2, 2>>{14, 32, 32, 77});
static_assert(product_of<TransposedMatMul>(two_by_three, two_by_three) ==
              Tensor<float, Shape<3, 3>>{17, 22, 27, 22, 29, 36, 27, 36, 45});

// Products of pairs of matrices. Two of them read one value twice, and two read the network's input.
using Products = Graph<Input<"x">,                                                      //
                       Node<"map", Sequential<Linear<12, 12>, Reshape<2, 2, 3>>, "x">,  //
                       Node<"gram", TransposedMatMul, "map", "x">,                      //
                       Node<"square", MatMul, "gram", "gram">,                          //
                       Node<"outer", MatMulTransposed, "map", "map">,                   //
                       Node<"mixed", MatMul, "outer", "x">,                             //
                       Node<"answer", MatMul, "mixed", "square">,                       //
                       Output<"answer">>;

}  // namespace

BOOST_AUTO_TEST_CASE(products_of_matrices_obey_the_laws_of_layers) {
    require_layer_laws<Products, Shape<2, 2, 3>>();
    require_gradient_law<MatMul, Shapes<Shape<2, 3>, Shape<3, 4>>>();
}

BOOST_AUTO_TEST_CASE(products_of_matrices_are_described_for_other_programs) {
    BOOST_TEST((check_described<Products, Shape<2, 2, 3>>()) < 1e-5);  // some hundred roundings of float
}

namespace {

// Scaled dot-product attention (A. Vaswani et al.: Attention Is All You Need, 2017, equation 1), with a query, a key
// and a value for each position. Softmax runs over the first dimension, so every position has a column of features.
constexpr int features = 3, positions = 5, keys = 4, values = 2;
template <int Out>
using Projection = Sequential<Conv<features, Out, 1>, Reshape<Out, positions>>;
using AttentionOfProducts = Graph<Input<"x">,                                  //
                                  Node<"q", Projection<keys>, "x">,            //
                                  Node<"k", Projection<keys>, "x">,            //
                                  Node<"v", Projection<values>, "x">,          //
                                  Node<"scores", TransposedMatMul, "k", "q">,  //
                                  Node<"weights", Softmax, "scores">,          //
                                  Node<"answer", MatMul, "v", "weights">,      //
                                  Output<"answer">>;

// Feature f of the projection of a position.
double projected(const auto& projection, const auto& x, int f, int position) {
    double sum = static_cast<double>(projection.bias[f]);
    for (int i = 0; i < features; ++i)
        sum += static_cast<double>(projection.weight(f, i, 0, 0)) * static_cast<double>(x(i, position, 0));
    return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(attention_is_a_graph_of_products) {
    Model<AttentionOfProducts, Shape<features, positions, 1>> model{Seed{1}};
    Tensor<float, Shape<features, positions, 1>> x;
    Random random{Seed{2}};
    for (float& value : x) value = random.uniform(-3, 3);
    const auto& q = part_of<0>(part_of<0>(model.parameters()));
    const auto& k = part_of<0>(part_of<1>(model.parameters()));
    const auto& v = part_of<0>(part_of<2>(model.parameters()));

    Tensor<double, Shape<values, positions>> expected{};
    for (int query = 0; query < positions; ++query) {
        double weight[positions], sum = 0;
        for (int key = 0; key < positions; ++key) {
            double score = 0;
            for (int f = 0; f < keys; ++f) score += projected(q, x, f, query) * projected(k, x, f, key);
            sum += weight[key] = std::exp(score / std::sqrt(double{keys}));
        }
        for (int f = 0; f < values; ++f)
            for (int key = 0; key < positions; ++key) expected(f, query) += weight[key] / sum * projected(v, x, f, key);
    }

    // The scale of the scores is a factor of the queries: 1 / sqrt(keys) = 1 / 2.
    auto& scaled = part_of<0>(part_of<0>(model.parameters()));
    for (float& value : scaled.weight) value *= 0.5f;
    for (float& value : scaled.bias) value *= 0.5f;
    const auto answer = model.predict(x);
    for (int i = 0; i < answer.count; ++i) BOOST_TEST(std::abs(static_cast<double>(answer[i]) - expected[i]) < 1e-6);
}

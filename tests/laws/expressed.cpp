// SPDX-License-Identifier: BSL-1.0
// Every primitive of expressions obeys the laws of layers: alone, with its operands shared, and joined with others.
#define BOOST_TEST_MODULE laws.expressed
#include <kiln/expressions/expressed.hpp>
#include <kiln/nets/graph.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

/// A layer without parameters, and one with a weight of Shape<…> sizes.
#define LAYER(Name, ...)                                                               \
    struct Name : Expressed<Name> {                                                    \
        static constexpr auto express([[maybe_unused]] auto x) { return __VA_ARGS__; } \
    };
#define LAYER_WITH_WEIGHT(Name, Sizes, ...)                                                                     \
    struct Name : Expressed<Name> {                                                                             \
        template <class S, class>                                                                               \
        struct Parameters {                                                                                     \
            BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Sizes>, w));                                        \
        };                                                                                                      \
        static constexpr auto express([[maybe_unused]] auto x, [[maybe_unused]] auto w) { return __VA_ARGS__; } \
    };

// Element by element. The arguments of log and sqrt are positive.
LAYER(Exp, exp(x))
LAYER(Expm1, expm1(x))
LAYER(Log, log(x + 2))
LAYER(Log1p, log1p(x* x))
LAYER(TanhOf, tanh(x))
LAYER(Erf, erf(x))
LAYER(SigmoidOf, sigmoid(x))
LAYER(Sqrt, sqrt(x + 2))
LAYER(Sin, sin(3 * x))
LAYER(Cos, cos(3 * x))
LAYER(Abs, abs(x) + x)
LAYER(Negate, -x)
LAYER(Quotient, (1 - x) / (x + 2) - x / 4)
LAYER(Largest, max(x, 0.25 * x) + min(0.5, x))
LAYER(Selected, select(x > 0.1, x* x, 3 * x) + select(x <= 0.2, x, 0) + select(x >= -0.1, 1, -x) + select(0 < x, x, 2))
LAYER(Powers, pow(x, 5) + pow(x + 2, -2) + square(x) + pow(x, 1) * pow(x, 0))
LAYER(Same, x)

using Few = Shape<37>;
using Table = Shape<3, 5>;

// Sizes of 1 are repeated.
LAYER_WITH_WEIGHT(ByColumn, Shape<5>, x* w + w)
LAYER_WITH_WEIGHT(ByRow, decltype(Shape<3, 1>{}), (x - w) / (w * w + 2))
LAYER_WITH_WEIGHT(ByNumber, Shape<1>, x* w)
LAYER_WITH_WEIGHT(ByElement, decltype(Shape<3, 5>{}), exp(x* w) * w)
LAYER_WITH_WEIGHT(OfOuter, decltype(Shape<4, 1, 1>{}), x* w)
LAYER_WITH_WEIGHT(Transformed, Shape<5>, x* exp(w) + sum(w * w))
LAYER_WITH_WEIGHT(OfMiddle, decltype(Shape<1, 4, 1>{}), tanh(x* w) * w)
LAYER(Centred, square(x - mean(x, Axis{-1})) * x)
LAYER(Crossed, mean(x, Axis{0}) * mean(x, Axis{1}))

// Over axes.
LAYER(SumOfAll, tanh(sum(x) / 8))
LAYER(MeanOfAll, mean(x* x) * x)
LAYER(Totals, (x * x - mean(x * x)) * exp(sum(x) / 8) + mean(exp(x)) * tanh(mean(x * x)))
LAYER(TotalOfTotals, mean(x* sum(x* x)) + sum(tanh(x)))
LAYER(SumOfRows, sum(x, Axis{1}))
LAYER(MeanOfColumns, x + mean(x, Axis{0}))
LAYER(LargestOfRows, max(x, Axis{-1}) * x)
LAYER(LargestOfColumns, max(x, Axis{0}) * 2)
LAYER(SoftmaxOfRows, softmax(x, Axis{1}) * x)
LAYER(SoftmaxOfColumns, softmax(x, Axis{0}))
LAYER(LogSumExpOfRows, log_sum_exp(x, Axis{1}))
LAYER(LogSumExpOfMiddle, x - log_sum_exp(x, Axis{1}))
LAYER_WITH_WEIGHT(TotalOfWeight, decltype(Shape<3, 5>{}), x* sum(w* w) + w * mean(x * w))
LAYER_WITH_WEIGHT(SumOfWeight, decltype(Shape<3, 5>{}), sum(w, Axis{0}) * x)

// Products.
LAYER_WITH_WEIGHT(TimesWeight, decltype(Shape<5, 4>{}), matmul(x, w))
LAYER_WITH_WEIGHT(TimesTransposed, decltype(Shape<4, 5>{}), matmul(x, transpose(w)))
LAYER_WITH_WEIGHT(WeightTimes, decltype(Shape<4, 3>{}), matmul(w, x))
LAYER_WITH_WEIGHT(WeightTimesTransposed, decltype(Shape<4, 5>{}), matmul(w, transpose(x)))
LAYER_WITH_WEIGHT(WeightTwice, decltype(Shape<5, 5>{}), matmul(tanh(matmul(x, w)), w) + matmul(x, transpose(w)))
LAYER_WITH_WEIGHT(WeightByItself, decltype(Shape<5, 5>{}), matmul(x, matmul(w, w)))
LAYER(Gram, matmul(x, transpose(x)))
LAYER(OtherGram, matmul(transpose(x), x) * 0.5)
LAYER(SquareTwice, matmul(x, x) + matmul(transpose(x), transpose(x)))
LAYER_WITH_WEIGHT(EachPair, decltype(Shape<2, 5, 3>{}), matmul(x, w))
LAYER_WITH_WEIGHT(Row, decltype(Shape<4, 5>{}), tanh(affine(w, x)) * 2)
LAYER_WITH_WEIGHT(AffineTwice, decltype(Shape<5, 5>{}), affine(w, affine(w, x)))

template <int In, int Out>
struct Dense : Expressed<Dense<In, Out>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Out, In>>, weight), (Tensor<S, Shape<Out>>, bias));
    };
    static constexpr auto express(auto x, auto weight, auto bias) { return tanh(affine(weight, x, bias)); }
};
// The weights of a product may be values, too.
struct Hyper : Expressed<Hyper> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<4, 5>>, w), (Tensor<S, Shape<4>>, b));
    };
    static constexpr auto express(auto x, auto w, auto b) { return affine(w * sum(x), tanh(x), exp(b)); }
};

// Copies.
LAYER(Transposed, transpose(x) * 2)
LAYER(Flat, flatten(x) * flatten(exp(x)))
LAYER(Reshaped, matmul(reshape(x, 5, 3), x))
LAYER(Middle, slice(x, Axis{1}, 1, 4) * slice(x, Axis{1}, 2, 5))
LAYER(UpperRows, slice(x, Axis{0}, 0, 2) + slice(x, Axis{0}, 1, 3))
LAYER(JoinedColumns, concat(Axis{1}, x, exp(x), slice(x, Axis{1}, 0, 2)))
LAYER(JoinedRows, concat(Axis{-2}, tanh(x), x, x))
LAYER_WITH_WEIGHT(JoinedWithWeight, decltype(Shape<2, 5>{}), concat(Axis{0}, w, x, transpose(transpose(w))))
LAYER_WITH_WEIGHT(Unused, Shape<5>, x + 0 * w)

// Whole numbers.
LAYER_WITH_WEIGHT(Lookup, decltype(Shape<7, 3>{}), gather(w, x))
LAYER_WITH_WEIGHT(LookupTwice, decltype(Shape<7, 3>{}), tanh(gather(w, x)) * sum(w * w))
LAYER_WITH_WEIGHT(LookupOfValue, decltype(Shape<7, 3>{}), gather(w* w, x))
LAYER_WITH_WEIGHT(Picked, decltype(Shape<9, 7>{}), pick(exp(w), x))

// Several inputs.
struct Attention : Expressed<Attention> {
    static constexpr int inputs = 3;
    static constexpr auto express(auto q, auto k, auto v) {
        return matmul(softmax(scale(matmul(q, transpose(k)), 0.5), Axis{-1}), v);
    }
};
struct Difference : Expressed<Difference> {
    static constexpr int inputs = 2;
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<4>>, w));
    };
    static constexpr auto express(auto a, auto b, auto w) { return (a - b) * w + a; }
};

template <int Features>
struct Norm : Expressed<Norm<Features>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Features>>, weight), (Tensor<S, Shape<Features>>, bias));
    };
    static constexpr auto express(auto x, auto weight, auto bias) {
        const auto centred = x - mean(x, Axis{-1});
        return centred / sqrt(mean(square(centred), Axis{-1}) + 1e-5) * weight + bias;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(primitives_that_compute_element_by_element_obey_the_laws_of_layers) {
    require_layer_laws<Exp, Few>();
    require_layer_laws<Expm1, Few>();
    require_layer_laws<Log, Few>();
    require_layer_laws<Log1p, Few>();
    require_layer_laws<TanhOf, Few>();
    require_layer_laws<Erf, Few>();
    require_layer_laws<SigmoidOf, Few>();
    require_layer_laws<Sqrt, Few>();
    require_layer_laws<Sin, Few>();
    require_layer_laws<Cos, Few>();
    require_layer_laws<Abs, Few>();
    require_layer_laws<Negate, Few>();
    require_layer_laws<Quotient, Few>();
    require_layer_laws<Largest, Few>();
    require_layer_laws<Selected, Few>();
    require_layer_laws<Powers, Few>();
    require_layer_laws<Same, Few>();
}

BOOST_AUTO_TEST_CASE(primitives_with_sizes_of_1_obey_the_laws_of_layers) {
    require_layer_laws<ByColumn, Table>();
    require_layer_laws<ByRow, Table>();
    require_layer_laws<ByNumber, Table>();
    require_layer_laws<ByElement, Table>();
    require_layer_laws<OfOuter, Table>();
    require_layer_laws<Transformed, Table>();
    require_layer_laws<OfMiddle, Shape<3, 4, 5>>();
    require_layer_laws<Centred, Table>();
    require_layer_laws<Crossed, Table>();
}

BOOST_AUTO_TEST_CASE(primitives_over_an_axis_obey_the_laws_of_layers) {
    require_layer_laws<SumOfAll, Table>();
    require_layer_laws<MeanOfAll, Table>();
    require_layer_laws<Totals, Table>();
    require_layer_laws<TotalOfTotals, Few>();
    require_layer_laws<SumOfRows, Table>();
    require_layer_laws<MeanOfColumns, Table>();
    require_layer_laws<LargestOfRows, Table>();
    require_layer_laws<LargestOfColumns, Table>();
    require_layer_laws<SoftmaxOfRows, Table>();
    require_layer_laws<SoftmaxOfColumns, Table>();
    require_layer_laws<LogSumExpOfRows, Table>();
    require_layer_laws<LogSumExpOfMiddle, Shape<2, 3, 5>>();
    require_layer_laws<TotalOfWeight, Table>();
    require_layer_laws<SumOfWeight, Table>();
}

BOOST_AUTO_TEST_CASE(products_obey_the_laws_of_layers) {
    require_layer_laws<TimesWeight, Table>();
    require_layer_laws<TimesTransposed, Table>();
    require_layer_laws<WeightTimes, Table>();
    require_layer_laws<WeightTimesTransposed, Table>();
    require_layer_laws<WeightTwice, Table>();
    require_layer_laws<WeightByItself, Table>();
    require_layer_laws<Gram, Table>();
    require_layer_laws<OtherGram, Table>();
    require_layer_laws<SquareTwice, Shape<4, 4>>();
    require_layer_laws<EachPair, Shape<2, 3, 5>>();
    require_layer_laws<Row, Shape<5>>();
    require_layer_laws<Row, Table>();
    require_layer_laws<AffineTwice, Table>();
    require_layer_laws<Dense<6, 4>, Shape<6>>();
    require_layer_laws<Dense<5, 17>, Table>();
    require_layer_laws<Hyper, Table>();
}

BOOST_AUTO_TEST_CASE(primitives_that_copy_obey_the_laws_of_layers) {
    require_layer_laws<Transposed, Shape<2, 3, 4>>();
    require_layer_laws<Flat, Table>();
    require_layer_laws<Reshaped, Table>();
    require_layer_laws<Middle, Shape<3, 5, 2>>();
    require_layer_laws<UpperRows, Table>();
    require_layer_laws<JoinedColumns, Table>();
    require_layer_laws<JoinedRows, Table>();
    require_layer_laws<JoinedWithWeight, Table>();
}

BOOST_AUTO_TEST_CASE(primitives_that_look_up_whole_numbers_obey_the_gradient_and_the_lanes_law) {
    require_gradient_law<Lookup, Tokens<7, 40>>();  // every row occurs
    require_gradient_law<LookupTwice, Tokens<7, 40>>();
    require_gradient_law<LookupOfValue, Tokens<7, 40>>();
    require_gradient_law<Picked, Tokens<7, 9>>();
    require_lanes_law<Lookup, Tokens<7, 40>>();
    require_lanes_law<LookupTwice, Tokens<7, 40>>();
    require_lanes_law<LookupOfValue, Tokens<7, 40>>();
    require_lanes_law<Picked, Tokens<7, 9>>();
}

BOOST_AUTO_TEST_CASE(layers_of_several_inputs_obey_the_gradient_law) {
    require_gradient_law<Graph<Input<"q">, Input<"k">, Input<"v">, Node<"y", Attention, "q", "k", "v">, Output<"y">>,
                         Shapes<Shape<3, 4>, Shape<5, 4>, Shape<5, 2>>>();
    require_gradient_law<Graph<Input<"x">, Node<"a", Dense<3, 4>, "x">, Node<"b", Dense<3, 4>, "x">,
                               Node<"y", Difference, "a", "b">, Output<"y">>,
                         Shape<3>>();
}

BOOST_AUTO_TEST_CASE(a_normalisation_obeys_the_laws_of_layers) { require_layer_laws<Norm<5>, Table>(); }

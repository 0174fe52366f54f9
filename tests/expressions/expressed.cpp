// SPDX-License-Identifier: BSL-1.0
// flags: -ffp-contract=off
#define BOOST_TEST_MODULE expressions.expressed
#include <kiln/expressions/expressed.hpp>
#include <kiln/laws/check_stream.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/frozen.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

template <int In, int Out>
struct Dense : Expressed<Dense<In, Out>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Out, In>>, weight), (Tensor<S, Shape<Out>>, bias));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& weight : parameters.weight) weight = random.uniform(-0.5f, 0.5f);
    }
    static constexpr auto express(auto x, auto weight, auto bias) { return tanh(affine(weight, x, bias)); }
};

/// x tanh(weight x), feature by feature.
template <int Features>
struct Gate : Expressed<Gate<Features>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Features>>, weight));
    };
    static constexpr auto express(auto x, auto weight) { return x * tanh(weight * x); }
};

template <int Features>
struct Attention : Expressed<Attention<Features>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Features, Features>>, q),
                                 (Tensor<S, Shape<Features, Features>>, k), (Tensor<S, Shape<Features, Features>>, v));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        const auto draw = [&](auto& tensor) {
            for (auto& weight : tensor) weight = random.uniform(-0.5f, 0.5f);
        };
        draw(parameters.q), draw(parameters.k), draw(parameters.v);
    }
    static constexpr auto express(auto x, auto q, auto k, auto v) {
        const auto scores = matmul(matmul(x, q), transpose(matmul(x, k)));
        return matmul(softmax(scale(scores, 0.5), Axis{-1}), matmul(x, v));
    }
};

// ---- Shapes ----

#define LAYER(Name, ...)                                              \
    struct Name : Expressed<Name> {                                   \
        static constexpr auto express(auto x) { return __VA_ARGS__; } \
    };

static_assert(std::is_same_v<output_t<Dense<3, 4>, Shape<3>>, Shape<4>>);
static_assert(std::is_same_v<output_t<Dense<3, 4>, Shape<2, 5, 3>>, Shape<2, 5, 4>>);
static_assert(Layer<Dense<3, 4>, Shape<3>> && !Dense<3, 4>::shape(Extents{4}).fits);
static_assert(multiply_adds<Dense<3, 4>, Shape<5, 3>>() == 60);

LAYER(Doubled, concat(Axis{0}, x, x))
LAYER(RowSums, sum(x, Axis{1}))
LAYER(AllOf, sum(x))
LAYER(Product, matmul(x, x))
LAYER(GramOf, matmul(x, transpose(x)))
LAYER(Six, reshape(x, 2, 3))
LAYER(FlatOf, flatten(x))
LAYER(Two, slice(x, Axis{-1}, 1, 3))
LAYER(Repeated, x + slice(x, Axis{0}, 0, 1))
LAYER(Crossed, x + transpose(x))
LAYER(JoinedAcross, concat(Axis{1}, x, transpose(x)))

template <class L, class In, class Out>
inline constexpr bool maps =
    std::is_same_v<decltype(verdict<L, In>()), shapes_fit>&& std::is_same_v<output_t<L, In>, Out>;
static_assert(maps<Doubled, Shape<2, 3>, Shape<4, 3>>);
static_assert(maps<RowSums, Shape<2, 3, 4>, Shape<2, 1, 4>>);
static_assert(maps<AllOf, Shape<2, 3, 4>, Shape<1>>);
static_assert(maps<Product, Shape<5, 3, 3>, Shape<5, 3, 3>>);
static_assert(maps<GramOf, Shape<2, 5>, Shape<2, 2>>);
static_assert(maps<Six, Shape<6>, Shape<2, 3>>);
static_assert(maps<FlatOf, Shape<2, 3>, Shape<6>>);
static_assert(maps<Two, Shape<4, 3>, Shape<4, 2>>);
static_assert(maps<Repeated, Shape<4, 3>, Shape<4, 3>>);

template <Primitive P, class Need, class Got>
using Lacks = primitive<P, expects<Need>, got<Got>>;
template <class L, class In, class Need>
inline constexpr bool refuses =
    std::is_same_v<decltype(verdict<L, In>()), shape_mismatch<layer<>, L, expects<Need>, got<In>>>;
using Wide = Shape<2, 3>;
static_assert(refuses<Product, Wide, Lacks<Primitive::matmul, columns_equal_to_rows, Shapes<Wide, Wide>>>);
static_assert(refuses<Product, Shape<3>, Lacks<Primitive::matmul, matrices, Shapes<Shape<3>, Shape<3>>>>);
static_assert(refuses<GramOf, Shape<3>, Lacks<Primitive::matmul, matrices, Shapes<Shape<3>, Shape<3>>>>);
static_assert(refuses<Crossed, Shape<3>, Lacks<Primitive::transpose, matrices, Shape<3>>>);
static_assert(refuses<Crossed, Wide, Lacks<Primitive::add, sizes_that_are_equal_or_1, Shapes<Wide, Shape<3, 2>>>>);
static_assert(refuses<RowSums, Shape<3>, Lacks<Primitive::sum, an_axis_of_the_value, Shape<3>>>);
static_assert(refuses<Six, Shape<7>, Lacks<Primitive::reshape, as_many_elements, Shape<7>>>);
static_assert(refuses<Two, Shape<2>, Lacks<Primitive::slice, a_range_within_the_axis, Shape<2>>>);
static_assert(refuses<JoinedAcross, Wide,
                      Lacks<Primitive::concat, sizes_that_are_equal_but_for_the_axis, Shapes<Wide, Shape<3, 2>>>>);
static_assert(refuses<Dense<3, 4>, Shape<4>,
                      Lacks<Primitive::affine, last_size_equal_to_the_columns_of_the_weights,
                            Shapes<Shape<4, 3>, Shape<4>, Shape<4>>>>);

struct WrongBias : Expressed<WrongBias> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<4, 3>>, w), (Tensor<S, Shape<3>>, b));
    };
    static constexpr auto express(auto x, auto w, auto b) { return affine(w, x, b); }
};
static_assert(refuses<WrongBias, Shape<3>,
                      Lacks<Primitive::affine, weights_of_two_axes_and_a_bias_for_each_row,
                            Shapes<Shape<4, 3>, Shape<3>, Shape<3>>>>);
struct Lookup : Expressed<Lookup> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<7, 3>>, table));
    };
    static constexpr auto express(auto x, auto table) { return gather(table, x); }
};
static_assert(maps<Lookup, Tokens<7, 4>, Shape<4, 3>> && takes_tokens<Lookup> && !takes_tokens<Doubled>);
static_assert(refuses<Lookup, Tokens<8, 4>,
                      Lacks<Primitive::gather, a_table_with_a_row_for_each_token, Shapes<Shape<7, 3>, Tokens<8, 4>>>>);
static_assert(std::is_same_v<decltype(verdict<Doubled, Tokens<8, 4>>()),
                             shape_mismatch<layer<>, Doubled, expects<real_numbers>, got<Tokens<8, 4>>>>);

// A shape rule of the layer's own, for parameters whose sizes depend on the input.
struct Scale : Expressed<Scale> {
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = in.rank == 2}; }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<In::extents[0], 1>>, gain));
    };
    static constexpr auto express(auto x, auto gain) { return x * gain; }
};
static_assert(maps<Scale, Shape<3, 5>, Shape<3, 5>>);

// ---- Claims and memory ----

static_assert(reads_output<Dense<3, 4>> && reads_input<Dense<3, 4>> && !reads_input<Doubled> && !reads_output<Doubled>);
static_assert(!reads_input<Crossed> && reads_input<Product> && !reads_output<Product>);
LAYER(ChainOf, tanh(x) + 1)
static_assert(!reads_input<ChainOf> && !reads_output<ChainOf>);

template <class L>
using LayerProgramOf = std::remove_cvref_t<decltype(expressions::LayerProgram<L>::Of::program)>;
template <class L, class In>
inline constexpr std::size_t tape_bytes = sizeof(tape_t<L, float, In>);
// The result of tanh is the layer's own. The queries, keys, values and probabilities of attention are kept, not the
// scores.
static_assert(is_nothing<tape_t<Dense<16, 16>, float, Shape<16>>>);
using Sixteen = Shape<16, 16>;
static_assert(tape_bytes<Attention<16>, Sixteen> == 4 * sizeof(Tensor<float, Sixteen>));
// A chain keeps what is costly (exp) and computes the rest again.
LAYER(Recomputed, exp(x* x + 1) * (x * 3 + x * x))
static_assert(tape_bytes<Recomputed, Shape<64>> == 256 && is_nothing<scratch_t<Recomputed, float, Shape<64>>>);
// Values that are not alive at once share bytes: inference of a row of ten products needs two of them.
struct Tower : Expressed<Tower> {
    static constexpr auto express(auto x) {
        auto y = x;
        for (int i = 0; i < 10; ++i) y = matmul(y, x);
        return y;
    }
};
static_assert(sizeof(scratch_t<Tower, float, Sixteen, Wanted::outputs>) == 2 * sizeof(Tensor<float, Sixteen>));
static_assert(maps<Tower, Sixteen, Sixteen>);

// Clang's default limit of a million steps is enough for an expression of 240 primitives.
struct Long : Expressed<Long> {
    static constexpr auto express(auto x) {
        for (int i = 0; i < 40; ++i) x = tanh(matmul(x, x)) * softmax(x, Axis{0}) + mean(x, Axis{1});
        return x;
    }
};
static_assert(LayerProgramOf<Long>::count == 241 && tape_bytes<Long, Shape<4, 4>> > 0);

// ---- Networks ----

struct Folded : Expressed<Folded> {
    static constexpr auto express(auto x) { return reshape(x, 2, 3); }
};
using Trained = Model<Sequential<Dense<4, 6>, Folded, Attention<3>, Dense<3, 2>, Linear<4, 2>>, Shape<4>>;
static_assert(Trained::parameter_count == 30 + 27 + 8 + 10);
static_assert(std::string_view(schema<Trained::Parameters>[0].name.c_str()) == "0.weight");
static_assert(std::string_view(schema<Trained::Parameters>[3].name.c_str()) == "2.k");

/// The parameters after a few steps.
template <class E>
constexpr Trained::Parameters trained(std::uint64_t seed) {
    Trained model;
    model.initialize(Seed{seed});
    Trainer<Trained, CrossEntropy, SGD, Batch<4>, E> trainer{model, {.learning_rate = 0.1f}};
    for (int step = 0; step < 3; ++step)
        trainer.step({{{1, 2, 3, 4}, {4, 3, 2, 1}, {0, 1, 0, 1}, {1, 0, 1, 0}}}, {{0, 1, 0, 1}});
    return model.parameters();
}
constexpr auto constant = trained<float>(1);
constexpr auto constant_in_lanes = trained<Lanes<float, 4>>(1);
bool same_bits(const Trained::Parameters& a, const Trained::Parameters& b) {
    const auto first = tensors<const float>(a), second = tensors<const float>(b);
    for (std::size_t k = 0; k < first.size(); ++k)
        if (std::memcmp(first[k].data, second[k].data, sizeof(float) * static_cast<std::size_t>(first[k].count)) != 0)
            return false;
    return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_network_of_expressions_is_trained_in_a_constant_with_the_bits_of_run_time) {
    static volatile std::uint64_t seed = 1;
    BOOST_TEST(same_bits(trained<float>(seed), constant));
    BOOST_TEST(same_bits(trained<Lanes<float, 4>>(seed), constant_in_lanes));
    BOOST_TEST(!same_bits(trained<float>(2), constant));
}

BOOST_AUTO_TEST_CASE(a_network_of_expressions_learns) {
    Trained model{Seed{1}};
    Trainer<Trained, CrossEntropy, SGD, Batch<4>> trainer{model, {.learning_rate = 0.2f}};
    float first = 0, loss = 0;
    for (int step = 0; step < 300; ++step) {
        loss = trainer.step({{{1, 2, 3, 4}, {4, 3, 2, 1}, {0, 1, 0, 1}, {1, 0, 1, 0}}}, {{0, 1, 0, 1}});
        if (step == 0) first = loss;
    }
    BOOST_TEST(loss < 0.1f * first);
}

BOOST_AUTO_TEST_CASE(a_network_of_expressions_has_the_same_bits_on_any_number_of_threads) {
    const auto run = []<class Workers>(std::type_identity<Workers>) {
        Trained model{Seed{1}};
        Trainer<Trained, CrossEntropy, SGD, Batch<26>, Workers, Lanes<float, 4>> trainer{model,
                                                                                         {.learning_rate = 0.2f}};
        std::array<Tensor<float, Shape<4>>, 26> x;
        std::array<int, 26> labels{};
        Random random{Seed{2}};
        for (std::size_t i = 0; i < 26; ++i) {
            fill(x[i], random);
            labels[i] = x[i][0] > x[i][1] ? 1 : 0;
        }
        for (int step = 0; step < 5; ++step) trainer.step(x, labels);
        return model.parameters();
    };
    const auto one = run(std::type_identity<Threads<1>>{});
    BOOST_TEST(same_bits(run(std::type_identity<Threads<2>>{}), one));
    BOOST_TEST(same_bits(run(std::type_identity<Threads<3>>{}), one));
}

BOOST_AUTO_TEST_CASE(dense_has_the_results_of_linear_and_tanh) {
    using In = Shape<37>;
    Model<Sequential<Linear<37, 19>, Tanh>, In> model{Seed{1}};
    Model<Dense<37, 19>, In> expressed{Seed{1}};
    std::memcpy(&expressed.parameters(), &model.parameters(), sizeof model.parameters());
    Tensor<float, In> x;
    Random random{Seed{2}};
    fill(x, random);
    const auto y = model.predict(x), z = expressed.predict(x);
    for (int i = 0; i < y.count; ++i) BOOST_TEST(y[i] == z[i], boost::test_tools::tolerance(1e-6f));
}

BOOST_AUTO_TEST_CASE(a_layer_with_a_shape_rule_of_its_own_obeys_the_laws) { require_layer_laws<Scale, Shape<3, 5>>(); }

BOOST_AUTO_TEST_CASE(an_expression_that_mixes_no_frames_streams) {
    BOOST_TEST((check_stream<Gate<3>, Shape<12, 3>>()));
    BOOST_TEST((check_stream<Gate<3>, Shape<12, 3>, double>()));
    static_assert(!is_framewise<Attention<3>>(Shape<12, 3>::extents));
}

BOOST_AUTO_TEST_CASE(a_frozen_expression_passes_slopes_on) {
    require_gradient_law<Sequential<Linear<3, 4>, Frozen<Dense<4, 5>>, Linear<5, 2>>, Shape<3>>();
    require_gradient_law<Sequential<Linear<3, 6>, Folded, Frozen<Attention<3>>, Linear<6, 2>>, Shape<3>>();
}

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.describe
#include <kiln/io/describe.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/initialized.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/layers/upsample.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

using namespace kiln;
using io::Attribute, io::Graph, io::GraphTensor, io::Node;

namespace {

using Integers = std::vector<long long>;
using Floats = std::vector<float>;

Attribute with(const char* name, int value) {
    return {.name = name, .kind = Attribute::Kind::integer, .integer = value};
}
Attribute with(const char* name, Integers values) {
    return {.name = name, .kind = Attribute::Kind::integers, .integers = std::move(values)};
}
Attribute with(const char* name, float value) { return {.name = name, .kind = Attribute::Kind::real, .real = value}; }

/// A node as a line: "output = operation(inputs)".
std::string line(const Node& node) {
    std::string text = node.output + " = " + node.operation + "(";
    for (const std::string& input : node.inputs) text += (&input == node.inputs.data() ? "" : ", ") + input;
    return text + ")";
}
std::vector<std::string> lines(const Graph& graph) {
    std::vector<std::string> all;
    for (const Node& node : graph.nodes) all.push_back(line(node));
    return all;
}
std::vector<std::string> names(const Graph& graph) {
    std::vector<std::string> all;
    for (const GraphTensor& tensor : graph.tensors) all.push_back(tensor.name);
    return all;
}
const GraphTensor& tensor(const Graph& graph, const std::string& name) {
    for (const GraphTensor& tensor : graph.tensors)
        if (tensor.name == name) return tensor;
    BOOST_FAIL("no tensor " + name);
    return graph.tensors.front();
}

void expect(const Graph& graph, const std::vector<std::string>& expected) {
    const std::vector<std::string> found = lines(graph);
    BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
}

/// A user's own container-free layer: y = 1 / (gain x + 1 + offset), with a constant tensor that is no parameter.
struct Own {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<3>>, gain));
    };
    static constexpr void forward(const auto&, auto&, auto) {}
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
    static void describe(const auto& x, auto& y, auto at) {
        static constexpr Tensor<float, Shape<3>> offset{1, 2, 3};
        const auto scaled = x.then("Mul", at.parameters.gain);
        y = scaled.then("Mul", at.parameters.gain).then("Add", 1).then("Add", offset).then("Reciprocal");
    }
};
static_assert(io::Described<Own, Shape<3>>);

/// A user's own layer that cannot be exported.
struct Silent : Own {
    using claims_of = Silent;
    static void describe() = delete;
};
static_assert(Layer<Silent, Shape<3>> && !io::Described<Silent, Shape<3>>);

}  // namespace

BOOST_AUTO_TEST_CASE(a_network_is_its_operators_in_order_with_the_layers_settings) {
    using Net = Sequential<Conv<2, 4, 3, 2, 1, 2>, ReLU, Pool<3, 2, 1>, LeakyReLU<0.25>, Linear<16, 5>>;
    static Model<Net, Shape<2, 8, 8>> model{Seed{1}};
    const Graph graph = io::describe(model);
    BOOST_CHECK((graph.inputs[0].extents == Extents{2, 8, 8}));
    BOOST_CHECK((graph.outputs[0].extents == Extents{5}));
    const std::vector<Node> expected = {
        {"Conv",
         {"input", "0.weight", "0.bias"},
         "0/Conv",
         {with("kernel_shape", Integers{3, 3}), with("strides", Integers{2, 2}), with("pads", Integers{1, 1, 1, 1}),
          with("group", 2)}},
        {"Relu", {"0/Conv"}, "1/Relu", {}},
        {"MaxPool",
         {"1/Relu"},
         "2/MaxPool",
         {with("kernel_shape", Integers{3, 3}), with("strides", Integers{2, 2}), with("pads", Integers{1, 1, 1, 1})}},
        {"LeakyRelu", {"2/MaxPool"}, "3/LeakyRelu", {with("alpha", 0.25f)}},
        {"Flatten", {"3/LeakyRelu"}, "4/Flatten", {}},
        {"Gemm", {"4/Flatten", "4.weight", "4.bias"}, "output", {with("transB", 1)}}};
    BOOST_TEST_REQUIRE(graph.nodes.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        BOOST_CHECK_MESSAGE(graph.nodes[i] == expected[i], line(graph.nodes[i]) << " is not " << line(expected[i]));
}

BOOST_AUTO_TEST_CASE(tensors_are_the_models_own_under_the_names_of_a_state_dict) {
    using Net = Sequential<Linear<4, 6>, Sequential<BatchNorm<6>, Tanh, Linear<6, 3>>>;
    static Model<Net, Shape<4>> model{Seed{1}};
    const Graph graph = io::describe(model);
    const std::vector<std::string> found = names(graph),
                                   expected = {"0.weight",         "0.bias",          "1.0.weight", "1.0.bias",
                                               "1.0.running_mean", "1.0.running_var", "1.2.weight", "1.2.bias"};
    BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());

    const GraphTensor& weight = tensor(graph, "1.2.weight");
    const auto& own = hana::at_c<2>(hana::at_c<1>(model.parameters())).weight;
    BOOST_TEST(weight.weights.data() == own.data);
    BOOST_TEST(weight.weights.size() == 18u);
    BOOST_CHECK((weight.sizes == Integers{3, 6}));
}

BOOST_AUTO_TEST_CASE(networks_nest_and_layers_that_start_otherwise_are_the_layers_they_are) {
    using Inner = Sequential<Initialized<Linear<3, 3>, He>, Sequential<ReLU>>;
    static Model<Sequential<Inner, Initialized<Sequential<Linear<3, 2>>, Orthogonal>>, Shape<3>> model{Seed{1}};
    expect(io::describe(model), {"0.0/Gemm = Gemm(input, 0.0.weight, 0.0.bias)", "0.1.0/Relu = Relu(0.0/Gemm)",
                                 "output = Gemm(0.1.0/Relu, 1.0.weight, 1.0.bias)"});
}

BOOST_AUTO_TEST_CASE(a_layer_alone_has_names_without_a_position) {
    static Model<Linear<3, 2>, Shape<3>> model{Seed{1}};
    expect(io::describe(model, "x", "y"), {"y = Gemm(x, weight, bias)"});
}

BOOST_AUTO_TEST_CASE(a_layer_without_bias_has_one_operand_less) {
    using Net = Sequential<Conv<1, 2, 3, 1, 0, 1, Bias::none>, ConvTranspose<2, 1, 2, 1, 0, 0, Bias::none>,
                           Linear<4, 2, Bias::none>>;
    static Model<Net, Shape<1, 3, 3>> model{Seed{1}};
    expect(io::describe(model), {"0/Conv = Conv(input, 0.weight)", "1/ConvTranspose = ConvTranspose(0/Conv, 1.weight)",
                                 "2/Flatten = Flatten(1/ConvTranspose)", "output = Gemm(2/Flatten, 2.weight)"});
}

BOOST_AUTO_TEST_CASE(dropout_is_left_out_and_a_network_of_nothing_else_is_the_identity) {
    static Model<Sequential<Dropout<0.5>, Tanh, Dropout<0.1>>, Shape<3>> between;
    expect(io::describe(between), {"output = Tanh(input)"});
    static Model<Sequential<Dropout<0.5>, Sequential<Dropout<0.1>>>, Shape<3>> nothing;
    expect(io::describe(nothing), {"output = Identity(input)"});
}

BOOST_AUTO_TEST_CASE(constants_have_names_of_their_own) {
    static Model<Sequential<SiLU, GELU>, Shape<3>> model;
    const Graph graph = io::describe(model);
    expect(graph, {"0/Sigmoid = Sigmoid(input)", "0/Mul = Mul(input, 0/Sigmoid)", "1/Mul = Mul(0/Mul, 1/constant)",
                   "1/Erf = Erf(1/Mul)", "1/Add = Add(1/Erf, 1/constant_1)", "1/Mul_1 = Mul(1/Add, 1/constant_2)",
                   "output = Mul(0/Mul, 1/Mul_1)"});
    const GraphTensor& constant = tensor(graph, "1/constant");
    BOOST_TEST(constant.sizes.empty());
    BOOST_CHECK((constant.reals == Floats{0.70710678f}));
}

BOOST_AUTO_TEST_CASE(shapes_are_constants_with_the_batch_in_front) {
    static Model<Sequential<Reshape<2, 3, 4>, LayerNorm<12>, LayerNorm<4>, Upsample<3>>, Shape<24>> model;
    const Graph graph = io::describe(model);
    expect(graph, {"0/Reshape = Reshape(input, 0/constant)",
                   "1/LayerNormalization = LayerNormalization(0/Reshape, 1.weight, 1.bias)",
                   "2/LayerNormalization = LayerNormalization(1/LayerNormalization, 2.weight, 2.bias)",
                   "output = Resize(2/LayerNormalization, , 3/constant)"});
    BOOST_CHECK((tensor(graph, "0/constant").integers == Integers{0, 2, 3, 4}));
    BOOST_CHECK((tensor(graph, "3/constant").reals == Floats{1, 1, 3, 3}));
    BOOST_CHECK((tensor(graph, "0/constant").sizes == Integers{4}));
}

BOOST_AUTO_TEST_CASE(a_users_layer_describes_itself_and_may_use_a_tensor_twice) {
    static Model<Sequential<Own, Own>, Shape<3>> model;
    const Graph graph = io::describe(model);
    expect(graph,
           {"0/Mul = Mul(input, 0.gain)", "0/Mul_1 = Mul(0/Mul, 0.gain)", "0/Add = Add(0/Mul_1, 0/constant)",
            "0/Add_1 = Add(0/Add, 0/constant_1)", "0/Reciprocal = Reciprocal(0/Add_1)",
            "1/Mul = Mul(0/Reciprocal, 1.gain)", "1/Mul_1 = Mul(1/Mul, 1.gain)", "1/Add = Add(1/Mul_1, 1/constant)",
            "1/Add_1 = Add(1/Add, 1/constant_1)", "output = Reciprocal(1/Add_1)"});
    BOOST_TEST(graph.tensors.size() == 6u);
    BOOST_CHECK((tensor(graph, "0/constant_1").reals == Floats{1, 2, 3}));
}

namespace {
template <class M>
constexpr bool is_described = requires(M&& model) {
    io::describe(std::forward<M>(model));
};
}  // namespace

// The graph refers to the model's tensors.
BOOST_AUTO_TEST_CASE(a_model_that_nobody_keeps_is_not_described) {
    using M = Model<Linear<3, 2>, Shape<3>>;
    BOOST_TEST((is_described<M&> && is_described<const M&>));
    BOOST_TEST((!is_described<M> && !is_described<const M>));
}

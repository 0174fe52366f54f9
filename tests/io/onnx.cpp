// SPDX-License-Identifier: BSL-1.0
// needs: onnx/onnx_pb.h
#define BOOST_TEST_MODULE io.onnx
#include <kiln/io/onnx.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/upsample.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>

using namespace kiln;
using files::content;
using files::Folder;
namespace fs = std::filesystem;

namespace {

using Net = Sequential<Conv<1, 2, 3>, LeakyReLU<0.25>, Upsample<2>, Linear<64, 3>>;
using Small = Model<Net, Shape<1, 4, 6>>;

onnx::ModelProto read(const std::string& path) {
    onnx::ModelProto model;
    BOOST_TEST_REQUIRE(model.ParseFromString(content(path)));
    return model;
}
const onnx::TensorProto& tensor(const onnx::ModelProto& model, const std::string& name) {
    for (const onnx::TensorProto& tensor : model.graph().initializer())
        if (tensor.name() == name) return tensor;
    BOOST_FAIL("no tensor " + name);
    return model.graph().initializer(0);
}
std::string sizes(const auto& info) {
    std::string text;
    for (const auto& size : info.type().tensor_type().shape().dim())
        text += (size.has_dim_param() ? size.dim_param() : std::to_string(size.dim_value())) + " ";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_says_what_it_is_and_has_the_models_shapes_and_weights) {
    const Folder folder;
    static Small model{Seed{1}};
    const std::string path = folder.file("a.onnx");
    BOOST_TEST(io::export_onnx(model, path).message() == "");
    const onnx::ModelProto file = read(path);
    BOOST_TEST(file.ir_version() == 8);
    BOOST_TEST(file.opset_import(0).version() == 17);
    BOOST_TEST(file.producer_name() == "kiln");
    BOOST_TEST(file.graph().input(0).name() == "input");
    BOOST_TEST(sizes(file.graph().input(0)) == "N 1 4 6 ");
    BOOST_TEST(file.graph().output(0).name() == "output");
    BOOST_TEST(sizes(file.graph().output(0)) == "N 3 ");

    const onnx::TensorProto& weight = tensor(file, "3.weight");
    BOOST_TEST(weight.data_type() == onnx::TensorProto::FLOAT);
    BOOST_TEST(weight.dims_size() == 2);
    BOOST_TEST(weight.dims(0) == 3);
    BOOST_TEST(weight.dims(1) == 64);
    const auto& own = hana::at_c<3>(model.parameters()).weight;
    BOOST_CHECK_EQUAL_COLLECTIONS(weight.float_data().begin(), weight.float_data().end(), own.begin(), own.end());
}

BOOST_AUTO_TEST_CASE(attributes_of_every_kind_are_written) {
    const Folder folder;
    static Small model{Seed{1}};
    BOOST_TEST(io::export_onnx(model, folder.file("a.onnx")).message() == "");
    const onnx::ModelProto file = read(folder.file("a.onnx"));
    const auto attribute = [&](int node, int i) { return file.graph().node(node).attribute(i); };
    BOOST_TEST(attribute(0, 0).name() == "kernel_shape");
    BOOST_TEST(attribute(0, 0).type() == onnx::AttributeProto::INTS);
    BOOST_TEST(attribute(0, 0).ints(1) == 3);
    BOOST_TEST(attribute(0, 3).type() == onnx::AttributeProto::INT);
    BOOST_TEST(attribute(0, 3).i() == 1);
    BOOST_TEST(attribute(1, 0).type() == onnx::AttributeProto::FLOAT);
    BOOST_TEST(attribute(1, 0).f() == 0.25f);
    BOOST_TEST(attribute(2, 0).type() == onnx::AttributeProto::STRING);
    BOOST_TEST(attribute(2, 0).s() == "nearest");
}

BOOST_AUTO_TEST_CASE(names_are_chosen_and_the_batch_is_named_too) {
    const Folder folder;
    static Small model{Seed{1}};
    const std::string path = folder.file("a.onnx");
    BOOST_TEST(io::export_onnx(model, path, {.input = "image", .output = "logits", .batch = "images"}).message() == "");
    const onnx::ModelProto file = read(path);
    BOOST_TEST(file.graph().input(0).name() == "image");
    BOOST_TEST(file.graph().node(0).input(0) == "image");
    BOOST_TEST(sizes(file.graph().output(0)) == "images 3 ");
    BOOST_TEST(file.graph().node(4).output(0) == "logits");
}

BOOST_AUTO_TEST_CASE(tokens_are_integers_of_64_bits) {
    const Folder folder;
    static Model<Embedding<9, 2>, Tokens<9, 4>> model{Seed{1}};
    BOOST_TEST(io::export_onnx(model, folder.file("a.onnx")).message() == "");
    const onnx::ModelProto file = read(folder.file("a.onnx"));
    const auto type = [](const auto& end) { return end.type().tensor_type().elem_type(); };
    BOOST_TEST(type(file.graph().input(0)) == onnx::TensorProto::INT64);
    BOOST_TEST(sizes(file.graph().input(0)) == "N 4 ");
    BOOST_TEST(type(file.graph().output(0)) == onnx::TensorProto::FLOAT);
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_finite_are_written_as_they_are) {
    const Folder folder;
    static Model<Linear<2, 1>, Shape<2>> model;
    model.parameters().weight = {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()};
    BOOST_TEST(io::export_onnx(model, folder.file("a.onnx")).message() == "");
    const onnx::ModelProto file = read(folder.file("a.onnx"));
    BOOST_TEST(std::isnan(tensor(file, "weight").float_data(0)));
    BOOST_TEST(tensor(file, "weight").float_data(1) == -std::numeric_limits<float>::infinity());
}

BOOST_AUTO_TEST_CASE(values_of_one_name_or_without_a_name_are_refused) {
    const Folder folder;
    static Model<Linear<2, 1>, Shape<2>> model;
    const std::string path = folder.file("a.onnx");
    const auto refusal = [&](const io::OnnxOptions& options) {
        return io::export_onnx(model, path, options).message();
    };
    BOOST_TEST(refusal({.input = "bias"}) ==
               "kiln: " + path + ": expected a name of its own for each value of the graph, found 'bias' twice");
    BOOST_TEST(refusal({.input = "x", .output = "x"}) ==
               "kiln: " + path + ": expected a name of its own for each value of the graph, found 'x' twice");
    BOOST_TEST(refusal({.output = ""}) ==
               "kiln: " + path + ": expected names for the input and the output of the graph, found an empty one");
    BOOST_TEST(!fs::exists(path));
}

BOOST_AUTO_TEST_CASE(more_than_a_file_can_hold_is_refused_and_the_old_file_stays) {
    const Folder folder;
    const std::string path = folder.file("a.onnx");
    static Model<Linear<2, 1>, Shape<2>> model;
    BOOST_TEST(io::export_onnx(model, path).message() == "");
    const std::string before = content(path);
    io::Graph graph = io::describe(model);
    const std::size_t count = std::size_t{1} << 29;  // never read
    graph.tensors.push_back({"large", {1 << 29}, std::span(model.parameters().weight.data, count)});
    BOOST_TEST(io::write_onnx(graph, path).message() ==
               "kiln: " + path +
                   ": expected at most 2147483647 bytes, the limit of ONNX files, found 2147483660 in this network");
    BOOST_TEST(content(path) == before);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_named) {
    const Folder folder;
    static Small model{Seed{1}};
    const std::string path = folder.file("absent/a.onnx");
    const Result result = io::export_onnx(model, path);
    BOOST_TEST(!result);
    BOOST_TEST(result.message().starts_with("kiln: " + path + ": cannot be written: "));
}

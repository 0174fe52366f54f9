// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.one_of
#include <kiln/io/one_of.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"

#include <cstddef>
#include <span>
#include <string>

using namespace kiln;
using files::Folder;

namespace {

using In = Shape<3>;
using Small = Model<Sequential<Linear<3, 2>>, In>;
using Large = Model<Sequential<Linear<3, 4>, Tanh, Linear<4, 2>>, In>;
using Net = OneOf<Small, Large>;

const Tensor<float, In> x{1, -2, 3};

/// Nets that were loaded from a file of `model`, and from its bytes in memory; they must be equal.
template <class N>
N loaded(const auto& model) {
    const Folder folder;
    const std::string path = folder.file("net.safetensors");
    io::save_safetensors(model, path).or_throw();
    N net, again;
    const io::LoadResult result = io::load_safetensors(net, path);
    result.or_throw();
    BOOST_TEST(result.loaded == io::state_dict(model).size());
    const std::string bytes = files::content(path);
    io::load_safetensors(again, std::as_bytes(std::span(bytes))).or_throw();
    BOOST_TEST(again.index() == net.index());
    BOOST_TEST((again.predict(x) == net.predict(x)));
    return net;
}
/// The cause why a file with this content is not loaded; the net must be as it was.
template <class N = Net>
std::string refusal(const std::string& content) {
    const Folder folder;
    const std::string path = folder.file("net.safetensors");
    files::write(path, content);
    N net = Large{Seed{5}};
    const auto before = net.predict(x);
    const Result result = io::load_safetensors(net, path);
    BOOST_TEST(net.index() == 1);
    BOOST_TEST((net.predict(x) == before));
    BOOST_TEST(result.message() == "kiln: " + path + ": " + result.cause());
    return result.cause();
}
std::string content_of(const auto& model) {
    const Folder folder;
    io::save_safetensors(model, folder.file("net")).or_throw();
    return files::content(folder.file("net"));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_file_chooses_the_model) {
    const Small small{Seed{1}};
    const Large large{Seed{2}};
    const Net a = loaded<Net>(small), b = loaded<Net>(large);
    BOOST_TEST(a.index() == 0);
    BOOST_TEST((a.predict(x) == small.predict(x)));
    BOOST_TEST(b.index() == 1);
    BOOST_TEST((b.predict(x) == large.predict(x)));
}

BOOST_AUTO_TEST_CASE(a_file_of_no_model_is_refused_with_what_there_is_and_what_is_lacking) {
    const Model<Sequential<Linear<3, 5>, Tanh, Linear<5, 2>>, In> other{Seed{1}};
    BOOST_TEST(
        refusal(content_of(other)) ==
        "expected one of 2 models, found \"0.weight\" (5, 3), \"0.bias\" (5,), \"2.weight\" (2, 5), \"2.bias\" (2,); "
        "model 0: tensor \"0.weight\": expected shape (2, 3), found (5, 3); "
        "model 1: tensor \"0.weight\": expected shape (4, 3), found (5, 3)");
}

BOOST_AUTO_TEST_CASE(a_file_of_two_models_is_refused) {
    using Twins = OneOf<Small, Large, Model<Sequential<Linear<3, 4>, ReLU, Linear<4, 2>>, In>>;
    BOOST_TEST(refusal<Twins>(content_of(Large{Seed{1}})) ==
               "expected the content of one model, found that of models 1 and 2");
    BOOST_TEST(loaded<Twins>(Small{Seed{1}}).index() == 0);
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_refused_before_the_models_are_tried) {
    const std::string whole = content_of(Small{Seed{1}});
    BOOST_TEST(refusal(whole.substr(0, whole.size() - 1)).find("model") == std::string::npos);
    BOOST_TEST(refusal("").find("model") == std::string::npos);
}

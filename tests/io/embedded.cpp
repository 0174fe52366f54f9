// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.embedded
#include <kiln/io/embedded.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/graph.hpp>

#include <boost/test/unit_test.hpp>

#include "refuses/embedded_file.hpp"

#include <array>
#include <cstddef>

using namespace kiln;

namespace {

using Tiny = Model<Linear<2, 1>, Shape<2>>;

// Bytes 01 01 01 01 are a float of 2.3694e-38.
constexpr auto chars = safetensors<12>(R"({"bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                                       R"("weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})",
                                       1);
constexpr float small = 0x1.020202p-125f;
static_assert(io::Embedded<Tiny, chars>::model.parameters().weight[1] == small);

// Bytes of any type will do: xxd writes unsigned char.
template <class Byte>
constexpr auto as = [] {
    std::array<Byte, chars.size()> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(chars[i]);
    return bytes;
}();
static_assert(io::Embedded<Tiny, as<unsigned char>>::model.parameters().bias[0] == small);
static_assert(io::Embedded<Tiny, as<std::byte>>::model.parameters().bias[0] == small);

// Halves are converted: 3c3c is 1.05859375.
constexpr auto halves = safetensors<6>(R"({"bias":{"dtype":"F16","shape":[1],"data_offsets":[4,6]},)"
                                       R"("weight":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}})",
                                       0x3c);
static_assert(io::Embedded<Tiny, halves>::model.predict({1, 0})[0] == 2 * 1.05859375f);

// Names may begin with a prefix.
constexpr auto prefixed = safetensors<12>(R"({"module.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                                          R"("module.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})",
                                          1);
static_assert(io::Embedded<Tiny, prefixed, "module.">::model.parameters().weight[1] == small);

// Tensors of a graph have the names of its nodes; shared ones are in the file once.
using Two = Model<Graph<Input<"a">, Input<"b">, Node<"f", Linear<1, 1>, "a">, Node<"g", Shared<"f">, "b">,
                        Node<"sum", Add, "f", "g">, Node<"product", Multiply<>, "f", "g">, Output<"sum", "product">>,
                  Shapes<Shape<1>, Shape<1>>>;
constexpr auto named = safetensors<4>(R"({"f.bias":{"dtype":"F16","shape":[1],"data_offsets":[2,4]},)"
                                      R"("f.weight":{"dtype":"F16","shape":[1,1],"data_offsets":[0,2]}})",
                                      0x3c);
constexpr float one = 1.05859375f, sum = one + one, more = 2 * one + one;
static_assert(io::Embedded<Two, named>::model.predict({{1}, {2}}).get<0>()[0] == sum + more);
static_assert(io::Embedded<Two, named>::model.predict({{1}, {2}}).get<1>()[0] == sum * more);

}  // namespace

BOOST_AUTO_TEST_CASE(an_embedded_model_is_used_as_any_other) {
    const Tiny& model = io::Embedded<Tiny, halves>::model;
    BOOST_TEST(model.predict({1, 1})[0] == 3 * 1.05859375f);
}

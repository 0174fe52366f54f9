// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE golden.attention
#include <kiln/layers/attention.hpp>
#include <kiln/layers/embedding.hpp>

#include <boost/test/unit_test.hpp>

#include "golden/layer.hpp"

#include <type_traits>

using namespace kiln;
using namespace kiln::golden;

namespace {

Values& values() {
    static Values file("tests/golden/values/attention.txt");
    return file;
}

/// Requires that an embedding does to tokens In the same as PyTorch's.
template <class L, class In>
void require_golden_embedding(const std::string& name) {
    using Out = output_t<L, In>;
    const auto& y = values().get(name + "/y", list(Out::extents, batch));
    const auto x = draw(name + "/x", batch * In::count, 0, static_cast<float>(In::extents.values));
    const auto dy = draw(name + "/dy", batch * Out::count);
    const auto compare = [&]<class E>(std::type_identity<E>) {
        laws::Instance<L, In, E> layer(0);
        draw_record(layer.parameters, name + "/");
        std::vector<double> found;
        for (int first = 0; first < batch; first += width<E>) {
            for (int l = 0; l < width<E>; ++l)
                for (int i = 0; i < In::count; ++i)
                    set_lane(layer.x.data[i], l,
                             static_cast<int>(x[static_cast<std::size_t>((first + l) * In::count + i)]));
            put(layer.dy, dy, first);
            layer.forward();
            layer.backward();
            append(found, layer.y);
        }
        Line line("layer", name);
        line.require("y", distance(found, y), tolerance);
        line.require("gradients", record_error(values(), name + "/", layer.gradients), tolerance);
    };
    compare(std::type_identity<float>{});
    compare(std::type_identity<Lanes<float, batch>>{});
}

}  // namespace

BOOST_AUTO_TEST_CASE(embedding_is_that_of_pytorch) {
    require_golden_embedding<Embedding<7, 5>, Tokens<7, 6>>("Embedding<7,5>");
    require_golden_embedding<Embedding<50, 17>, Tokens<50, 3, 1>>("Embedding<50,17>");
}

BOOST_AUTO_TEST_CASE(attention_is_that_of_pytorch) {
    require_golden_layer<Attention<1>, Shape<4, 3>>(values(), "Attention<1>");
    require_golden_layer<Attention<2>, Shape<5, 6>>(values(), "Attention<2>");
    require_golden_layer<Attention<2, Bias::none>, Shape<17, 4>>(values(), "Attention<2,none>");
}

BOOST_AUTO_TEST_CASE(causal_attention_is_that_of_pytorch) {
    require_golden_layer<CausalAttention<1>, Shape<1, 2>>(values(), "CausalAttention<1>");
    require_golden_layer<CausalAttention<2>, Shape<7, 4>>(values(), "CausalAttention<2>");
    require_golden_layer<CausalAttention<3>, Shape<18, 6>>(values(), "CausalAttention<3>");
    require_golden_layer<CausalAttention<2, Bias::none>, Shape<3, 34>>(values(), "CausalAttention<2,none>");
}

BOOST_AUTO_TEST_CASE(every_golden_value_was_compared) { BOOST_TEST(values().unused() == ""); }

// SPDX-License-Identifier: BSL-1.0
// A small GPT: a network that reads a text and says for each character which one comes next.
#define BOOST_TEST_MODULE laws.text
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

constexpr int characters = 7, frames = 9;
template <int D, int Heads>
using Block = Sequential<Residual<LayerNorm<D>, CausalAttention<Heads>>,
                         Residual<LayerNorm<D>, Each<Linear<D, 2 * D>>, GELU, Each<Linear<2 * D, D>>>>;
template <int D, int Heads>
using Writer = Sequential<Embedding<characters, D>, Position<frames, D>, Repeat<2, Block<D, Heads>>, LayerNorm<D>,
                          Each<Linear<D, characters>>>;
using Text = Tokens<characters, frames>;
using Labels = Tensor<int, Shape<frames>>;
using M = Model<Writer<16, 2>, Text>;

static_assert(std::is_same_v<M::Output, Shape<frames, characters>>);

// Texts in which each character follows from the two before it, and the characters that follow.
struct Texts {
    std::vector<Tensor<float, Text>> inputs;
    std::vector<Labels> next;

    Texts(int count, std::uint64_t seed) : inputs(static_cast<std::size_t>(count)), next(inputs.size()) {
        Random random{Seed{seed}};
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            int before = random.below(characters), now = random.below(characters);
            for (int t = 0; t < frames; ++t) {
                inputs[i][t] = now;
                const int after = (before + 2 * now + 1) % characters;
                before = now;
                now = next[i][t] = after;
            }
        }
    }
};

template <class... Options>
M trained(int steps, float* last = nullptr) {
    M model{Seed{1}};
    const auto trainer =
        std::make_unique<Trainer<M, CrossEntropy, AdamW, Batch<24>, Options...>>(model, AdamW{.learning_rate = 0.01f});
    for (int step = 0; step < steps; ++step) {
        const Texts texts(24, static_cast<std::uint64_t>(step) + 1);
        const float loss = trainer->step(texts.inputs, texts.next);
        if (last != nullptr) *last = loss;
    }
    return model;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_text_model_obeys_the_laws) {
    require_gradient_law<Writer<4, 2>, Text>(1e-11);
    require_lanes_law<Writer<4, 2>, Text>(2e-5);
}

// The character before the first is not seen, so the first prediction is a guess: log(7) / 9 of the loss.
BOOST_AUTO_TEST_CASE(a_text_model_learns_what_follows) {
    float loss = 0;
    const M model = trained<>(300, &loss);
    BOOST_TEST(loss < 0.3f);
    const Texts texts(50, 1000);
    int right = 0;
    for (std::size_t i = 0; i < 50; ++i) {
        const auto y = model.predict(texts.inputs[i]);
        for (int t = 1; t < frames; ++t) {
            int best = 0;
            for (int c = 1; c < characters; ++c)
                if (y(t, c) > y(t, best)) best = c;
            right += best == texts.next[i][t];
        }
    }
    BOOST_TEST(right >= 50 * (frames - 1) * 95 / 100);
}

BOOST_AUTO_TEST_CASE(threads_give_the_same_bits) {
    const auto same = [](const M& a, const M& b) {
        const auto x = tensors<const float>(a.parameters()), y = tensors<const float>(b.parameters());
        for (std::size_t k = 0; k < x.size(); ++k)
            for (int i = 0; i < x[k].count; ++i)
                if (x[k].data[i] != y[k].data[i]) return false;
        return true;
    };
    const M one = trained<float>(3);
    BOOST_TEST((same(trained<float, Threads<2>>(3), one)));
    BOOST_TEST((same(trained<float, Threads<5>>(3), one)));
    const M in_lanes = trained<Lanes<float, 8>>(3);
    BOOST_TEST((same(trained<Lanes<float, 8>, Threads<3>>(3), in_lanes)));
}

BOOST_AUTO_TEST_CASE(a_prediction_is_a_constant) {
    using Small = Model<Writer<4, 2>, Text>;
    constexpr Tensor<float, Text> text{0, 1, 2, 3, 4, 5, 6, 0, 1};
    constexpr auto constant = [](const auto& x) {
        Small model;
        model.initialize(Seed{3});
        return model.predict(x);
    }(text);
    const Small model{Seed{3}};
    BOOST_TEST(distance(model.predict(text), constant) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_prediction_depends_on_earlier_characters_only) {
    const M model{Seed{3}};
    Tensor<float, Text> text{0, 1, 2, 3, 4, 5, 6, 0, 1};
    const auto before = model.predict(text);
    text[5] = 2;
    const auto after = model.predict(text);
    for (int t = 0; t < frames; ++t) {
        bool same = true;
        for (int c = 0; c < characters; ++c) same = same && before(t, c) == after(t, c);
        BOOST_TEST(same == (t < 5));
    }
}

BOOST_AUTO_TEST_CASE(tensors_have_the_names_of_pytorch) {
    static M model{Seed{3}};
    std::string names;
    for (const auto& tensor : io::state_dict(model)) names += std::string(tensor.name) + " ";
    for (const char* name : {"0.weight ", "1.weight ", "2.0.0.0.weight ", "2.0.0.1.in_proj_weight ",
                             "2.0.0.1.in_proj_bias ", "2.1.0.1.out_proj.weight ", "2.1.0.1.out_proj.bias ", "4.bias "})
        BOOST_TEST(names.find(name) != std::string::npos, name << " is not in " << names);
}

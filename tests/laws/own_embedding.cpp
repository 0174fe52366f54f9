// SPDX-License-Identifier: BSL-1.0
// A user's own layer that reads whole numbers: a table with a row for each word. The layer obeys the laws, trains and
// predicts like any other.
#define BOOST_TEST_MODULE laws.own_embedding
#include <kiln.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

/// Tokens<Words, T> -> Shape<T, Features>: y_t is row x_t of the weight.
template <int Words, int Features>
struct WordTable {
    static constexpr bool takes_tokens = true;
    static constexpr Fit shape(Extents in) {
        return {.out = {in[0] < 1 ? 1 : in[0], Features}, .fits = in.rank == 1 && in.values == Words};
    }
    template <class>
    using needs = tokens_below<Words>;
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<Words, Features>>, weight));
    };
    static constexpr void initialize(auto& parameters, auto& random) {
        for (auto& weight : parameters.weight) weight = random.normal();
    }
    template <class E, int T>
    static constexpr void forward(const Tensor<E, Tokens<Words, T>>& x, Tensor<E, Shape<T, Features>>& y, auto at) {
        for (int t = 0; t < T; ++t)
            for (int l = 0; l < width<E>; ++l)
                for (int k = 0; k < Features; ++k) set_lane(y(t, k), l, at.parameters.weight(lane(x[t], l), k));
    }
    template <class E, int T>
    static constexpr void backward(const Tensor<E, Tokens<Words, T>>& x, const auto&,
                                   const Tensor<E, Shape<T, Features>>& dy, auto&, auto at) {
        parameters_t<WordTable, scalar_t<E>, Tokens<Words, T>> own{};  // added once
        for (int t = 0; t < T; ++t)
            for (int l = 0; l < width<E>; ++l)
                for (int k = 0; k < Features; ++k) own.weight(lane(x[t], l), k) += lane(dy(t, k), l);
        for (int i = 0; i < Words * Features; ++i) at.gradients.weight[i] += own.weight[i];
    }
};

constexpr int words = 20, length = 4, classes = 3;
using Text = Tokens<words, length>;
using Net = Sequential<WordTable<words, 6>, Linear<24, 16>, Tanh, Linear<16, classes>>;
using M = Model<Net, Text>;

static_assert(std::is_same_v<output_t<WordTable<words, 6>, Text>, Shape<length, 6>>);
static_assert(M::parameter_count == words * 6 + 24 * 16 + 16 + 16 * classes + classes);
static_assert(!WordTable<50, 6>::shape(Text::extents).fits && !(Text::extents == Extents{length}));
static_assert(std::is_same_v<Tensor<Lanes<float, 8>, Text>::Element, Lanes<int, 8>>);
static_assert(std::is_same_v<Tensor<double, Text>::Element, int>);

}  // namespace

BOOST_AUTO_TEST_CASE(an_embedding_obeys_the_laws) {
    require_gradient_law<WordTable<5, 3>, Tokens<5, 9>>();  // every word occurs
    require_lanes_law<WordTable<words, 6>, Text>();
    require_gradient_law<Sequential<WordTable<5, 3>, Linear<27, 4>, Tanh>, Tokens<5, 9>>();
}

// The class of a text is the remainder of its largest word.
BOOST_AUTO_TEST_CASE(a_model_of_texts_is_trained_and_predicts) {
    Random random{Seed{1}};
    std::vector<Tensor<float, Text>> texts(64);
    std::vector<int> labels;
    for (auto& text : texts) {
        fill(text, random);
        labels.push_back(*std::max_element(text.begin(), text.end()) % classes);
    }
    M model{Seed{2}};
    const auto trainer =
        std::make_unique<Trainer<M, CrossEntropy, Adam, Batch<64>>>(model, Adam{.learning_rate = 0.02f});
    const float first = trainer->step(texts, labels);
    float last = first;
    for (int step = 0; step < 200; ++step) last = trainer->step(texts, labels);
    BOOST_TEST(last < 0.1f * first);
    std::vector<Tensor<float, Shape<classes>>> outputs(64);
    model.predict(texts, outputs);
    int right = 0;
    for (std::size_t i = 0; i < 64; ++i) {
        BOOST_TEST(distance(outputs[i], model.predict(texts[i])) < 1e-5);
        right += argmax(outputs[i]) == labels[i];
    }
    BOOST_TEST(right >= 62);
}

namespace {

/// A data set that looks at no word.
struct Texts {
    using Input = Text;
    std::vector<Tensor<float, Text>> texts;
    int size() const { return static_cast<int>(texts.size()); }
    float scale() const { return 1; }
    const Tensor<float, Text>& sample(int i) const { return texts[static_cast<std::size_t>(i)]; }
    int target(int i) const { return i; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(fit_takes_texts_and_refuses_a_word_that_is_none) {
    std::vector<Tensor<float, Text>> texts{{0, 1, 2, 3}, {19, 18, 17, 16}};
    M model{Seed{2}};
    const auto trainer = std::make_unique<Trainer<M, CrossEntropy, SGD, Batch<2>>>(model, SGD{.learning_rate = 0.5f});
    BOOST_TEST(trainer->fit(data::Dataset<Text, float>{texts, {0, 1}}, {.epochs = 50}).accuracy == 1.0f);
    for (const int wrong : {-1, words}) {
        texts[1][2] = wrong;
        const auto names_it = [&](const std::invalid_argument& error) {
            return std::string(error.what()).find("got " + std::to_string(wrong) + " in sample 1") != std::string::npos;
        };
        BOOST_CHECK_EXCEPTION(trainer->fit(Texts{texts}), std::invalid_argument, names_it);
    }
    BOOST_TEST(trainer->steps() == 50);
}

BOOST_AUTO_TEST_CASE(a_recording_of_tokens_gives_gradients) {
    const M model{Seed{3}};
    Recording<M, float, Wanted::parameter_gradients> pass;
    pass.x = {1, 2, 2, 19};
    pass.forward(model);
    M::Gradients gradients{};
    pass.backward(model, {1, -1, 0}, gradients);
    const auto& weight = hana::at_c<0>(gradients).weight;
    for (int word = 0; word < words; ++word) {
        bool reached = false;
        for (int k = 0; k < 6; ++k) reached = reached || weight(word, k) != 0;
        BOOST_TEST(reached == (word == 1 || word == 2 || word == 19));
    }
}

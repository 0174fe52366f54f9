// SPDX-License-Identifier: BSL-1.0
// Samples of different lengths: words of 2 to 10 letters, of which some have more vowels than other letters. A data
// set pads them and keeps their lengths; layers that mix letters read the lengths, so that padding counts nowhere.

#include <kiln.hpp>

#include <iostream>
#include <string>
#include <vector>

// y = the mean over the letters that a word has. Shape<T, F> -> Shape<F>.
struct MeanOfLetters {
    static constexpr bool reads_lengths = true;
    static constexpr kiln::Fit shape(kiln::Extents in) {
        return {.out = kiln::Extents{in.rank == 2 ? in[1] : 1}, .fits = in.rank == 2};
    }
    template <class E, int T, int F>
    static constexpr void forward(const kiln::Tensor<E, kiln::Shape<T, F>>& x, auto& y, auto at) {
        for (int f = 0; f < F; ++f) {
            y[f] = E(0.0f);
            for (int t = 0; t < T; ++t) y[f] += x(t, f) * share<E>(at.pass, t, T);
        }
    }
    template <class E, int T, int F>
    static constexpr void backward(const kiln::Tensor<E, kiln::Shape<T, F>>&, const auto&, const auto& dy, auto& dx,
                                   auto at) {
        if constexpr (!kiln::is_nothing<decltype(dx)>)
            for (int t = 0; t < T; ++t)
                for (int f = 0; f < F; ++f) dx(t, f) = dy[f] * share<E>(at.pass, t, T);
    }

  private:
    // 1 / length for the letters that there are, 0 for padding: in each lane that of its sample.
    template <class E>
    static constexpr E share(const kiln::Pass& pass, int t, int T) {
        E share(0.0f);
        for (int l = 0; l < kiln::width<E>; ++l)
            if (const int length = pass.length(l, T); t < length) set_lane(share, l, 1 / static_cast<float>(length));
        return share;
    }
};

using Letters = kiln::Shape<10, 3>;  // of each letter: whether it is a vowel, and noise
using Net = kiln::Sequential<MeanOfLetters, kiln::Linear<3, 8>, kiln::Tanh, kiln::Linear<8, 2>>;
using Model = kiln::Model<Net, Letters>;
using Words = kiln::data::Sequences<Letters>;

// Words at random. Class 1 has more vowels than other letters.
Words words(int count, kiln::Random& random) {
    std::vector<std::vector<float>> letters;
    std::vector<int> classes;
    for (int i = 0; i < count; ++i) {
        const int length = 2 + random.below(9);
        int vowels = 0;
        auto& word = letters.emplace_back();
        for (int t = 0; t < length; ++t) {
            const bool vowel = random.below(2) == 0;
            vowels += vowel;
            word.insert(word.end(), {vowel ? 1.0f : 0.0f, random.uniform(), random.uniform()});
        }
        classes.push_back(2 * vowels > length ? 1 : 0);
    }
    return Words::from_frames(letters, classes);
}

int main() {
    kiln::Random random{kiln::Seed{1}};
    const Words train = words(2000, random), test = words(500, random);
    std::cout << "word 0 has " << train.length(0) << " letters, word 1 has " << train.length(1) << '\n';

    static Model model{kiln::Seed{2}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::Adam, kiln::Batch<32>> trainer{model,
                                                                                         {.learning_rate = 0.01f}};
    trainer.fit(train, {.epochs = 15});
    const auto result = kiln::evaluate(model, test);
    std::cout << result << '\n';

    // Padding is never read: the same answer, whatever stands there.
    auto word = test.sample(0);
    const auto answer = model.predict(word, test.length(0));
    for (int t = test.length(0); t < 10; ++t) word(t, 0) = 1000;
    return result.accuracy > 0.95f && model.predict(word, test.length(0)) == answer ? 0 : 1;
}

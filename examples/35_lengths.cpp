// SPDX-License-Identifier: BSL-1.0
// Samples of different lengths: words of 2 to 10 letters, of which some have more vowels than other letters. A data
// set pads them and keeps their lengths; layers that mix letters, such as MeanOverTime, GRU and Attention, read the
// lengths, so that padding counts nowhere.

#include <kiln.hpp>

#include <iostream>
#include <string>
#include <vector>

using Letters = kiln::Shape<10, 3>;  // of each letter: whether it is a vowel, and noise
using Net = kiln::Sequential<kiln::MeanOverTime, kiln::Linear<3, 8>, kiln::Tanh, kiln::Linear<8, 2>>;
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

// SPDX-License-Identifier: BSL-1.0
// Whole numbers as input: an embedding learns a vector for each word. Words that are used alike get vectors that are
// alike, although nobody says which words those are.

#include <kiln.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

// Sentences such as "the cat eats cheese". Two words of a kind can stand in each other's place.
constexpr std::array<const char*, 9> words{"the", "a", "cat", "dog", "mouse", "eats", "wants", "cheese", "bread"};
enum : int { the, a, cat, dog, mouse, eats, wants, cheese, bread };
constexpr int vocabulary = words.size(), length = 4, features = 8;

// From the words so far the network predicts the next one, for each word of a sentence at once.
using Sentence = kiln::Tokens<vocabulary, length>;
using Net = kiln::Sequential<kiln::Embedding<vocabulary, features>, kiln::Position<length, features>,
                             kiln::CausalAttention<2>, kiln::Each<kiln::Linear<features, vocabulary>>>;
using Model = kiln::Model<Net, Sentence>;
static_assert(std::is_same_v<Model::Output, kiln::Shape<length, vocabulary>>);

// The cosine of the angle between the vectors of two words.
float likeness(const Model& model, int first, int second) {
    const auto& vectors = kiln::part_of<0>(model.parameters()).weight;
    float product = 0, of_first = 0, of_second = 0;
    for (int k = 0; k < features; ++k) {
        product += vectors(first, k) * vectors(second, k);
        of_first += vectors(first, k) * vectors(first, k);
        of_second += vectors(second, k) * vectors(second, k);
    }
    return product / std::sqrt(of_first * of_second);
}

int main() {
    kiln::Random random{kiln::Seed{1}};
    std::vector<kiln::Tensor<float, Sentence>> sentences(500);
    std::vector<kiln::Tensor<int, kiln::Shape<length>>> next(sentences.size());
    for (std::size_t i = 0; i < sentences.size(); ++i) {
        sentences[i] = {the + random.below(2), cat + random.below(3), eats + random.below(2), cheese + random.below(2)};
        for (int t = 0; t < length; ++t)
            next[i][t] = t + 1 < length ? sentences[i][t + 1] : -1;  // -1: it may be anything
    }

    static Model model{kiln::Seed{2}};
    static kiln::Trainer<Model, kiln::CrossEntropy, kiln::AdamW, kiln::Batch<50>> trainer{
        model, {.learning_rate = 0.01f, .weight_decay = 0.6f}};
    float loss = 0;
    for (int epoch = 0; epoch < 60; ++epoch)
        for (std::size_t i = 0; i < sentences.size(); i += 50)
            loss = trainer.step(std::span(sentences).subspan(i, 50), std::span(next).subspan(i, 50));

    // At best the network knows the kind of the next word: one of three, of two, of two.
    std::printf("loss %.3f, at best %.3f\n", static_cast<double>(loss), (std::log(3) + 2 * std::log(2)) / 3);
    for (const auto& [first, second] : {std::pair{cat, dog}, {dog, mouse}, {eats, wants}, {cat, eats}, {wants, dog}})
        std::printf("%5s and %-5s %5.2f\n", words[static_cast<std::size_t>(first)],
                    words[static_cast<std::size_t>(second)], static_cast<double>(likeness(model, first, second)));
    return likeness(model, cat, dog) > 0.9f && likeness(model, cat, eats) < 0.5f ? 0 : 1;
}

// SPDX-License-Identifier: BSL-1.0
// expects: Trainer with a group of ranks needs their header, got none; try #include <kiln/train/ranks.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/step.hpp>
#ifdef REPAIRED
#include <kiln/train/ranks.hpp>
#endif
struct Alone {
    int rank() const { return 0; }
    int count() const { return 1; }
    void sum_in_order(std::span<float> sum, auto add) { add(0, sum.size()); }
    void sum_in_tree(std::span<float>, std::span<const std::size_t>, std::span<const std::span<float>>) {}
    void share(std::span<std::byte>, std::span<const std::size_t>, auto... meanwhile) { (meanwhile(), ...); }
    void agree(std::span<const kiln::Agreed>) {}
};
using M = kiln::Model<kiln::Linear<4, 3>, kiln::Shape<4>>;
float step(kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>, Alone>& t) { return t.step({}, {}); }

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE nets.identity
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/samples.hpp"

#include <algorithm>
#include <memory>
#include <type_traits>

using namespace kiln;
using namespace kiln::laws;

namespace {

using F = Sequential<Linear<6, 6>, BatchNorm<6>, Tanh, Dropout<0.2>>;
using WithIdentity = Sequential<Linear<4, 6>, Sum<F, Identity>, Linear<6, 3>>;
using WithResidual = Sequential<Linear<4, 6>, Residual<F>, Linear<6, 3>>;
using Float4 = Lanes<float, 4>;

template <Wanted W>
constexpr bool same_scratch = sizeof(scratch_t<WithIdentity, Float4, Shape<4>, W>) ==
                              sizeof(scratch_t<WithResidual, Float4, Shape<4>, W>);
static_assert(sizeof(tape_t<WithIdentity, Float4, Shape<4>>) == sizeof(tape_t<WithResidual, Float4, Shape<4>>));
static_assert(same_scratch<Wanted::outputs> && same_scratch<Wanted::all_gradients>);

/// A model after a few steps on one batch, four samples a pass.
template <class Net>
struct Trained {
    using M = Model<Net, Shape<4>>;
    M model{Seed{3}};
    float loss = 0;

    explicit Trained(int steps) {
        const Samples<Shape<4>> data(10, 3, 4);
        const auto trainer = std::make_unique<Trainer<M, CrossEntropy, SGD, Batch<10>, Float4>>(
            model, SGD{.learning_rate = 0.1f, .momentum = 0.9f}, CrossEntropy{}, Seed{5});
        for (int i = 0; i < steps; ++i) loss = trainer->step(data.inputs, data.labels);
    }
};

bool same_numbers(const auto& a, const auto& b) {
    const auto x = tensors<const float>(a), y = tensors<const float>(b);
    for (std::size_t k = 0; k < x.size(); ++k)
        if (!std::equal(x[k].begin(), x[k].end(), y[k].begin(), y[k].end())) return false;
    return x.size() == y.size();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_sum_with_the_identity_has_the_bits_of_a_residual) {
    for (const int steps : {1, 4}) {
        const Trained<WithIdentity> a(steps);
        const Trained<WithResidual> b(steps);
        BOOST_TEST(a.loss == b.loss);
        BOOST_TEST(same_numbers(a.model.parameters(), b.model.parameters()));
        BOOST_TEST(same_numbers(a.model.state(), b.model.state()));
        BOOST_TEST((a.model.predict({1, 2, 3, 4}) == b.model.predict({1, 2, 3, 4})));
    }
}

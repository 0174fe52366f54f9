// SPDX-License-Identifier: BSL-1.0
// Inference while compiling: every layer with weights set by hand, one sample and many.

#include <kiln.hpp>

#include <boost/hana/at.hpp>

#include <array>

using namespace kiln;

namespace {

template <class Net, class In>
constexpr auto model_with_parameters(auto set) {
    Model<Net, In> model;
    set(model.parameters());
    return model;
}

// ---- Linear and ReLU: |x| + 1 = ReLU(x) + ReLU(-x) + 1 ----

constexpr auto magnitude =
    model_with_parameters<Sequential<Linear<1, 2>, ReLU, Linear<2, 1>>, Shape<1>>([](auto& parameters) {
        auto& first = hana::at_c<0>(parameters);
        auto& second = hana::at_c<2>(parameters);
        first.weight = {1, -1};
        second.weight = {1, 1};
        second.bias = {1};
    });
static_assert(magnitude.predict({3})[0] == 4 && magnitude.predict({-2})[0] == 3 && magnitude.predict({0})[0] == 1);

// ---- Conv, Pool: an edge detector, and where it fires most ----

constexpr auto edges = model_with_parameters<Sequential<Conv<1, 1, 2>, Pool<2>>, Shape<1, 3, 3>>([](auto& parameters) {
    auto& conv = hana::at_c<0>(parameters);
    conv.weight = {-1, 1, -1, 1};
    conv.bias = {10};
});
static_assert(std::is_same_v<decltype(edges)::Output, Shape<1, 1, 1>>);
static_assert(edges.predict({0, 0, 1,  //
                             0, 0, 1,  //
                             0, 1, 1})[0] == 12);
static_assert(edges.predict({1, 0, 0,  //
                             1, 0, 0,  //
                             1, 0, 0})[0] == 10);

// ---- Padding and stride: 3x3 sums of every second pixel ----

constexpr auto sums = model_with_parameters<Conv<1, 1, 3, 2, 1>, Shape<1, 3, 3>>([](auto& parameters) {
    for (float& weight : parameters.weight) weight = 1;
});
static_assert(sums.predict({1, 2, 3, 4, 5, 6, 7, 8, 9}) ==
              Tensor<float, Shape<1, 2, 2>>{1 + 2 + 4 + 5, 2 + 3 + 5 + 6, 4 + 5 + 7 + 8, 5 + 6 + 8 + 9});

// ---- The network of examples/05_images.cpp, all weights drawn from a seed: the same number of samples at once or alone ----

using Small = Model<Sequential<Conv<1, 2, 3>, ReLU, Pool<2>, Tanh, Linear<2 * 2 * 2, 3>>, Shape<1, 6, 6>>;
constexpr bool one_by_one_is_all_at_once() {
    Small model;
    model.initialize(Seed{42});
    Random random{Seed{1}};
    std::array<Tensor<float, Small::Input>, 3> images{};
    std::array<Tensor<float, Small::Output>, 3> together{};
    for (auto& image : images)
        for (float& pixel : image) pixel = random.uniform();
    model.predict(images, together);
    for (std::size_t i = 0; i < images.size(); ++i) {
        const auto alone = model.predict(images[i]);
        for (int k = 0; k < 3; ++k) {
            const float difference = alone[k] - together[i][k];
            if (difference > 1e-6f || difference < -1e-6f) return false;  // two orders of summation
        }
        if (argmax(alone) != argmax(together[i])) return false;
    }
    return true;
}
static_assert(one_by_one_is_all_at_once());

// ---- Starting values are the same wherever they are drawn ----

constexpr auto fresh = [] {
    Small model;
    model.initialize(Seed{42});
    return model;
}();
static_assert(hana::at_c<0>(fresh.parameters()).weight[0] != 0);
static_assert(hana::at_c<0>(fresh.parameters()).weight[0] < 1.0f / 3 &&
              hana::at_c<0>(fresh.parameters()).weight[0] > -1.0f / 3);  // ±1/√9

}  // namespace

// SPDX-License-Identifier: BSL-1.0
#pragma once
// A model and a batch of random samples to measure it on.

#include <kiln/core/random.hpp>

#include <array>

namespace kiln::speed {

constexpr int batch = 64;

template <class M>
struct Setting {
    M model{Seed{1}};
    std::array<Tensor<float, typename M::Input>, batch> inputs{};
    std::array<Tensor<float, typename M::Output>, batch> outputs{};
    std::array<int, batch> labels{};

    Setting() {
        Random random{Seed{2}};
        for (auto& input : inputs)
            for (float& value : input) value = random.uniform();
        for (int& label : labels) label = random.below(M::Output::count);
    }
};

template <class M>
Setting<M>& setting() {
    static Setting<M> the_setting;
    return the_setting;
}

}  // namespace kiln::speed

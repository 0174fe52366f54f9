// SPDX-License-Identifier: BSL-1.0
// A container of your own: y = x + f(x), around any layer or network that keeps the shape. It says what it consists of and
// how a pass runs; records, names, counts, starting values and the compiler's messages follow (kiln/core/container.hpp).
// Kiln's own Residual (24_branches.cpp) is wired instead: it has no passes of its own.

#include <kiln.hpp>

#include <cstdio>
#include <iostream>

template <class F>
struct Residual {
    static constexpr int depth = 1;
    template <int>
    using Layer = F;
    template <int, class In>
    using LayerInput = In;
    static constexpr kiln::Fit shape(kiln::Extents in) { return kiln::fit_of_part<F>(0, in).that_puts_out(in); }

    template <class E, class In>
    struct Tape : kiln::TapeOfParts<Residual, E, In> {
        kiln::Tensor<E, In> f;
    };
    template <class E, class In, kiln::Wanted W>
    struct Scratch : kiln::ScratchOfParts<Residual, E, In, W> {
        kiln::Tensor<E, In> f;  // the slope of f(x); in inference f(x)
    };
    static constexpr void forward(const auto& x, auto& y, auto at) {
        auto& f = kiln::tape_or_scratch(at).f;
        kiln::forward_part<F>(x, f, kiln::child<0>(at));
        for (int i = 0; i < x.count; ++i) y[i] = x[i] + f[i];
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        at.scratch.f = dy;  // which F may overwrite
        kiln::backward_part<F>(x, at.tape.f, at.scratch.f, dx, kiln::child<0>(at));
        if constexpr (!kiln::is_nothing<decltype(dx)>)
            for (int i = 0; i < x.count; ++i) dx[i] += dy[i];
    }
};

using Block = Residual<kiln::Sequential<kiln::Linear<2, 16>, kiln::Tanh, kiln::Linear<16, 2>>>;
using Net = kiln::Sequential<Block, Block, kiln::Linear<2, 1>>;
using Model = kiln::Model<Net, kiln::Shape<2>>;
static_assert(Model::parameter_count == 2 * (2 * 16 + 16 + 16 * 2 + 2) + 3);

int main() {
    std::cout << kiln::summary<Model>() << '\n';

    // Whether two numbers have the same sign: no line separates those that do.
    std::vector<kiln::Tensor<float, kiln::Shape<2>>> inputs(400);
    std::vector<kiln::Tensor<float, kiln::Shape<1>>> targets(400);
    kiln::Random random{kiln::Seed{1}};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        inputs[i] = {random.uniform(-1, 1), random.uniform(-1, 1)};
        targets[i] = {inputs[i][0] * inputs[i][1] > 0 ? 1.0f : 0.0f};
    }
    static Model model{kiln::Seed{2}};
    static kiln::Trainer<Model, kiln::BinaryCrossEntropy, kiln::Adam, kiln::Batch<40>> trainer{
        model, kiln::Adam{.learning_rate = 0.01f}};
    const kiln::data::Dataset<kiln::Shape<2>, float, kiln::Tensor<float, kiln::Shape<1>>> points{inputs, targets};
    trainer.fit(points, {.epochs = 60});

    int right = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        right += (model.predict(inputs[i])[0] > 0) == (targets[i][0] > 0.5f) ? 1 : 0;
    std::printf("%d of %zu points are told right\n", right, inputs.size());
    return right > 370 ? 0 : 1;
}

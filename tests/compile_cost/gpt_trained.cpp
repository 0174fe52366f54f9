// SPDX-License-Identifier: BSL-1.0
// A small GPT of four blocks, trained.
#include <kiln/layers/activation.hpp>
#include <kiln/layers/attention.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/gated.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/position.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/branches.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/trainer.hpp>

#include <array>

namespace kiln::compile_cost {
constexpr int tokens = 65, frames = 64, features = 128;
using Block = Sequential<Residual<LayerNorm<features>, CausalAttention<4>>,
                         Residual<LayerNorm<features>, Each<Linear<features, 4 * features>>, GELU,
                                  Each<Linear<4 * features, features>>>>;
using Writer = Model<Sequential<Embedding<tokens, features>, Position<frames, features>, Repeat<4, Block>,
                                LayerNorm<features>, Each<Linear<features, tokens>>>,
                     Tokens<tokens, frames>>;

void train() {
    static Writer model{Seed{42}};
    static Trainer<Writer, CrossEntropy, AdamW, Batch<12>> trainer{model, AdamW{}};
    static const std::array<Tensor<float, Writer::Input>, 12> texts{};
    static const std::array<Tensor<int, Shape<frames>>, 12> next{};
    trainer.step(texts, next);
    model.predict(texts[0]);
}
}  // namespace kiln::compile_cost

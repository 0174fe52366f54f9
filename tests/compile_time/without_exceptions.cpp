// SPDX-License-Identifier: BSL-1.0
// flags: -fno-exceptions -fno-rtti
// Files of models and trainings in a program without exceptions: every failure is a Result.

#include <kiln/io/checkpoints.hpp>
#include <kiln/io/describe.hpp>
#include <kiln/io/embedded.hpp>
#include <kiln/io/export_header.hpp>
#include <kiln/io/safetensors.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/mean_squared_error.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/trainer.hpp>
#if __has_include(<zip.h>)
#include <kiln/io/npz.hpp>
#endif

using namespace kiln;

using Small = Model<Sequential<Linear<2, 4>, BatchNorm<4>, Linear<4, 1>>, Shape<2>>;
using Training = Trainer<Small, MeanSquaredError, Adam, Batch<4>>;

bool keep(Small& model, Training& trainer) {
    io::Checkpoints checkpoints{trainer, "small", {.every = 1, .best = true, .resume = true}};
    [[maybe_unused]] const FitOptions options{.checkpoints = checkpoints};
    return io::save_safetensors(model, "small.safetensors") && io::load_safetensors(model, "small.safetensors") &&
           io::save_checkpoint(trainer, "small.last") && io::load_checkpoint(trainer, "small.last") &&
           io::export_header(model, "small.hpp") && !io::describe(model).nodes.empty();
}

#if __has_include(<zip.h>)
bool exchange(Small& model) { return io::save_npz(model, "small.npz") && io::load_npz(model, "small.npz"); }
#endif

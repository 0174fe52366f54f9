// SPDX-License-Identifier: BSL-1.0
#pragma once
// Kiln: a neural network is a type. This header brings everything that needs nothing but Boost headers and the standard
// library; what needs another library is included by itself (kiln/data/idx.hpp needs zlib) and has a CMake target of
// its own.

#include <kiln/core/contract.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/file_error.hpp>
#include <kiln/core/initialize.hpp>
#include <kiln/core/lanes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/overlay.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/real.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/replace_file.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/kernels/correlate.hpp>
#include <kiln/kernels/correlate_input_gradient.hpp>
#include <kiln/kernels/correlate_pool.hpp>
#include <kiln/kernels/correlate_weight_gradient.hpp>
#include <kiln/kernels/epilogue.hpp>
#include <kiln/kernels/pointwise.hpp>
#include <kiln/kernels/pool.hpp>
#include <kiln/kernels/product.hpp>
#include <kiln/kernels/tile.hpp>
#include <kiln/kernels/transpose.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/plan.hpp>
#include <kiln/model/summary.hpp>
#include <kiln/model/unbuilt.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/denormals.hpp>
#include <kiln/train/evaluate.hpp>
#include <kiln/train/progress.hpp>
#include <kiln/train/threads.hpp>
#include <kiln/train/trainer.hpp>
#include <kiln/train/update.hpp>

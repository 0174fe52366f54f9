// SPDX-License-Identifier: BSL-1.0
#pragma once
// The contracts between Kiln's rooms: the doors through which layers, losses and optimizers (the leaves) and containers,
// models and trainers (the machinery) know each other. A user's own layer is as good as ours.
//
//   core/contract/layer.hpp       LAYER             shape, records, forward, backward
//   core/contract/records.hpp                       parameters_t, gradients_t, state_t, tape_t, scratch_t, … of a layer
//   core/contract/statistics.hpp  BATCH STATISTICS  layers that compute with sums over all samples of a batch
//   core/contract/claims.hpp      CLAIMS            what a layer says of itself, to be fused, folded, frozen, exported
//   core/contract/container.hpp   CONTAINER         layers made of layers; core/container.hpp has what they are written with
//   core/contract/loss.hpp        LOSS              targets, values, slopes, shares
//   core/contract/optimizer.hpp   OPTIMIZER         rules, moments, rates
//   core/contract/data.hpp        DATA SET, LOADER  where samples and targets come from
//   core/contract/threads.hpp     THREADS           tasks at once
//   core/scheme.hpp               SCHEME            how weights start
//
// Words, each for one idea:
//
//   element     the number type that a layer computes with: float, double, lanes, a dual number
//   lane        one of the samples that an element holds side by side
//   scalar      the number type of parameters that goes with an element
//   shape       a type, Shape<8, 13, 13>; extents: the same as a value
//   sample      one input; target: what its output is compared with; label: a target that is a class
//   batch       the samples of one step; share: how much a sample counts in the batch's mean
//   pass        one run over a network, forward or backward, with a sample in each lane
//   step        all passes of a batch, and one update of the parameters; epoch: one run over the data
//   context     everything that a pass hands a layer besides x and y
//   record      named tensors of a layer, or the tuple of a container's parts' records
//   parameters  what is learned; gradients: their derivatives; moments: what an optimizer keeps for each
//   state       what persists but is not learned; observed: sums from which it is settled
//   statistics  measurements of a batch that a layer computes with
//   tape        what backward needs of forward; scratch: working memory of one pass
//   slope       the derivative with respect to a value: dy of the output, dx of the input
//   claim       what a layer says of itself and a law checks
//   part        a layer within a container; position: its number there
//   stage       what runs of a chain: a layer, or several fused in one
//   edge        the value between two stages
//   section     the stages between two cuts; cut: a layer with statistics, at which all passes of a step wait
//   shard       what one thread updates of every parameter
//   checkpoint  a training in a file
//   plan        elements and memory, chosen while compiling

#include <kiln/core/contract/claims.hpp>
#include <kiln/core/contract/container.hpp>
#include <kiln/core/contract/data.hpp>
#include <kiln/core/contract/layer.hpp>
#include <kiln/core/contract/loss.hpp>
#include <kiln/core/contract/optimizer.hpp>
#include <kiln/core/contract/records.hpp>
#include <kiln/core/contract/statistics.hpp>
#include <kiln/core/contract/threads.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/fit.hpp>
#include <kiln/core/pass.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

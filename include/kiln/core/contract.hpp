// SPDX-License-Identifier: BSL-1.0
#pragma once
// The contracts between Kiln's rooms. Layers, losses and optimizers on one side, containers, models and trainers on the
// other know each other through these doors only, so a user's own layer is as good as ours.
//
// Words, each for one idea:
//
//   element     the number type that a layer computes with: float, double, lanes, a dual number; its scalar is the
//               number type of the parameters that go with the element
//   lane        the place of one sample in an element
//   shape       the sizes of a tensor as a type, Shape<8, 13, 13>; extents are the same sizes as a value
//   target      the value that the output for a sample is compared with; a label is a target that is a class
//   loss        a function of outputs and targets, which training makes small
//   batch       the samples of one step
//   share       the weight of a sample in the mean loss of its batch
//   pass        one run over a network, forward or backward, with a sample in each lane
//   frame       what a sequence has at one point in time; a sample has T frames, the last of which may be padding
//   stream      a sequence without end, which a network computes some frames at a time; a carry is what it keeps
//   rank        one of several programs, or threads, that train one model together
//   step        all passes of a batch, then one update of the parameters; an epoch is one run over the data
//   context     everything that a pass gives a layer besides x and y, such as parameters, tape and scratch
//   record      the tensors of a layer by their names, or the tuple of the records of a container's parts
//   gradient    the derivative of the loss with respect to a parameter
//   slope       the derivative of the loss with respect to a value: dy for the output, dx for the input
//   tape        values that forward keeps for backward
//   scratch     working memory of one pass
//   state       numbers that persist but are not learned, such as running means
//   observed    sums that passes add to, from which the state is settled
//   settle      to update the state, once a step
//   statistics  measurements of a whole batch, with which a layer computes
//   claim       a statement of a layer about its own forward; other code relies on claims, and laws check them
//   fuse        to run several layers as one, so that the values between them are never stored
//   fold        to make a network for inference alone, without the layers that only training needs
//   part        a layer within a container; its position is its number there
//   stage       one layer, or several fused, as a chain runs them; an edge is the value between two stages
//   section     the stages between two cuts; a cut is a layer with statistics, at which all passes of a step wait
//   expression  a layer or a loss as a formula of tensors, of which the derivatives follow; a primitive is one
//               operation of it, a symbol one value
//   recording   a forward pass as a value, with everything that its backward pass needs
//   learner     an optimizer with the gradients of one model and its moments, which sum up earlier gradients
//   plan        the elements and the memory of a model, chosen while compiling
//   constant    a value that the compiler computes; a trained model can be one
//   checkpoint  a training in a file
//
// The contracts:
//
//   core/contract/layer.hpp       LAYER             shape, records, forward, backward
//   core/contract/records.hpp                       the records of a layer: parameters_t, state_t, tape_t, …
//   core/contract/statistics.hpp  BATCH STATISTICS  layers that compute with sums over all samples of a batch
//   core/contract/claims.hpp      CLAIMS            members by which a layer is fused, folded, frozen and exported
//   core/contract/container.hpp   CONTAINER         layers made of layers; core/container.hpp helps to write one
//   core/contract/wiring.hpp      WIRED CONTAINER   containers whose parts form a graph
//   core/contract/stream.hpp      STREAM            layers that run frame by frame
//   core/contract/kind.hpp        KIND              layers that other programs know, for their files
//   core/contract/lengths.hpp     LENGTHS           sequences that are shorter than their shape
//   core/contract/loss.hpp        LOSS              targets, values, slopes, shares
//   core/contract/optimizer.hpp   OPTIMIZER         rules, moments, learning rates
//   core/contract/data.hpp        DATA SET, LOADER  sources of samples and targets
//   core/contract/threads.hpp     THREADS           tasks that run at the same time
//   core/contract/ranks.hpp       RANKS             programs that train one model together
//   core/scheme.hpp               SCHEME            starting values of weights

#include <kiln/core/contract/claims.hpp>
#include <kiln/core/contract/container.hpp>
#include <kiln/core/contract/data.hpp>
#include <kiln/core/contract/kind.hpp>
#include <kiln/core/contract/layer.hpp>
#include <kiln/core/contract/lengths.hpp>
#include <kiln/core/contract/loss.hpp>
#include <kiln/core/contract/optimizer.hpp>
#include <kiln/core/contract/records.hpp>
#include <kiln/core/contract/statistics.hpp>
#include <kiln/core/contract/stream.hpp>
#include <kiln/core/contract/threads.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/element.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/core/fit.hpp>
#include <kiln/core/pass.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

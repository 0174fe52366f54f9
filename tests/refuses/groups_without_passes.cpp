// SPDX-License-Identifier: BSL-1.0
// expects: Groups needs for each group as many samples of the batch as the element has lanes, got fewer; try fewer groups
#include <kiln.hpp>
using M = kiln::Model<kiln::Linear<4, 3>, kiln::Shape<4>>;
#ifdef REPAIRED
using Groups = kiln::Groups<4>;
#else
using Groups = kiln::Groups<5>;
#endif
using Trainer = kiln::Trainer<M, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>, kiln::Lanes<float, 16>, Groups>;
static_assert(Trainer::batch_size == 64);

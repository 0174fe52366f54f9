// SPDX-License-Identifier: BSL-1.0
#pragma once
// A record of random numbers, for tests of what is done to records.

#include "laws/networks.hpp"
#include "laws/samples.hpp"

namespace kiln::laws {

// Tensors of 1, 17 and 37 elements, and more: whole native vectors and remainders.
using Record = parameters_t<Sequential<Linear<1, 1>, Linear<1, 17>, ReLU, Linear<17, 37>>, float, Shape<1>>;

inline Record random_record(std::uint64_t seed) {
    Record record;
    Random random{Seed{seed}};
    fill_record<float>(record, random);
    return record;
}

}  // namespace kiln::laws

// SPDX-License-Identifier: BSL-1.0
// expects: the tensors of a file need a Model, got a OneOf; try the model in it: visit
#include <kiln/io/state_dict.hpp>
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    const Net net;
    return io::state_dict(net).size() > 1;
}

// SPDX-License-Identifier: BSL-1.0
// expects: describe needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    const Net net;
    return io::describe(net).nodes.empty() ? 0 : 1;
}

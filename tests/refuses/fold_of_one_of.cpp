// SPDX-License-Identifier: BSL-1.0
// expects: fold needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    const Net net;
    return argmax(fold(net).predict({1, 2, 3}));
}

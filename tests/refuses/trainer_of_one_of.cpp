// SPDX-License-Identifier: BSL-1.0
// expects: Trainer needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    static Net net;
    static Trainer<Net, CrossEntropy, SGD, Batch<8>> trainer{net, {}};
    return trainer.step({}, {}) > 0;
}

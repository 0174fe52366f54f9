// SPDX-License-Identifier: BSL-1.0
// expects: Learner needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    static Net net;
    static Learner<Net, SGD> learner{net, SGD{}};
    return learner.apply() ? 0 : 1;
}

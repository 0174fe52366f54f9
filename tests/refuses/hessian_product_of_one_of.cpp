// SPDX-License-Identifier: BSL-1.0
// expects: HessianProduct needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    static HessianProduct<Net, CrossEntropy> product;
    return product({}, {}, {}, {}).loss > 0;
}

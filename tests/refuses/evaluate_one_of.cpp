// SPDX-License-Identifier: BSL-1.0
// expects: evaluate needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    const Net net;
    return evaluate(net, data::Dataset<Shape<3>>{{}, {}}).samples;
}

// SPDX-License-Identifier: BSL-1.0
// expects: add_mistakes needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    const Net net;
    Report report;
    add_mistakes(report, net, data::Dataset<Shape<3>>{{}, {}});
}

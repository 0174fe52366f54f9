// SPDX-License-Identifier: BSL-1.0
// expects: Recording needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    static Net net;
    static Recording<Net> recording;
    return argmax(recording.forward(net));
}

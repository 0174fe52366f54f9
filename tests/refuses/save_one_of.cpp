// SPDX-License-Identifier: BSL-1.0
// expects: save_safetensors needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    const Net net;
    return io::save_safetensors(net, "net.safetensors") ? 0 : 1;
}

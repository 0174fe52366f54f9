// SPDX-License-Identifier: BSL-1.0
// expects: export_header needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include "one_of.hpp"
int main() {
    const Net net;
    return io::export_header(net, "net.hpp", {.name = "net"}) ? 0 : 1;
}

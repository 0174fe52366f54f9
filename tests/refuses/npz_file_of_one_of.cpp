// SPDX-License-Identifier: BSL-1.0
// needs: zip.h
// expects: load_npz needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include <kiln/io/npz.hpp>
#include "one_of.hpp"
int main() {
    static Net net;
    return io::load_npz(net, "net.npz") ? 0 : 1;
}

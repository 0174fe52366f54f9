// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
// expects: load_rtneural needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include <kiln/io/keras.hpp>
#include "one_of.hpp"
int main() {
    static Net net;
    return io::load_rtneural(net, "net.json") ? 0 : 1;
}

// SPDX-License-Identifier: BSL-1.0
// needs: onnx/onnx_pb.h
// expects: export_onnx needs a Model, got a OneOf; try the model in it: visit
#include <kiln.hpp>
#include <kiln/io/onnx.hpp>
#include "one_of.hpp"
int main() {
    const Net net;
    return io::export_onnx(net, "net.onnx") ? 0 : 1;
}

# SPDX-License-Identifier: BSL-1.0
"""python3 -I onnx.py PROGRAM FOLDER: lets the program (onnx.cpp) export its networks into the folder, and judges each.

ONNX's own checker has to find it sound, and its inference of shapes has to arrive at the outputs' shapes that the file
states. And the operators, each done by the function of PyTorch that ONNX defines it by, in double precision, have to make
of the inputs what Kiln predicted in single precision.

(-I keeps Python from taking this file for the module onnx.)
"""

import math
import pathlib
import shutil
import subprocess
import sys

import onnx
import onnx.checker
import onnx.numpy_helper
import onnx.shape_inference
import torch
import torch.nn.functional as F

# Differences of an output, relative to the largest number of that output: the roundings, in single precision, of sums of
# up to 1352 products. Whatever is done otherwise than it should be differs in the first digits.
TOLERANCE = 5e-6


def window(a):
    """What the operators with a window have in common; pads are the same on either side."""
    pads = a.pop("pads", [0, 0])
    half = len(pads) // 2
    assert pads[:half] == pads[half:]
    return {"stride": a.pop("strides"), "padding": pads[:half]}


def convolve(function, a, x, weight, bias=None, **more):
    assert a.pop("kernel_shape") == list(weight.shape[2:])
    return function(x, weight, bias, groups=a.pop("group", 1), **window(a), **more)


def convolve_in_time(a, x, weight, bias=None):
    """Over one dimension; causal convolutions have zeros before it alone."""
    x = F.pad(x, a.pop("pads"))
    assert a.pop("kernel_shape") == list(weight.shape[2:])
    return F.conv1d(x, weight, bias, a.pop("strides"), dilation=a.pop("dilations"), groups=a.pop("group", 1))


def convolution(a, x, *inputs):
    return convolve(F.conv2d, a, x, *inputs) if x.dim() == 4 else convolve_in_time(a, x, *inputs)


def average_pool(a, x):
    pool, counts_padding = (F.avg_pool2d if x.dim() == 4 else F.avg_pool1d), bool(a.pop("count_include_pad", 0))
    return pool(x, a.pop("kernel_shape"), count_include_pad=counts_padding, **window(a))


def reshape(a, x, sizes):
    return x.reshape([old if new == 0 else int(new) for old, new in zip(list(x.shape) + [None] * 9, sizes)])


def resize(a, x, region, scales):
    assert region is None
    assert a.pop("mode") == "nearest" and a.pop("nearest_mode") == "floor"
    assert a.pop("coordinate_transformation_mode") == "asymmetric"  # x_original = x_resized / scale
    for axis, scale in enumerate(scales.tolist()):
        places = torch.floor(torch.arange(int(x.shape[axis] * scale)) / scale).long()
        x = x.index_select(axis, places)
    return x


def gemm(a, x, weight, bias=0):
    return x @ (weight.T if a.pop("transB", 0) else weight) + bias


def recurrent(module, order, a, x, weights, hidden, biases):
    """PyTorch's module, with ONNX's gates in PyTorch's order; the first output [time][direction][batch][units]."""
    size, two = a.pop("hidden_size"), a.pop("direction", "forward") == "bidirectional"
    if module is torch.nn.GRU:
        assert a.pop("linear_before_reset") == 1
    layer = module(x.shape[2], size, bidirectional=two).double()
    with torch.no_grad():
        for d, end in enumerate(["", "_reverse"][: 1 + two]):
            input_bias, hidden_bias = biases[d].chunk(2)
            for name, tensor in (
                ("weight_ih_l0", weights[d]), ("weight_hh_l0", hidden[d]), ("bias_ih_l0", input_bias),
                ("bias_hh_l0", hidden_bias)):
                gates = tensor.chunk(len(order))
                getattr(layer, name + end).copy_(torch.cat([gates[k] for k in order]))
        y = layer(x)[0]
    return y.reshape(*y.shape[:2], 1 + two, size).permute(0, 2, 1, 3)


# Each takes its attributes out of `a`; one that is left is one that nobody heeded.
OPERATORS = {
    "Add": lambda a, x, y: x + y,
    "AveragePool": average_pool,
    "BatchNormalization": lambda a, x, weight, bias, mean, variance: F.batch_norm(
        x, mean, variance, weight, bias, training=False, eps=a.pop("epsilon", 1e-5)),
    "Concat": lambda a, *inputs: torch.cat(inputs, a.pop("axis")),
    "Conv": convolution,
    "ConvTranspose": lambda a, *inputs: convolve(
        F.conv_transpose2d, a, *inputs, output_padding=a.pop("output_padding")),
    "Elu": lambda a, x: F.elu(x, a.pop("alpha", 1.0)),
    "Erf": lambda a, x: torch.erf(x),
    "Flatten": lambda a, x: x.flatten(a.pop("axis", 1)),
    "GRU": lambda a, *inputs: recurrent(torch.nn.GRU, (1, 0, 2), a, *inputs),
    "Gather": lambda a, x, indices: x.index_select(a.pop("axis"), indices.long()),
    "Gemm": gemm,
    "GlobalAveragePool": lambda a, x: x.mean(tuple(range(2, x.dim())), keepdim=True),
    "GlobalMaxPool": lambda a, x: x.amax(tuple(range(2, x.dim())), keepdim=True),
    "HardSwish": lambda a, x: F.hardswish(x),
    "Identity": lambda a, x: x,
    "LSTM": lambda a, *inputs: recurrent(torch.nn.LSTM, (0, 2, 3, 1), a, *inputs),
    "LayerNormalization": lambda a, x, weight, bias: F.layer_norm(
        x, x.shape[a.pop("axis", -1):], weight, bias, a.pop("epsilon", 1e-5)),
    "LeakyRelu": lambda a, x: F.leaky_relu(x, a.pop("alpha", 0.01)),
    "LogSoftmax": lambda a, x: F.log_softmax(x, a.pop("axis", -1)),
    "MatMul": lambda a, x, y: x @ y,
    "MaxPool": lambda a, x: (F.max_pool2d if x.dim() == 4 else F.max_pool1d)(x, a.pop("kernel_shape"), **window(a)),
    "Mul": lambda a, x, y: x * y,
    "RNN": lambda a, *inputs: recurrent(torch.nn.RNN, (0,), a, *inputs),
    "Relu": lambda a, x: F.relu(x),
    "Reshape": reshape,
    "Resize": resize,
    "Sigmoid": lambda a, x: torch.sigmoid(x),
    "Slice": lambda a, x, begin, end, axes: x[tuple(
        slice(int(begin[list(axes).index(k)]), int(end[list(axes).index(k)])) if k in axes else slice(None)
        for k in range(x.dim()))],
    "Softmax": lambda a, x: F.softmax(x, a.pop("axis", -1)),
    "Softplus": lambda a, x: F.softplus(x),
    "Tanh": lambda a, x: torch.tanh(x),
    "Transpose": lambda a, x: x.permute(a.pop("perm")),
}


def evaluate(graph, inputs):
    """The outputs of a graph."""
    values = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()).double() for t in graph.initializer}
    values.update({"": None}, **{end.name: x for end, x in zip(graph.input, inputs)})
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        attributes = {name: a.decode() if isinstance(a, bytes) else a for name, a in attributes.items()}
        values[node.output[0]] = OPERATORS[node.op_type](attributes, *(values[name] for name in node.input))
        assert not attributes, f"{node.name}: attributes {list(attributes)} are unknown here"
    return [values[end.name] for end in graph.output]


def sizes(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def floats(path, ends):
    """The numbers of each end of a graph: the file has for each sample all ends, one after the other."""
    shapes = [sizes(end)[1:] for end in ends]
    counts = [math.prod(shape) for shape in shapes]
    numbers = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.float32).reshape(-1, sum(counts)).double()
    return [part.reshape(-1, *shape) for part, shape in zip(numbers.split(counts, 1), shapes)]


def judge(path):
    """The largest difference between an output of Kiln and this one's, relative to the largest number in it."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)

    assert all(sizes(end)[0] == "N" for end in [*model.graph.input, *model.graph.output])
    stated = [sizes(end) for end in model.graph.output]
    silent = onnx.load(path)
    for end in silent.graph.output:
        end.type.tensor_type.ClearField("shape")
    inferred = [sizes(end) for end in onnx.shape_inference.infer_shapes(
        silent, strict_mode=True, data_prop=True).graph.output]
    if any(node.op_type == "Resize" for node in model.graph.node):
        inferred[0][0] = "N"  # its scale is 1, but that is more than inference finds out
    for end in inferred:
        if str(end[0]).startswith("unk__"):
            end[0] = "N"  # a Reshape to [-1, ...] made it, whose size has a new name
    assert inferred == stated, f"shapes {stated}, inferred {inferred}"

    largest = 0.0
    ours = evaluate(model.graph, floats(path.with_suffix(".input"), model.graph.input))
    for end, x, y in zip(model.graph.output, ours, floats(path.with_suffix(".output"), model.graph.output)):
        assert x.shape == y.shape, f"{end.name}: shape {list(y.shape)}, evaluated {list(x.shape)}"
        largest = max(largest, ((x - y).abs().max() / y.abs().max()).item())
    return largest


def main(program, folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([program, folder], check=True)
    failures = 0
    paths = sorted(folder.glob("*.onnx"))
    for path in paths:
        try:
            difference = judge(path)
            fault = "" if difference <= TOLERANCE else f"FAILED: more than {TOLERANCE}"
        except Exception as error:  # of the checker, of PyTorch, or an assertion here
            difference, fault = float("nan"), f"FAILED: {type(error).__name__}: {error}"
        print(f"{path.stem:30} {difference:8.1e} {fault}")
        failures += bool(fault)
    unused = set(OPERATORS) - {node.op_type for path in paths for node in onnx.load(path).graph.node}
    if unused:
        print(f"FAILED: no network uses {sorted(unused)}")
    print(f"{len(paths)} networks, {failures} failures")
    return 1 if failures or unused or not paths else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the golden values: what PyTorch computes where Kiln has to compute the same.

    /usr/bin/python3 tests/golden/generate.py [FAMILY...]

Debian's python3-torch (1.13) is enough. Each family is a file values/FAMILY.txt and is compared by FAMILY.cpp, for
instance layers; without a name all are written. Running it again writes the same bytes. The tests read the files only,
so nobody needs PyTorch to run them.

What goes in is not stored: both sides draw it, name by name, from the same integer hash (`draw` below, golden::draw in
values.hpp). It is exactly representable in single precision. What comes out is computed by PyTorch in double precision
and written with eight digits, so that the differences the tests see are the rounding of Kiln alone. Only of whole
training runs are there two: what PyTorch computes in single precision, which is what its users see, and in double.

The format: a name, the number of extents, the extents, and as many numbers, all separated by white space; lines that
begin with # are comments.
"""

import argparse
import gzip
import pathlib
import warnings

import numpy
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
BATCH = 16  # samples of a batch: a lane for each, or one after the other


def draw(name, *extents, low=-1.0, high=1.0):
    """Uniform numbers that depend on the name alone, as floats: SplitMix64 from the FNV-1a hash of the name."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    count = int(numpy.prod(extents))
    with numpy.errstate(over="ignore"):  # arithmetic modulo 2^64
        x = numpy.uint64(seed) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        x = x ^ (x >> numpy.uint64(31))
    uniform = (x >> numpy.uint64(40)).astype(numpy.float64) * 2.0**-24
    low, high = numpy.float32(low), numpy.float32(high)
    values = numpy.float64(numpy.float32(high - low)) * uniform + numpy.float64(low)
    return torch.from_numpy(values.astype(numpy.float32).reshape(extents))


def single(**settings):
    """Settings of a method, rounded to single precision, which is what Kiln keeps them in."""
    return {key: float(numpy.float32(value)) if isinstance(value, float) else value for key, value in settings.items()}


class Values:
    """One file of golden values."""

    def __init__(self, family):
        self.path = HERE / "values" / f"{family}.txt"
        self.lines = ["# What PyTorch computes, made by tests/golden/generate.py, where the format is described."]

    def add(self, name, tensor, digits=8):
        assert " " not in name, name
        numbers = [f"{value:.{digits}g}" for value in tensor.detach().double().flatten().tolist()]
        self.lines.append(" ".join([name, str(tensor.dim()), *map(str, tensor.shape)]))
        self.lines += [" ".join(numbers[i : i + 12]) for i in range(0, len(numbers), 12)]

    def write(self):
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text("\n".join(self.lines) + "\n")
        print(f"{self.path}: {self.path.stat().st_size} bytes")


def add_layer(values, name, module, *extents, bound=1.0, grid=None, run=None):
    """A layer (called by `run`, if given) on a batch of inputs: y, dx, and the sums of its parameters' gradients.

    Inputs are between -bound and bound; on a grid they are multiples of 1 / grid, so that some are equal and some 0.
    Of layers with state (running means) also the state after that, and what they then give in inference.
    """
    module = module.double()
    state = {key: tensor for key, tensor in module.named_buffers() if tensor.is_floating_point()}
    with torch.no_grad():
        for key, tensor in state.items():
            tensor.copy_(draw(f"{name}/{key}", *tensor.shape, low=0.5, high=1.5))
        for parameter_name, parameter in module.named_parameters():
            parameter.copy_(draw(f"{name}/{parameter_name}", *parameter.shape, low=-0.5, high=0.5))
    x = draw(f"{name}/x", BATCH, *extents, low=-bound, high=bound).double()
    if grid:
        x = torch.floor(x * grid) / grid
    x.requires_grad_()
    y = (run or module)(x)
    y.backward(draw(f"{name}/dy", *y.shape).double())
    values.add(f"{name}/y", y)
    values.add(f"{name}/dx", x.grad)
    for parameter_name, parameter in module.named_parameters():
        values.add(f"{name}/{parameter_name}", parameter.grad)
    if state:
        for key, tensor in state.items():
            values.add(f"{name}/{key}", tensor)
        values.add(f"{name}/inference", module.eval()(x))


def drawn(values):
    values.add("between_1", draw("between_1", 8), digits=9)
    values.add("between_other_bounds", draw("between_other_bounds", 8, low=-0.1, high=0.3), digits=9)


def layers(values):
    add_layer(values, "Linear<7,3>", nn.Linear(7, 3), 7)
    linear = nn.Linear(24, 17)
    add_layer(values, "Linear<24,17>", linear, 2, 3, 4, run=lambda x: linear(x.flatten(1)))
    add_layer(values, "Linear<7,3,none>", nn.Linear(7, 3, bias=False), 7)
    add_layer(values, "Conv<3,5,3,2,1>", nn.Conv2d(3, 5, 3, 2, 1), 3, 5, 6)
    add_layer(values, "Conv<2,4,3>", nn.Conv2d(2, 4, 3), 2, 4, 5)
    add_layer(values, "Conv<3,4,1>", nn.Conv2d(3, 4, 1), 3, 2, 3)
    add_layer(values, "Conv<1,3,5,1,2>", nn.Conv2d(1, 3, 5, 1, 2), 1, 4, 5)
    add_layer(values, "Conv<2,3,2,3>", nn.Conv2d(2, 3, 2, 3), 2, 5, 6)
    add_layer(values, "Conv<2,4,3,1,1,2,none>", nn.Conv2d(2, 4, 3, 1, 1, groups=2, bias=False), 2, 3, 2)
    add_layer(values, "Pool<2>", nn.MaxPool2d(2), 2, 5, 4)
    add_layer(values, "Pool<3,2>", nn.MaxPool2d(3, 2), 1, 6, 5)
    add_layer(values, "Pool<2>_of_equals", nn.MaxPool2d(2), 1, 4, 4, grid=2)
    add_layer(values, "ReLU", nn.ReLU(), 2, 2, 3)
    add_layer(values, "ReLU_of_zeros", nn.ReLU(), 8, grid=2)
    add_layer(values, "Tanh", nn.Tanh(), 2, 2, 3, bound=4)
    add_layer(values, "Flatten", nn.Flatten(), 1, 3, 2)
    add_layer(
        values,
        "Network",
        nn.Sequential(nn.Conv2d(1, 3, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(36, 5), nn.Tanh()),
        *(1, 8, 10),
    )
    maps, rest = (nn.Conv2d(1, 3, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2)), (nn.Flatten(), nn.Linear(36, 5, bias=False))
    add_layer(values, "UnbiasedNetwork", nn.Sequential(*maps, *rest, nn.Tanh()), 1, 8, 10)


def maps(values):
    add_layer(values, "Conv<4,6,3,1,1,2>", nn.Conv2d(4, 6, 3, 1, 1, groups=2), 4, 4, 5)
    add_layer(values, "Conv<3,6,3,2,1,3>", nn.Conv2d(3, 6, 3, 2, 1, groups=3), 3, 5, 6)
    add_layer(values, "ConvTranspose<3,2,3>", nn.ConvTranspose2d(3, 2, 3), 3, 3, 4)
    add_layer(values, "ConvTranspose<2,4,4,2,1>", nn.ConvTranspose2d(2, 4, 4, 2, 1), 2, 3, 4)
    add_layer(values, "ConvTranspose<3,1,3,3,1,2>", nn.ConvTranspose2d(3, 1, 3, 3, 1, 2), 3, 2, 3)
    add_layer(values, "ConvTranspose<3,2,3,1,1,0,none>", nn.ConvTranspose2d(3, 2, 3, 1, 1, bias=False), 3, 2, 3)
    add_layer(values, "Upsample<3>", nn.Upsample(scale_factor=3), 2, 2, 3)
    add_layer(values, "Pool<3,2,1>", nn.MaxPool2d(3, 2, 1), 2, 5, 6)
    add_layer(values, "Pool<2,1,1>", nn.MaxPool2d(2, 1, 1), 1, 3, 4)
    add_layer(values, "AveragePool<2>", nn.AvgPool2d(2), 2, 5, 4)
    add_layer(values, "AveragePool<3,2,1>", nn.AvgPool2d(3, 2, 1), 2, 5, 6)
    pool = nn.AdaptiveAvgPool2d(1)
    add_layer(values, "GlobalAveragePool", pool, 3, 4, 5, run=lambda x: pool(x).flatten(1))
    add_layer(
        values,
        "AutoencoderNetwork",
        nn.Sequential(
            nn.Conv2d(1, 3, 3, 2, 1), nn.ReLU(), nn.ConvTranspose2d(3, 2, 4, 2, 1), nn.SiLU(), nn.Conv2d(2, 2, 3, 1, 1, groups=2)
        ),
        1,
        6,
        6,
    )


class Parts(nn.Module):
    """Modules and functions one after the other, with positions as names; a recurrent module gives its sequence."""

    def __init__(self, **parts):
        super().__init__()
        self.order = [(key[1:], part) for key, part in parts.items()]
        for key, part in self.order:
            if isinstance(part, nn.Module):
                self.add_module(key, part)

    def forward(self, x):
        for _, part in self.order:
            x = part(x)
            x = x[0] if isinstance(x, tuple) else x
        return x


def last(x):
    return x[:, -1]


def recurrent(values):
    def add(name, module, frames, features):
        add_layer(values, name, module, frames, features, run=lambda x: module(x)[0])

    add("RNN<3,5>", nn.RNN(3, 5, batch_first=True), 4, 3)
    add("RNN<2,17>", nn.RNN(2, 17, batch_first=True), 5, 2)
    add("GRU<3,5>", nn.GRU(3, 5, batch_first=True), 4, 3)
    add("GRU<17,16>", nn.GRU(17, 16, batch_first=True), 6, 17)
    add("GRU<1,20>", nn.GRU(1, 20, batch_first=True), 3, 1)
    add("LSTM<3,5>", nn.LSTM(3, 5, batch_first=True), 4, 3)
    add("LSTM<16,18>", nn.LSTM(16, 18, batch_first=True), 5, 16)
    add("Bidirectional<RNN<3,4>>", nn.RNN(3, 4, batch_first=True, bidirectional=True), 4, 3)
    add("Bidirectional<GRU<2,5>>", nn.GRU(2, 5, batch_first=True, bidirectional=True), 5, 2)
    add("Bidirectional<LSTM<3,4>>", nn.LSTM(3, 4, batch_first=True, bidirectional=True), 3, 3)
    long_short = nn.LSTM(5, 6, batch_first=True)
    network = Parts(_0=nn.GRU(3, 5, batch_first=True), _1=long_short, _2=last, _3=nn.Linear(6, 4))
    add_layer(values, "RecurrentNetwork", network, 6, 3)


def convolutions(values):
    """Along time, which comes first: PyTorch takes (channels, time)."""

    def add(name, module, *extents, before=0):
        add_layer(values, name, module, *extents, run=lambda x: module(nn.functional.pad(x.mT, (before, 0))).mT)

    add("Conv1d<3,5,3>", nn.Conv1d(3, 5, 3), 8, 3)
    add("Conv1d<4,6,3,2,1,2,2>", nn.Conv1d(4, 6, 3, 2, 1, 2, groups=2), 9, 4)
    add("Conv1d<6,6,3,1,1,1,6>", nn.Conv1d(6, 6, 3, padding=1, groups=6), 7, 6)
    add("Conv1d<2,3,2,3,0,1,1,none>", nn.Conv1d(2, 3, 2, 3, bias=False), 8, 2)
    add("CausalConv1d<3,5,3,2>", nn.Conv1d(3, 5, 3, dilation=2), 9, 3, before=4)
    add("CausalConv1d<4,6,2,1,2>", nn.Conv1d(4, 6, 2, groups=2), 5, 4, before=1)
    add("Pool1d<3,2>", nn.MaxPool1d(3, 2), 8, 3)
    add("AveragePool1d<2>", nn.AvgPool1d(2), 7, 3)
    add_layer(values, "MeanOverTime", nn.Identity(), 6, 4, run=lambda x: x.mean(1))
    add_layer(values, "MaxOverTime", nn.Identity(), 6, 4, run=lambda x: x.max(1).values)
    add_layer(values, "Each<Linear<3,4>>", nn.Linear(3, 4), 6, 3)
    parts = nn.ModuleDict(
        {"0": nn.Conv1d(2, 8, 1), "1": nn.Conv1d(8, 8, 3), "3": nn.Conv1d(8, 8, 3, dilation=2), "6": nn.Linear(8, 3)}
    )

    def temporal(x):
        x = parts["0"](x.mT)
        x = torch.tanh(parts["1"](nn.functional.pad(x, (2, 0))))
        x = torch.relu(parts["3"](nn.functional.pad(x, (4, 0))))
        return parts["6"](x.mean(2))

    add_layer(values, "Temporal", parts, 20, 2, run=temporal)


def normalization(values):
    add_layer(values, "BatchNorm<5>", nn.BatchNorm1d(5), 5)
    add_layer(values, "BatchNorm<3>", nn.BatchNorm2d(3), 3, 2, 3)
    add_layer(values, "BatchNorm<2,0.3,1e-3>", nn.BatchNorm2d(2, eps=1e-3, momentum=0.3), 2, 3, 3)
    add_layer(values, "LayerNorm<10>", nn.LayerNorm(10), 10)
    add_layer(values, "LayerNorm<6>", nn.LayerNorm(6), 3, 6)
    add_layer(values, "LayerNorm<12,1e-3>", nn.LayerNorm((2, 2, 3), eps=1e-3), 2, 2, 3)
    maps, rest = (nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU()), (nn.Flatten(), nn.Linear(18, 5), nn.BatchNorm1d(5))
    add_layer(values, "NormalizedNetwork", nn.Sequential(*maps, *rest), 1, 5, 4)
    unbiased = nn.Sequential(nn.Conv2d(1, 3, 3, bias=False), nn.BatchNorm2d(3), nn.ReLU())
    add_layer(values, "UnbiasedNormalizedNetwork", unbiased, 1, 5, 4)


def add_embedding(values, name, words, features, *extents):
    """An embedding of drawn tokens, and the gradient of its weight."""
    module = nn.Embedding(words, features).double()
    with torch.no_grad():
        module.weight.copy_(draw(f"{name}/weight", words, features, low=-0.5, high=0.5))
    y = module(draw(f"{name}/x", BATCH, *extents, low=0, high=words).floor().long())
    y.backward(draw(f"{name}/dy", *y.shape).double())
    values.add(f"{name}/y", y)
    values.add(f"{name}/weight", module.weight.grad)


def attention(values):
    add_embedding(values, "Embedding<7,5>", 7, 5, 6)
    add_embedding(values, "Embedding<50,17>", 50, 17, 3, 1)  # most rows do not occur

    def add_attention(name, frames, features, heads, causal=False, **settings):
        module = nn.MultiheadAttention(features, heads, batch_first=True, **settings)
        mask = torch.full((frames, frames), -torch.inf, dtype=torch.double).triu(1) if causal else None
        run = lambda x: module(x, x, x, need_weights=False, attn_mask=mask)[0]
        add_layer(values, name, module, frames, features, run=run)

    add_attention("Attention<1>", 4, 3, 1)
    add_attention("Attention<2>", 5, 6, 2)
    add_attention("Attention<2,none>", 17, 4, 2, bias=False)
    add_attention("CausalAttention<1>", 1, 2, 1, causal=True)
    add_attention("CausalAttention<2>", 7, 4, 2, causal=True)
    add_attention("CausalAttention<3>", 18, 6, 3, causal=True)
    add_attention("CausalAttention<2,none>", 3, 34, 2, causal=True, bias=False)


def activations(values):
    for name, module, bound in (
        ("Sigmoid", nn.Sigmoid(), 6),
        ("Softplus", nn.Softplus(), 30),  # from 20 on PyTorch takes x itself, which differs by 2e-9
        ("GELU", nn.GELU(), 4),
        ("SiLU", nn.SiLU(), 6),
        ("ELU", nn.ELU(), 3),
        ("ELU<0.5>", nn.ELU(0.5), 3),
        ("LeakyReLU", nn.LeakyReLU(), 1),
        ("LeakyReLU<0.2>", nn.LeakyReLU(0.2), 1),
        ("HardSwish", nn.Hardswish(), 5),
        ("Softmax", nn.Softmax(1), 5),
        ("LogSoftmax", nn.LogSoftmax(1), 5),
    ):
        add_layer(values, name, module, 2, 2, 3, bound=bound)
    add_layer(values, "LeakyReLU<0.2>_of_zeros", nn.LeakyReLU(0.2), 5, grid=2)
    add_layer(values, "ELU<0.5>_of_zeros", nn.ELU(0.5), 5, grid=2)
    # Not at 3, where PyTorch 1.13 gives 1 in its vectors and 3/2 in the rest that does not fill one.
    add_layer(values, "HardSwish_at_its_lower_kink", nn.Hardswish(), 5, bound=3, grid=1)
    add_layer(values, "Softmax_of_a_vector", nn.Softmax(1), 10, bound=20)
    add_layer(values, "LogSoftmax_of_a_vector", nn.LogSoftmax(1), 10, bound=20)


def add_loss(values, name, loss, target, *extents, low=-3.0, high=3.0):
    """A loss of a batch of outputs between low and high: the mean, and its derivative."""
    y = draw(f"{name}/y", BATCH, *extents, low=low, high=high).double().requires_grad_()
    mean = loss(y, target)
    mean.backward()
    values.add(f"{name}/loss", mean.reshape(1))
    values.add(f"{name}/dy", y.grad)


def labels(name, classes):
    return (draw(f"{name}/target", BATCH, low=0, high=1).double() * classes).long()


def losses(values):
    add_loss(values, "CrossEntropy", nn.CrossEntropyLoss(), labels("CrossEntropy", 10), 10)
    add_loss(values, "CrossEntropy_large", nn.CrossEntropyLoss(), labels("CrossEntropy_large", 7), 7, low=-60, high=60)
    weights = draw("class_weights", 6, low=0.5, high=2).double()
    for name, settings in (
        ("CrossEntropy_smooth", {"label_smoothing": float(numpy.float32(0.1))}),
        ("CrossEntropy_weighted", {"weight": weights}),
        ("CrossEntropy_smooth_and_weighted", {"label_smoothing": float(numpy.float32(0.1)), "weight": weights}),
    ):
        add_loss(values, name, nn.CrossEntropyLoss(**settings), labels(name, 6), 6)
    add_loss(values, "Hinge", nn.MultiMarginLoss(), labels("Hinge", 5), 5)
    for name, loss in (
        ("MeanSquaredError", nn.MSELoss()),
        ("MeanAbsoluteError", nn.L1Loss()),
        ("Huber", nn.HuberLoss()),
        ("Huber_of_2", nn.HuberLoss(delta=2)),
    ):
        add_loss(values, name, loss, draw(f"{name}/target", BATCH, 2, 3, 3, low=-2, high=2).double(), 2, 3, 3)
    for name, loss in (
        ("BinaryCrossEntropy", nn.BCEWithLogitsLoss()),
        ("BinaryCrossEntropy_weighted", nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0).double())),
    ):
        target = draw(f"{name}/target", BATCH, 19, low=0, high=1).double()
        add_loss(values, name, loss, target, 19, low=-20, high=20)
    target = draw("KLDivergence/target", BATCH, 7, low=-0.2, high=1).double().clamp(min=0)  # some are 0
    add_loss(values, "KLDivergence", nn.KLDivLoss(reduction="batchmean"), target, 7, low=-4, high=0)


STEPS = 10


def add_optimizer(values, name, method, clip=None, **settings):
    """Weights after each of ten steps with gradients between -1 and 1, clipped by a function if there is one."""
    weights = 21
    w = nn.Parameter(draw(f"{name}/w", weights).double())
    gradients = draw(f"{name}/g", STEPS, weights).double()
    optimizer = method([w], **single(**settings))
    after = []
    for gradient in gradients:
        w.grad = gradient.clone()
        if clip:
            clip([w])
        optimizer.step()
        after.append(w.detach().clone())
    values.add(f"{name}/w", torch.stack(after))


def optimizers(values):
    sgd, rmsprop, adagrad = torch.optim.SGD, torch.optim.RMSprop, torch.optim.Adagrad
    add_optimizer(values, "SGD", sgd, lr=0.1)
    add_optimizer(values, "SGD_momentum", sgd, lr=0.1, momentum=0.9)
    add_optimizer(values, "SGD_nesterov", sgd, lr=0.1, momentum=0.9, nesterov=True)
    add_optimizer(values, "SGD_decay", sgd, lr=0.1, momentum=0.5, weight_decay=0.05)
    add_optimizer(values, "RMSProp", rmsprop, lr=0.01)
    add_optimizer(values, "RMSProp_momentum", rmsprop, lr=0.01, momentum=0.9, weight_decay=0.1)
    add_optimizer(values, "RMSProp_centered", rmsprop, lr=0.01, alpha=0.9, centered=True, momentum=0.5)
    for name, method in (("Adam", torch.optim.Adam), ("AdamW", torch.optim.AdamW)):
        add_optimizer(values, name, method, lr=0.01)
        add_optimizer(values, f"{name}_decay", method, lr=0.01, betas=(0.75, 0.875), eps=1e-3, weight_decay=0.1)
    add_optimizer(values, "Adagrad", adagrad, lr=0.1)
    decay = {"lr_decay": 0.2, "weight_decay": 0.1}
    add_optimizer(values, "Adagrad_decay", adagrad, lr=0.1, initial_accumulator_value=0.5, **decay)
    clipping = torch.nn.utils
    add_optimizer(values, "ClipByNorm", sgd, lambda w: clipping.clip_grad_norm_(w, 2.5), lr=0.1, momentum=0.9)
    add_optimizer(values, "ClipByValue", sgd, lambda w: clipping.clip_grad_value_(w, 0.5), lr=0.1, momentum=0.9)


def add_schedule(values, name, schedule, steps, losses=None):
    """The learning rate of each step, from 1/8 on; or of each epoch, given their losses."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.125)
    follow = schedule(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        follow.step(*([] if losses is None else [losses[step].item()]))
    values.add(name, torch.tensor(rates, dtype=torch.float64))


def schedules(values):
    of = torch.optim.lr_scheduler
    add_schedule(values, "StepDecay", lambda o: of.StepLR(o, 7, 0.5), 40)
    add_schedule(values, "Exponential", lambda o: of.ExponentialLR(o, 0.9), 40)
    add_schedule(values, "LinearDecay", lambda o: of.LinearLR(o, 1, 0.1, 20), 40)
    add_schedule(values, "Cosine", lambda o: of.CosineAnnealingLR(o, 25, 0.0125), 26)  # it rises again after that
    add_schedule(values, "OneCycle", lambda o: of.OneCycleLR(o, 0.125, 40, cycle_momentum=False), 40)
    add_schedule(
        values,
        "Cosine_after_warm_up",
        lambda o: of.SequentialLR(o, [of.LinearLR(o, 1 / 6, 1, 5), of.CosineAnnealingLR(o, 20)], [5]),
        26,
    )
    noise = draw("ReduceOnPlateau/loss", 40, low=0, high=0.3)
    losses_of_epochs = torch.exp2(-torch.arange(40) / 8.0).float() + noise
    values.add("ReduceOnPlateau/loss", losses_of_epochs, digits=9)
    plateau = {"factor": 0.5, "patience": 2, "cooldown": 1, "min_lr": 0.01}
    add_schedule(values, "ReduceOnPlateau", lambda o: of.ReduceLROnPlateau(o, **plateau), 40, losses_of_epochs)


def read_idx(name, header):
    with gzip.open(HERE.parent.parent / "examples" / "mnist" / "data" / name) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header)


def digits():
    return nn.Sequential(
        *(nn.Conv2d(1, 10, 5), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Conv2d(10, 20, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(320, 120), nn.ReLU(), nn.Linear(120, 10)),
    )


def smooth():
    maps = nn.Conv2d(1, 6, 5, 2), nn.Tanh(), nn.Flatten()
    return nn.Sequential(*maps, nn.Linear(864, 24), nn.Tanh(), nn.Linear(24, 10))


def add_training(values, make, method, **settings):
    """The loss of each of 50 steps on the first 50 batches of 64 MNIST images."""
    name = f"{make.__name__}/{method.__name__}"
    pixels, labels_read = read_idx("train-images-idx3-ubyte.gz", 16), read_idx("train-labels-idx1-ubyte.gz", 8)
    images = torch.from_numpy(pixels[: 50 * 64 * 784].reshape(50, 64, 1, 28, 28).copy())
    targets = torch.from_numpy(labels_read[: 50 * 64].reshape(50, 64).astype(numpy.int64))
    for precision in (torch.float32, torch.float64):
        network = make().to(precision)
        with torch.no_grad():
            for k, parameter in enumerate(network.parameters()):
                fan_in = parameter[0].numel() if parameter.dim() > 1 else fan_in  # a bias has that of its weight
                bound = 1 / numpy.sqrt(fan_in)
                parameter.copy_(draw(f"training/{k}", *parameter.shape, low=-bound, high=bound))
        optimizer = method(network.parameters(), **single(**settings))
        losses_of_steps = []
        for batch, target in zip(images, targets):
            x = batch.float() * numpy.float32(1 / 255)  # a pixel's value is rounded to float once on both sides
            loss = nn.functional.cross_entropy(network(x.to(precision)), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses_of_steps.append(loss.detach())
        kind = "float" if precision is torch.float32 else "double"
        values.add(f"{name}/{kind}", torch.stack(losses_of_steps))


def training(values):
    for network in (digits, smooth):
        add_training(values, network, torch.optim.SGD, lr=0.02, momentum=0.9)
        add_training(values, network, torch.optim.RMSprop, lr=1e-3, alpha=0.99)
        add_training(values, network, torch.optim.Adam, lr=1e-3)


FAMILIES = {
    family.__name__: family
    for family in (
        drawn,
        layers,
        maps,
        recurrent,
        convolutions,
        normalization,
        attention,
        activations,
        losses,
        optimizers,
        schedules,
        training,
    )
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("family", nargs="*", metavar="FAMILY", help=f"one of {', '.join(FAMILIES)} (default: all)")
    chosen = parser.parse_args().family or list(FAMILIES)
    for family in chosen:
        if family not in FAMILIES:
            parser.error(f"unknown family '{family}'; there are {', '.join(FAMILIES)}")
    warnings.filterwarnings("ignore", "The epoch parameter")  # PyTorch's own use of one of its schedules
    torch.manual_seed(0)  # every parameter is set below; should one be forgotten, it is at least always the same
    torch.set_num_threads(1)  # a sum has the same order everywhere
    torch.use_deterministic_algorithms(True)
    for family in chosen:
        values = Values(family)
        FAMILIES[family](values)
        values.write()


if __name__ == "__main__":
    main()

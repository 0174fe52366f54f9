# SPDX-License-Identifier: BSL-1.0
"""python3 -I pytorch.py PROGRAM FOLDER: exchanges weights between the program (pytorch.cpp) and PyTorch, both ways.

Kiln's safetensors files go into the state_dict of the same nn.Sequential or nn.Module, strictly; PyTorch's state_dict, of
a network trained here on MNIST, into Kiln's models. Either way both have to predict the same: for MNIST the same class
for each of the 10,000 test images.

Files are read and written here as the format's description says (github.com/huggingface/safetensors), for Debian has no
package of its library.
"""

import gzip
import json
import pathlib
import shutil
import struct
import subprocess
import sys

import torch
from torch import nn

# Differences of an output, relative to the largest number in it: roundings, in single precision.
TOLERANCE = 2e-6

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}


def load_file(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    assert header.pop("__metadata__") == {"format": "pt"}
    assert (8 + size) % 8 == 0
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensor = torch.frombuffer(bytearray(data[begin:end]), dtype=DTYPES[entry["dtype"]])
        tensors[name] = tensor.reshape(entry["shape"])
    return tensors


def save_file(tensors, path):
    header, data = {}, b""
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        raw = bytes(tensor.reshape(-1).view(torch.uint8).numpy()) if tensor.dim() else struct.pack("<q", tensor.item())
        dtype = next(key for key, value in DTYPES.items() if value == tensor.dtype)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def floats(path, *shape):
    return torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.float32).reshape(-1, *shape)


def layers():
    """A network of every layer that has weights or state, with statistics that are not those of the start."""
    torch.manual_seed(3)
    block = nn.Sequential(nn.AvgPool2d(2), nn.Flatten())
    net = nn.Sequential(
        nn.Conv2d(4, 6, 3, 2, 1, groups=2, bias=False), nn.BatchNorm2d(6), nn.SiLU(), nn.ConvTranspose2d(6, 4, 3, 2, 1),
        nn.LayerNorm((4, 7, 5)), block, nn.Linear(24, 5), nn.LayerNorm(5))
    for _ in range(3):
        net(torch.randn(16, 4, 7, 6))
    return net.eval()


class Recurrent(nn.Module):
    """Recurrent layers one after the other; their names are positions in a chain."""

    def __init__(self):
        super().__init__()
        self.add_module("0", nn.GRU(3, 4, batch_first=True, bidirectional=True))
        self.add_module("1", nn.LSTM(8, 6, batch_first=True))
        self.add_module("2", nn.RNN(6, 5, batch_first=True))
        self.add_module("4", nn.Linear(5, 2))

    def forward(self, x):
        for name in "012":
            x = getattr(self, name)(x)[0]
        return getattr(self, "4")(x[:, -1])


def recurrent():
    torch.manual_seed(5)
    return Recurrent().eval()


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Concat(nn.Sequential):
    def forward(self, x):
        return torch.cat([part(x) for part in self], 1)


class Branches(nn.Module):
    """A module as people write them: its attributes are the names of the nodes of Kiln's graph."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.block = Residual(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.inception = Concat(
            nn.Conv2d(4, 2, 1), nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(4, 3, 1)), nn.Identity())
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(9 * 5 * 6, 5))

    def forward(self, x):
        x = torch.relu(self.bn1(self.stem(x)))
        x = self.block(x)
        again = self.block(x)  # the same parameters
        return self.classifier(self.inception(x * again))


def branches():
    torch.manual_seed(4)
    net = Branches()
    for _ in range(3):
        net(torch.randn(16, 2, 5, 6))
    return net.eval()


class Position(nn.Module):
    def __init__(self, frames, features):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(frames, features))

    def forward(self, x):
        return x + self.weight


class Attention(nn.MultiheadAttention):
    def __init__(self, features, heads, causal=False, bias=True):
        super().__init__(features, heads, bias=bias, batch_first=True)
        self.causal = causal

    def forward(self, x):
        mask = torch.full((x.shape[1], x.shape[1]), -torch.inf).triu(1) if self.causal else None
        return super().forward(x, x, x, need_weights=False, attn_mask=mask)[0]


class FlatLinear(nn.Linear):
    def forward(self, x):
        return super().forward(x.flatten(1))


def attention():
    torch.manual_seed(6)
    return nn.Sequential(
        Position(5, 6), Residual(nn.LayerNorm(6), Attention(6, 2, causal=True)), Residual(Attention(6, 3)),
        Attention(6, 1, bias=False), FlatLinear(30, 4)).eval()


def mnist(part, header):
    with gzip.open(f"examples/mnist/data/{part}.gz") as file:
        return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)


def digits():
    """The network of examples/05_images.cpp, trained for an epoch on MNIST."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 13 * 13, 10))
    images = mnist("train-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28) / 255
    labels = mnist("train-labels-idx1-ubyte", 8).long()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for order in torch.randperm(len(images)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(images[order]), labels[order]).backward()
        optimizer.step()
    return net.eval()


def compare(net, folder, name, whose, inputs):
    """The largest difference between Kiln's outputs and PyTorch's, and in how many the largest output is another."""
    with torch.no_grad():
        theirs = net(inputs)
    ours = floats(folder / f"{name}.{whose}.output", theirs.shape[1])
    assert ours.shape == theirs.shape
    difference = (ours - theirs).abs().max().item()
    others = int((ours.argmax(1) != theirs.argmax(1)).sum())
    relative = difference / theirs.abs().max().item()
    ok = relative <= TOLERANCE and others == 0
    print(f"{name}, weights of {whose}: {len(inputs)} predictions, largest difference {difference:.2e} "
          f"({relative:.1e} of the largest output), {others} of another class{'' if ok else ' FAILED'}")
    return ok


def main(program, folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([program, folder], check=True)  # without PyTorch's files: Kiln's, and the inputs
    inputs = {"layers": floats(folder / "layers.input", 4, 7, 6), "branches": floats(folder / "branches.input", 2, 5, 6),
              "recurrent": floats(folder / "recurrent.input", 7, 3), "attention": floats(folder / "attention.input", 5, 6),
              "digits": floats(folder / "digits.input", 1, 28, 28)}
    nets = {"layers": layers(), "branches": branches(), "recurrent": recurrent(), "attention": attention(),
            "digits": digits()}
    for name, net in nets.items():
        save_file(net.state_dict(), folder / f"{name}.pytorch.safetensors")
    subprocess.run([program, folder], check=True)
    passed = True
    with torch.no_grad():
        right = (nets["digits"](inputs["digits"]).argmax(1) == mnist("t10k-labels-idx1-ubyte", 8)).float().mean().item()
    print(f"PyTorch's network reads {right:.2%} of the test images")
    for name, net in nets.items():
        passed &= compare(net, folder, name, "pytorch", inputs[name])
        net.load_state_dict(load_file(folder / f"{name}.kiln.safetensors"), strict=True)
        passed &= compare(net, folder, name, "kiln", inputs[name])
    # Half precision: what Kiln converts is what PyTorch converts.
    for dtype in (torch.float16, torch.bfloat16):
        halves = {key: value.to(dtype) if value.is_floating_point() else value
                  for key, value in nets["layers"].state_dict().items()}
        save_file(halves, folder / "layers.pytorch.safetensors")
        subprocess.run([program, folder], check=True)
        net = layers()
        net.load_state_dict({key: value.to(torch.float32) if value.is_floating_point() else value
                             for key, value in halves.items()})
        passed &= compare(net, folder, "layers", "pytorch", inputs["layers"])
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

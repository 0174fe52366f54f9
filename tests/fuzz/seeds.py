#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the seeds of the fuzzers of tensor files, corpus/safetensors and corpus/npz (numpy 1.24): good files in every
type, and one of each fault."""

import io
import json
import pathlib
import struct

import numpy

CORPUS = pathlib.Path(__file__).parent / "corpus"
W = ((numpy.arange(6) - 2) / 4).reshape(2, 3)
MEAN = numpy.array([0.5, -2])


def safetensors(name, *entries, header=None, data=None, length=None):
    """Entries are (name, dtype, shape, bytes)."""
    members, offset = {}, 0
    for key, dtype, shape, raw in entries:
        members[key] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(raw)]}
        offset += len(raw)
    text = (json.dumps(members, separators=(",", ":")) if header is None else header).encode()
    raw = b"".join(entry[3] for entry in entries) if data is None else data
    (CORPUS / "safetensors" / name).write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + raw)


def pair(dtype, numpy_type, convert=lambda a: a):
    def tensor(key, array):
        return (key, dtype, list(array.shape), convert(array.astype(numpy_type)).tobytes())

    return tensor("w", W), tensor("running_mean", MEAN)


def write_safetensors():
    good = pair("F32", "<f4")
    safetensors("good", *good)
    safetensors("half", *pair("F16", "<f2"))
    halves = struct.pack("<6H", 0x8001, 0x03FF, 0x0400, 0x8000, 0xFC00, 0x7C01)  # denormals, -0, -infinity, NaN
    safetensors("half_extremes", ("w", "F16", [2, 3], halves), pair("F16", "<f2")[1])
    safetensors("bfloat", *pair("BF16", "<f4", lambda a: (a.view("<u4") >> 16).astype("<u2")))
    safetensors("double", *pair("F64", "<f8"))
    safetensors("batch_count", *good, ("num_batches_tracked", "I64", [], struct.pack("<q", 7)))
    safetensors("not_finite", (good[0][0], "F32", [2, 3], struct.pack("<6f", 1, numpy.nan, numpy.inf, 0, -0.0, 1e-45)), good[1])
    safetensors("beyond_float", ("w", "F64", [2, 3], struct.pack("<6d", *6 * [1e300])), good[1])
    safetensors("another", *good, ("x", "U8", [0, 3], b""))
    safetensors("missing", good[0])
    safetensors("twice", header='{"w":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"\\u0077":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}', data=b"12")
    safetensors("wrong_shape", (good[0][0], "F32", [3, 2], good[0][3]), good[1])
    safetensors("wrong_type", ("w", "I32", [2, 3], good[0][3]), good[1])
    safetensors("unknown_type", ("w", "F33", [2, 3], good[0][3]), good[1])
    safetensors("too_short", *good, data=good[0][3])
    safetensors("data_of_none", *good, data=good[0][3] + good[1][3] + b"rest")
    safetensors("overlap", header='{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"running_mean":{"dtype":"F32","shape":[2],"data_offsets":[20,28]}}', data=28 * b"0")
    safetensors("hole", header='{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]}}', data=28 * b"0")
    safetensors("huge_shape", header='{"w":{"dtype":"F32","shape":[999999999999999999,999999999999999999],"data_offsets":[0,24]}}', data=24 * b"0")
    safetensors("huge_header", length=2**63, header="{}")
    safetensors("notes", header='{"__metadata__": {"format": "pt", "a\\n\\ud83d\\ude00": ""}, "w": {"shape": [2, 3], "dtype": "F32", "data_offsets": [0, 24]}} ', data=24 * b"0")
    safetensors("no_json", header='{"w":{"dtype":"F32","shape":[2,3.5],"data_offsets":[0,24]}}')
    safetensors("empty", header="{}")


def npz(name, save=numpy.savez, change=None, **arrays):
    stream = io.BytesIO()
    save(stream, **(arrays or {"w": W.astype("<f4"), "running_mean": MEAN.astype("<f4")}))
    data = bytearray(stream.getvalue())
    if change:
        change(data)
    (CORPUS / "npz" / name).write_bytes(data)


def npy(name, array=None, header=None, version=1):
    """A single array: with a header of its own, or as numpy writes it."""
    if header is None:
        stream = io.BytesIO()
        numpy.lib.format.write_array(stream, array, (version, 0))
        raw = stream.getvalue()
    else:
        text = header.encode().ljust(63 - 10 if len(header) < 53 else len(header)) + b"\n"
        raw = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + W.astype("<f4").tobytes()
    (CORPUS / "npz" / (name + ".npy")).write_bytes(raw)


def write_npz():
    def damage(at, value):
        def change(data):
            data[at] = value

        return change

    def encrypted(data):  # the first bit of the flags, in both headers
        data[6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1

    def unknown_method(data):
        data[8] = data[data.index(b"PK\x01\x02") + 10] = 98

    npz("good")
    npz("compressed", numpy.savez_compressed)
    npz("damaged_element", change=damage(160, 9))
    npz("damaged_compression", numpy.savez_compressed, change=damage(90, 9))
    npz("encrypted", change=encrypted)
    npz("unknown_method", change=unknown_method)
    npz("truncated", change=lambda data: data.__delitem__(slice(-5, None)))
    npz("batch_count", w=W.astype("<f4"), running_mean=MEAN.astype("<f4"), num_batches_tracked=numpy.int64(7))
    npz("bomb", numpy.savez_compressed, w=numpy.zeros(100_000, "<f4"))
    npz("empty", lambda stream, **arrays: numpy.savez(stream))
    npz("objects", w=W.astype(object))

    for kind in ("<f2", "<f4", "<f8", ">f4", "<i4"):
        npy(kind[1:] + ("_big" if kind[0] == ">" else ""), W.astype(kind))
    npy("fortran", numpy.asfortranarray(W, ">f8"))
    npy("version_2", W.astype("<f4"), version=2)
    npy("version_3", W.astype("<f4"), version=3)
    npy("vector", MEAN.astype("<f4"))
    npy("fields", numpy.zeros(2, [("a", "<f4")]))
    npy("short", header="{'shape':(2,3,),'fortran_order':False,'descr':\"<f4\"}")
    npy("python_2", header="{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }")
    npy("huge", header="{'descr':'<f4','fortran_order':False,'shape':(999999999999999999,999999999999999999)}")
    npy("no_dictionary", header="['descr']")


for write in (write_safetensors, write_npz):
    (CORPUS / write.__name__[6:]).mkdir(exist_ok=True)
    write()

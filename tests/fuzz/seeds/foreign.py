#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes seeds of the fuzzers (numpy 1.24), but for corpus/idx and those that the library writes (library.cpp): good files
in every type and dialect, and one of each fault."""

import io
import json
import pathlib
import struct

import numpy

CORPUS = pathlib.Path(__file__).parent.parent / "corpus"
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
    safetensors("unknown_type_beside", *good, ("x", "F33", [2, 3], b"12345"))
    safetensors("less_than_a_byte", *good, ("x", "F4", [3, 2], b"123"), ("y", "F6_E2M3", [4], b"123"))
    safetensors("no_whole_bytes", *good, ("x", "F6_E3M2", [3], b"123"))
    safetensors("metadata_null", header='{"__metadata__":null,"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24],"note":[{"x":-1e3}]},"running_mean":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}}', data=good[0][3] + good[1][3])
    safetensors("prefix", *((f"m.{key}", *rest) for key, *rest in good))
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


def csv(name, options, text):
    """A table that is read with these options, a letter for each (see csv.cpp)."""
    raw = text if isinstance(text, bytes) else text.encode()
    (CORPUS / "csv" / name).write_bytes(options.encode() + b"\n" + raw)


def write_csv():
    table, regression = "t,h.-r-----", "r,h.-r-----"
    csv("iris", table, "sepal length,sepal width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n")
    csv("iris_classes", "t,h.-r-l--x", "a,b,label\n5.1,3.5,setosa\n7.0,3.2,x\n6.3,3.3,y\n")
    csv("blanks", "t h.-r-----", "  a   b label\n  1  22 x\n 10   2 y\n")
    csv("comments", "t,h.#r-----", "# made\na,b,label\n 1,2,0\n#\n3,4,1\n")
    csv("decimal_comma", "t;h,-r-----", "a;b;label\n1,5;-2,25e1;1\n,5;7;2\n")
    csv("decimal_comma_regression", "r;h,-r-c---", "a;c;b\n1,5;-2,25e1;1\n,5;7;2\n")
    csv("empty_field", table, "a,b,label\n1,,x\n1,2,\n")
    csv("from_one", "t,h.-r---1-", "a,b,label\n1,2,1.0\n3,4,+2\n5,6,3\n")
    csv("gaps", "t,h.-m-----", "a,b,label\n1,?,x\n,2,y\n3,4,NA\n")
    csv("gaps_dropped", "r,h.-d?----", "a,b,y\n1,?,2\n1,2,3\n3,4,NA\n")
    csv("gaps_everywhere", "r,h.-me----", "a,b,y\n,,2\n,,3\n")
    csv("header_only", table, "a,b,label\n")
    csv("columns", "t,h.-r-la--", "b,x,label,a\n1,text,0,2\n3,\"te\nxt\",1,4\n")
    csv("columns_of_no_header", "r;n.-r-1b--", "5;2;1\n")
    csv("line_break_in_quotes", table, 'a,b,label\n1,2,"x\r\ny"\n3,4,z\n')
    csv("line_ends", "t\th.-r-----", "a\tb\tlabel\r1\t2\tx\r\n\t\t\r\n3\t4\ty\r")
    csv("not_finite", table, "a,b,label\nnan,2,x\n1,inf,y\n")
    csv("numbers", table, "a,b,label\n1,2,0\n-3.5e-2,+4,2\n")
    csv("numbers_regression", regression, "a,b,y\n1,2,0\n-3.5e-2,+4,2e30\n")
    csv("out_of_range", table, "a,b,label\n1e-50,1e39,x\n1e400,1e-400,y\n")
    csv("pipes", "t|n.%r-----", "%note\n1|2|x\n3|4|y")
    csv("colons", "t:h.-r-----", "a:b:label\n1:2:0\n")
    csv("delimiter_of_no_table", "txh.-r-----", "axb\n")
    csv("quote_in_a_field", "t,h.-r-lb--", 'a,note,b,label\n1,2" pipe,3,x\n4,"5"6",7,y\n')
    csv("quote_not_closed", table, 'a,b,label\n1,2,"x\n')
    csv("quoted", table, '"a","b ""x""","l,abel"\n"1", 2 ,"one, two"\n3,4,"say ""hi"""\n')
    csv("too_few_fields", table, "a,b,label\n1,2,x\n1,2\n")
    csv("windows", table, b"\xef\xbb\xbfa,b,label\r\n1,2,0\r\n\r\n3,4,1\r\n")
    csv("latin1", table, "a,b,label\n1,2,M\u00fcller\n".encode("latin1"))
    csv("utf16", table, "a,b,label\n1,2,0\n".encode("utf-16"))
    csv("no_header", "t,n.-r-----", "1,2,0\n3,4,1\n")
    csv("numbers_as_header", table, "1,2,0\n3,4,1\n")
    csv("large_label", table, "a,b,label\n1,2,2147483646\n3,4,0\n")
    csv("names_twice", "t,h.-r-l---", "a,a,label,label\n1,2,0,1\n")
    csv("without_last_line_end", table, "a,b,label\n1,2,x")
    csv("zero_byte", table, "a,b,label\n1,\0002,x\n")


def write_json():
    texts = {
        "values": '[0,-1.5e+3,12E-2,true,false,null,"",[],{}]',
        "object": ' { "a" : { "b" : [ { "c" : null } ] } ,\t"d":"e" }\r\n',
        "string": '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00 \u00e4\u20ac\U0001f600"',
        "half_a_pair": '"\\ud83d"',
        "pair_without_backslash": '"\\ud83dude00"',
        "deep": 64 * "[" + 64 * "]",
        "too_deep": 65 * "[" + 65 * "]",
        "open": '{"a":[1,{"b":',
        "header": '{"__metadata__":null,"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1],"note":{"x":[0.5]}}}',
    }
    for name, text in texts.items():
        (CORPUS / "json" / name).write_bytes(text.encode())
    for name, raw in {"overlong": b'"\xc0\xaf"', "surrogate": b'"\xed\xa0\x80"', "beyond": b'"\xf4\x90\x80\x80"'}.items():
        (CORPUS / "json" / name).write_bytes(raw)


def write_number():
    texts = ["0", "-0", "+1", "1.5", "1,5", ".5", "5.", "1e10", "1E-5", "1e400", "1e-400", "4e-324", "1e-45", "nan", "-inf",
             "0x1p3", "3.4028235e+38", "3.4028236e38", "340282356779733642748073463979561713664", "1e", "e1", "--1", "+-1",
             "0.000000000000000000000000000000000000000000000011754943508222875", "18446744073709551615", "-9223372036854775808",
             "16777217", "0.1", "1e23", "2.2250738585072011e-308"]
    for i, text in enumerate(texts):
        (CORPUS / "number" / f"{i:02}").write_bytes(text.encode())


for write in (write_safetensors, write_npz, write_csv, write_json, write_number):
    (CORPUS / write.__name__[6:]).mkdir(exist_ok=True)
    write()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
# Writes the .npz files beside this script (numpy 1.24): the same two tensors in every way numpy has for them, and one
# file that holds Python objects. Element i of 0.weight is (i - 12) / 8, counted row by row.
import pathlib

import numpy

here = pathlib.Path(__file__).parent
weight = ((numpy.arange(24) - 12) / 8).reshape(3, 2, 2, 2)
bias = numpy.array([1.5, -2, 0.25])


def arrays(change):
    return {name: change(array) for name, array in {"0.weight": weight, "0.bias": bias}.items()}


single = arrays(lambda array: array.astype("<f4"))
numpy.savez(here / "single.npz", **single)
numpy.savez_compressed(here / "compressed.npz", **single)
numpy.savez(here / "half.npz", **arrays(lambda array: array.astype("<f2")))
numpy.savez_compressed(here / "double.npz", **arrays(lambda array: array.astype("<f8")))
numpy.savez(here / "fortran.npz", **arrays(lambda array: numpy.asfortranarray(array, "<f4")))
numpy.savez_compressed(here / "big_endian_fortran.npz", **arrays(lambda array: numpy.asfortranarray(array, ">f8")))
numpy.savez_compressed(here / "objects.npz", **arrays(lambda array: array.astype(object)))

# SPDX-License-Identifier: BSL-1.0
"""python3 -I npz.py PROGRAM FOLDER: exchanges .npz files between the program (npz.cpp) and numpy, both ways.

What numpy reads of the program's files has to be the model, bit by bit; what numpy then writes, in single and double
precision, in either order of bytes and of dimensions, packed and not, has to be that model for the program.
"""

import pathlib
import shutil
import subprocess
import sys

import numpy

SHAPES = {
    "0.weight": (4, 2, 3, 3),
    "0.bias": (4,),
    "1.weight": (4,),
    "1.bias": (4,),
    "3.weight": (3, 64),
    "3.bias": (3,),
    "1.running_mean": (4,),
    "1.running_var": (4,),
}


def main(program, folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([program, folder], check=True)

    numbers = (folder / "model.floats").read_bytes()
    for name in ("stored", "compressed"):
        with numpy.load(folder / f"{name}.npz", allow_pickle=False) as file:
            arrays = {key: file[key] for key in file}
        assert {key: array.shape for key, array in arrays.items()} == SHAPES, name
        assert all(array.dtype == "<f4" and array.flags.c_contiguous for array in arrays.values()), name
        assert b"".join(arrays[key].tobytes() for key in SHAPES) == numbers, name

    written = 0
    for save in (numpy.savez, numpy.savez_compressed):
        for dtype in ("<f4", ">f4", "<f8", ">f8"):
            for order in "CF":
                file = folder / f"theirs_{save.__name__}_{'big' if dtype[0] == '>' else 'little'}_{dtype[1:]}_{order}.npz"
                save(file, **{key: numpy.array(array, dtype, order=order) for key, array in arrays.items()})
                written += 1
    subprocess.run([program, folder], check=True)
    print(f"{len(SHAPES)} tensors: 2 files read by numpy, {written} of numpy's read")


if __name__ == "__main__":
    main(*sys.argv[1:])

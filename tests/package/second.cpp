// SPDX-License-Identifier: BSL-1.0
// A second translation unit: headers included twice must not define anything twice.
#include <kiln.hpp>
#ifdef WITH_data
#include <kiln/data/idx.hpp>
#endif
#ifdef WITH_csv
#include <kiln/data/csv.hpp>
#endif
#ifdef WITH_onnx
#include <kiln/io/onnx.hpp>
#endif
#ifdef WITH_npz
#include <kiln/io/npz.hpp>
#endif
#ifdef WITH_json
#include <kiln/io/keras.hpp>
#include <kiln/io/nam.hpp>
#endif
#ifdef WITH_mpi
#include <kiln/train/mpi.hpp>
#endif

int parameters_elsewhere() {
    return kiln::Model<kiln::Sequential<kiln::Linear<4, 2>>, kiln::Shape<4>>::parameter_count;
}

std::string page_elsewhere() { return kiln::Report{.title = "Digits"}.html(); }

// SPDX-License-Identifier: BSL-1.0
#include <kiln.hpp>
#ifdef WITH_data
#include <kiln/data/idx.hpp>
#include <zlib.h>
#endif
#ifdef WITH_csv
#include <kiln/data/csv.hpp>

#include <fstream>
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

using Net = kiln::Model<kiln::Sequential<kiln::Linear<4, 2>>, kiln::Shape<4>>;
static_assert(Net::parameter_count == 10);

#if defined WITH_compiled && !defined KILN_COMPILED
#error kiln::compiled does not say that there is a library
#endif

int parameters_elsewhere();
std::string page_elsewhere();

int main() {
#ifdef WITH_onnx
    if (kiln::io::export_onnx(Net(), "network.onnx").message() != "") return 1;
#endif
#ifdef WITH_npz
    static Net model;
    if (!kiln::io::save_npz(model, "model.npz") || !kiln::io::load_npz(model, "model.npz")) return 1;
#endif
#ifdef WITH_json
    static Net network;
    if (kiln::io::load_keras(network, "absent.json") || kiln::io::load_nam(network, "absent.nam")) return 1;
#endif
#ifdef WITH_mpi
    kiln::mpi::Ranks ranks;
    if (ranks.count() != 1) return 1;
#endif
#ifdef WITH_data
    if (zlibVersion()[0] == 0) return 1;
#endif
#ifdef WITH_csv
    std::ofstream("table.csv") << "a,b\n1.5,0\n";
    if (kiln::data::read_table<kiln::Shape<1>>("table.csv").data.sample(0)[0] != 1.5f) return 1;
#endif
    if (page_elsewhere() != kiln::Report{.title = "Digits"}.html()) return 1;
    return parameters_elsewhere() == Net::parameter_count ? 0 : 1;
}

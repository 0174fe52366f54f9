// SPDX-License-Identifier: BSL-1.0
// Weights are kept in a safetensors file. The type of the model is the schema of the file, so nothing is loaded that does
// not fit.

#include <kiln.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

using Net = kiln::Sequential<kiln::Linear<4, 8>, kiln::Tanh, kiln::Linear<8, 3>>;
using Small = kiln::Model<Net, kiln::Shape<4>>;
using Wider = kiln::Model<kiln::Sequential<kiln::Linear<4, 16>, kiln::Tanh, kiln::Linear<16, 3>>, kiln::Shape<4>>;

int main() {
    const std::string path = (std::filesystem::temp_directory_path() / "kiln_example.safetensors").string();

    // Written as a whole or not at all: a full disk, or an end of the program in the middle, leaves the old file.
    static Small model{kiln::Seed{1}}, same;
    kiln::io::save_safetensors(model, path).or_throw();
    kiln::io::load_safetensors(same, path).or_throw();
    for (const auto& tensor : kiln::io::state_dict(same))
        std::printf("%-9s %4d numbers\n", std::string(tensor.name).c_str(), tensor.count());
    const bool agree = model.predict({1, 2, 3, 4}) == same.predict({1, 2, 3, 4});
    std::printf("the same predictions: %s\n\n", agree ? "yes" : "no");

    // A file that does not fit is an error that names the tensor; the model stays as it was.
    static Wider wider{kiln::Seed{2}};
    const kiln::Result result = kiln::io::load_safetensors(wider, path);
    if (!result) std::printf("%s\n", result.message().c_str());

    // The bytes of a file may be in memory already, because they came over a network, say.
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    kiln::io::load_safetensors(same, std::as_bytes(std::span(bytes))).or_throw();
    file.close();
    std::filesystem::remove(path);
    return agree && !result ? 0 : 1;
}

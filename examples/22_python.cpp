// SPDX-License-Identifier: BSL-1.0
// Weights go to Python and back. PyTorch reads and writes the same safetensors files, NumPy the same .npz files: names and
// layouts are those of the state_dict of the same nn.Sequential. (An .npz needs libzip; link kiln::npz.)

#include <kiln.hpp>
#include <kiln/io/npz.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

using Small = kiln::Model<kiln::Sequential<kiln::Linear<4, 8>, kiln::Tanh, kiln::Linear<8, 3>>, kiln::Shape<4>>;

void show(const kiln::Result& result) {
    if (!result) std::printf("%s\n\n", result.message().c_str());
}

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "kiln_example_python";
    std::filesystem::create_directories(folder);
    const std::string weights = (folder / "small.safetensors").string(), arrays = (folder / "small.npz").string();
    static Small model{kiln::Seed{1}}, same;

    // A module of Python may have names of its own. They are given in the order of state_dict(model).
    const std::vector<std::string> names = {"hidden.weight", "hidden.bias", "head.weight", "head.bias"};
    kiln::io::save_safetensors(model, weights, {.names = names}).or_throw();
    show(kiln::io::load_safetensors(same, weights));
    kiln::io::load_safetensors(same, weights, {.names = names}).or_throw();

    // Often names only begin otherwise: "module.0.weight", as PyTorch's DataParallel saves it.
    kiln::io::save_safetensors(model, weights, {.prefix = "module."}).or_throw();
    show(kiln::io::load_safetensors(same, weights));
    kiln::io::load_safetensors(same, weights, {.prefix = "module."}).or_throw();

    // numpy.load("small.npz")["0.weight"] is an array of this file, and a file of numpy.savez is read here: float16 and
    // float64, either order of bytes and of dimensions are converted. `finite` refuses NaN and infinities.
    kiln::io::save_npz(model, arrays, {.compressed = true}).or_throw();
    std::printf("%d numbers take %d bytes\n", static_cast<int>(Small::parameter_count),
                static_cast<int>(std::filesystem::file_size(arrays)));
    kiln::io::load_npz(same, arrays, {.finite = true}).or_throw();

    const bool agree = model.predict({1, 2, 3, 4}) == same.predict({1, 2, 3, 4});
    std::printf("the same predictions: %s\n", agree ? "yes" : "no");
    std::filesystem::remove_all(folder);
    return agree ? 0 : 1;
}

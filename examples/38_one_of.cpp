// SPDX-License-Identifier: BSL-1.0
// One of several networks, chosen by the file that a user has: a small one for a chip, a large one for a desk. Both lie
// in one place of fixed size, so the change allocates nothing.

#include <kiln.hpp>

#include <filesystem>
#include <iostream>
#include <string>

using In = kiln::Shape<2>;
using Small = kiln::Model<kiln::Sequential<kiln::Linear<2, 8>, kiln::Tanh, kiln::Linear<8, 1>>, In>;
using Large = kiln::Model<kiln::Sequential<kiln::Linear<2, 64>, kiln::Tanh, kiln::Linear<64, 1>>, In>;

int main() {
    const std::filesystem::path folder = std::filesystem::temp_directory_path();
    const std::string small = (folder / "kiln-small.safetensors").string(),
                      large = (folder / "kiln-large.safetensors").string(),
                      other = (folder / "kiln-other.safetensors").string();
    kiln::io::save_safetensors(Small{kiln::Seed{1}}, small).or_throw();
    kiln::io::save_safetensors(Large{kiln::Seed{2}}, large).or_throw();
    kiln::io::save_safetensors(kiln::Model<kiln::Linear<2, 1>, In>{kiln::Seed{3}}, other).or_throw();

    kiln::OneOf<Small, Large> net;
    for (const std::string& path : {small, large, other}) {
        if (const kiln::Result loaded = kiln::io::load_safetensors(net, path); !loaded)
            std::cout << loaded.message() << '\n';
        std::cout << "model " << net.index() << " says " << net.predict({0.5f, -1})[0] << '\n';
        std::filesystem::remove(path);
    }
    return net.index() == 1 ? 0 : 1;  // the last file is of neither, and changed nothing
}

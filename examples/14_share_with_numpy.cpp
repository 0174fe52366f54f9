// SPDX-License-Identifier: BSL-1.0
// Weights in NumPy's .npz files: `numpy.load("kiln_example.npz")["0.weight"]` is what this program writes, and what
// numpy.savez writes is read here. (This needs libzip; link kiln::npz.)

#include <kiln.hpp>
#include <kiln/io/npz.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

using Small = kiln::Model<kiln::Sequential<kiln::Linear<4, 8>, kiln::Tanh, kiln::Linear<8, 3>>, kiln::Shape<4>>;

int main() {
    const std::string path = (std::filesystem::temp_directory_path() / "kiln_example.npz").string();

    static Small model{kiln::Seed{1}}, same;
    kiln::io::save_npz(model, path, {.compressed = true}).or_throw();
    std::printf("%d numbers take %d bytes\n", static_cast<int>(Small::parameter_count),
                static_cast<int>(std::filesystem::file_size(path)));

    // NumPy may have written it too: float16 and float64, either order of bytes and of dimensions are converted. `finite`
    // refuses NaN and infinities.
    kiln::io::load_npz(same, path, {.finite = true}).or_throw();
    const bool agree = model.predict({1, 2, 3, 4}) == same.predict({1, 2, 3, 4});
    std::printf("the same predictions: %s\n", agree ? "yes" : "no");

    constexpr std::string_view names[] = {"w1", "b1", "w2", "b2"};
    if (const kiln::Result result = kiln::io::load_npz(same, path, {.names = names}); !result)
        std::printf("%s\n", result.message().c_str());
    std::filesystem::remove(path);
    return agree ? 0 : 1;
}

// SPDX-License-Identifier: BSL-1.0
// needs: zip.h
// npz FOLDER: writes stored.npz and compressed.npz, and the model's numbers as raw floats: model.floats. Then reads the
// .npz files that others have put into the folder (theirs_*.npz), each of which must hold the same model.

#include <kiln.hpp>
#include <kiln/io/npz.hpp>

#include "handover.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

using namespace kiln;

namespace {

using Net = Sequential<Conv<2, 4, 3>, BatchNorm<4>, ReLU, Linear<4 * 4 * 4, 3>>;
using Filter = Model<Net, Shape<2, 6, 6>>;

bool same_bits(const Filter& a, const Filter& b) {
    const auto left = io::state_dict(a), right = io::state_dict(b);
    for (std::size_t i = 0; i < left.size(); ++i)
        for (int j = 0; j < left[i].count(); ++j)
            if (std::bit_cast<std::uint32_t>(left[i].data[j]) != std::bit_cast<std::uint32_t>(right[i].data[j]))
                return false;
    return true;
}

}  // namespace

int main(int, char** arguments) {
    exchange::folder = arguments[1];
    static Filter model{Seed{1}};
    exchange::demand(io::save_npz(model, exchange::file("stored.npz")));
    exchange::demand(io::save_npz(model, exchange::file("compressed.npz"), {.compressed = true}));
    std::string bytes;
    for (const auto& tensor : io::state_dict(model))
        bytes.append(reinterpret_cast<const char*>(tensor.data),
                     sizeof(float) * static_cast<std::size_t>(tensor.count()));
    exchange::demand(replace_file(exchange::file("model.floats"), bytes));

    for (const auto& entry : std::filesystem::directory_iterator(exchange::folder)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("theirs_")) continue;
        static Filter theirs{Seed{2}};
        theirs = Filter{Seed{3}};
        exchange::demand(io::load_npz(theirs, entry.path().string()));
        if (!same_bits(theirs, model)) {
            std::fprintf(stderr, "%s: other numbers\n", name.c_str());
            exchange::complete = false;
        }
    }
    return exchange::complete ? 0 : 1;
}

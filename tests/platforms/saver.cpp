// SPDX-License-Identifier: BSL-1.0
// saver save FILE: saves a model again and again until it is killed. saver check FILE: says whether the file is a whole
// one, and no more than one unfinished file is left beside it.
#include <kiln/io/safetensors.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <cstdio>
#include <memory>
#include <string>

using namespace kiln;
using Net = Model<Sequential<Linear<200, 300>>, Shape<200>>;  // 240 kB

int main(int count, char* arguments[]) {
    if (count != 3) return 2;
    const std::string task = arguments[1], file = arguments[2];
    const auto model = std::make_unique<Net>();
    if (task == "check") {
        const Result read = io::load_safetensors(*model, file);
        if (!read) return std::printf("%s\n", read.message().c_str()), 1;
        const float first = *tensors<const float>(model->parameters())[0].data;
        for (const auto& slice : tensors<const float>(model->parameters()))
            for (const float value : slice)
                if (value != first) return std::puts("a mixture of two files"), 1;
        std::FILE* const second = std::fopen((file + ".kiln-part1").c_str(), "rb");
        if (second != nullptr) return std::fclose(second), std::puts("more than one part is left"), 1;
        return std::printf("saving %.0f\n", static_cast<double>(first)), 0;
    }
    for (float i = 1;; ++i) {
        for (const auto& slice : tensors<float>(model->parameters()))
            for (float& value : slice) value = i;
        const Result saved = io::save_safetensors(*model, file);
        if (!saved) return std::printf("%s\n", saved.message().c_str()), 1;
    }
}

// SPDX-License-Identifier: BSL-1.0
// A network for other programs: trained here, run by whatever reads ONNX. A layer of your own says in one line what it is there.

#include <kiln.hpp>
#include <kiln/io/onnx.hpp>  // needs ONNX's library, so not in kiln.hpp: link kiln::onnx

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

struct Square {
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) {
        for (int i = 0; i < x.count; ++i) y[i] = x[i] * x[i];
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto) {
        if constexpr (!kiln::is_nothing<decltype(dx)>)
            for (int i = 0; i < x.count; ++i) dx[i] = dy[i] * (x[i] + x[i]);
    }
    // Kiln's own layers do the same. Without it the network trains as well, but export_onnx does not compile.
    static void describe(const auto& x, auto& y, auto) { y = x.then("Mul", x); }
};

using Net = kiln::Sequential<kiln::Linear<2, 4>, Square, kiln::Linear<4, 2>>;
using Circle = kiln::Model<Net, kiln::Shape<2>>;

int main(int count, char** arguments) {
    static Circle model{kiln::Seed{1}};
    static kiln::Trainer<Circle, kiln::CrossEntropy, kiln::Adam, kiln::Batch<64>> trainer{model,
                                                                                          {.learning_rate = 0.02f}};
    kiln::Random random{kiln::Seed{2}};
    std::array<kiln::Tensor<float, kiln::Shape<2>>, 64> points;
    std::array<int, 64> inside;
    float loss = 0;
    for (int step = 0; step < 1000; ++step) {
        for (std::size_t i = 0; i < points.size(); ++i) {
            points[i] = {random.uniform(-1, 1), random.uniform(-1, 1)};
            inside[i] = points[i][0] * points[i][0] + points[i][1] * points[i][1] < 0.6f ? 1 : 0;
        }
        loss = trainer.step(points, inside);
    }
    std::printf("trained to a loss of %.3f\n", static_cast<double>(loss));

    // The graph that will be in the file; no library is needed to look at it.
    for (const kiln::io::Node& node : kiln::io::describe(model).nodes) {
        std::printf("%-12s = %s(", node.output.c_str(), node.operation.c_str());
        for (const std::string& input : node.inputs) std::printf(" %s", input.c_str());
        std::printf(" )\n");
    }
    const auto temporary = std::filesystem::temp_directory_path() / "kiln_example.onnx";
    const std::string path = count > 1 ? arguments[1] : temporary.string();
    const kiln::Result written = kiln::io::export_onnx(model, path, {.input = "points", .output = "logits"});
    std::printf("%s\n", written ? path.c_str() : written.message().c_str());
    return written && loss < 0.2f ? 0 : 1;
}

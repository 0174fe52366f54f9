// SPDX-License-Identifier: BSL-1.0
// flags: -D_GLIBCXX_DEBUG
// The containers of libstdc++'s debug mode are no literal types. Programs compile with them nevertheless, also if they
// embed a file (io/embedded.hpp), which is read while compiling.

#include <kiln.hpp>

#include <string_view>
#include <vector>

namespace {

using Net = kiln::Sequential<kiln::Conv<1, 2, 3>, kiln::BatchNorm<2>, kiln::ReLU, kiln::Linear<2 * 6 * 6, 3>>;
using Small = kiln::Model<Net, kiln::Shape<1, 8, 8>>;

static_assert(Small::parameter_count == 20 + 4 + 219);

using namespace std::string_view_literals;
using Line = kiln::Model<kiln::Linear<1, 1>, kiln::Shape<1>>;
constexpr std::string_view file = "\x87\0\0\0\0\0\0\0"
                                  R"({"__metadata__":{},"weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
                                  R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"
                                  "\0\0\0\x40\0\0\x80\xbf"sv;
static_assert(kiln::io::Embedded<Line, file>::model.predict({3})[0] == 2 * 3 - 1);

}  // namespace

int main() {
    static Small model{kiln::Seed{1}};
    static kiln::Trainer<Small, kiln::CrossEntropy, kiln::Adam, kiln::Batch<4>> trainer{model, kiln::Adam{}};
    const kiln::data::Dataset<Small::Input, float> data(std::vector<kiln::Tensor<float, Small::Input>>(8),
                                                        std::vector<int>(8));
    const auto parts = kiln::data::stratified_split(data, 0.5, kiln::Seed{2});
    kiln::History history;
    trainer.fit(parts.train, parts.validation, {.callbacks = {kiln::callback(history)}});
    kiln::Report report{.title = "debug"};
    kiln::add_history(report, history);
    kiln::add_layers<Small>(report);
    kiln::io::save_safetensors(model, "debug.safetensors").or_throw();
    kiln::io::load_safetensors(model, "debug.safetensors").or_throw();
    return report.html().empty() || kiln::io::describe(model).nodes.empty();
}

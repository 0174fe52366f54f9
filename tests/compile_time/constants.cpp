// SPDX-License-Identifier: BSL-1.0
// The figures of a network that are known before it runs, counted by hand: those of examples/05_images.cpp.

#include <kiln.hpp>

#include <string_view>
#include <type_traits>

using namespace kiln;

namespace {

using Net = Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<8 * 13 * 13, 10>>;
using Digits = Model<Net, Shape<1, 28, 28>>;

static_assert(Digits::is_sound);
static_assert(std::is_same_v<Digits::Input, Shape<1, 28, 28>> && std::is_same_v<Digits::Output, Shape<10>>);
static_assert(Digits::parameter_count == 8 * 9 + 8 + 1352 * 10 + 10);
static_assert(Digits::multiply_adds == 26 * 26 * 8 * 9 + 1352 * 10);
static_assert(Digits::parameter_bytes == 54'528);  // 4 bytes each and what alignment adds
static_assert(Digits::parameter_bytes == sizeof(Digits::Parameters) && sizeof(Digits) == sizeof(Digits::Parameters));
static_assert(Digits::inference_bytes == sizeof(Digits::Scratch<float>));
static_assert(std::is_trivially_copyable_v<Digits>);
static_assert(std::is_same_v<decltype(Digits::multiply_adds), const long long>);

// ---- Parameters by name, as PyTorch's state_dict has them ----

constexpr auto names = schema<Digits::Parameters>;
static_assert(names.size() == 4 && tensor_count<Digits::Parameters> == 4);
static_assert(std::string_view(names[0].name.text) == "0.weight" && names[0].extents == Extents{8, 1, 3, 3});
static_assert(std::string_view(names[1].name.text) == "0.bias" && names[1].extents == Extents{8});
static_assert(std::string_view(names[2].name.text) == "3.weight" && names[2].extents == Extents{10, 1352});
static_assert(std::string_view(names[3].name.text) == "3.bias" && names[3].extents == Extents{10});

using Nest = Model<Sequential<Sequential<ReLU, Linear<4, 3>>, Linear<3, 2>>, Shape<4>>;
static_assert(std::string_view(schema<Nest::Parameters>[0].name.text) == "0.1.weight");
static_assert(std::string_view(schema<Nest::Parameters>[3].name.text) == "1.bias");

// ---- Nothing to learn ----

using Idle = Model<Sequential<Pool<2>, Flatten>, Shape<1, 4, 4>>;
static_assert(Idle::parameter_count == 0 && Idle::parameter_bytes == 0 && Idle::multiply_adds == 0);

// ---- The summary ----

constexpr auto table = summary<Digits>();
static_assert(table.rows.size() == 4 && table.inputs[0] == Extents{1, 28, 28});
static_assert(table.rows[0].output == Extents{8, 26, 26} && table.rows[0].parameters == 80);
static_assert(table.rows[0].multiply_adds == 48'672 && table.rows[3].multiply_adds == 13'520);
static_assert(table.rows[2].output == Extents{8, 13, 13} && table.rows[2].parameters == 0);
static_assert(table.rows[3].layer == "Linear<1352, 10>" && std::string_view(table.rows[3].position.text) == "3");
static_assert(table.parameters == Digits::parameter_count && table.multiply_adds == Digits::multiply_adds);
static_assert(table.parameter_bytes == Digits::parameter_bytes && table.inference_bytes == Digits::inference_bytes);

// ---- Training: what it needs beside the model is known, too ----

using Training = Trainer<Digits, CrossEntropy, SGD, Batch<64>>;
static_assert(Training::batch_size == 64 && Training::workspace_bytes > 0);
static_assert(sizeof(Training) >= 2 * Digits::parameter_bytes + Training::workspace_bytes);  // gradients, one moment
static_assert(sizeof(Training) < 2 * Digits::parameter_bytes + Training::workspace_bytes + 1024);

}  // namespace

// SPDX-License-Identifier: BSL-1.0
// expects: file_mismatch<io::tensor<'n', '.', 'b', 'i', 'a', 's'>, expects<Shape<1>>, got<Shape<3>>>
#include <kiln.hpp>
#include "embedded_file.hpp"
#ifdef REPAIRED
constexpr auto file = safetensors<12>(R"({"n.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
    R"("n.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})");
#else
constexpr auto file = safetensors<20>(R"({"n.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
    R"("n.bias":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}})");
#endif
using Tiny = kiln::Model<kiln::Linear<2, 1>, kiln::Shape<2>>;
constexpr Tiny tiny = kiln::io::Embedded<Tiny, file, "n.">::model;
int main() { return static_cast<int>(tiny.predict({})[0]); }

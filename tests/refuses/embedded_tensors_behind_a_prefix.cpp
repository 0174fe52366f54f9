// SPDX-License-Identifier: BSL-1.0
// expects: file_mismatch<io::tensor<'w', 'e', 'i', 'g', 'h', 't'>, expects<io::a_tensor_of_this_name>
// expects: try_this<io::prefix<'n', 'e', 't', '.'>>
#include <kiln.hpp>
#include "embedded_file.hpp"
constexpr auto file = safetensors<12>(R"({"net.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
    R"("net.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})");
using Tiny = kiln::Model<kiln::Linear<2, 1>, kiln::Shape<2>>;
#ifdef REPAIRED
constexpr Tiny tiny = kiln::io::Embedded<Tiny, file, "net.">::model;
#else
constexpr Tiny tiny = kiln::io::Embedded<Tiny, file>::model;
#endif
int main() { return static_cast<int>(tiny.predict({})[0]); }

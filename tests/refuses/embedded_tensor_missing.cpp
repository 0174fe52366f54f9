// SPDX-License-Identifier: BSL-1.0
// expects: file_mismatch<io::tensor<'b', 'i', 'a', 's'>
// expects: expects<io::a_tensor_of_this_name>
#include <kiln.hpp>
#include "embedded_file.hpp"
#ifdef REPAIRED
constexpr auto file = safetensors<12>(R"({"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
    R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})");
#else
constexpr auto file = safetensors<12>(R"({"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
    R"("bais":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})");
#endif
using Tiny = kiln::Model<kiln::Linear<2, 1>, kiln::Shape<2>>;
constexpr Tiny tiny = kiln::io::Embedded<Tiny, file>::model;
int main() { return static_cast<int>(tiny.predict({})[0]); }

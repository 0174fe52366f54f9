// SPDX-License-Identifier: BSL-1.0
// expects: a Dataset needs targets that are int or tensors of the samples' type of value
#include <kiln.hpp>
#ifdef REPAIRED
using Value = float;
#else
using Value = std::uint8_t;
#endif
using Price = kiln::Tensor<float, kiln::Shape<1>>;
int main() {
    const kiln::data::Dataset<kiln::Shape<2>, Value, Price> data({{1, 2}}, {{3}});
    return data.size() == 1 ? 0 : 1;
}

// SPDX-License-Identifier: BSL-1.0
// expects: a Dataset needs values that are std::uint8_t or float, got others; try float
#include <kiln.hpp>
#ifdef REPAIRED
using Value = float;
#else
using Value = double;
#endif
int main() {
    const kiln::data::Dataset<kiln::Shape<4>, Value> data({{1, 2, 3, 4}}, {0});
    return data.size() == 1 && data.sample(0)[0] == 1 ? 0 : 1;
}

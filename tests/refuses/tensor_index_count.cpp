// SPDX-License-Identifier: BSL-1.0
// expects: a tensor needs one index for each dimension, got more or fewer; try x(i, j)
#include <kiln/core/tensor.hpp>
int main() {
    kiln::Tensor<float, kiln::Shape<1, 28, 28>> image{};
#ifdef REPAIRED
    return static_cast<int>(image(0, 3, 4));
#else
    return static_cast<int>(image(3, 4));
#endif
}

// SPDX-License-Identifier: BSL-1.0
// expects: standardization_of_targets needs targets that are tensors, got labels; labels need no standardization
#include <kiln.hpp>
#include <kiln/data/preprocess.hpp>
#ifdef REPAIRED
using Target = kiln::Tensor<float, kiln::Shape<1>>;
#else
using Target = int;
#endif
int main() {
    const kiln::data::Dataset<kiln::Shape<4>, float, Target> data({}, {});
    return kiln::data::standardization_of_targets(data).sd[0] > 0;
}

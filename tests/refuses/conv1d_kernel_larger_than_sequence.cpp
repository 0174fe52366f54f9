// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Conv1d<4, 16, 3, 1, 0, 8
// expects: expects<frames_of_at_least<17>>, got<Shape<12, 4>>
#include <kiln.hpp>
#ifdef REPAIRED
using First = kiln::Conv1d<4, 16, 3, 1, 8, 8>;
#else
using First = kiln::Conv1d<4, 16, 3, 1, 0, 8>;
#endif
using Net = kiln::Model<kiln::Sequential<First, kiln::ReLU>, kiln::Shape<12, 4>>;
static_assert(Net::multiply_adds >= 0);
int main() {
    static Net model{kiln::Seed{42}};
    return static_cast<int>(model.predict({})[0]);
}

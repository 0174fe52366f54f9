// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Pool<2, 1
// expects: expects<rank<3>>, got<Shape<64>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Middle = kiln::ReLU;
#else
using Middle = kiln::Pool<2, 1>;
#endif
using Net = kiln::Model<kiln::Sequential<kiln::Linear<16, 64>, Middle, kiln::Linear<64, 4>>, kiln::Shape<16>>;
static_assert(Net::parameter_count == 1348);
int main() {
    static Net model{kiln::Seed{42}};
    static kiln::Trainer<Net, kiln::CrossEntropy, kiln::SGD, kiln::Batch<8>> trainer{model, {}};
    return trainer.step({}, {}) > 0 ? 1 : kiln::argmax(model.predict({}));
}

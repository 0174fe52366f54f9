// SPDX-License-Identifier: BSL-1.0
// expects: loss_mismatch<Squares, expects<primitive<Primitive::multiply, expects<one_number>, got<Shape<3>>>>, got<Shape<3>>>
#include <kiln.hpp>

struct Squares : kiln::ExpressedLoss<Squares> {
    static constexpr auto express(auto y, auto target) {
#ifdef REPAIRED
        return mean(square(y - target));
#else
        return square(y - target);
#endif
    }
};
using M = kiln::Model<kiln::Linear<4, 3>, kiln::Shape<4>>;
void train(M& model) { kiln::Trainer<M, Squares, kiln::SGD, kiln::Batch<4>> trainer{model, {}}; }

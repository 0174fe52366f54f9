// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<expects<positive_sizes>, got<Shape<1, 28, -28>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Image = kiln::Shape<1, 28, 28>;
#else
using Image = kiln::Shape<1, 28, -28>;
#endif
using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, kiln::Linear<1352, 10>>;
using Digits = kiln::Model<Net, Image>;
static_assert(Digits::parameter_count == 13'610 && std::is_same_v<Digits::Output, kiln::Shape<10>>);
static Digits model{kiln::Seed{42}};
static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {}};
int main() {
    const kiln::data::Dataset<Image> images({}, {});
    const kiln::Tensor<float, Image> image{};
    return trainer.fit(images).loss > kiln::evaluate(model, images).loss ? 1 : kiln::argmax(model.predict(image));
}

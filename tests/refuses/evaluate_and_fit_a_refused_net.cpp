// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<0>, Linear<700, 10>, expects<elements<700>>, got<Shape<1, 28, 28>>, try_this<Linear<784, 10>>>
#include <kiln.hpp>

#include <iostream>
#ifdef REPAIRED
using Net = kiln::Sequential<kiln::Linear<784, 10>>;
#else
using Net = kiln::Sequential<kiln::Linear<700, 10>>;
#endif
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;
int main() {
    static Digits model{kiln::Seed{42}};
    static kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>> trainer{model, {.nesterov = true}};
    const kiln::data::Dataset<Digits::Input> images({}, {});
    trainer.fit(images, {.epochs = 3, .progress = kiln::progress_bar()});
    std::cout << kiln::evaluate(model, images) << kiln::argmax(model.predict(images.image(0)));
}

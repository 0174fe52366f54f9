// SPDX-License-Identifier: BSL-1.0
// A mistake in a shape is one error. Suppose that the last layer below were kiln::Linear<1000, 10>. g++ 12 then says,
// besides where the model was asked for:
//
//     include/kiln/model/model.hpp:39:49: error: 'shapes_agree' is not a member of 'kiln::shape_mismatch<
//         kiln::layer<3>, kiln::Linear<1000, 10>, kiln::expects<kiln::elements<1000> >,
//         kiln::got<kiln::Shape<8, 13, 13> >, kiln::try_this<kiln::Linear<1352, 10> > >'
//
// This one line names the first layer that does not fit and why:
//
//     layer<3>                                 the fourth layer, counted from 0; layer<2, 0> is the first of the third
//     Linear<1000, 10>                         the layer that stands there
//     expects<elements<1000>>                  the input that it needs
//     got<Shape<8, 13, 13>>                    the input that arrives: 8 channels of 13 rows by 13 columns, 1352 elements
//     try_this<Linear<1352, 10>>               a layer that would fit, if one is known
//
// One mistake is one error, however much code uses the network. See it yourself: compile this file with -DSHOW_ERROR,
// for instance by  g++ -std=c++20 -Iinclude -fsyntax-only -DSHOW_ERROR examples/02_shape_error.cpp

#include <kiln.hpp>

#include <iostream>

#ifdef SHOW_ERROR
using Last = kiln::Linear<1000, 10>;
#else
using Last = kiln::Linear<8 * 13 * 13, 10>;
#endif
using Net = kiln::Sequential<kiln::Conv<1, 8, 3>, kiln::ReLU, kiln::Pool<2>, Last>;
using Digits = kiln::Model<Net, kiln::Shape<1, 28, 28>>;

int main() {
    static Digits model{kiln::Seed{42}};
    std::cout << "every shape agrees; the first logit of an empty image is " << model.predict({})[0] << '\n';
}

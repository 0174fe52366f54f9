// SPDX-License-Identifier: BSL-1.0
// expects: Attention<2>, expects<equal_columns>, got<Shapes<Shape<6, 8>, Shape<5, 4>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Frames = kiln::Shape<5, 8>;
#else
using Frames = kiln::Shape<5, 4>;
#endif
using Net = kiln::Graph<kiln::Input<"q">, kiln::Input<"x">, kiln::Node<"y", kiln::Attention<2>, "q", "x">,
                        kiln::Output<"y">>;
using M = kiln::Model<Net, kiln::Shapes<kiln::Shape<6, 8>, Frames>>;
static M model{kiln::Seed{42}};
int main() { return static_cast<int>(model.predict({})[0]); }

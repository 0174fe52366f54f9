// SPDX-License-Identifier: BSL-1.0
// expects: node
// expects: put_out_twice
#include <kiln.hpp>
using namespace kiln;
#ifdef REPAIRED
using Net = Graph<Input<"x">, Node<"a", Linear<4, 3>, "x">, Node<"b", Tanh, "a">, Output<"a", "b">>;
#else
using Net = Graph<Input<"x">, Node<"a", Linear<4, 3>, "x">, Node<"b", Tanh, "a">, Output<"a", "b", "a">>;
#endif
int main() { static Model<Net, Shape<4>> model{Seed{1}}; }

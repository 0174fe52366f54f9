// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<expects<positive_arguments>, got<Tokens<0, 4>>>
#include <kiln.hpp>
#ifdef REPAIRED
using Text = kiln::Shape<4>;
#else
using Text = kiln::Tokens<0, 4>;
#endif
using M = kiln::Model<kiln::Linear<4, 3>, Text>;
const M model{kiln::Seed{42}};
int main() { return static_cast<int>(model.predict({})[0]); }

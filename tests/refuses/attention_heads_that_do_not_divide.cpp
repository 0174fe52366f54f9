// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, CausalAttention<3>, expects<features_divisible_by<3>>, got<Shape<6, 8>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int heads = 4;
#else
constexpr int heads = 3;
#endif
using M = kiln::Model<kiln::Sequential<kiln::Tanh, kiln::CausalAttention<heads>>, kiln::Shape<6, 8>>;
static M model{kiln::Seed{42}};
int main() { return static_cast<int>(model.predict({})[0]); }

// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Position<16, 8>, expects<Shape<16, 8>>, got<Shape<20, 8>>, try_this<Position<20, 8>>>
#include <kiln.hpp>
#ifdef REPAIRED
constexpr int frames = 20;
#else
constexpr int frames = 16;
#endif
using M = kiln::Model<kiln::Sequential<kiln::Tanh, kiln::Position<frames, 8>>, kiln::Shape<20, 8>>;
static M model{kiln::Seed{42}};
int main() { return static_cast<int>(model.predict({})[0]); }

// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
// expects: not_known<layer<1, 0>, MeanOverTime, missing<member::kind>>
#include <kiln.hpp>
#include <kiln/io/nam.hpp>
#ifdef REPAIRED
using Last = kiln::Sigmoid;
#else
using Last = kiln::MeanOverTime;
#endif
using Net = kiln::Sequential<kiln::LSTM<1, 3>, kiln::Sequential<Last>>;
int main() {
    static kiln::Model<Net, kiln::Shape<4, 1>> model{kiln::Seed{42}};
    return kiln::io::load_nam(model, "amp.nam") ? 0 : 1;
}

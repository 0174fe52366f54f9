// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
// expects: not_known<layer<1, 0>, Softmax, expects<rank<1>>, got<Shape<4, 3>>, try_this<Each<Softmax>>>
#include <kiln.hpp>
#include <kiln/io/keras.hpp>
#ifdef REPAIRED
using Last = kiln::Each<kiln::Softmax>;
#else
using Last = kiln::Softmax;  // Keras's is along the features of each frame
#endif
using Net = kiln::Sequential<kiln::LSTM<1, 3>, kiln::Sequential<Last>>;
int main() {
    static kiln::Model<Net, kiln::Shape<4, 1>> model{kiln::Seed{42}};
    return kiln::io::load_keras(model, "net.json") ? 0 : 1;
}

// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
// Fuzzes the reader of Keras's layers, in RTNeural's form and in Keras's: from any bytes, the parameters of small models
// are either read or stay unchanged.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/io/keras_corpus.cpp includes this file and runs the corpus and mutations of it without
// libFuzzer.

#include <kiln/io/keras.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include "known_models.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

using Convolutions =
    kiln::Model<kiln::Sequential<kiln::CausalConv1d<1, 2, 2, 1>, kiln::Tanh, kiln::Each<kiln::Linear<2, 1>>>,
                kiln::Shape<1, 1>>;
using Recurrent = kiln::Model<kiln::Sequential<kiln::GRU<1, 1>, kiln::LSTM<1, 1>, kiln::Last>, kiln::Shape<1, 1>>;
using Classifier =
    kiln::Model<kiln::Sequential<kiln::Linear<1, 2>, kiln::BatchNorm<2, 0.01, 1e-3>, kiln::ReLU, kiln::Softmax>,
                kiln::Shape<1>>;

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(input, size));
    const auto rtneural = [](auto& model, auto from, const char* name) {
        return kiln::io::load_rtneural(model, from, name);
    };
    const auto keras = [](auto& model, auto from, const char* name) { return kiln::io::load_keras(model, from, name); };
    fuzz::load<fuzz::Convolutions>(bytes, rtneural);
    fuzz::load<fuzz::Recurrent>(bytes, rtneural);
    fuzz::load<fuzz::Classifier>(bytes, rtneural);
    fuzz::load<fuzz::Convolutions>(bytes, keras);
    fuzz::load<fuzz::Recurrent>(bytes, keras);
    fuzz::load<fuzz::Classifier>(bytes, keras);
    return 0;
}

// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
// Fuzzes the reader of .nam files: from any bytes, the parameters of small models are either read or stay unchanged.
//
//     bash tests/run.sh --compiler clang++-19 fuzz
//
// The ordinary unit test tests/io/nam_corpus.cpp includes this file and runs the corpus and mutations of it without
// libFuzzer.

#include <kiln/io/nam.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/lstm.hpp>
#include <kiln/layers/wavenet.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include "known_models.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

using Sequence = kiln::Shape<1, 1>;
using Convolutions =
    kiln::Model<kiln::Sequential<kiln::WaveNet<1, kiln::WaveNetStack<1, 1, 2, kiln::Dilations<1, 2>, kiln::Tanh>>,
                                 kiln::LeakyReLU<>, kiln::CausalConv1d<1, 1, 2>>,
                Sequence>;
using Gates = kiln::Model<kiln::WaveNet<1, kiln::WaveNetStack<1, 1, 2, kiln::Dilations<1>, kiln::Tanh,
                                                              kiln::Gates::sigmoid, kiln::Bias::none>>,
                          Sequence>;
using Recurrent =
    kiln::Model<kiln::Sequential<kiln::LSTM<1, 1, kiln::LearnedStart>, kiln::Each<kiln::Linear<1, 1>>>, Sequence>;

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(input, size));
    const auto read = [](auto& model, auto from, const char* name) { return kiln::io::load_nam(model, from, name); };
    fuzz::load<fuzz::Convolutions>(bytes, read);
    fuzz::load<fuzz::Gates>(bytes, read);
    fuzz::load<fuzz::Recurrent>(bytes, read);
    return 0;
}

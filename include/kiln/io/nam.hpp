// SPDX-License-Identifier: BSL-1.0
#pragma once
// Models of amplifiers and pedals in the .nam files of Neural Amp Modeler, version 0.5.x (this needs nlohmann's JSON):
//
//   using Nano = kiln::WaveNet<
//       1, kiln::WaveNetStack<4, 2, 3, kiln::Dilations<1, 2, 4, 8, 16, 32, 64>, kiln::Tanh, kiln::Gates::none,
//                             kiln::Bias::none>,
//       kiln::WaveNetStack<2, 1, 3, kiln::Dilations<128, 256, 512, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512>, kiln::Tanh>>;
//   static kiln::Model<Nano, kiln::Shape<64, 1>> amp;
//   kiln::io::load_nam(amp, "amp.nam").or_throw();
//
// The type of the model is the schema: another architecture, size, activation or number of weights is an error, which
// names the place in the file and the layer. A WaveNet is a WaveNet, followed by an activation and a CausalConv1d for
// each convolution of the file's head, if it has one. An LSTM is one LSTM for each layer, and Each<Linear>.
//
// The program of Neural Amp Modeler lets a network hear silence before it begins. Here a sequence begins with zeros in
// all memories: a stream that has heard a receptive field of zeros is where that program begins.

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/guarded.hpp>
#include <kiln/files/detail/quote.hpp>
#include <kiln/files/result.hpp>
#include <kiln/io/detail/json_tree.hpp>
#include <kiln/io/detail/known_layers.hpp>
#include <kiln/io/detail/nam_file.hpp>
#include <kiln/io/detail/read_file.hpp>
#include <kiln/io/one_of.hpp>
#include <kiln/io/state_dict.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

/// The result of loading a .nam file.
struct [[nodiscard]] NamResult : Result {
    NamResult() = default;
    NamResult(Result result) : Result(std::move(result)) {}

    double sample_rate = 0;  ///< frames a second that the model was made for; 0 if the file does not say
};

/// Reads the text of a .nam file into the layers of a model, or changes nothing; `name` is for messages only.
inline NamResult parse_nam(std::string_view text, const std::string& name, std::span<const KnownLayer> layers) {
    return kiln::detail::guarded(name, [&]() -> NamResult {
        JsonReading reading;
        const Json tree = reading.parse(text);
        const JsonNode file(tree, "", reading);
        if (reading.good()) NamFile(layers, reading).read(file);
        NamResult result;
        if (reading.good() && file.has("sample_rate")) {
            const JsonNode rate = file["sample_rate"];
            result.sample_rate = rate.number();
            if (reading.good() && !(result.sample_rate > 0)) rate.fail("a number above 0");
        }
        if (!reading.good()) return Result::failure(name, reading.fault());
        reading.commit();
        return result;
    });
}

namespace detail {
// The network of a file in a message.
inline std::string network_in_words(const Json& file) {
    std::string text = "a network";
    if (!file.is_object()) return text;
    if (const auto name = file.find("architecture"); name != file.end() && name->is_string())
        text = concat("a ", in_quotes(*name->get_ptr<const std::string*>()));
    if (const auto weights = file.find("weights"); weights != file.end() && weights->is_array())
        text += concat(" of ", weights->size(), " weights");
    return text;
}
}  // namespace detail

/// Reads a model's parameters from a .nam file; after a failure the model is unchanged.
template <class Model>
NamResult load_nam(Model& model, const std::string& path) {
    static_assert(detail::KnownVerdict<Model>::all_layers_are_known);
    return kiln::detail::guarded(path, [&] {
        return detail::read_known<NamResult>(model, [&](const auto& layers) -> NamResult {
            std::string text;
            if (Result read = read_file(path, text); !read) return read;
            return parse_nam(text, path, layers);
        });
    });
}

/// Reads a model's parameters from the bytes of a .nam file in memory; `name` stands for the file in messages.
template <class Model>
NamResult load_nam(Model& model, std::span<const std::byte> bytes, const std::string& name = "memory") {
    static_assert(detail::KnownVerdict<Model>::all_layers_are_known);
    return kiln::detail::guarded(name, [&] {
        return detail::read_known<NamResult>(model, [&](const auto& layers) {
            return parse_nam({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name, layers);
        });
    });
}

namespace detail {
template <class... M>
NamResult load_nam_text(OneOf<M...>& one_of, std::string_view text, const std::string& name) {
    JsonReading reading;
    const std::string found = network_in_words(reading.parse(text));
    if (!reading.good()) return Result::failure(name, reading.fault());
    return load_the_one_that_fits(one_of, name, found,
                                  [&](auto& model) { return load_nam(model, std::as_bytes(std::span(text)), name); });
}
}  // namespace detail

/// Makes `one_of` the model that a .nam file holds, and reads it; after a failure nothing has changed.
template <class... M>
NamResult load_nam(OneOf<M...>& one_of, const std::string& path) {
    return kiln::detail::guarded(path, [&]() -> NamResult {
        std::string text;
        if (Result read = read_file(path, text); !read) return read;
        return detail::load_nam_text(one_of, text, path);
    });
}
/// The same for the bytes of a file in memory; `name` stands for the file in messages.
template <class... M>
NamResult load_nam(OneOf<M...>& one_of, std::span<const std::byte> bytes, const std::string& name = "memory") {
    return kiln::detail::guarded(name, [&] {
        return detail::load_nam_text(one_of, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name);
    });
}

}  // namespace kiln::inline KILN_TARGET::io

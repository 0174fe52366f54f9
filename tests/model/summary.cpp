// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.summary
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/gru.hpp>
#include <kiln/layers/last.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/stream.hpp>
#include <kiln/model/summary.hpp>
#include <kiln/nets/each.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/networks.hpp"

#include <sstream>
#include <string>
#include <string_view>

using namespace kiln;
using namespace kiln::laws;

namespace {

using Digits = Model<Sequential<Conv<1, 8, 3>, ReLU, Pool<2>, Linear<8 * 13 * 13, 10>>, Shape<1, 28, 28>>;
using Nested = Model<Sequential<Linear<4, 3>, Sequential<Tanh, Sequential<Linear<3, 2>>>>, Shape<4>>;

// A summary is a constant.
constexpr auto card = summary<Digits>();
static_assert(card.rows.size() == 4 && card.parameters == 13'610 && card.multiply_adds == 62'192);
static_assert(card.rows[0].parameters == 80 && card.rows[0].multiply_adds == 48'672);
static_assert(card.rows[0].output == Extents{8, 26, 26} && card.rows[3].output == Extents{10});
static_assert(card.parameter_bytes == Digits::parameter_bytes && card.inference_bytes == Digits::inference_bytes);

constexpr auto nested = summary<Nested>();
static_assert(nested.rows.size() == 3);

using Filter = Model<Sequential<CausalConv1d<2, 3, 3>, Tanh, Each<Linear<3, 2>>>, Shape<8, 2>>;
using Recurrent = Model<GRU<2, 5>, Shape<4, 2>>;
constexpr auto filter = summary<Filter>();
static_assert(filter.stream.streams && filter.stream.receptive_field == 3 && filter.stream.latency == 0);
static_assert(filter.stream.carry_bytes == Stream<Filter>::carry_bytes && filter.stream.carry_bytes > 0);
static_assert(!card.stream.streams && !nested.stream.streams);

std::string printed(const auto& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(summary_prints_the_card_network) {
    const std::string expected = "        input             1x28x28         parameters  multiply-adds\n"
                                 "0       Conv<1, 8, 3>     8x26x26                 80          48672\n"
                                 "1       ReLU              8x26x26                  0              0\n"
                                 "2       Pool<2>           8x13x13                  0              0\n"
                                 "3       Linear<1352, 10>  10                   13530          13520\n"
                                 "        total                                  13610          62192\n"
                                 "parameters " +
                                 std::to_string(Digits::parameter_bytes) + " bytes, inference of one sample " +
                                 std::to_string(Digits::inference_bytes) + " bytes";
    // Compilers differ in whether they write out default arguments.
    std::string text = printed(card);
    const auto replace = [&](const std::string& from, const std::string& to) {
        if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
    };
    replace("Conv<1, 8, 3, 1, 0, 1>", "Conv<1, 8, 3>      ");
    replace("Pool<2, 2, 0>", "Pool<2>   ");
    const auto squeezed = [](const std::string& s) {  // the columns' widths follow the longest name
        std::string result;
        for (const char c : s)
            if (!(c == ' ' && result.ends_with(' '))) result += c;
        return result;
    };
    BOOST_TEST(squeezed(text) == squeezed(expected));
}

BOOST_AUTO_TEST_CASE(summary_names_nested_layers_by_position) {
    const char* positions[] = {"0", "1.0", "1.1.0"};
    const char* layers[] = {"Linear<4, 3>", "Tanh", "Linear<3, 2>"};
    for (std::size_t i = 0; i < 3; ++i) {
        const Name& position = nested.rows[i].position;
        BOOST_TEST(std::string_view(position.text, static_cast<std::size_t>(position.length)) == positions[i]);
        BOOST_TEST(nested.rows[i].layer == layers[i]);
    }
    BOOST_TEST((nested.rows[2].output == Extents{2}));
    BOOST_TEST(nested.parameters == 15 + 8);
}

BOOST_AUTO_TEST_CASE(summary_of_a_network_that_streams_ends_with_the_constants_of_its_stream) {
    const auto last_line = [](const std::string& text) { return text.substr(text.rfind('\n') + 1); };
    BOOST_TEST(last_line(printed(filter)) == "stream: receptive field 3 frames, latency 0, carry " +
                                                 std::to_string(Stream<Filter>::carry_bytes) + " bytes");
    BOOST_TEST(last_line(printed(summary<Recurrent>())) ==
               "stream: receptive field unlimited, latency 0, carry 32 bytes");
    BOOST_TEST(last_line(printed(summary<Model<Tanh, Shape<4, 2>>>())) ==
               "stream: receptive field 1 frame, latency 0, carry 0 bytes");
    BOOST_TEST(last_line(printed(summary<Model<Last, Shape<4, 2>>>())).starts_with("parameters"));
}

BOOST_AUTO_TEST_CASE(summary_aligns_its_columns) {
    std::istringstream lines(printed(nested));
    std::string line;
    std::size_t width = 0;
    for (int i = 0; i < 5 && std::getline(lines, line); ++i) {
        if (i == 0) width = line.size();
        BOOST_TEST(line.size() == width);
    }
}

// SPDX-License-Identifier: BSL-1.0
#include "options.hpp"

#include <boost/program_options.hpp>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace {

namespace po = boost::program_options;

struct Mistake : po::error {
    using po::error::error;
};

// The data lies beside this file, wherever the program is started.
std::string default_data() {
    const std::string source = __FILE__;
    const auto slash = source.rfind('/');
    return (slash == std::string::npos ? "" : source.substr(0, slash + 1)) + "data";
}

std::string text_of(auto value) {  // of a float 0.9, not 0.899999976
    std::ostringstream text;
    text << value;
    return text.str();
}

}  // namespace

Options read_options(int argc, char** argv) {
    Options options;
    auto seed = static_cast<long long>(options.seed);  // read as unsigned, -1 would be taken for a large number
    po::options_description all("Options");
    // `needs` says in words what `holds` asks of the value.
    const auto number = [&](const char* name, const char* about, auto& value, const char* needs, auto holds) {
        const auto check = [=](const auto& given) {
            if (!holds(given))
                throw Mistake("the option '--" + std::string(name) + "' needs " + needs + ", got " + text_of(given));
        };
        all.add_options()(
            name, po::value(&value)->value_name("N")->default_value(value, text_of(value))->notifier(check), about);
    };
    number("epochs", "passes over the training images", options.epochs, "a number from 1 to 10000",
           [](int n) { return n >= 1 && n <= 10'000; });
    number("learning-rate", "of the first epoch; falls linearly to 0", options.learning_rate, "a number above 0",
           [](float x) { return x > 0 && std::isfinite(x); });
    number("momentum", "of SGD (Nesterov)", options.momentum, "a number from 0 to below 1",
           [](float x) { return x >= 0 && x < 1; });
    number("weight-decay", "pulls weights to 0", options.weight_decay, "a number from 0 to 1",
           [](float x) { return x >= 0 && x <= 1; });
    number("seed", "of starting weights and of the order of images", seed, "a number from 0",
           [](long long n) { return n >= 0; });
    number("train-limit", "train on the first N images only", options.train_limit, "a number from 1",
           [](int n) { return n >= 1; });
    number("digit", "the test image to draw", options.digit, "a number from 0 to 9999",
           [](int n) { return n >= 0 && n < 10'000; });
    all.add_options()("data", po::value(&options.data)->value_name("DIR")->default_value(default_data()),
                      "folder of the four MNIST files, packed by gzip or not")("help", "this text");
    try {
        constexpr auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::variables_map values;
        po::store(po::command_line_parser(argc, argv).options(all).positional({}).style(style).run(), values);
        if (values.count("help") > 0) {
            std::cout << "Trains a small convolutional network on the MNIST digits and draws one of them.\n\n" << all;
            std::exit(0);
        }
        po::notify(values);
    } catch (const po::error& mistake) {
        std::cerr << "mnist: " << mistake.what() << "; try --help\n";
        std::exit(2);
    }
    options.seed = static_cast<std::uint64_t>(seed);
    return options;
}

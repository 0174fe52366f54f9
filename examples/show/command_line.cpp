// SPDX-License-Identifier: BSL-1.0
#include "command_line.hpp"

#include <boost/program_options.hpp>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace {

namespace po = boost::program_options;

struct Mistake : po::error {
    using po::error::error;
};

std::string text_of(auto value) {  // of a float 0.9, not 0.899999976
    std::ostringstream text;
    text << value;
    return text.str();
}

std::string in_words(const Range& range) {
    std::ostringstream words;
    words.precision(15);
    words << "a number" << (range.without_least ? " above " : " from ") << range.least;
    if (range.most < std::numeric_limits<double>::infinity())
        words << (range.without_most ? " to below " : " to ") << range.most;
    return words.str();
}

bool holds(const Range& range, double value) {
    return (range.without_least ? value > range.least : value >= range.least) &&
           (range.without_most ? value < range.most : value <= range.most) &&
           value < std::numeric_limits<double>::infinity();
}

}  // namespace

struct CommandLine::Body {
    std::string program, about;
    po::options_description all{"Options"};

    template <class T>
    void number(const char* name, const char* explanation, T& value, Range range) {
        // Read as signed, or -1 would be taken for a large number.
        using Read = std::conditional_t<std::is_same_v<T, std::uint64_t>, long long, T>;
        const auto take = [&value, name, range](const Read& given) {
            if (!holds(range, static_cast<double>(given)))
                throw Mistake("the option '--" + std::string(name) + "' needs " + in_words(range) + ", got " +
                              text_of(given));
            value = static_cast<T>(given);
        };
        const auto initial = static_cast<Read>(value);
        all.add_options()(name,
                          po::value<Read>()->value_name("N")->default_value(initial, text_of(initial))->notifier(take),
                          explanation);
    }
};

CommandLine::CommandLine(const char* program, const char* about) : body_(new Body{program, about}) {}
CommandLine::~CommandLine() = default;

CommandLine& CommandLine::number(const char* name, const char* about, int& value, Range range) {
    body_->number(name, about, value, range);
    return *this;
}
CommandLine& CommandLine::number(const char* name, const char* about, float& value, Range range) {
    body_->number(name, about, value, range);
    return *this;
}
CommandLine& CommandLine::number(const char* name, const char* about, std::uint64_t& value, Range range) {
    body_->number(name, about, value, range);
    return *this;
}
CommandLine& CommandLine::text(const char* name, const char* placeholder, const char* about, std::string& value) {
    body_->all.add_options()(name, po::value(&value)->value_name(placeholder)->default_value(value), about);
    return *this;
}
CommandLine& CommandLine::flag(const char* name, const char* about, bool& value) {
    body_->all.add_options()(name, po::bool_switch(&value), about);
    return *this;
}

CommandLine& CommandLine::training(TrainingOptions& options, const char* placeholder, const char* about_data) {
    return number("epochs", "passes over the training data, at most", options.epochs, {1, 100'000})
        .number("learning-rate", "the highest of the training", options.learning_rate, above(0))
        .number("seed", "of starting weights and of all that is random", options.seed, from(0))
        .text("data", placeholder, about_data, options.data);
}
CommandLine& CommandLine::report(TrainingOptions& options) {
    return text("report", "FILE", "write a page of HTML on the training", options.report);
}

void CommandLine::read(int argc, char** argv) {
    body_->all.add_options()("help", "this text");
    try {
        constexpr auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::variables_map values;
        po::store(po::command_line_parser(argc, argv).options(body_->all).positional({}).style(style).run(), values);
        if (values.count("help") > 0) {
            std::cout << body_->about << "\n\n" << body_->all;
            std::exit(0);
        }
        po::notify(values);
    } catch (const po::error& mistake) {
        std::cerr << body_->program << ": " << mistake.what() << "; try --help\n";
        std::exit(2);
    }
}

std::string beside(const char* source, const char* name) {
    const std::string path = source;
    const auto slash = path.rfind('/');
    return (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + name;
}

// SPDX-License-Identifier: BSL-1.0
#pragma once
// The command line of an example: options with defaults and bounds, --help. A translation unit of its own, because
// Boost.Program_options takes longer to compile than a network.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <memory>
#include <string>

/// The values that a number may have: from `least` to `most`, or without the ends themselves.
struct Range {
    double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
    bool without_least = false, without_most = false;
};
constexpr Range from(double least, double most = std::numeric_limits<double>::infinity()) { return {least, most}; }
constexpr Range above(double least) { return {.least = least, .without_least = true}; }
constexpr Range from_to_below(double least, double most) {
    return {.least = least, .most = most, .without_most = true};
}

/// The options of a training, and where its data are.
struct TrainingOptions {
    int epochs = 1;
    float learning_rate = 0.01f;
    std::uint64_t seed = 1;
    std::string data = {}, report = {};

    /// The steps of all epochs together.
    constexpr long long steps(int samples, int batch) const { return (samples + batch - 1LL) / batch * epochs; }
};

/// Options are declared with the variables that they set; those hold the defaults.
class CommandLine {
  public:
    CommandLine(const char* program, const char* about);
    ~CommandLine();

    CommandLine& number(const char* name, const char* about, int& value, Range range);
    CommandLine& number(const char* name, const char* about, float& value, Range range);
    CommandLine& number(const char* name, const char* about, std::uint64_t& value, Range range);
    CommandLine& text(const char* name, const char* placeholder, const char* about, std::string& value);
    CommandLine& flag(const char* name, const char* about, bool& value);

    /// Declares --epochs, --learning-rate, --seed and --data; then --report.
    CommandLine& training(TrainingOptions& options, const char* placeholder, const char* about_data);
    CommandLine& report(TrainingOptions& options);

    /// Sets the variables. After --help or a mistake the program ends here, with status 0 or 2.
    void read(int argc, char** argv);

  private:
    struct Body;
    std::unique_ptr<Body> body_;
};

/// Calls run(), and ends with the message of what it throws: the status of the program.
int guarded(auto&& run) {
    try {
        run();
        return 0;
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 1;
    }
}

/// A path beside a source file, wherever the program is started: beside(__FILE__, "data").
std::string beside(const char* source, const char* name);

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Golden values: PyTorch's results, which Kiln must compute as well. tests/golden/generate.py writes a file of them for
// each of the programs here, once; tests/golden/values/layers.txt is that of layers.cpp. A program reads its file,
// compares, and prints a line of the largest relative errors of each item:
//
//     golden layer Conv<3,5,3,2,1>: y 1.2e-07 dx 9.0e-08 gradients 2.1e-07
//
// A file is a sequence of entries: a name, the number of extents, the extents, and as many numbers, all separated by
// white space; lines that begin with # are comments. Inputs are in no file: `draw` makes the same numbers as the
// function of that name in generate.py. An error is relative to the largest value of its tensor.

#include <kiln/core/random.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <istream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::golden {

using laws::distance;

/// "16x3x7", for messages.
inline std::string spelled(const std::vector<int>& extents) {
    std::string text;
    for (const int extent : extents) {
        if (!text.empty()) text += 'x';
        text += std::to_string(extent);
    }
    return text;
}

/// Extents as a list, behind a leading one if there is one.
inline std::vector<int> list(const Extents& extents, int leading = 0) {
    std::vector<int> sizes(extents.size, extents.size + extents.rank);
    if (leading > 0) sizes.insert(sizes.begin(), leading);
    return sizes;
}

/// A file of golden values, by name. Faults are std::runtime_error, which name the file, the entry and the expectation.
class Values {
  public:
    explicit Values(const std::string& path) : path_(path) {
        std::ifstream file(path);
        if (!file) refuse("cannot be read; tests run in the top folder of the repository");
        std::string line, text;
        while (std::getline(file, line))
            if (!line.starts_with('#')) text += line + '\n';
        std::istringstream stream(text);
        for (std::string name; stream >> name;) add(name, stream);
    }

    /// The numbers of an entry, which has these extents.
    const std::vector<double>& get(const std::string& name, const std::vector<int>& extents) {
        const auto found = entries_.find(name);
        if (found == entries_.end()) refuse("has no entry " + name + "; run tests/golden/generate.py");
        if (found->second.extents != extents)
            refuse("has " + name + " of extents " + spelled(found->second.extents) + ", expected " + spelled(extents));
        found->second.used = true;
        return found->second.numbers;
    }

    /// The names of entries that were not read, empty if everything was compared.
    std::string unused() const {
        std::string names;
        for (const auto& [name, entry] : entries_)
            if (!entry.used) names += (names.empty() ? "" : " ") + name;
        return names;
    }

  private:
    struct Entry {
        std::vector<int> extents;
        std::vector<double> numbers;
        bool used = false;
    };

    void add(const std::string& name, std::istream& stream) {
        std::size_t rank = 0, count = 1;
        if (!(stream >> rank) || rank < 1 || rank > 5) refuse("needs the number of extents behind " + name);
        Entry entry{std::vector<int>(rank), {}};
        for (int& extent : entry.extents) {
            if (!(stream >> extent) || extent < 1) refuse("needs " + std::to_string(rank) + " extents behind " + name);
            count *= static_cast<std::size_t>(extent);
        }
        for (double number = 0; entry.numbers.size() < count && stream >> number;) entry.numbers.push_back(number);
        if (entry.numbers.size() < count)
            refuse("needs " + std::to_string(count) + " numbers in " + name + ", found " +
                   std::to_string(entry.numbers.size()));
        if (!entries_.emplace(name, std::move(entry)).second) refuse("has " + name + " twice");
    }
    [[noreturn]] void refuse(const std::string& fault) const {
        throw std::runtime_error("golden values: " + path_ + " " + fault);
    }

    std::string path_;
    std::map<std::string, Entry> entries_;
};

/// Uniform numbers that depend on the name alone: the sequence that is started by its hash (FNV-1a, 64 bits).
inline std::vector<float> draw(std::string_view name, int count, float low = -1, float high = 1) {
    std::uint64_t seed = 0xcbf29ce484222325;
    for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    Random random{Seed{seed}};
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (float& number : numbers) number = random.uniform(low, high);
    return numbers;
}

/// Every tensor of a record of floats: the numbers that are drawn for prefix and its name.
template <class R>
void draw_record(R& record, const std::string& prefix, float low = -0.5f, float high = 0.5f) {
    const auto slices = tensors<float>(record);
    for (std::size_t k = 0; k < slices.size(); ++k) {
        const auto numbers = draw(prefix + schema<R>[k].name.c_str(), slices[k].count, low, high);
        std::copy(numbers.begin(), numbers.end(), slices[k].begin());
    }
}

/// A line of the table, printed when it is complete.
class Line {
  public:
    Line(const char* kind, const std::string& name) : text_(std::string("golden ") + kind + " " + name + ":") {}
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line() { std::printf("%s\n", text_.c_str()); }

    /// Adds the largest relative error of an item, which has to stay below a tolerance.
    void require(const char* item, double error, double tolerance) {
        note(item, error);
        BOOST_TEST(error <= tolerance, text_ << " exceeds " << tolerance);
    }
    /// Adds a number that is printed only.
    void note(const char* item, double number) {
        char text[64];
        std::snprintf(text, sizeof text, " %s %.1e", item, number);
        text_ += text;
    }

  private:
    std::string text_;
};

}  // namespace kiln::golden

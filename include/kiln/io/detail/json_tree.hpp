// SPDX-License-Identifier: BSL-1.0
#pragma once
// JSON files of other programs as trees (this needs nlohmann's JSON): a value and its place, "config.layers[1].channels".
// The first expectation that is not met is kept, and everything after it is empty. Numbers are read into memory of
// their own, and copied to their places when the whole file has been read without a fault.

#include <kiln/core/target.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::io {

using Json = nlohmann::json;

namespace detail {

// Finds the place of the first mistake in a text that is no JSON.
struct JsonFault {
    std::size_t position = 0;
    bool is_number = false;  // a number that is too large for a double

    bool null() { return true; }
    bool boolean(bool) { return true; }
    bool number_integer(Json::number_integer_t) { return true; }
    bool number_unsigned(Json::number_unsigned_t) { return true; }
    bool number_float(Json::number_float_t, const std::string&) { return true; }
    bool string(std::string&) { return true; }
    bool binary(Json::binary_t&) { return true; }
    bool start_object(std::size_t) { return true; }
    bool key(std::string&) { return true; }
    bool end_object() { return true; }
    bool start_array(std::size_t) { return true; }
    bool end_array() { return true; }
    bool parse_error(std::size_t place, const std::string&, const Json::exception& fault) {
        position = place;
        is_number = fault.id == 406;
        return false;
    }
};

}  // namespace detail

/// The state of a file that is being read: the first fault, and the numbers that wait for their places.
class JsonReading {
  public:
    /// Records a fault, unless there is one.
    void fail(std::string fault) {
        if (fault_.empty()) fault_ = std::move(fault);
    }
    bool good() const { return fault_.empty(); }
    const std::string& fault() const { return fault_; }

    /// Sets a number once everything has been read.
    void set(float* to, float value) { numbers_.push_back({to, value}); }
    /// Sets all numbers.
    void commit() const {
        for (const auto& [to, value] : numbers_) *to = value;
    }

    /// The tree of a JSON text; null with a fault.
    Json parse(std::string_view text) {
        if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {  // the library would end there
            fail(concat("byte ", at, ": expected JSON, found the byte 0"));
            return nullptr;
        }
        Json tree = Json::parse(text.begin(), text.end(), nullptr, false);
        if (!tree.is_discarded()) return tree;
        detail::JsonFault found;
        Json::sax_parse(text.begin(), text.end(), &found);
        const std::size_t at = found.position > 0 ? found.position - 1 : 0;
        if (found.is_number)
            fail(concat("byte ", at, ": expected a number within the range of double"));
        else
            fail(concat("byte ", at, ": expected JSON, found ",
                        at < text.size() ? in_quotes(text.substr(at, 20)) : "the end of the file"));
        return nullptr;
    }

  private:
    std::string fault_;
    std::vector<std::pair<float*, float>> numbers_;
};

/// A value of a tree, and its place.
class JsonNode {
  public:
    JsonNode(const Json& value, std::string place, JsonReading& reading)
        : value_(&value),
          place_(std::move(place)),
          reading_(&reading) {}

    bool good() const { return reading_->good(); }
    const Json& value() const { return *value_; }
    const std::string& place() const { return place_; }
    JsonReading& reading() const { return *reading_; }
    /// Records that something else was expected here.
    void fail(const std::string& expected, const std::string& found) const {
        reading_->fail(concat(place_.empty() ? "" : place_ + ": ", "expected ", expected, ", found ", found));
    }
    void fail(const std::string& expected) const { fail(expected, text()); }

    /// Whether an object has a member that is not null.
    bool has(std::string_view name) const {
        if (!value_->is_object()) return false;
        const auto member = value_->find(name);
        return member != value_->end() && !member->is_null();
    }
    /// A member of an object.
    JsonNode operator[](std::string_view name) const {
        if (!good()) return nothing();
        if (!value_->is_object()) return fail("an object"), nothing();
        const auto member = value_->find(name);
        if (member == value_->end()) return fail(concat("a member ", in_quotes(name)), "none"), nothing();
        const std::string step = is_plain(name) ? std::string(name) : in_quotes(name);
        return {*member, place_.empty() ? step : concat(place_, ".", step), *reading_};
    }
    /// An element of an array.
    JsonNode operator[](std::integral auto index) const {
        const auto i = static_cast<std::size_t>(index);
        if (!good()) return nothing();
        if (!value_->is_array() || i >= value_->size()) return fail(concat("an array of at least ", i + 1)), nothing();
        return {(*value_)[i], concat(place_, "[", i, "]"), *reading_};
    }
    /// The elements of an array.
    std::size_t size() const {
        if (!good()) return 0;
        if (!value_->is_array()) return fail("an array"), 0;
        return value_->size();
    }
    /// Checks the number of elements of an array.
    bool has_size(std::size_t expected, const std::string& of) const {
        const std::size_t found = size();
        if (good() && found != expected) fail(concat(expected, of), concat(found));
        return good();
    }
    std::string string() const {
        if (!good()) return {};
        if (!value_->is_string()) return fail("a string"), std::string();
        return *value_->get_ptr<const std::string*>();
    }
    bool boolean() const {
        if (!good()) return false;
        if (!value_->is_boolean()) return fail("true or false"), false;
        return *value_->get_ptr<const bool*>();
    }
    double number() const {
        if (!good()) return 0;
        if (!value_->is_number()) return fail("a number"), 0;
        return value_->get<double>();
    }
    /// Checks a whole number against the one that the model needs.
    void is(int expected, const std::string& of) const {
        if (!good()) return;
        const bool same = value_->is_number_unsigned() && expected >= 0
                              ? value_->get<unsigned long long>() == static_cast<unsigned long long>(expected)
                              : value_->is_number_integer() && value_->get<long long>() == expected;
        if (!same) fail(concat(expected, " (", of, ")"));
    }
    void is(bool expected, const std::string& of) const {
        const bool found = boolean();
        if (good() && found != expected) fail(concat(expected ? "true (" : "false (", of, ")"));
    }
    /// Reads a number into its place.
    void read(float* to) const {
        const double found = number();
        if (!good()) return;
        constexpr double beyond = 0x1.ffffffp127;  // half a step beyond the largest float
        if (!(found < beyond && found > -beyond)) return fail("a number within the range of float");
        reading_->set(to, static_cast<float>(found));
    }

    /// The value in a message.
    std::string text() const {
        if (value_->is_object()) return "an object";
        if (value_->is_array()) return concat("an array of ", value_->size());
        if (value_->is_string()) return in_quotes(*value_->get_ptr<const std::string*>());
        return value_->dump();
    }

  private:
    // Whether a member's name can stand in a place as it is.
    static bool is_plain(std::string_view name) {
        constexpr std::size_t most = 60;
        for (const char c : name)
            if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_') return false;
        return !name.empty() && name.size() <= most;
    }
    JsonNode nothing() const {
        static const Json null;
        return {null, place_, *reading_};
    }

    const Json* value_;
    std::string place_;
    JsonReading* reading_;
};

}  // namespace kiln::inline KILN_TARGET::io

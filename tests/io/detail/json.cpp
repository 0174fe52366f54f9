// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.json
#include <kiln/io/detail/json.hpp>

#include <boost/test/unit_test.hpp>

#include "fuzz/corpus.hpp"
#include "fuzz/json.cpp"

#include <string>
#include <string_view>
#include <vector>

using kiln::io::JsonReader;
using kiln::io::JsonString;

namespace {

std::string decoded(const JsonString& string) {
    std::string text;
    auto bytes = string.bytes();
    for (int c = bytes.next(); c >= 0; c = bytes.next()) text += static_cast<char>(c);
    return text;
}

/// The one string of a text.
std::string read_string(std::string_view text) {
    JsonReader reader(text);
    const JsonString string = reader.string();
    reader.end();
    return reader.good() ? decoded(string) : "expected " + std::string(reader.expected());
}

/// Reads the next item, whose first character tells its kind.
void read_any(JsonReader& reader, std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n", reader.position());
    const char first = start < text.size() ? text[start] : '\0';
    if (first == '{')
        reader.object([&](const JsonString&) { read_any(reader, text); });
    else if (first == '[')
        reader.array([&] { read_any(reader, text); });
    else if (first == '"')
        reader.string();
    else
        reader.count();
}

/// The fault of a whole text, and its place.
std::string fault(std::string_view text) {
    JsonReader reader(text);
    read_any(reader, text);
    reader.end();
    return reader.good() ? "none" : reader.expected() + (" at " + std::to_string(reader.position()));
}

/// The same of a text that is passed over.
std::string skip_fault(const std::string& text) {
    JsonReader reader(text);
    reader.skip();
    reader.end();
    return reader.good() ? "none" : reader.expected() + (" at " + std::to_string(reader.position()));
}

constexpr long long sum_of(std::string_view text) {
    JsonReader reader(text);
    long long sum = 0;
    reader.object([&](const JsonString& name) {
        if (name == "nested")
            reader.object([&](const JsonString&) { sum += reader.string() == "\xc3\xa4" ? 1000 : 0; });
        else
            reader.array([&] { sum += reader.count(); });
    });
    reader.end();
    return reader.good() ? sum : -1;
}
static_assert(sum_of(R"( {"a" : [1, 20,300], "nested":{"x":"\u00e4"} , "b":[] } )") == 1321);
static_assert(sum_of(R"({"a":[1,]})") == -1);

}  // namespace

BOOST_AUTO_TEST_CASE(strings_are_decoded) {
    BOOST_TEST(read_string(R"("plain")") == "plain");
    BOOST_TEST(read_string(R"("")") == "");
    BOOST_TEST(read_string(R"("\" \\ \/ \b \f \n \r \t")") == "\" \\ / \b \f \n \r \t");
    BOOST_TEST(read_string(R"("\u0041\u00e9\u20AC\ud83d\ude00!")") == "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!");
    BOOST_TEST(read_string("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"") == "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    BOOST_TEST(read_string(R"("\u0000")") == std::string(1, '\0'));
}

BOOST_AUTO_TEST_CASE(strings_compare_by_what_they_mean) {
    const JsonString plain("0.weight"), escaped(R"(0.\u0077eight)"), longer("0.weights"), other("0.bias");
    BOOST_TEST((plain == escaped));
    BOOST_TEST((plain == "0.weight"));
    BOOST_TEST((escaped == "0.weight"));
    BOOST_TEST(!(plain == "0.weigh"));
    BOOST_TEST(!(plain == "0.weights"));
    BOOST_TEST((plain < longer));
    BOOST_TEST((other < escaped));
    BOOST_TEST((JsonString("z") < JsonString("\xc3\xa9")));  // bytes are unsigned
}

BOOST_AUTO_TEST_CASE(plain_texts_mean_themselves) {
    const JsonString plain = JsonString::plain(R"(a\u0041\)");
    BOOST_TEST(decoded(plain) == R"(a\u0041\)");
    BOOST_TEST((plain == JsonString(R"(a\\u0041\\)")));
    BOOST_TEST(!(plain == JsonString(R"(aA)")));
    BOOST_TEST((JsonString::plain("0.weight") == JsonString("0.weight")));
}

BOOST_AUTO_TEST_CASE(whatever_of_json_there_is_is_read) {
    for (const std::string_view text : {"0", "12", "\"a\"", "[]", "{}", " [ 1 , [ ] , {} ] ",
                                        "{\"a\":{\"b\":[{\"c\":\"null\"}]}}", "\t\r\n 1 \t\r\n"})
        BOOST_TEST(fault(text) == "none", text);
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused_where_it_goes_wrong) {
    BOOST_TEST(fault("") == "a whole number of at most 18 digits at 0");
    BOOST_TEST(fault("  ") == "a whole number of at most 18 digits at 2");
    BOOST_TEST(fault("true") == "a whole number of at most 18 digits at 0");
    BOOST_TEST(fault("01") == "a whole number of at most 18 digits at 0");
    BOOST_TEST(fault("1.") == "a whole number of at most 18 digits at 0");
    BOOST_TEST(fault("-1") == "a whole number of at most 18 digits at 0");
    BOOST_TEST(fault("1e") == "a whole number of at most 18 digits at 0");
    BOOST_TEST(fault("[1 2]") == "',' or ']' at 3");
    BOOST_TEST(fault("[1,]") == "a whole number of at most 18 digits at 3");
    BOOST_TEST(fault("{\"a\" 1}") == "':' at 5");
    BOOST_TEST(fault("{a:1}") == "'\"' at 1");
    BOOST_TEST(fault("{\"a\":1") == "',' or '}' at 6");
    BOOST_TEST(fault("{} {}") == "nothing more at 3");
    BOOST_TEST(fault("\"abc") == "the end of a string at 4");
    BOOST_TEST(fault("\"a\nb\"") == "the end of a string at 2");
    BOOST_TEST(fault("\"\\x\"") == "an escape sequence at 2");
    BOOST_TEST(fault("\"\\") == "an escape sequence at 2");
    BOOST_TEST(fault("\"\\u12g4\"") == "four hexadecimal digits at 5");
    BOOST_TEST(fault("\"\\ude00\"") == "the first half of a surrogate pair at 7");
    BOOST_TEST(fault("\"\\ud83d\"") == "the second half of a surrogate pair at 7");
    BOOST_TEST(fault("\"\\ud83d\\u0041\"") == "the second half of a surrogate pair at 13");
    for (const std::string_view bytes : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                         "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
        BOOST_TEST(fault(std::string(1, '"').append(bytes).append("\"")) == "UTF-8 at 1");
}

BOOST_AUTO_TEST_CASE(counts_are_whole_and_small_enough) {
    const auto count = [](std::string_view text) {
        JsonReader reader(text);
        const long long value = reader.count();
        reader.end();
        return reader.good() ? value : -1;
    };
    BOOST_TEST(count("0") == 0);
    BOOST_TEST(count(" 999999999999999999 ") == 999'999'999'999'999'999);
    for (const char* text : {"1000000000000000000", "-1", "1.0", "1e3", "01", "", "a", "+1"})
        BOOST_TEST(count(text) == -1, text);
}

BOOST_AUTO_TEST_CASE(every_beginning_of_a_text_is_refused_without_reading_beyond_it) {
    const std::string text = R"({"a\u00e9\ud83d\ude00":[1,25,{"b":"null"}],"c":"\n"})";
    BOOST_TEST(fault(text) == "none");
    for (std::size_t size = 0; size < text.size(); ++size) {
        const std::vector<char> copy(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
        BOOST_TEST(fault(std::string_view(copy.data(), size)) != "none");
    }
}

// Found by the fuzzer: the second half was taken without its backslash, and its meaning read beyond the text.
BOOST_AUTO_TEST_CASE(the_second_half_of_a_pair_is_escaped_too) {
    BOOST_TEST(read_string(R"("\ud83dude00")") == "expected the second half of a surrogate pair");
    BOOST_TEST(read_string(R"("\ud83d\ude00")") == "\xf0\x9f\x98\x80");
}

BOOST_AUTO_TEST_CASE(any_value_is_passed_over) {
    for (const char* text :
         {"0", "-0.5e+07", "12E3", "true", "false", " null ", "\"\\u00e4\"", "[]", "{}", "[1,[2,{}],3]",
          R"({"a":{"b":[{"c":null}]},"d":[[],[[]]],"e":""})", " { \"a\" : [ 1 , 2 ] } "})
        BOOST_TEST(skip_fault(text) == "none", text);
    const std::string deep(64, '['), end(64, ']');
    BOOST_TEST(skip_fault(deep + end) == "none");
    BOOST_TEST(skip_fault("[" + deep + end + "]") == "at most 64 arrays and objects within each other at 65");
    BOOST_TEST(skip_fault(std::string(1'000'000, '[')) == "at most 64 arrays and objects within each other at 65");
}

BOOST_AUTO_TEST_CASE(what_is_no_value_is_not_passed_over) {
    BOOST_TEST(skip_fault("") == "a value at 0");
    BOOST_TEST(skip_fault("[1,]") == "a value at 3");
    BOOST_TEST(skip_fault("[1 2]") == "',' or ']' at 3");
    BOOST_TEST(skip_fault("[1}") == "',' or ']' at 2");
    BOOST_TEST(skip_fault("{\"a\":1]") == "',' or '}' at 6");
    BOOST_TEST(skip_fault("{1:2}") == "'\"' at 1");
    BOOST_TEST(skip_fault("{\"a\":1,}") == "'\"' at 7");
    BOOST_TEST(skip_fault("[[]") == "',' or ']' at 3");
    BOOST_TEST(skip_fault("01") == "nothing more at 1");
    BOOST_TEST(skip_fault("1.") == "a digit at 2");
    BOOST_TEST(skip_fault("-") == "a digit at 1");
    BOOST_TEST(skip_fault("1e") == "a digit at 2");
    BOOST_TEST(skip_fault("nul") == "true, false or null at 3");
    BOOST_TEST(skip_fault("truth") == "true, false or null at 3");
}

BOOST_AUTO_TEST_CASE(json_survives_the_fuzzing_corpus_and_its_mutations) {
    BOOST_TEST(fuzz::run_corpus("tests/fuzz/corpus/json") >= 10);
}

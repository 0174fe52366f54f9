// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
#define BOOST_TEST_MODULE io.detail.json_tree
#include <kiln/io/detail/json_tree.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using kiln::io::Json;
using kiln::io::JsonNode;
using kiln::io::JsonReading;

namespace {

/// The fault after use(node, reading) of a text.
std::string fault(std::string_view text, auto use) {
    JsonReading reading;
    const Json tree = reading.parse(text);
    if (reading.good()) use(JsonNode(tree, "", reading));
    return reading.fault();
}
std::string fault(std::string_view text) {
    return fault(text, [](const JsonNode&) {});
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_text_that_is_no_json_says_where) {
    BOOST_TEST(fault("{}") == "");
    BOOST_TEST(fault("") == "byte 0: expected JSON, found the end of the file");
    BOOST_TEST(fault("[1, 2") == "byte 5: expected JSON, found the end of the file");
    BOOST_TEST(fault("[1 2]") == "byte 3: expected JSON, found \"2]\"");
    BOOST_TEST(fault("{} x") == "byte 3: expected JSON, found \"x\"");
    BOOST_TEST(fault("[1e999]") == "byte 5: expected a number within the range of double");
}

BOOST_AUTO_TEST_CASE(values_have_places) {
    const std::string_view text = R"({"a": {"b": [1, true, "c", 2.5]}, "none": null})";
    const auto at = [&](auto use) { return fault(text, use); };
    BOOST_TEST(at([](const JsonNode& node) {
                   BOOST_TEST(node["a"]["b"].size() == 4u);
                   BOOST_TEST(node["a"]["b"][0].number() == 1);
                   BOOST_TEST(node["a"]["b"][1].boolean());
                   BOOST_TEST(node["a"]["b"][2].string() == "c");
                   BOOST_TEST(node["a"]["b"][3].place() == "a.b[3]");
                   BOOST_TEST(node["a"]["b"].has_size(4, " numbers"));
                   node["a"]["b"][0].is(1, "it");
                   node["a"]["b"][1].is(true, "it");
                   BOOST_TEST((node.has("a") && !node.has("none") && !node.has("x") && !node["none"].has("a")));
               }) == "");
    BOOST_TEST(at([](const JsonNode& node) { node["x"]; }) == "expected a member \"x\", found none");
    BOOST_TEST(at([](const JsonNode& node) { node["a"]["x"]["y"].number(); }) ==
               "a: expected a member \"x\", found none");
    BOOST_TEST(at([](const JsonNode& node) { node["a"][0]; }) == "a: expected an array of at least 1, found an object");
    BOOST_TEST(at([](const JsonNode& node) { node["a"]["b"][4]; }) ==
               "a.b: expected an array of at least 5, found an array of 4");
    BOOST_TEST(at([](const JsonNode& node) { node["a"]["b"]["c"]; }) == "a.b: expected an object, found an array of 4");
    BOOST_TEST(at([](const JsonNode& node) { node["a"].size(); }) == "a: expected an array, found an object");
    BOOST_TEST(at([](const JsonNode& node) { node["a"]["b"][0].string(); }) == "a.b[0]: expected a string, found 1");
    BOOST_TEST(at([](const JsonNode& node) { node["a"]["b"][2].number(); }) ==
               "a.b[2]: expected a number, found \"c\"");
    BOOST_TEST(at([](const JsonNode& node) { node["none"].boolean(); }) == "none: expected true or false, found null");
    BOOST_TEST(at([](const JsonNode& node) { node["a"]["b"][3].is(2, "layer 0"); }) ==
               "a.b[3]: expected 2 (layer 0), found 2.5");
    BOOST_TEST(at([](const JsonNode& node) { node["a"]["b"][0].is(-1, "layer 0"); }) ==
               "a.b[0]: expected -1 (layer 0), found 1");
    BOOST_TEST(at([](const JsonNode& node) { node["a"]["b"][1].is(false, "layer 0"); }) ==
               "a.b[1]: expected false (layer 0), found true");
}

BOOST_AUTO_TEST_CASE(the_first_fault_is_kept) {
    BOOST_TEST(fault("{}", [](const JsonNode& node) {
                   node["first"].number();
                   node["second"].number();
                   node.fail("a third");
               }) == "expected a member \"first\", found none");
}

BOOST_AUTO_TEST_CASE(numbers_go_to_their_places_at_the_end) {
    JsonReading reading;
    const Json tree = reading.parse("[0.5, 3.4028235e38, -1e39]");
    const JsonNode node(tree, "", reading);
    float values[] = {7, 7, 7};
    node[0].read(values);
    node[1].read(values + 1);
    BOOST_TEST(values[0] == 7);
    reading.commit();
    BOOST_TEST((values[0] == 0.5f && values[1] == 3.4028235e38f && values[2] == 7));
    node[2].read(values + 2);
    BOOST_TEST(reading.fault() == "[2]: expected a number within the range of float, found -1e+39");
}

BOOST_AUTO_TEST_CASE(deep_texts_take_no_stack) {
    const std::string open(2'000'000, '['), shut(2'000'000, ']');
    BOOST_TEST(fault(open) == "byte 2000000: expected JSON, found the end of the file");
    BOOST_TEST(fault(open + shut) == "");
}

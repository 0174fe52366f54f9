// SPDX-License-Identifier: BSL-1.0
// The promises that the other programs rely on: inputs are drawn as in generate.py, and a faulty file is no silent
// success.
#define BOOST_TEST_MODULE golden.values
#include "golden/values.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace kiln::golden;

namespace {

/// A file of this text, gone with the object.
struct File {
    std::string path = (std::filesystem::temp_directory_path() / "kiln_golden_values.txt").string();

    explicit File(const char* text) { std::ofstream(path) << text; }
    ~File() { std::filesystem::remove(path); }
};

/// The complaint when the entry a of extents 2 x 3 is read from such a file; empty if there is none.
std::string complaint(const char* text) {
    const File file(text);
    try {
        Values values(file.path);
        values.get("a", {2, 3});
    } catch (const std::runtime_error& error) {
        return std::string(error.what()).substr(std::string("golden values: " + file.path + " ").size());
    }
    return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(inputs_are_drawn_as_in_generate_py) {
    Values values("tests/golden/values/drawn.txt");
    const auto compare = [&](const char* name, float low, float high) {
        const auto drawn = draw(name, 8, low, high);
        const auto& expected = values.get(name, {8});
        for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(drawn[i] == static_cast<float>(expected[i]));
    };
    compare("between_1", -1, 1);
    compare("between_other_bounds", -0.1f, 0.3f);
    BOOST_TEST(values.unused() == "");
}

BOOST_AUTO_TEST_CASE(a_file_is_read_by_name_in_any_order) {
    const File file("# comment\nb 1 2\n1 -2e-3\na 2 2 3\n1 2 3 4\n5 6\n");
    Values values(file.path);
    BOOST_TEST(values.get("a", {2, 3}) == (std::vector<double>{1, 2, 3, 4, 5, 6}), boost::test_tools::per_element());
    BOOST_TEST(values.unused() == "b");
    BOOST_TEST(values.get("b", {2}) == (std::vector<double>{1, -0.002}), boost::test_tools::per_element());
    BOOST_TEST(values.unused() == "");
}

BOOST_AUTO_TEST_CASE(a_faulty_file_is_refused) {
    BOOST_TEST(complaint("a 2 2 3 1 2 3 4 5 6") == "");
    BOOST_TEST(complaint("b 1 1 0") == "has no entry a; run tests/golden/generate.py");
    BOOST_TEST(complaint("a 2 3 2 1 2 3 4 5 6") == "has a of extents 3x2, expected 2x3");
    BOOST_TEST(complaint("a 2 2 3 1 2 3 4 5") == "needs 6 numbers in a, found 5");
    BOOST_TEST(complaint("a 2 2 3 1 2 3 4 x 5 6") == "needs 6 numbers in a, found 4");
    BOOST_TEST(complaint("a 2 2 3 1 2 3 4 5 6 7") == "needs the number of extents behind 7");
    BOOST_TEST(complaint("a 2 2 1") == "needs 2 numbers in a, found 0");
    BOOST_TEST(complaint("a 2 2") == "needs 2 extents behind a");
    BOOST_TEST(complaint("a 1 1 0 a 1 1 0") == "has a twice");
    BOOST_CHECK_THROW(Values("tests/golden/values/none.txt"), std::runtime_error);
}

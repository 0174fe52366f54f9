// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.named_tensor
#include <kiln/io/detail/named_tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using kiln::Extents;
using namespace kiln::io;

namespace {

StoredTensor stored(std::string_view name, const std::string& bytes) {
    StoredTensor tensor;
    tensor.name = JsonString::plain(name);
    tensor.type = element_type(JsonString("F32"));
    tensor.shape.append(static_cast<long long>(bytes.size() / 4));
    tensor.bytes = bytes;
    return tensor;
}

const std::string one_and_minus_two("\0\0\x80\x3f\0\0\0\xc0", 8), three("\0\0\x40\x40", 4);

}  // namespace

BOOST_AUTO_TEST_CASE(elements_are_appended_the_lowest_byte_first) {
    const float numbers[] = {1, -2};
    std::string text = "before";
    append_elements(text, {"a", Extents{2}, numbers});
    BOOST_TEST(text == "before" + one_and_minus_two);
    append_elements(text, {"scalar", Extents{}, numbers});
    BOOST_TEST(text == "before" + one_and_minus_two + one_and_minus_two.substr(0, 4));
}

BOOST_AUTO_TEST_CASE(tensors_are_copied_by_their_names) {
    float a[2] = {}, b[1] = {};
    const NamedTensor<float> wanted[] = {{"a", Extents{2}, a}, {"b\\", Extents{1}, b}};
    const std::vector<StoredTensor> tensors{stored("b\\", three), stored("a", one_and_minus_two)};
    BOOST_TEST(copy_tensors(tensors, "file", wanted).message() == "");
    BOOST_TEST(a[0] == 1);
    BOOST_TEST(a[1] == -2);
    BOOST_TEST(b[0] == 3);
}

BOOST_AUTO_TEST_CASE(all_are_copied_or_none) {
    float a[2] = {7, 7}, b[2] = {7, 7};
    const NamedTensor<float> wanted[] = {{"a", Extents{2}, a}, {"b", Extents{2}, b}};
    const auto message = [&](const std::vector<StoredTensor>& tensors, const MatchOptions& options = {}) {
        return copy_tensors(tensors, "file", wanted, options).message();
    };
    const StoredTensor good = stored("a", one_and_minus_two);
    BOOST_TEST(message({good, stored("b", three)}) == "kiln: file: tensor \"b\": expected shape (2,), found (1,)");
    BOOST_TEST(message({good, stored("c", three)}) ==
               "kiln: file: tensor \"b\": expected this tensor, found none of that name; the nearest is \"a\"");
    BOOST_TEST(
        message({good, stored("b", one_and_minus_two), stored("c", three)}) ==
        "kiln: file: tensor \"c\": expected no tensor of that name, found one; the nearest in the model is \"a\"");
    for (const float number : {a[0], a[1], b[0], b[1]}) BOOST_TEST(number == 7);
    BOOST_TEST(message({good, stored("b", one_and_minus_two), stored("c", three)}, {.others_allowed = true}) == "");
    BOOST_TEST(b[1] == -2);
}

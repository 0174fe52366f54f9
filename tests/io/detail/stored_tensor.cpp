// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.stored_tensor
#include <kiln/io/detail/stored_tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace kiln::io;

namespace {

std::string bytes_of(std::uint64_t bits, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(bits >> (8 * i));
    return text;
}

float read(const char* type, std::uint64_t bits) {
    StoredTensor tensor;
    tensor.type = element_type(JsonString(type));
    // Behind another element, so that its place counts.
    const std::string bytes = bytes_of(0, tensor.type.bits / 8) + bytes_of(bits, tensor.type.bits / 8);
    tensor.bytes = bytes;
    return read_real(tensor, 1);
}
bool same_bits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

/// A binary16 by its definition in IEEE 754.
float half(std::uint32_t bits) {
    const int sign = bits >> 15 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023;
    if (exponent == 31 && fraction == 0) return static_cast<float>(sign) * std::numeric_limits<float>::infinity();
    const float size = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                     : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
    return sign < 0 ? -size : size;
}

constexpr StoredShape shape_of(std::initializer_list<long long> sizes) {
    StoredShape shape;
    for (const long long size : sizes) shape.append(size);
    return shape;
}
static_assert(shape_of({8, 1, 3, 3}) == kiln::Extents{8, 1, 3, 3} && shape_of({8, 1, 3, 3}).count == 72);
static_assert(!(shape_of({8, 9}) == kiln::Extents{9, 8}) && !(shape_of({8}) == kiln::Extents{8, 1}));
static_assert(shape_of({}).count == 1 && shape_of({5, 0, 7}).count == 0);
static_assert(shape_of({1'000'000'000'000, 1'000'000'000'000}).count == std::numeric_limits<long long>::max());
static_assert(shape_of({1, 1, 1, 1, 1, 1, 1, 1, 1, 5}).rank == 10);

}  // namespace

BOOST_AUTO_TEST_CASE(every_half_is_the_float_it_stands_for) {
    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
        const float value = read("F16", bits);
        if ((bits & 0x7fff) > 0x7c00)
            BOOST_REQUIRE(value != value);
        else
            BOOST_REQUIRE(same_bits(value, half(bits)));
    }
}

BOOST_AUTO_TEST_CASE(bfloat16_is_the_upper_half_of_a_float) {
    BOOST_TEST(same_bits(read("BF16", 0x3fc0), 1.5f));
    BOOST_TEST(same_bits(read("BF16", 0x8000), -0.0f));
    BOOST_TEST(same_bits(read("BF16", 0xff80), -std::numeric_limits<float>::infinity()));
    BOOST_TEST(same_bits(read("BF16", 0x0001), std::bit_cast<float>(0x10000u)));
}

BOOST_AUTO_TEST_CASE(float32_is_taken_bit_for_bit) {
    for (const std::uint32_t bits : {0x3f800001u, 0x80000000u, 0x00000001u, 0x7fc12345u, 0xff800000u})
        BOOST_TEST(std::bit_cast<std::uint32_t>(read("F32", bits)) == bits);
}

BOOST_AUTO_TEST_CASE(float64_is_rounded_to_the_nearest_float) {
    const auto from = [](double value) { return read("F64", std::bit_cast<std::uint64_t>(value)); };
    BOOST_TEST(same_bits(from(0.1), 0.1f));
    BOOST_TEST(same_bits(from(1e-50), 0.0f));
    BOOST_TEST(same_bits(from(0x1.fffffefffffffp127), std::numeric_limits<float>::max()));
    BOOST_TEST(same_bits(from(0x1.ffffffp127), std::numeric_limits<float>::infinity()));
    BOOST_TEST(same_bits(from(-1e300), -std::numeric_limits<float>::infinity()));
    BOOST_TEST(std::isnan(from(std::numeric_limits<double>::quiet_NaN())));
}

BOOST_AUTO_TEST_CASE(types_are_known_by_name) {
    BOOST_TEST(element_type(JsonString("I64")).bits == 64);
    BOOST_TEST((element_type(JsonString("I64")).encoding == Encoding::other));
    BOOST_TEST(element_type(JsonString("F\\u0033\\u0032")).name == "F32");
    BOOST_TEST(element_type(JsonString("f32")).bits == 0);
    BOOST_TEST(element_type(JsonString("")).bits == 0);
}

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.npy
#include <kiln/core/shape.hpp>
#include <kiln/io/detail/npy.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using kiln::Extents;
using namespace kiln::io;

namespace {

/// A header around a dictionary, as numpy would write it.
std::string npy(const std::string& dictionary, int version = 1) {
    const std::size_t start = version == 1 ? 10 : 12;
    std::string text = dictionary;
    text.append(63 - (start + text.size()) % 64, ' ');
    text += '\n';
    std::string length;
    for (std::size_t i = 0; i < start - 8; ++i) length += static_cast<char>(text.size() >> (8 * i));
    return "\x93NUMPY" + std::string{static_cast<char>(version), '\0'} + length + text;
}
std::string dictionary(const std::string& type, const std::string& order = "False",
                       const std::string& shape = "(2, 3)") {
    return "{'descr': " + type + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

/// The fault of a dictionary, and its place.
std::string fault(const std::string& of) {
    const NpyHeader header = read_npy_header(npy(of));
    if (header.expected == nullptr) return "none";
    return header.expected + (" at " + std::to_string(static_cast<int>(header.position) - 10));
}
/// The fault of a whole header, and its place.
std::string fault_of_all(std::string_view text) {
    const std::vector<char> exactly(text.begin(), text.end());  // nothing beyond it can be read unnoticed
    const NpyHeader header = read_npy_header({exactly.data(), exactly.size()});
    return header.expected == nullptr ? "none" : header.expected + (" at " + std::to_string(header.position));
}

// Also in a constant expression.
constexpr char embedded[] = "\x93NUMPY\x01\0\x36\0{'descr':'<f4','fortran_order':False,'shape':(2,3)}  \n";
constexpr NpyHeader constant = read_npy_header({embedded, sizeof embedded - 1});
static_assert(constant.expected == nullptr && constant.size == 64 && constant.shape == Extents{2, 3});

}  // namespace

BOOST_AUTO_TEST_CASE(headers_of_numpy_are_read) {
    for (const int version : {1, 2, 3}) {
        const std::string start = npy(dictionary("'>f8'", "True", "(2, 30, 4)"), version), text = start + "elements";
        const NpyHeader header = read_npy_header(text);
        BOOST_REQUIRE(header.expected == nullptr);
        BOOST_TEST(header.size == start.size());
        BOOST_TEST(npy_header_size(text) == start.size());
        BOOST_TEST(header.type.name == ">f8");
        BOOST_TEST(header.type.bits == 64);
        BOOST_TEST((header.type.encoding == Encoding::float64));
        BOOST_TEST(header.big_endian);
        BOOST_TEST(header.first_fastest);
        BOOST_TEST((header.shape == Extents{2, 30, 4}));
    }
}

BOOST_AUTO_TEST_CASE(real_numbers_have_an_encoding_and_other_types_a_name) {
    const auto type = [](const std::string& name) {
        static std::string text;
        text = npy(dictionary(name));
        return read_npy_header(text).type;
    };
    BOOST_TEST((type("'<f2'").encoding == Encoding::float16));
    BOOST_TEST((type("'<f4'").encoding == Encoding::float32));
    BOOST_TEST((type("\">f4\"").encoding == Encoding::float32));
    BOOST_TEST((type("'<f8'").encoding == Encoding::float64));
    BOOST_TEST(type("'<f2'").bits == 16);
    BOOST_TEST(type("'<f4'").bits == 32);
    for (const std::string name : {"<i4", "|O", "|b1", "<f16", "|f4", "<c8", "<U12", "|V8", "<M8[ns]", ""}) {
        BOOST_TEST((type("'" + name + "'").encoding == Encoding::other), name);
        BOOST_TEST(type("'" + name + "'").name == name);
    }
}

BOOST_AUTO_TEST_CASE(dictionaries_may_be_written_otherwise) {
    for (const std::string text : {"{'descr':'<f4','fortran_order':False,'shape':(2,3)}",
                                   "{'shape': (2, 3), 'descr': '<f4', 'fortran_order': False}",
                                   "{ \"descr\" : \"<f4\" , \"fortran_order\" : False , \"shape\" : ( 2 , 3 , ) , }",
                                   "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }"}) {
        const std::string all = npy(text);
        const NpyHeader header = read_npy_header(all);
        BOOST_TEST((header.expected == nullptr && header.shape == Extents{2, 3} && header.type.bits == 32), text);
    }
    const std::string scalar = npy(dictionary("'<f4'", "False", "()")), one = npy(dictionary("'<f4'", "False", "(5,)"));
    BOOST_TEST(read_npy_header(scalar).shape.rank == 0);
    BOOST_TEST((read_npy_header(one).shape == Extents{5}));
    const std::string many =
        npy(dictionary("'<f4'", "False", "(1,1,1,1,1,1,1,1,1,999999999999999999,999999999999999999)"));
    BOOST_TEST(read_npy_header(many).shape.rank == 11);
}

BOOST_AUTO_TEST_CASE(damaged_dictionaries_are_refused) {
    const std::string members = "'descr', 'fortran_order' and 'shape', each once at ";
    BOOST_TEST(fault("") == "{ at 54");  // behind the padding
    BOOST_TEST(fault("[]") == "{ at 0");
    BOOST_TEST(fault("{}").starts_with(members));
    BOOST_TEST(fault("{'descr': '<f4', 'fortran_order': False, }").starts_with(members));
    BOOST_TEST(fault("{'descr': '<f4', 'descr': '<f4', ").starts_with(members));
    BOOST_TEST(fault("{'descr': '<f4', 'order': 'C', ").starts_with(members));
    BOOST_TEST(fault("{'descr': '<f4' 'shape'") == "',' or '}' at 16");
    BOOST_TEST(fault("{'descr' '<f4'") == ": at 9");
    BOOST_TEST(fault("{descr: '<f4'") == "a text in quotes at 1");
    BOOST_TEST(fault("{'descr': '<f4") == "the end of a short text at 42");
    BOOST_TEST(fault("{'descr': '<f\\x34'") == "the end of a short text at 13");
    BOOST_TEST(fault("{'descr': '<f\xc3\xa4'") == "the end of a short text at 13");
    BOOST_TEST(fault("{'descr': '" + std::string(40, 'x') + "'") == "the end of a short text at 42");
    BOOST_TEST(fault(dictionary("[('a', '<f4')]")) == "a type such as '<f4', without fields at 10");
    BOOST_TEST(fault(dictionary("('<f4', (2,))")) == "a type such as '<f4', without fields at 10");
    BOOST_TEST(fault(dictionary("None")) == "a text in quotes at 10");
    BOOST_TEST(fault(dictionary("'<f4'", "0")) == "True or False at 34");
    BOOST_TEST(fault(dictionary("'<f4'", "False", "[2, 3]")) == "( at 50");
    BOOST_TEST(fault(dictionary("'<f4'", "False", "(2 3)")) == "',' or ')' at 53");
    BOOST_TEST(fault(dictionary("'<f4'", "False", "(3)")) == "a ',' after the only size at 53");
    BOOST_TEST(fault(dictionary("'<f4'", "False", "(,)")) == "a size of at most 18 digits at 51");
    BOOST_TEST(fault(dictionary("'<f4'", "False", "(-1,)")) == "a size of at most 18 digits at 51");
    BOOST_TEST(fault(dictionary("'<f4'", "False", "(1000000000000000000,)")) == "a size of at most 18 digits at 69");
    BOOST_TEST(fault(dictionary("'<f4'") + " x") == "nothing more before the elements at 60");
}

BOOST_AUTO_TEST_CASE(what_is_no_header_is_refused) {
    const std::string good = npy(dictionary("'<f4'"));
    BOOST_TEST(fault_of_all(good) == "none");
    BOOST_TEST(fault_of_all("") == "an array of numpy at 0");
    BOOST_TEST(fault_of_all("PK\3\4 and so on, at length") == "an array of numpy at 0");
    std::string newer = good;
    newer[6] = 4;
    BOOST_TEST(fault_of_all(newer) == "version 1, 2 or 3 of numpy's format at 6");
    newer[6] = 1;
    newer[7] = 1;
    BOOST_TEST(fault_of_all(newer) == "version 1, 2 or 3 of numpy's format at 6");
    const std::string start("\x93NUMPY\x02\0", 8);
    BOOST_TEST(fault_of_all(start + "\xff\xff\xff\xff{}") == "a header of at most 10,000 bytes at 8");
    BOOST_TEST(npy_header_size(start + "\xff\xff\xff\xff") == 0xffff'ffffull + 12);
    for (std::size_t size = 0; size < good.size(); ++size) {
        const std::string found = fault_of_all(good.substr(0, size));
        BOOST_TEST(found == (size < 6    ? "an array of numpy at 0"
                             : size < 12 ? "12 bytes or more at "
                                         : "more of the header at ") +
                                (size < 6 ? "" : std::to_string(size)));
    }
}

BOOST_AUTO_TEST_CASE(elements_are_brought_into_order) {
    NpyHeader header;
    for (const long long size : {2, 3, 4}) header.shape.append(size);
    header.type = {">f2", 16, Encoding::float16};
    // Element (i, j, k) has the bytes i and 10 j + k.
    std::string rows, columns;
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 4; ++k) rows += {static_cast<char>(i), static_cast<char>(10 * j + k)};
    for (int k = 0; k < 4; ++k)
        for (int j = 0; j < 3; ++j)
            for (int i = 0; i < 2; ++i) columns += {static_cast<char>(i), static_cast<char>(10 * j + k)};
    const auto reordered = [&](std::string elements, bool big_endian, bool first_fastest) {
        header.big_endian = big_endian;
        header.first_fastest = first_fastest;
        reorder(elements, header);
        return elements;
    };
    std::string swapped = rows;
    for (std::size_t i = 0; i < rows.size(); ++i) swapped[i] = rows[i ^ 1];
    BOOST_TEST(reordered(rows, false, false) == rows);
    BOOST_TEST(reordered(columns, false, true) == rows);
    BOOST_TEST(reordered(rows, true, false) == swapped);
    BOOST_TEST(reordered(columns, true, true) == swapped);

    header.shape = {};
    for (const long long size : {2, 0}) header.shape.append(size);
    BOOST_TEST(reordered("", true, true) == "");
}

BOOST_AUTO_TEST_CASE(headers_are_written_as_numpy_writes_them) {
    const auto agrees = [](const Extents& extents, const std::string& shape) {
        const std::string text = npy_header_text(extents);
        BOOST_TEST(text.substr(10).starts_with(dictionary("'<f4'", "False", shape) + " "));
        BOOST_TEST(text.size() % 64 == 0);
        BOOST_TEST(text.back() == '\n');
        const NpyHeader header = read_npy_header(text);
        BOOST_REQUIRE(header.expected == nullptr);
        BOOST_TEST((header.shape == extents && !header.big_endian && !header.first_fastest));
        BOOST_TEST(header.type.name == "<f4");
    };
    agrees({}, "()");
    agrees({7}, "(7,)");
    agrees({8, 1, 3, 3}, "(8, 1, 3, 3)");
    agrees({2147483647, 2147483647, 2147483647, 2147483647, 2147483647},
           "(2147483647, 2147483647, 2147483647, 2147483647, 2147483647)");
}

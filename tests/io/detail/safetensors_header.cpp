// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.safetensors_header
#include <kiln/io/detail/safetensors_header.hpp>
#include <kiln/io/detail/tensor_words.hpp>

#include <boost/test/unit_test.hpp>

#include "io/safetensors.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using files::safetensors;
using kiln::io::FileFault;
using kiln::io::read_safetensors_header;

namespace {

/// The fault of a file, in words.
std::string fault(const std::string& file) {
    const auto header = read_safetensors_header(file);
    return header.fault == FileFault::none ? "none" : kiln::io::detail::in_words(header, file);
}
std::string fault(std::string_view header, std::size_t bytes) { return fault(safetensors(header, bytes)); }

// A file that is read while this one is compiled.
constexpr std::string_view
    embedded("\x36\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}12345678", 8 + 54 + 8);
constexpr bool reads_embedded() {
    const auto header = read_safetensors_header(embedded);
    return header.fault == FileFault::none && header.tensors.size() == 1 && header.tensors[0].name == "a" &&
           header.tensors[0].bytes == "12345678" && header.tensors[0].shape == kiln::Extents{2};
}
static_assert(reads_embedded());
static_assert(read_safetensors_header(embedded.substr(0, 69)).fault == FileFault::offsets_outside_of_the_data);

}  // namespace

BOOST_AUTO_TEST_CASE(tensors_are_found_in_any_order_of_members_and_bytes) {
    const std::string file = safetensors(
        R"( {"b":{"data_offsets":[8,14],"dtype":"F16","shape":[3,1]}, "__metadata__":{"x":"y","\u00e4":"2"},
             "a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}, "none":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}   )",
        14);
    const auto header = read_safetensors_header(file);
    BOOST_REQUIRE((header.fault == FileFault::none));
    BOOST_REQUIRE(header.tensors.size() == 3u);
    BOOST_TEST((header.tensors[0].name == "b"));
    BOOST_TEST((header.tensors[0].shape == kiln::Extents{3, 1}));
    BOOST_TEST(header.tensors[0].bytes == "\x08\x09\x0a\x0b\x0c\x0d");
    BOOST_TEST(header.tensors[1].type.name == "I64");
    BOOST_TEST(header.tensors[1].shape.rank == 0);
    BOOST_TEST(header.tensors[2].bytes.empty());
    BOOST_REQUIRE(header.metadata.size() == 2u);
    BOOST_TEST((header.metadata[1].name == "\xc3\xa4"));
    BOOST_TEST((header.metadata[1].value == "2"));
    BOOST_TEST(fault("{}", 0) == "none");
    BOOST_TEST(fault("{\"__metadata__\":{}}", 0) == "none");
}

BOOST_AUTO_TEST_CASE(files_that_are_none_are_refused) {
    BOOST_TEST(fault("") == "expected a safetensors file, found 0 bytes; is it truncated?");
    BOOST_TEST(fault("1234567") == "expected a safetensors file, found 7 bytes; is it truncated?");
    BOOST_TEST(fault(std::string("\x03\0\0\0\0\0\0\0{}", 10)) ==
               "expected a header of at most the 2 bytes that follow, found one of 3; is the file truncated, or no "
               "safetensors file?");
    BOOST_TEST(fault(std::string(20, '\xff')).starts_with("expected a header of at most the 12 bytes that follow"));
    BOOST_TEST(fault(std::string("PK\x03\x04 a zip file of numpy's"))
                   .starts_with("expected a safetensors file, found a zip archive; is it PyTorch's .pt"));
    for (const char* begins : {"\x93NUMPY\1", "\x80\2 pickle", "\x89HDF\r\n\x1a\n", "GGUF\3", "\x1f\x8b\x8",
                               "<html>...", "<!DOCTYPE html>", "version https://git-lfs.github.com/spec/v1"})
        BOOST_TEST(fault(std::string(begins)).starts_with("expected a safetensors file, found "), begins);
    std::string large("\x01\xe1\xf5\x05\0\0\0\0", 8);  // 100,000,001
    large.resize(8 + 100'000'001, ' ');
    BOOST_TEST(fault(large) == "expected a header of at most 100,000,000 bytes, found one of 100000001");
}

BOOST_AUTO_TEST_CASE(headers_that_are_not_of_the_form_are_refused) {
    BOOST_TEST(fault("", 0) == "header, byte 0: expected '{'");
    BOOST_TEST(fault("[]", 0) == "header, byte 0: expected '{'");
    BOOST_TEST(fault("{} x", 0) == "header, byte 3: expected nothing more");
    BOOST_TEST(fault(R"({"a":1})", 0) == "header, byte 5: expected '{'");
    BOOST_TEST(fault(R"({"__metadata__":{"a":1}})", 0) == "header, byte 21: expected '\"'");
    const std::string each = "expected dtype, shape and data_offsets, each once";
    BOOST_TEST(fault(R"({"a":{}})", 0) == "header, byte 7: " + each);
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[1]}})", 4).ends_with(each));
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4).ends_with(each));
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4).ends_with("expected two offsets"));
    BOOST_TEST(
        fault(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,2,4]}})", 4).ends_with("expected two offsets"));
    const std::string whole = "expected a whole number of at most 18 digits";
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4) == "header, byte 29: " + whole);
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4).ends_with(whole));
    BOOST_TEST(
        fault(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551620]}})", 4).ends_with(whole));
}

BOOST_AUTO_TEST_CASE(tensors_that_contradict_themselves_are_refused) {
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}})", 20) ==
               "tensor \"a\": expected 24 bytes of data for its type and shape, found 20");
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[999999999999,999999999999,16],"data_offsets":[0,20]}})", 20)
                   .starts_with("tensor \"a\": expected 9223372036854775807 "));
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,8]}})", 8) ==
               "tensor \"a\": expected 4 bytes of data for its type and shape, found 8");
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7) ==
               "tensor \"a\": expected offsets within 7 bytes of data, in order, found 8; is the file truncated?");
    BOOST_TEST(fault(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8) ==
               "tensor \"a\": expected offsets within 8 bytes of data, in order, found 8; is the file truncated?");
}

// The format grows: a newer file may hold tensors of unknown types beside those of known types.
BOOST_AUTO_TEST_CASE(types_that_are_not_known_are_no_fault_of_a_file) {
    const std::string file = safetensors(
        R"({"a":{"dtype":"F\u00332x","shape":[3,7],"data_offsets":[0,5]},"b":{"dtype":"F8_E4M3FNUZ","shape":[2],"data_offsets":[5,7]}})",
        7);
    const auto header = read_safetensors_header(file);
    BOOST_TEST((header.fault == FileFault::none));
    BOOST_TEST(header.tensors[0].type.bits == 0);
    BOOST_TEST(header.tensors[0].type.name == R"(F\u00332x)");
    BOOST_TEST(header.tensors[0].bytes.size() == 5u);
    BOOST_TEST(header.tensors[1].type.bits == 8);
    // The bytes of such tensors still have to lie in the file, without overlaps.
    const auto of = [](const std::string& offsets, std::size_t bytes) {
        return fault(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"new","shape":[1],)"
                     R"("data_offsets":[)" +
                         offsets + "]}}",
                     bytes);
    };
    BOOST_TEST(of("4,6", 6) == "none");
    BOOST_TEST(of("4,4", 4) == "none");
    BOOST_TEST(of("4,7", 6).starts_with("tensor \"b\": expected offsets within 6 bytes"));
    BOOST_TEST(of("6,4", 6).starts_with("tensor \"b\": expected offsets within 6 bytes"));
    BOOST_TEST(of("3,6", 6).starts_with("tensor \"b\": expected bytes of its own, found bytes 3 to 4"));
    BOOST_TEST(of("5,6", 6).starts_with("expected data of tensors only, found bytes 4 to 5"));
}

BOOST_AUTO_TEST_CASE(elements_may_have_less_than_a_byte) {
    const auto of = [](const std::string& type, const std::string& shape, std::size_t bytes) {
        return fault(R"({"a":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":[0,)" +
                         std::to_string(bytes) + "]}}",
                     bytes);
    };
    BOOST_TEST(of("F4", "[2,3]", 3) == "none");
    BOOST_TEST(of("F4", "[0]", 0) == "none");
    BOOST_TEST(of("F4", "[2]", 2) == "tensor \"a\": expected 1 bytes of data for its type and shape, found 2");
    BOOST_TEST(of("F4", "[3]", 2) == "tensor \"a\": expected elements that fill whole bytes, found 3 of 4 bits");
    for (const char* type : {"F6_E2M3", "F6_E3M2"}) {
        BOOST_TEST(of(type, "[4]", 3) == "none");
        BOOST_TEST(of(type, "[8,2]", 12) == "none");
        BOOST_TEST(of(type, "[4]", 4) == "tensor \"a\": expected 3 bytes of data for its type and shape, found 4");
        BOOST_TEST(of(type, "[2]", 2) == "tensor \"a\": expected elements that fill whole bytes, found 2 of 6 bits");
    }
}

BOOST_AUTO_TEST_CASE(what_an_entry_says_besides_is_passed_over) {
    const auto with = [](const std::string& more) {
        return fault(R"({"a":{"dtype":"F32","shape":[1],)" + more + R"("data_offsets":[0,4]}})", 4);
    };
    BOOST_TEST(with(R"("note":"x",)") == "none");
    BOOST_TEST(with(R"("scale":-1.5e-3,"by":null,"of":[{"b":[]},{}],"dtypes":true,)") == "none");
    BOOST_TEST(with(R"("note":x,)") == "header, byte 39: expected a value");
    BOOST_TEST(with(R"("shape":[1],)").ends_with("expected dtype, shape and data_offsets, each once"));
}

BOOST_AUTO_TEST_CASE(metadata_may_be_null) {
    BOOST_TEST(fault(R"({"__metadata__":null})", 0) == "none");
    BOOST_TEST(fault(R"({"__metadata__": null ,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4) == "none");
    BOOST_TEST(fault(R"({"__metadata__":nil})", 0) == "header, byte 17: expected true, false or null");
    BOOST_TEST(fault(R"({"__metadata__":null,"__metadata__":{}})", 0).ends_with("expected __metadata__ once"));
}

BOOST_AUTO_TEST_CASE(tensors_that_contradict_each_other_are_refused) {
    const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    BOOST_TEST(fault("{" + a + ",\"\\u0061\":" + a.substr(4) + "}", 8) == "\"a\": expected once, found twice");
    BOOST_TEST(fault(R"({"__metadata__":{"a":"b","b":"a","a":"c"}})", 0) == "\"a\": expected once, found twice");
    BOOST_TEST(fault(R"({"__metadata__":{},"__metadata__":{}})", 0) == "header, byte 34: expected __metadata__ once");
    BOOST_TEST(fault("{" + a + R"(,"b":{"dtype":"U8","shape":[6],"data_offsets":[4,10]}})", 10) ==
               "tensor \"b\": expected bytes of its own, found bytes 4 to 8, which also belong to \"a\"");
    BOOST_TEST(fault("{" + a + R"(,"b":{"dtype":"U8","shape":[2],"data_offsets":[10,12]}})", 12) ==
               "expected data of tensors only, found bytes 8 to 10, which belong to no tensor");
    BOOST_TEST(fault("{" + a + "}", 9) ==
               "expected data of tensors only, found bytes 8 to 9, which belong to no tensor");
    BOOST_TEST(fault("{}", 1) == "expected data of tensors only, found bytes 0 to 1, which belong to no tensor");
}

BOOST_AUTO_TEST_CASE(no_beginning_of_a_file_is_read_as_a_whole_one) {
    const std::string file = safetensors(
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[1],"data_offsets":[8,10]}})",
        10);
    BOOST_TEST(fault(file) == "none");
    for (std::size_t size = 0; size < file.size(); ++size) {
        const std::vector<char> beginning(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
        BOOST_TEST((read_safetensors_header({beginning.data(), size}).fault != FileFault::none));
    }
}

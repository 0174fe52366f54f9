// SPDX-License-Identifier: BSL-1.0
// needs: zip.h
#define BOOST_TEST_MODULE io.npz
#include "../fuzz/npz.cpp"

#include <kiln/io/npz.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "../fuzz/corpus.hpp"
#include "allocations.hpp"
#include "folder.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using kiln::Extents;
using kiln::Result;
using kiln::Seed;
using kiln::Shape;
using namespace kiln::io;

namespace {

using Net =
    kiln::Model<kiln::Sequential<kiln::Conv<2, 3, 2>>, Shape<2, 2, 2>>;  // 0.weight of 3 x 2 x 2 x 2, 0.bias of 3
using Normalised = kiln::Model<kiln::Sequential<kiln::Linear<4, 3>, kiln::BatchNorm<3>>, Shape<4>>;

template <class Model>
std::vector<float> values(const Model& model) {
    std::vector<float> all;
    for (const auto& tensor : state_dict(model)) all.insert(all.end(), tensor.data, tensor.data + tensor.count());
    return all;
}
template <class Model>
std::vector<std::uint32_t> bits(const Model& model) {
    std::vector<std::uint32_t> all;
    for (const float value : values(model)) all.push_back(std::bit_cast<std::uint32_t>(value));
    return all;
}

/// An array as numpy writes it.
std::string npy(const std::string& type, const std::string& shape, const std::string& elements,
                const std::string& order = "False") {
    std::string text = "{'descr': " + type + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
    text.append(117 - text.size(), ' ');
    return std::string("\x93NUMPY\x01\0\x76\0", 10) + text + '\n' + elements;
}
std::string floats(const std::vector<float>& numbers) {
    std::string bytes;
    for (const float number : numbers) detail::append_bits(bytes, std::bit_cast<std::uint32_t>(number));
    return bytes;
}
std::string ones(std::size_t count) { return floats(std::vector<float>(count, 1)); }

const std::string good_weight = npy("'<f4'", "(3, 2, 2, 2)", ones(24)), good_bias = npy("'<f4'", "(3,)", ones(3));

std::string npz(const std::vector<ZipContent>& contents, bool compressed = false) {
    std::string fault;
    return zip_text(contents, compressed, fault);
}
std::string npz_with_weight(const std::string& weight, bool compressed = false) {
    return npz({{"0.weight.npy", weight}, {"0.bias.npy", good_bias}}, compressed);
}

struct Files : files::Folder {
    std::string write(const std::string& bytes) const {
        files::write(file("model.npz"), bytes);
        return file("model.npz");
    }
    /// The cause for which these bytes are refused; the model has to stay as it is.
    std::string cause(const std::string& bytes, const LoadOptions& options = {}) const {
        Net model{Seed{3}};
        const auto before = bits(model);
        const std::string model_file = write(bytes), start = "kiln: " + model_file + ": ";
        const Result loaded = load_npz(model, model_file, options);
        BOOST_TEST((bits(model) == before) == !loaded);
        if (loaded) return "accepted";
        const std::string message = loaded.message();
        return message.starts_with(start) ? message.substr(start.size()) : "not about the file: " + message;
    }
    std::string weight_cause(const std::string& weight) const { return cause(npz_with_weight(weight)); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(what_is_read, Files)

BOOST_AUTO_TEST_CASE(a_model_comes_back_bit_by_bit) {
    const Normalised saved{Seed{1}};
    for (const bool compressed : {false, true}) {
        BOOST_TEST(save_npz(saved, file("n.npz"), {.compressed = compressed}).message() == "");
        Normalised loaded{Seed{2}};
        BOOST_TEST(bits(loaded) != bits(saved));
        BOOST_TEST(load_npz(loaded, file("n.npz")).message() == "");
        BOOST_TEST(bits(loaded) == bits(saved));
    }
    save_npz(saved, file("stored.npz")).or_throw();
    BOOST_TEST(std::filesystem::file_size(file("n.npz")) < std::filesystem::file_size(file("stored.npz")));
}

BOOST_AUTO_TEST_CASE(every_float_comes_back) {
    using Limits = std::numeric_limits<float>;
    const std::vector<float> numbers{0,
                                     -0.0f,
                                     Limits::max(),
                                     Limits::lowest(),
                                     Limits::min(),
                                     Limits::denorm_min(),
                                     Limits::infinity(),
                                     -Limits::infinity(),
                                     std::bit_cast<float>(0x7fc12345u)};
    Net model{Seed{1}};
    float* const weight = state_dict(model)[0].data;
    for (std::size_t i = 0; i < numbers.size(); ++i) weight[i] = numbers[i];
    Net loaded{Seed{2}};
    save_npz(model, file("n.npz")).or_throw();
    load_npz(loaded, file("n.npz")).or_throw();
    BOOST_TEST(bits(loaded) == bits(model));
    BOOST_TEST(load_npz(loaded, file("n.npz"), {.finite = true}).message() ==
               "kiln: " + file("n.npz") + ": tensor \"0.weight\": expected finite numbers, found inf at element 6");
}

BOOST_AUTO_TEST_CASE(files_of_numpy_are_read) {
    std::vector<float> expected;
    for (int i = 0; i < 24; ++i) expected.push_back(static_cast<float>(i - 12) / 8);
    expected.insert(expected.end(), {1.5f, -2, 0.25f});
    for (const char* name : {"single", "compressed", "half", "double", "fortran", "big_endian_fortran"}) {
        Net model{Seed{1}};
        BOOST_TEST(load_npz(model, std::string("tests/io/numpy/") + name + ".npz").message() == "");
        BOOST_TEST(values(model) == expected, name);
    }
}

BOOST_AUTO_TEST_CASE(arrays_are_written_as_numpy_writes_them) {
    Net model{Seed{1}};
    load_npz(model, "tests/io/numpy/single.npz").or_throw();
    save_npz(model, file("n.npz")).or_throw();
    const std::string ours = files::content(file("n.npz")), theirs = files::content("tests/io/numpy/single.npz");
    const ZipArchive a(ours), b(theirs);
    BOOST_REQUIRE(a.size() == 2);
    BOOST_REQUIRE(b.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        BOOST_TEST(a.name(i) == b.name(i));
        BOOST_TEST(a.open(i).read(1000) == b.open(i).read(1000));
    }
}

BOOST_AUTO_TEST_CASE(a_file_may_have_other_names_and_other_tensors) {
    const std::vector<std::string> names = {"conv/w", "conv/\xc3\xa4 \\u0041"};
    const Net saved{Seed{1}};
    save_npz(saved, file("n.npz"), {.names = names}).or_throw();
    Net loaded{Seed{2}};
    BOOST_TEST(load_npz(loaded, file("n.npz"), {.names = names}).message() == "");
    BOOST_TEST(bits(loaded) == bits(saved));
    BOOST_TEST(load_npz(loaded, file("n.npz"), {.names = {names[0]}}).message() ==
               "kiln: " + file("n.npz") + ": expected a name for each of the model's 2 tensors, got 1 names");
    BOOST_TEST(save_npz(saved, file("m.npz"), {.names = {names[0]}}).message() ==
               "kiln: " + file("m.npz") + ": expected a name for each of the model's 2 tensors, got 1 names");

    const std::string more = npz({{"x.txt", "no array"}, {"0.bias.npy", good_bias}, {"0.weight", good_weight}});
    BOOST_TEST(cause(more) ==
               "tensor \"x.txt\": expected no tensor of that name, found one; the nearest in the model is \"0.bias\"");
    BOOST_TEST(cause(more, {.others_allowed = true}) == "accepted");
}

BOOST_AUTO_TEST_CASE(names_may_begin_with_a_prefix) {
    const Net saved{Seed{1}};
    save_npz(saved, file("n.npz"), {.prefix = "module."}).or_throw();
    Net loaded{Seed{2}};
    BOOST_TEST(load_npz(loaded, file("n.npz")).message() ==
               "kiln: " + file("n.npz") +
                   ": tensor \"0.weight\": expected this tensor, found none of that name; all names in the " +
                   "file begin with \"module.\"; try the option .prefix = \"module.\"");
    BOOST_TEST(load_npz(loaded, file("n.npz"), {.prefix = "module."}).message() == "");
    BOOST_TEST(bits(loaded) == bits(saved));
    BOOST_TEST(cause(npz({{"a.0.bias.npy", good_bias}, {"a.0.weight", good_bias}}), {.prefix = "a."}) ==
               "tensor \"a.0.weight\": expected shape (3, 2, 2, 2), found (3,)");
}

BOOST_AUTO_TEST_CASE(numbers_of_batches_are_passed_over) {
    const Normalised saved{Seed{1}};
    std::string fault;
    auto tensors = detail::named_tensors<const float>(saved);
    const float seven = 7;
    tensors.push_back({"1.num_batches_tracked", Extents{}, &seven});
    Normalised loaded{Seed{2}};
    BOOST_TEST(load_npz(loaded, write(npz_text(tensors, false, fault))).message() == "");
    BOOST_TEST(bits(loaded) == bits(saved));
    tensors.back().name = "0.num_batches_tracked";
    BOOST_TEST(!load_npz(loaded, write(npz_text(tensors, false, fault))));
}

BOOST_AUTO_TEST_CASE(arrays_are_read_that_belong_to_no_model) {
    float matrix[6] = {}, number = 0;
    const NamedTensor<float> wanted[] = {{"matrix", Extents{2, 3}, matrix}, {"number", Extents{}, &number}};
    const std::string text = npz({{"number.npy", npy("'<f4'", "()", floats({7}))},
                                  {"matrix.npy", npy("'<f4'", "(2, 3)", floats({1, 2, 3, 4, 5, 6}), "True")}});
    BOOST_TEST(parse_npz(text, "file", wanted).message() == "");
    BOOST_TEST(number == 7);
    BOOST_TEST(matrix == (std::vector<float>{1, 3, 5, 2, 4, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bytes_in_memory_are_read_as_a_file_is) {
    const Net saved{Seed{1}};
    save_npz(saved, file("n.npz"), {.prefix = "net."}).or_throw();
    const std::string text = files::content(file("n.npz"));
    const auto bytes = std::as_bytes(std::span(text));
    Net loaded{Seed{2}};
    BOOST_TEST(load_npz(loaded, bytes, {.prefix = "net."}).message() == "");
    BOOST_TEST(bits(loaded) == bits(saved));
    BOOST_TEST(load_npz(loaded, bytes.first(20), {}, "the server's answer")
                   .message()
                   .starts_with("kiln: the server's answer: expected an archive of arrays (.npz), found none: "));
}

BOOST_AUTO_TEST_CASE(a_part_of_a_model_is_loaded_by_the_names_of_its_tensors) {
    const Net saved{Seed{1}}, before{Seed{2}};
    save_npz(saved, file("n.npz")).or_throw();
    Net loaded = before;
    const LoadResult result = load_npz(loaded, file("n.npz"), {.skip = {"*.bias"}});
    BOOST_TEST(result.summary() ==
               "loaded 1 tensor; the model's \"0.bias\" stays as it was; the file's \"0.bias\" is not used");
    const std::vector<float> all = values(loaded), was = values(before), is = values(saved);
    BOOST_TEST(std::equal(all.begin(), all.end() - 3, is.begin()));
    BOOST_TEST(std::equal(all.end() - 3, all.end(), was.end() - 3));
}

// Two small arrays around an array of 3 GB of zeros, which take no room on the disk.
BOOST_AUTO_TEST_CASE(a_large_file_costs_what_is_wanted_of_it) {
    constexpr std::uint32_t more = 3'000'000'000;
    std::string text = npz({{"0.weight.npy", good_weight}, {"x", "X"}, {"0.bias.npy", good_bias}});
    const auto add = [&](std::size_t at) {  // to a number of four bytes
        std::uint32_t number = 0;
        for (std::size_t i = 0; i < 4; ++i)
            number |= std::uint32_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
        number += more;
        for (std::size_t i = 0; i < 4; ++i) text[at + i] = static_cast<char>(number >> (8 * i));
    };
    const auto find = [&](const char* mark, int number) {
        std::size_t at = text.find(mark);
        for (int i = 0; i < number; ++i) at = text.find(mark, at + 1);
        return at;
    };
    const std::size_t member = find("PK\3\4", 1), entry = find("PK\1\2", 1), next = find("PK\1\2", 2);
    for (const std::size_t size : {member + 18, member + 22, entry + 20, entry + 24, next + 42, find("PK\5\6", 0) + 16})
        add(size);
    const std::size_t behind = find("PK\3\4", 2);
    std::ofstream stream(file("large.npz"), std::ios::binary);
    stream << text.substr(0, behind);
    stream.seekp(static_cast<std::streamoff>(behind + more));
    stream << text.substr(behind);
    stream.close();
    if (!stream) return;  // no such disk
    Net model{Seed{1}};
    largest_allocation = 0;
    const LoadResult result = load_npz(model, file("large.npz"), {.others_allowed = true});
    BOOST_TEST(result.summary() == "loaded 2 tensors; the file's \"x\" is not used");
    BOOST_TEST(values(model).back() == 1);
    BOOST_TEST(largest_allocation < 100'000u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(what_is_refused, Files)

BOOST_AUTO_TEST_CASE(what_is_no_archive) {
    const std::string start = "expected an archive of arrays (.npz), found ";
    BOOST_TEST(cause("") == start + "none: no bytes at all");
    BOOST_TEST(cause(std::string(1000, 'x')) == start + "none: Not a zip archive");
    BOOST_TEST(cause(good_weight) == start + "a single array (.npy)");
    const std::string good = npz_with_weight(good_weight);
    BOOST_TEST(cause(good) == "accepted");
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_REQUIRE(cause(good.substr(0, size)).starts_with(start + "none: "));
    BOOST_TEST(cause("before" + good).starts_with(start + "none: Not a zip archive"));
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_opened) {
    Net model{Seed{1}};
    BOOST_TEST(load_npz(model, file("no")).message() ==
               "kiln: " + file("no") + ": cannot be opened: No such file or directory");
    BOOST_TEST(load_npz(model, path.string()).message() ==
               "kiln: " + path.string() + ": expected a file, found a directory");
    BOOST_TEST(save_npz(model, file("no/n.npz")).message() ==
               "kiln: " + file("no/n.npz") + ": cannot be written: No such file or directory; is its folder there?");
}

BOOST_AUTO_TEST_CASE(damaged_members) {
    std::string damaged = npz_with_weight(good_weight);
    damaged[damaged.find(ones(24)) + 95] ^= 1;  // the last element
    BOOST_TEST(cause(damaged) == "tensor \"0.weight\": cannot be unpacked: CRC error");
    damaged = files::content("tests/io/numpy/compressed.npz");
    damaged[62] = static_cast<char>(damaged[62] ^ 0xff);
    BOOST_TEST(cause(damaged) == "tensor \"0.weight\": cannot be unpacked: Zlib error: data error");

    const std::string good = npz_with_weight(good_weight);
    const std::size_t entry = good.find("PK\1\2");
    std::string encrypted = good, strange = good;
    encrypted[6] |= 1;  // in both places where the flags are
    encrypted[entry + 8] |= 1;
    BOOST_TEST(cause(encrypted) == "tensor \"0.weight\": cannot be unpacked: No password provided");
    strange[8] = strange[entry + 10] = 98;
    BOOST_TEST(cause(strange) == "tensor \"0.weight\": cannot be unpacked: Compression method not supported");
}

BOOST_AUTO_TEST_CASE(names_that_are_missing_or_there_twice) {
    BOOST_TEST(cause(npz({})) == "tensor \"0.weight\": expected this tensor, found no tensor at all");
    BOOST_TEST(cause(npz({{"0.wieght.npy", good_weight}, {"0.bias.npy", good_bias}})) ==
               "tensor \"0.weight\": expected this tensor, found none of that name; the nearest is \"0.wieght\"");
    BOOST_TEST(cause(npz({{"0.bias.npy", good_bias}, {"0.bias", good_bias}})) ==
               "tensor \"0.bias\": expected once, found twice");
    const std::vector<std::string> same = {"a", "a"};
    BOOST_TEST(save_npz(Net{Seed{1}}, file("n.npz"), {.names = same}).message() ==
               "kiln: " + file("n.npz") + ": expected a name of its own for each tensor, got \"a\" twice");
    BOOST_TEST(!std::filesystem::exists(file("n.npz")));
}

BOOST_AUTO_TEST_CASE(other_shapes_and_types) {
    const std::string shape = "tensor \"0.weight\": expected shape (3, 2, 2, 2), found ";
    BOOST_TEST(weight_cause(npy("'<f4'", "(3, 2, 4)", ones(24))) == shape + "(3, 2, 4)");
    BOOST_TEST(weight_cause(npy("'<f4'", "(2, 3, 2, 2)", ones(24))) == shape + "(2, 3, 2, 2)");
    BOOST_TEST(weight_cause(npy("'<f4'", "()", ones(1))) == shape + "()");
    BOOST_TEST(weight_cause(npy("'<f4'", "(0,)", "")) == shape + "(0,)");
    BOOST_TEST(weight_cause(npy("'<f4'", "(1, 1, 1, 1, 1, 1, 1, 1, 24)", ones(24))) ==
               shape + "(1, 1, 1, 1, 1, 1, 1, 1, …)");
    const std::string type = "tensor \"0.weight\": expected floating-point numbers of 16, 32 or 64 bits, found ";
    for (const std::string name : {"<i4", "|u1", "|b1", "<c8", "|O", "<U1", "<f16"})
        BOOST_TEST(weight_cause(npy("'" + name + "'", "(3, 2, 2, 2)", ones(24))) == type + '"' + name + '"');
    BOOST_TEST(cause(files::content("tests/io/numpy/objects.npz")) == type + "\"|O\"");
}

BOOST_AUTO_TEST_CASE(damaged_headers) {
    const std::string start = "tensor \"0.weight\": header, byte ";
    BOOST_TEST(weight_cause("") == start + "0: expected an array of numpy");
    BOOST_TEST(weight_cause("no array, but some text") == start + "0: expected an array of numpy");
    BOOST_TEST(weight_cause(good_weight.substr(0, 100)) == start + "100: expected more of the header");
    BOOST_TEST(weight_cause(npy("[('a', '<f4')]", "(3, 2, 2, 2)", ones(24))) ==
               start + "20: expected a type such as '<f4', without fields");
    BOOST_TEST(weight_cause(npy("'<f4'", "(3, 2, 2, -2)", ones(24))) ==
               start + "70: expected a size of at most 18 digits");
    std::string longer = good_weight;
    longer[9] = 0x7f;
    BOOST_TEST(weight_cause(longer + std::string(40'000, ' ')) ==
               start + "8: expected a header of at most 10,000 bytes");
}

BOOST_AUTO_TEST_CASE(elements_too_few_or_too_many) {
    const std::string start = "tensor \"0.weight\": expected 96 bytes of elements, found ";
    BOOST_TEST(weight_cause(npy("'<f4'", "(3, 2, 2, 2)", ones(24).substr(1))) == start + "95");
    BOOST_TEST(weight_cause(npy("'<f4'", "(3, 2, 2, 2)", "")) == start + "0");
    BOOST_TEST(weight_cause(npy("'<f4'", "(3, 2, 2, 2)", ones(24) + "x")) == start + "more");
    BOOST_TEST(weight_cause(npy("'<f8'", "(3, 2, 2, 2)", ones(24))) ==
               "tensor \"0.weight\": expected 192 bytes of elements, found 96");
}

BOOST_AUTO_TEST_CASE(nothing_is_unpacked_because_a_file_claims_it) {
    const auto allocated = [&](const std::string& weight, const std::string& expected) {
        const std::string bomb = npz_with_weight(weight, true);
        largest_allocation = 0;
        BOOST_TEST(cause(bomb) == "tensor \"0.weight\": " + expected);
        return largest_allocation.load();
    };
    const std::string zeros(10'000'000, '\0');
    BOOST_TEST(allocated(good_weight + zeros, "expected 96 bytes of elements, found more") < 200'000);
    BOOST_TEST(allocated(npy("'<f4'", "(2500000,)", zeros), "expected shape (3, 2, 2, 2), found (2500000,)") < 200'000);
    const std::string four_gigabytes("\x93NUMPY\x02\0\xff\xff\xff\xff", 12);
    BOOST_TEST(allocated(four_gigabytes + zeros, "header, byte 8: expected a header of at most 10,000 bytes") <
               200'000);
}

BOOST_AUTO_TEST_CASE(numbers_that_no_float_can_hold) {
    std::string doubles;
    for (int i = 0; i < 24; ++i) detail::append_bits(doubles, std::bit_cast<std::uint64_t>(i == 5 ? 1e39 : 1.0));
    BOOST_TEST(
        weight_cause(npy("'<f8'", "(3, 2, 2, 2)", doubles))
            .starts_with("tensor \"0.weight\": expected numbers that a float can hold, found 1e+39 at element "));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(what_damage_does, Files)

BOOST_AUTO_TEST_CASE(npz_survives_the_fuzzing_corpus_and_its_mutations) {
    BOOST_TEST(fuzz::run_corpus("tests/fuzz/corpus/npz") >= 20);
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: BSL-1.0
// needs: csv.h
#define BOOST_TEST_MODULE data.csv
#include "../fuzz/csv.cpp"

#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/csv.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/windows.hpp>

#include <boost/test/unit_test.hpp>

#include "data/table_folder.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#ifndef KILN_CORPUS_DIR
#define KILN_CORPUS_DIR "tests/fuzz/corpus/csv"
#endif

using kiln::Shape;
using kiln::Tensor;
using namespace kiln::data;
using Pair = Shape<2>;
using One = Shape<1>;
using Texts = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

struct Folder : TableFolder {
    Table<Pair> table(const std::string& bytes, const TableFormat& format = {}) const {
        return read_table<Pair>(write(bytes), format);
    }
    std::string refusal(const std::string& bytes, const TableFormat& format = {}) const {
        return cause([&] { table(bytes, format); });
    }
};

const std::string flowers = "length,width,species\n"
                            "5.1,3.5,setosa\n"
                            "7.0,3.2,versicolor\n"
                            "-6.25e-1,+3,setosa\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tables, Folder)

BOOST_AUTO_TEST_CASE(csv_reads_values_and_labels) {
    const Table<Pair> read = table(flowers);
    BOOST_TEST(read.data.size() == 3);
    BOOST_TEST((read.data.sample(0) == Tensor<float, Pair>{5.1f, 3.5f}));
    BOOST_TEST((read.data.sample(2) == Tensor<float, Pair>{-0.625f, 3}));
    BOOST_TEST(labels_of(read.data) == (std::vector{0, 1, 0}), per_element());
    BOOST_TEST(read.classes == (Texts{"setosa", "versicolor"}), per_element());
    BOOST_TEST(read.data.classes() == 2);
}

BOOST_AUTO_TEST_CASE(csv_takes_columns_by_their_names) {
    const auto by_name = table("id,w,kind,l\n7,1,b,2\n8,3,a,4\n", {.label = "kind", .columns = {"l", "w"}});
    BOOST_TEST((by_name.data.sample(1) == Tensor<float, Pair>{4, 3}));
    BOOST_TEST(labels_of(by_name.data) == (std::vector{1, 0}), per_element());
    const auto all_others = table("w,kind,l\n1,b,2\n", {.label = "kind"});
    BOOST_TEST((all_others.data.sample(0) == Tensor<float, Pair>{1, 2}));
}

BOOST_AUTO_TEST_CASE(csv_numbers_columns_without_a_header) {
    const auto read = table("1,2,0\n3,4,1\n", {.header = false});
    BOOST_TEST(read.data.size() == 2);
    BOOST_TEST((read.data.sample(0) == Tensor<float, Pair>{1, 2}));
    const auto first = table("0,1,2\n1,3,4\n", {.label = "1", .columns = {"3", "2"}, .header = false});
    BOOST_TEST((first.data.sample(1) == Tensor<float, Pair>{4, 3}));
    BOOST_TEST(first.data.label(1) == 1);
}

BOOST_AUTO_TEST_CASE(csv_reads_every_delimiter) {
    for (const char delimiter : {',', ';', '|', '\t', ' ', ':', '~'}) {
        std::string bytes = flowers;
        for (char& c : bytes)
            if (c == ',') c = delimiter;
        BOOST_TEST((table(bytes, {.delimiter = delimiter}).data.sample(1) == Tensor<float, Pair>{7.0f, 3.2f}));
    }
}

BOOST_AUTO_TEST_CASE(csv_reads_quotes_blanks_and_line_ends_of_all_sorts) {
    const auto read =
        table("\xef\xbb\xbf\"a\" ,b,\"the \"\"kind\"\", quoted\"\r\n\r\n 1,\t2 , x y \r\n \n\"3\",4,\"x, y\"",
              {.label = "the \"kind\", quoted", .columns = {"a", "b"}});
    BOOST_TEST(read.data.size() == 2);
    BOOST_TEST((read.data.sample(0) == Tensor<float, Pair>{1, 2}));
    BOOST_TEST((read.data.sample(1) == Tensor<float, Pair>{3, 4}));
    BOOST_TEST(read.classes == (Texts{"x y", "x, y"}), per_element());
}

BOOST_AUTO_TEST_CASE(csv_reads_numbers_with_a_decimal_comma) {
    const auto read = table("a;b;l\n1,5;-2,25e1;x\n1e-400;7;y\n", {.delimiter = ';', .decimal = ','});
    BOOST_TEST((read.data.sample(0) == Tensor<float, Pair>{1.5f, -22.5f}));
    BOOST_TEST((read.data.sample(1) == Tensor<float, Pair>{0, 7}));
    const std::string file = write("1,5;2\n");
    BOOST_TEST(
        (read_regression<One, One>(file, {.delimiter = ';', .header = false, .decimal = ','}).sample(0)[0] == 1.5f));
}

BOOST_AUTO_TEST_CASE(csv_skips_comments) {
    const auto read = table("# by hand\na,b,l\n#1,2\n1,2,#x\n", {.comment = '#'});
    BOOST_TEST(read.data.size() == 1);
    BOOST_TEST(read.classes == (Texts{"#x"}), per_element());
    const std::string file = write("% by hand\n1,2\n%\n");
    BOOST_TEST((read_regression<One, One>(file, {.header = false, .comment = '%'}).size() == 1));
}

BOOST_AUTO_TEST_CASE(csv_reads_columns_that_are_aligned_by_blanks) {
    const auto read = table("  a    b  kind\n  1   22  x\n 10    2  y\n", {.delimiter = ' '});
    BOOST_TEST((read.data.sample(0) == Tensor<float, Pair>{1, 22}));
    BOOST_TEST((read.data.sample(1) == Tensor<float, Pair>{10, 2}));
}

BOOST_AUTO_TEST_CASE(csv_reads_line_breaks_in_quotes) {
    const auto read = table("a,\"b\n(cm)\",kind\n1,2,\"x\r\ny\"\n", {.columns = {"a", "b\n(cm)"}});
    BOOST_TEST(read.classes == (Texts{"x\r\ny"}), per_element());
}

BOOST_AUTO_TEST_CASE(csv_reads_regressions) {
    const std::string file = write("price;a;area;b\n10;1;20;2\n30;3;40;4\n");
    const auto named = read_regression<Pair, Pair>(file, {.targets = {"price", "area"}, .delimiter = ';'});
    static_assert(std::is_base_of_v<Dataset<Pair, float, Tensor<float, Pair>>, decltype(named)>);
    BOOST_TEST((named.sample(1) == Tensor<float, Pair>{3, 4}));
    BOOST_TEST((named.target(1) == Tensor<float, Pair>{30, 40}));
    const auto last = read_regression<Shape<3>, One>(file, {.delimiter = ';'});
    BOOST_TEST((last.sample(0) == Tensor<float, Shape<3>>{10, 1, 20}));
    BOOST_TEST(last.target(0)[0] == 2.0f);
    const auto chosen = read_regression<One, One>(file, {.targets = {"b"}, .columns = {"area"}, .delimiter = ';'});
    BOOST_TEST(chosen.sample(1)[0] == 40.0f);
    BOOST_TEST(chosen.target(1)[0] == 4.0f);
}

BOOST_AUTO_TEST_CASE(csv_reads_samples_of_any_shape_row_by_row) {
    const std::string file = write("1,2,3,4,5,6,0\n");
    BOOST_TEST((read_table<Shape<1, 2, 3>>(file, {.header = false}).data.sample(0)(0, 1, 0) == 4.0f));
}

BOOST_AUTO_TEST_CASE(csv_reads_files_larger_than_its_buffer) {
    // 3 blocks of 16 MiB, and no line end at the end.
    const std::string row = "123456.5,-0.000000000000000000000000000000000000000001,1\n";
    constexpr int n = 800'000;
    std::string bytes = "a,b,c\n";
    for (int i = 0; i < n; ++i) bytes += row;
    bytes.pop_back();
    BOOST_TEST(bytes.size() > 2u << 24);
    const auto read = table(bytes);
    BOOST_TEST(read.data.size() == n);
    int wrong = 0;
    for (int i = 0; i < n; ++i) wrong += read.data.sample(i)[0] != 123456.5f || read.data.label(i) != 1;
    BOOST_TEST(wrong == 0);
    bytes.back() = 'x';
    BOOST_TEST(table(bytes).classes == (Texts{"1", "x"}), per_element());
    bytes += ",";
    BOOST_TEST(refusal(bytes) ==
               "line 800001: expected 3 fields, found 4; does a value hold the delimiter? try quotes around the value");
    bytes[bytes.size() - 9] = '\0';
    BOOST_TEST(refusal(bytes) ==
               "line 800001: expected text, found a zero byte; is the file compressed, or in UTF-16?");
}

BOOST_AUTO_TEST_CASE(csv_reads_a_series_for_windows) {
    const std::string weather = "day,wind,heat\n1,0.5,10\n2,?,12\n3,1.5,14\n";
    const auto path = write(weather);
    BOOST_TEST(read_series<2>(path, {.columns = {"heat", "day"}}) == (std::vector<float>{10, 1, 12, 2, 14, 3}),
               per_element());
    BOOST_TEST(read_series<3>(path, {.missing = Missing::mean_of_column}) ==
                   (std::vector<float>{1, 0.5f, 10, 2, 1, 12, 3, 1.5f, 14}),
               per_element());
    BOOST_TEST(read_series<1>(path, {.columns = {"wind"}, .missing = Missing::drop_row}) ==
                   (std::vector<float>{0.5f, 1.5f}),
               per_element());
    BOOST_TEST(cause([&] {
                   read_series<1>(path, {.columns = {"wind"}});
               }).starts_with("line 3, column \"wind\": expected a number, found \"?\""));
    BOOST_TEST(cause([&] { read_series<2>(path); }).starts_with("expected 2 columns of values"));
    const auto bytes = std::as_bytes(std::span(weather));
    const auto heat = read_series<1>(bytes, {.columns = {"heat"}});
    const Windows<Shape<2, 1>, Shape<1>> windows(heat);
    BOOST_TEST(windows.size() == 1);
    BOOST_TEST(windows.target(0)[0] == 14);
}

BOOST_AUTO_TEST_CASE(csv_reads_a_label_for_each_frame) {
    using Tags = Tensor<int, Shape<2>>;
    const ColumnFormat format{.inputs = {{"a", "b"}}, .targets = {{"first", "second"}}};
    const auto read = read_table<Pair, Tags>(write("a,b,first,second\n1,2,0,-1\n3,4,7,2\n"), format);
    BOOST_TEST(read.data.size() == 2);
    BOOST_TEST((read.data.target(0) == Tags{0, -1}));
    BOOST_TEST((read.data.target(1) == Tags{7, 2}));
    for (const char* const wrong : {"1.5", "-2", "1e9"})
        BOOST_TEST(
            cause([&] {
                read_table<Pair, Tags>(write("a,b,first,second\n1,2,0," + std::string(wrong) + "\n"), format);
            }).starts_with("line 2, column \"second\": expected the label of a frame, a whole number from -1, found"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(refusals, Folder)

BOOST_AUTO_TEST_CASE(csv_says_what_is_wrong_with_a_file) {
    BOOST_TEST(cause([&] { read_table<Pair>(path()); }) == "cannot be opened: No such file or directory");
    std::filesystem::create_directory(path());
    BOOST_TEST(cause([&] { read_table<Pair>(path()); }) == "expected a file, found a directory");
    std::filesystem::remove(path());
    BOOST_TEST(refusal("") == "expected a header, found an empty file");
    BOOST_TEST(refusal("\n \n\xef\xbb\xbf\n").starts_with("expected 2 columns"));
    BOOST_TEST(refusal("\n\n") == "expected a header, found an empty file");
    BOOST_TEST(refusal("", {.header = false}) == "expected rows, found an empty file");
    BOOST_TEST(refusal("a,b,c\n\n") == "expected rows of data, found none");
    BOOST_TEST(cause([&] { read_regression<One, One>(write("a,b\n")); }) == "expected rows of data, found none");
}

BOOST_AUTO_TEST_CASE(bytes_in_memory_are_read_as_a_file_is) {
    const std::string crlf = "\xef\xbb\xbf"
                             "a,b,label\r\n1,\"2\",x\r\n\r\n3,4,\"y\nz\"";
    for (const std::string& text : {flowers, crlf}) {
        const Table<Pair> file = table(text), memory = read_table<Pair>(std::as_bytes(std::span(text)));
        BOOST_TEST(memory.classes == file.classes, per_element());
        BOOST_TEST(memory.data.size() == file.data.size());
        for (int i = 0; i < file.data.size(); ++i) {
            BOOST_TEST((memory.data.sample(i) == file.data.sample(i)));
            BOOST_TEST(memory.data.label(i) == file.data.label(i));
        }
    }
    const std::string homes = "size;price\n1;2,5\n";
    const auto read = read_regression<One, One>(std::as_bytes(std::span(homes)), {.delimiter = ';', .decimal = ','});
    BOOST_TEST(read.target(0)[0] == 2.5f);
    const auto says = [](const std::string& text, const std::string& message) {
        try {
            read_table<Pair>(std::as_bytes(std::span(text)), {}, "the server's answer");
        } catch (const kiln::FileError& error) {
            return error.what() == "kiln: the server's answer: " + message;
        }
        return false;
    };
    BOOST_TEST(says("", "expected a header, found an empty file"));
    BOOST_TEST(says("a,b,c\n1,2\n", "line 2: expected 3 fields, found 2; are values missing at the end?"));
}

BOOST_AUTO_TEST_CASE(csv_survives_the_fuzzing_corpus_and_its_mutations) {
    const auto run = [](const std::string& bytes) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    };
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(KILN_CORPUS_DIR)) {
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string seed{std::istreambuf_iterator<char>(stream), {}};
        ++files;
        run(seed);
        for (std::size_t position = 0; position < seed.size(); ++position) {
            run(seed.substr(0, position));
            for (const char change : {',', ';', '"', '\n', '\r', '-', 'e', '\0'}) {
                std::string bytes = seed;
                bytes[position] = change;
                run(bytes);
            }
        }
    }
    BOOST_TEST(files >= 10);
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: BSL-1.0
// needs: libfccp/csv.h fast-cpp-csv-parser/csv.h
#define BOOST_TEST_MODULE data.csv
#include "../fuzz/csv.cpp"

#include <kiln/core/file_error.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/data/csv.hpp>
#include <kiln/data/dataset.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#ifndef KILN_CORPUS_DIR
#define KILN_CORPUS_DIR "tests/fuzz/corpus/csv"
#endif

using kiln::FileError;
using kiln::Shape;
using kiln::Tensor;
using namespace kiln::data;
using Pair = Shape<2>;
using One = Shape<1>;
using Texts = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

/// A fresh folder that is gone after the test.
struct Folder {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("kiln-test-csv-" + std::to_string(std::random_device{}()));
    Folder() { std::filesystem::create_directory(folder); }
    Folder(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(folder); }

    std::string file(const std::string& name) const { return (folder / name).string(); }
    std::string write(const std::string& bytes) const {
        std::ofstream(file("data.csv"), std::ios::binary) << bytes;
        return file("data.csv");
    }

    Table<Pair> table(const std::string& bytes, const TableFormat& format = {}) const {
        return read_table<Pair>(write(bytes), format);
    }

    /// The cause that reading throws.
    std::string cause(auto read) const {
        try {
            read();
        } catch (const FileError& error) {
            const std::string start = "kiln: " + file("data.csv") + ": ", message = error.what();
            BOOST_TEST(message.starts_with(start));
            return message.substr(start.size());
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "accepted";
    }
    std::string refusal(const std::string& bytes, const TableFormat& format = {}) const {
        return cause([&] { table(bytes, format); });
    }
};

const std::string flowers = "length,width,species\n"
                            "5.1,3.5,setosa\n"
                            "7.0,3.2,versicolor\n"
                            "-6.25e-1,+3,setosa\n";

template <class S, class Target>
std::vector<int> labels(const Dataset<S, float, Target>& data) {
    std::vector<int> list;
    for (int i = 0; i < data.size(); ++i) list.push_back(data.label(i));
    return list;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(what_is_read, Folder)

BOOST_AUTO_TEST_CASE(csv_reads_values_and_labels) {
    const Table<Pair> read = table(flowers);
    BOOST_TEST(read.data.size() == 3);
    BOOST_TEST((read.data.sample(0) == Tensor<float, Pair>{5.1f, 3.5f}));
    BOOST_TEST((read.data.sample(2) == Tensor<float, Pair>{-0.625f, 3}));
    BOOST_TEST(labels(read.data) == (std::vector{0, 1, 0}), per_element());
    BOOST_TEST(read.classes == (Texts{"setosa", "versicolor"}), per_element());
    BOOST_TEST(read.data.classes() == 2);
}

BOOST_AUTO_TEST_CASE(csv_takes_columns_by_their_names) {
    const auto by_name = table("id,w,kind,l\n7,1,b,2\n8,3,a,4\n", {.label = "kind", .columns = {"l", "w"}});
    BOOST_TEST((by_name.data.sample(1) == Tensor<float, Pair>{4, 3}));
    BOOST_TEST(labels(by_name.data) == (std::vector{1, 0}), per_element());
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

BOOST_AUTO_TEST_CASE(csv_keeps_labels_that_are_numbers) {
    const auto read = table("a,b,c\n1,2,7\n1,2,0\n1,2,10\n");
    BOOST_TEST(labels(read.data) == (std::vector{7, 0, 10}), per_element());
    BOOST_TEST(read.classes.empty());
    BOOST_TEST(read.data.classes() == 11);
}

BOOST_AUTO_TEST_CASE(csv_sorts_labels_of_which_one_is_no_number) {
    for (const std::string odd : {"x", "-1", "1.0", "2147483647", "99999999999", "1 2"}) {
        const auto read = table("a,b,c\n1,2,7\n1,2," + odd + "\n1,2,10\n");
        Texts expected{"10", "7", odd};
        std::sort(expected.begin(), expected.end());
        BOOST_TEST(read.classes == expected, per_element());
        BOOST_TEST(read.classes[static_cast<std::size_t>(read.data.label(1))] == odd);
        BOOST_TEST(read.data.classes() == 3);
    }
}

BOOST_AUTO_TEST_CASE(csv_numbers_labels_as_told) {
    const TableFormat format{.classes = {"virginica", "setosa", "versicolor"}};
    const auto read = table(flowers, format);
    BOOST_TEST(labels(read.data) == (std::vector{1, 2, 1}), per_element());
    BOOST_TEST(read.data.classes() == 3);
    BOOST_TEST(read.classes == format.classes, per_element());
    BOOST_TEST(labels(table("a,b,c\n1,2,5\n1,2,3\n", {.classes = {"3", "4", "5"}}).data) == (std::vector{2, 0}),
               per_element());
}

BOOST_AUTO_TEST_CASE(csv_reads_every_delimiter) {
    for (const char delimiter : {',', ';', '|', '\t', ' '}) {
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

BOOST_AUTO_TEST_CASE(csv_rounds_numbers_as_the_compiler_does) {
    const auto read = table("a,b,c\n0.1,16777217,0\n3.4028235e38,1e-45,0\n1e-50,-1e-50,0\n.5,5.,0\n1E+2,007,0\n");
    BOOST_TEST((read.data.sample(0) == Tensor<float, Pair>{0.1f, 16777217.0f}));
    BOOST_TEST((read.data.sample(1) == Tensor<float, Pair>{3.4028235e38f, 1e-45f}));
    BOOST_TEST((read.data.sample(2) == Tensor<float, Pair>{0, 0}));
    BOOST_TEST((read.data.sample(3) == Tensor<float, Pair>{0.5f, 5}));
    BOOST_TEST((read.data.sample(4) == Tensor<float, Pair>{100, 7}));
}

BOOST_AUTO_TEST_CASE(csv_reads_regressions) {
    const std::string path = write("price;a;area;b\n10;1;20;2\n30;3;40;4\n");
    const auto named = read_regression<Pair, Pair>(path, {.targets = {"price", "area"}, .delimiter = ';'});
    static_assert(std::is_same_v<decltype(named), const Dataset<Pair, float, Tensor<float, Pair>>>);
    BOOST_TEST((named.sample(1) == Tensor<float, Pair>{3, 4}));
    BOOST_TEST((named.target(1) == Tensor<float, Pair>{30, 40}));
    const auto last = read_regression<Shape<3>, One>(path, {.delimiter = ';'});
    BOOST_TEST((last.sample(0) == Tensor<float, Shape<3>>{10, 1, 20}));
    BOOST_TEST(last.target(0)[0] == 2.0f);
    const auto chosen = read_regression<One, One>(path, {.targets = {"b"}, .columns = {"area"}, .delimiter = ';'});
    BOOST_TEST(chosen.sample(1)[0] == 40.0f);
    BOOST_TEST(chosen.target(1)[0] == 4.0f);
}

BOOST_AUTO_TEST_CASE(csv_reads_samples_of_any_shape_row_by_row) {
    const std::string path = write("1,2,3,4,5,6,0\n");
    BOOST_TEST((read_table<Shape<1, 2, 3>>(path, {.header = false}).data.sample(0)(0, 1, 0) == 4.0f));
}

BOOST_AUTO_TEST_CASE(csv_ends_the_last_line_if_the_file_does_not) {
    const auto pieces = [&](const std::string& bytes) {
        detail::TextFile text(write(bytes));
        Texts read;
        char buffer[3];
        for (int n = text.read(buffer, 3); n > 0; n = text.read(buffer, 3)) read.emplace_back(buffer, n);
        return read;
    };
    BOOST_TEST(pieces("ab") == (Texts{"ab\n"}), per_element());
    BOOST_TEST(pieces("abc") == (Texts{"abc", "\n"}), per_element());
    BOOST_TEST(pieces("ab\n") == (Texts{"ab\n"}), per_element());
    BOOST_TEST(pieces("").empty());
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
    BOOST_TEST(refusal(bytes) == "line 800001: expected 3 fields, found 4");
    bytes[bytes.size() - 9] = '\0';
    BOOST_TEST(refusal(bytes) == "expected text, found a zero byte; is the file UTF-16, or packed?");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(what_is_refused, Folder)

BOOST_AUTO_TEST_CASE(csv_says_what_is_wrong_with_a_file) {
    BOOST_TEST(cause([&] { read_table<Pair>(file("data.csv")); }) == "cannot be opened: No such file or directory");
    std::filesystem::create_directory(file("data.csv"));
    BOOST_TEST(cause([&] { read_table<Pair>(file("data.csv")); }) == "expected a file, found a directory");
    std::filesystem::remove(file("data.csv"));
    BOOST_TEST(refusal("") == "expected a header, found an empty file");
    BOOST_TEST(refusal("\n \n\xef\xbb\xbf\n").starts_with("expected 2 columns"));
    BOOST_TEST(refusal("\n\n") == "expected a header, found an empty file");
    BOOST_TEST(refusal("", {.header = false}) == "expected rows, found an empty file");
    BOOST_TEST(refusal("a,b,c\n\n") == "expected rows of data, found none");
    BOOST_TEST(refusal(std::string("a\0,\0b", 5)) ==
               "expected text, found a zero byte; is the file UTF-16, or packed?");
    BOOST_TEST(refusal("a,b,c\n" + std::string(1 << 24, '1') + ",2,0\n") ==
               "line 2: expected a line below 16 MiB, found more");
    BOOST_TEST(refusal("a,b,c\n1,2,0\n1,\"2,0\n1,2\",0\n") ==
               "line 3: expected a quote to be closed, found the end of the line");
    BOOST_TEST(cause([&] { read_regression<One, One>(write("a,b\n")); }) == "expected rows of data, found none");
}

BOOST_AUTO_TEST_CASE(csv_says_which_column_is_missing) {
    BOOST_TEST(refusal(flowers, {.label = "spezies"}) ==
               "expected a column \"spezies\", found none; the nearest is \"species\"");
    BOOST_TEST(refusal(flowers, {.columns = {"Length", "width"}}) ==
               "expected a column \"Length\", found none; the nearest is \"length\"");
    BOOST_TEST(refusal("a,b,a\n1,2,3\n", {.label = "a"}) == "expected one column \"a\", found two");
    BOOST_TEST(refusal("a,b,c,d\n1,2,3,0\n") ==
               "expected 2 columns of values beside those of the targets, found 3; is the delimiter right? or choose "
               "some by .columns");
    BOOST_TEST(refusal("a;b;c\n1;2;0\n").starts_with("expected 2 columns of values"));
    BOOST_TEST(cause([&] { read_regression<One, Pair>(write("a\n1\n"), {.columns = {"a"}}); }) ==
               "expected 2 columns of targets, found 1");
    BOOST_TEST(cause([&] { read_regression<One, One>(write("a,b\n1,2\n"), {.targets = {"q"}}); }) ==
               "expected a column \"q\", found none; the nearest is \"a\"");
}

BOOST_AUTO_TEST_CASE(csv_says_which_field_is_wrong) {
    const auto second_row = [&](const std::string& row, const TableFormat& format = {}) {
        return refusal("a,b,c\n1,2,x\n" + row + "\n", format);
    };
    BOOST_TEST(second_row("1,2x,y") == "line 3, column \"b\": expected a number, found \"2x\"");
    BOOST_TEST(second_row("one,2,y") == "line 3, column \"a\": expected a number, found \"one\"");
    BOOST_TEST(second_row("\"1,5\",2,y") == "line 3, column \"a\": expected a number, found \"1,5\"");
    BOOST_TEST(second_row("0x10,2,y") == "line 3, column \"a\": expected a number, found \"0x10\"");
    BOOST_TEST(second_row("+-1,2,y") == "line 3, column \"a\": expected a number, found \"+-1\"");
    BOOST_TEST(second_row("+,2,y") == "line 3, column \"a\": expected a number, found \"+\"");
    BOOST_TEST(second_row("1,,y") == "line 3, column \"b\": expected a number, found an empty field");
    BOOST_TEST(second_row("1,2,") == "line 3, column \"c\": expected a label, found an empty field");
    BOOST_TEST(second_row("1,NaN,y") == "line 3, column \"b\": expected a finite number, found \"NaN\"");
    BOOST_TEST(second_row("-inf,2,y") == "line 3, column \"a\": expected a finite number, found \"-inf\"");
    BOOST_TEST(second_row("1e39,2,y") ==
               "line 3, column \"a\": expected a number in the range of float, found \"1e39\"");
    BOOST_TEST(second_row("1e999,2,y") ==
               "line 3, column \"a\": expected a number in the range of float, found \"1e999\"");
    BOOST_TEST(second_row("1e999x,2,y").find("expected a number") != std::string::npos);
    BOOST_TEST(second_row("1,2") == "line 3: expected 3 fields, found 2");
    BOOST_TEST(second_row("1,2,y,") == "line 3: expected 3 fields, found 4");
    BOOST_TEST(second_row("1,2,y", {.classes = {"x"}}) ==
               "line 3, column \"c\": expected one of the 1 classes, found \"y\"");
    BOOST_TEST(second_row(std::string(100, '\x1b') + ",2,y") ==
               "line 3, column \"a\": expected a number, found \"" + std::string(60, '?') + "…\"");
}

BOOST_AUTO_TEST_CASE(csv_refuses_a_format_that_fits_no_file) {
    BOOST_TEST(refusal(flowers, {.columns = {"length"}}) ==
               "kiln: a CSV file needs 2 names in .columns, one for each value, got 1");
    BOOST_TEST(cause([&] {
                   read_regression<Pair, One>(write(flowers), {.targets = {"length", "width"}});
               }) == "kiln: a CSV file needs 1 names in .targets, one for each value, got 2");
    BOOST_TEST(refusal(flowers, {.classes = {"setosa", "setosa"}}) ==
               "kiln: a CSV file needs different names in .classes, got 2, of which 1 differ");
    BOOST_TEST(refusal(flowers, {.delimiter = ':'}) ==
               "kiln: a CSV file needs a delimiter that is one of , ; | tab and blank, got \":\"");
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

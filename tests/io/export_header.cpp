// SPDX-License-Identifier: BSL-1.0
// The text that is written, and models that are refused. tests/compile_time/exported_header.cmake checks that the text
// compiles to the same bits.
#define BOOST_TEST_MODULE io.export_header
#include <kiln/files/file_error.hpp>
#include <kiln/io/export_header.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

using namespace kiln;
using files::content;
using files::Folder;
namespace fs = std::filesystem;
using io::export_header;

namespace {

using Threshold = Model<Sequential<ReLU, Linear<2, 2>>, Shape<2>>;
using Single = Model<Linear<1, 2>, Shape<1>>;
using Deep = Model<Sequential<BatchNorm<1>, Sequential<ReLU, Sequential<Linear<1, 1>>>>, Shape<1>>;
using Wide = Model<Sequential<Linear<50, 50>>, Shape<50>>;

Threshold threshold() {
    Threshold model;
    auto& linear = hana::at_c<1>(model.parameters());
    linear.weight = {0.5f, -0.0f, 1, 2.5e-8f};
    linear.bias = {0, 0.1f};
    return model;
}

struct Nameless {  // no other file can say its name: it is in no namespace but this file's
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    static constexpr void forward(const auto& x, auto& y, auto) { y = x; }
    static constexpr void backward(const auto&, const auto&, const auto& dy, auto& dx, auto) { dx = dy; }
};
using Own = Model<Sequential<Nameless, Linear<1, 2>>, Shape<1>>;

std::string exported(const auto& model, const io::HeaderOptions& options = {}, const std::string& name = "net.hpp") {
    const Folder folder;
    export_header(model, folder.file(name), options).or_throw();
    return content(folder.file(name));
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The message, without the path, of a refusal that has to leave the old file and no other.
std::string refusal(const auto& model, const io::HeaderOptions& options) {
    const Folder folder;
    const std::string path = folder.file("net.hpp"), start = "kiln: " + path + ": ";
    std::ofstream(path) << "old";
    const std::string message = export_header(model, path, options).message();
    BOOST_TEST(content(path) == "old");
    BOOST_TEST(folder.entries() == 1);
    BOOST_TEST(message.starts_with(start));
    return message.substr(message.starts_with(start) ? start.size() : 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_header_defines_one_constant) {
    BOOST_TEST(exported(threshold(), {.name = "at_least_5", .type = "Threshold", .include = "network.hpp"}) ==
               "// A trained network as a constant, written by kiln::io::export_header.\n"
               "#pragma once\n"
               "\n"
               "#include \"network.hpp\"\n"
               "\n"
               "static_assert(\n"
               "    std::is_same_v<Threshold, kiln::Model<kiln::Sequential<kiln::ReLU, kiln::Linear<2, 2>>, "
               "kiln::Shape<2>>>,\n"
               "    \"kiln: this constant needs the network that it was written from, got another; try to export it "
               "again\");\n"
               "\n"
               "inline constexpr Threshold at_least_5 = [] {\n"
               "    Threshold model;\n"
               "    kiln::part_of<1>(model.parameters()).weight = kiln::Tensor<float, kiln::Shape<2, 2>>{\n"
               "        0.5f, -0.0f, 1, 2.5e-08f,\n"
               "    };\n"
               "    kiln::part_of<1>(model.parameters()).bias = kiln::Tensor<float, kiln::Shape<2>>{\n"
               "        0, 0.1f,\n"
               "    };\n"
               "    return model;\n"
               "}();\n");
}

BOOST_AUTO_TEST_CASE(name_type_and_include_have_defaults) {
    const std::string text = exported(Single{}, {}, "my-net.v2.hpp");
    BOOST_TEST(contains(text, "#include \"kiln.hpp\"\n"));
    BOOST_TEST(contains(text, "inline constexpr auto my_net_v2 = [] {\n"
                              "    kiln::Model<kiln::Linear<1, 2>, kiln::Shape<1>> model;\n"
                              "    model.parameters().weight = "));
    BOOST_TEST(!contains(text, "static_assert"));  // there are no two types to compare
}

BOOST_AUTO_TEST_CASE(a_name_may_be_in_a_namespace) {
    const std::string text = exported(Single{}, {.name = "app::nets::model", .include = "<kiln.hpp>"});
    BOOST_TEST(contains(text, "#include <kiln.hpp>\n\nnamespace app::nets {\n\ninline constexpr auto model = [] {\n"));
    BOOST_TEST(contains(text, "> made;\n"));  // `model` would shadow the constant
    BOOST_TEST(text.ends_with("    return made;\n}();\n\n}  // namespace app::nets\n"));
    BOOST_TEST(!contains(exported(Single{}, {.include = ""}), "#include"));
}

BOOST_AUTO_TEST_CASE(parameters_and_state_of_nested_networks_are_written) {
    const std::string text = exported(Deep{});
    const char* const places[] = {
        "kiln::part_of<0>(model.parameters()).weight = ", "kiln::part_of<0>(model.parameters()).bias = ",
        "kiln::part_of<0>(kiln::part_of<1>(kiln::part_of<1>(model.parameters()))).weight",
        "kiln::part_of<0>(model.state()).running_mean = ", "kiln::part_of<0>(model.state()).running_var = "};
    for (const char* place : places) BOOST_TEST(contains(text, place), place);
}

BOOST_AUTO_TEST_CASE(no_line_is_longer_than_120_columns) {
    Wide model{Seed{1}};
    std::istringstream lines(exported(model));
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
    BOOST_TEST(longest <= 120U);
    BOOST_TEST(longest > 110U);
}

BOOST_AUTO_TEST_CASE(the_same_model_gives_the_same_text) { BOOST_TEST(exported(Deep{}) == exported(Deep{})); }

BOOST_AUTO_TEST_CASE(a_name_that_is_none_is_refused) {
    BOOST_TEST(refusal(threshold(), {.name = "9 digits"}) ==
               "expected a name for the constant, found '9 digits'; a name has letters, digits and underscores, and "
               "begins with no digit; try HeaderOptions::name");
    BOOST_TEST(refusal(threshold(), {.name = "class"}) ==
               "expected a name for the constant, found 'class'; 'class' is a keyword of C++; try HeaderOptions::name");
    BOOST_TEST(
        refusal(threshold(), {.name = "app::new::net"}) ==
        "expected a name for the constant, found 'app::new::net'; 'new' is a keyword of C++; try HeaderOptions::name");
    BOOST_TEST(
        refusal(threshold(), {.name = "Card", .type = "app::Card"}) ==
        "expected a name of its own for the constant, found 'Card', the name of a type; try HeaderOptions::name");
    BOOST_TEST(
        refusal(threshold(), {.name = "app::Card", .type = "app::Card"}) ==
        "expected a name of its own for the constant, found 'app::Card', the name of a type; try HeaderOptions::name");
    BOOST_TEST(
        refusal(threshold(), {.name = "app", .type = "app::Card"}) ==
        "expected a name of its own for the constant, found 'app', the name of a namespace; try HeaderOptions::name");
    BOOST_TEST(
        refusal(threshold(), {.name = "kiln"}) ==
        "expected a name of its own for the constant, found 'kiln', the name of a namespace; try HeaderOptions::name");
    for (const char* name : {"::net", "app::", "a:b", "net;"})
        BOOST_TEST(contains(refusal(threshold(), {.name = name}), "a name has letters"), name);
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_are_refused_by_their_place) {
    Threshold model = threshold();
    hana::at_c<1>(model.parameters()).weight[2] = std::numeric_limits<float>::quiet_NaN();
    BOOST_TEST(refusal(model, {}) == "expected finite numbers, found nan at 1.weight[2]");
    hana::at_c<1>(model.parameters()).weight[1] = -std::numeric_limits<float>::infinity();
    BOOST_TEST(refusal(model, {}) == "expected finite numbers, found infinity at 1.weight[1]");
    Deep deep;
    hana::at_c<0>(deep.state()).running_var[0] = std::numeric_limits<float>::infinity();
    BOOST_TEST(refusal(deep, {}) == "expected finite numbers, found infinity at 0.running_var[0]");
}

BOOST_AUTO_TEST_CASE(a_type_that_cannot_be_spelled_has_to_be_named) {
    const std::string message = refusal(Own{}, {});
    BOOST_TEST(contains(message, "Nameless"));
    BOOST_TEST(contains(message, "expected a type that another file can name, found '"));
    BOOST_TEST(message.ends_with("try HeaderOptions::type"));
    BOOST_TEST(contains(exported(Own{}, {.type = "Own"}), "static_assert(\n    Own::parameter_count == 4,\n"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_one_clear_error) {
    const Folder folder;
    const std::string path = folder.file("missing/net.hpp");
    BOOST_TEST(export_header(threshold(), path).message() ==
               "kiln: " + path + ": cannot be written: No such file or directory; is its folder there?");
    if (fs::exists("/dev/full"))
        BOOST_TEST(export_header(threshold(), "/dev/full").message() ==
                   "kiln: /dev/full: cannot be written: No space left on device");
    BOOST_TEST(folder.entries() == 0);
    if (geteuid() == 0) return;  // the superuser may write anywhere
    fs::permissions(folder.path, fs::perms::owner_read | fs::perms::owner_exec);
    BOOST_TEST(contains(export_header(threshold(), folder.file("net.hpp")).message(), "cannot be written: Permission"));
    fs::permissions(folder.path, fs::perms::owner_all);
}

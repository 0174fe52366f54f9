// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.safetensors
#include "io/safetensors.hpp"

#include <kiln/io/safetensors.hpp>
#include <kiln/layers/batch_norm.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace kiln;
using files::Folder;
using files::safetensors;

namespace {

using Net = Sequential<Conv<1, 2, 3>, BatchNorm<2>, Linear<2 * 2 * 2, 3>>;
using Small = Model<Net, Shape<1, 4, 4>>;
using Tiny = Model<Linear<2, 1>, Shape<2>>;

/// All of a model's numbers, bit for bit.
std::vector<std::uint32_t> bits_of(const auto& model) {
    std::vector<std::uint32_t> bits;
    for (const auto& tensor : io::state_dict(model))
        for (int i = 0; i < tensor.count(); ++i) bits.push_back(std::bit_cast<std::uint32_t>(tensor.data[i]));
    return bits;
}

/// A file of Tiny's two tensors with this text in the place of the bias's entry.
std::string tiny_file(const std::string& bias, std::size_t bytes = 12) {
    return safetensors(R"({"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]})" + bias + "}", bytes);
}
const std::string good_bias = R"(,"bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]})";

/// The message, behind the file's name, when a file is loaded into a Tiny, which must then be unchanged.
std::string refusal(const std::string& content, const io::LoadOptions& options = {}) {
    const Folder folder;
    const std::string path = folder.file("tiny.safetensors");
    files::write(path, content);
    Tiny model{Seed{3}};
    const auto before = bits_of(model);
    const Result result = io::load_safetensors(model, path, options);
    if (result) return "loaded";
    BOOST_TEST((bits_of(model) == before));
    const std::string start = "kiln: " + path + ": ";
    BOOST_TEST(result.message().starts_with(start));
    return result.message().substr(start.size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_saved_is_loaded_bit_for_bit) {
    const Folder folder;
    static Small model{Seed{1}}, other{Seed{2}};
    float odd[] = {-0.0f, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::infinity(),
                   std::bit_cast<float>(0x7fc12345u)};
    for (int i = 0; i < 4; ++i) hana::at_c<0>(model.parameters()).weight[i] = odd[i];
    hana::at_c<1>(model.state()).running_mean[1] = 0.3f;
    io::save_safetensors(model, folder.file("small")).or_throw();
    BOOST_TEST((bits_of(other) != bits_of(model)));
    io::load_safetensors(other, folder.file("small")).or_throw();
    BOOST_TEST((bits_of(other) == bits_of(model)));
}

BOOST_AUTO_TEST_CASE(the_file_is_what_the_format_says) {
    const Folder folder;
    Tiny model;
    model.parameters().weight = {1, -2};
    model.parameters().bias[0] = 0.5f;
    const std::vector<io::Note> notes = {{"epoch", "\"3\"\n"}};
    io::save_safetensors(model, folder.file("tiny"), {.notes = notes}).or_throw();
    std::string header = R"({"__metadata__":{"format":"pt","epoch":"\"3\"\u000a"},)"
                         R"("weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                         R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})";
    header.append((8 - header.size() % 8) % 8, ' ');
    using namespace std::string_literals;
    BOOST_TEST(files::content(folder.file("tiny")) ==
               safetensors(header, "\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f"s));
}

BOOST_AUTO_TEST_CASE(other_types_are_converted) {
    const Folder folder;
    using namespace std::string_literals;
    files::write(folder.file("mixed"), safetensors(R"({"bias":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]},)"
                                                   R"("weight":{"dtype":"F16","shape":[1,2],"data_offsets":[2,6]}})",
                                                   "\xc0\x3f\x00\x3c\x00\xc0"s));
    Tiny model;
    io::load_safetensors(model, folder.file("mixed")).or_throw();
    BOOST_TEST(model.parameters().bias[0] == 1.5f);
    BOOST_TEST(model.parameters().weight[0] == 1);
    BOOST_TEST(model.parameters().weight[1] == -2);
    files::write(folder.file("double"), safetensors(R"({"bias":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
                                                    R"("weight":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}})",
                                                    "\x9a\x99\x99\x99\x99\x99\xb9\x3f\0\0\0\0\0\0\0\0"s));
    io::load_safetensors(model, folder.file("double")).or_throw();
    BOOST_TEST(model.parameters().bias[0] == 0.1f);
}

BOOST_AUTO_TEST_CASE(a_good_file_is_loaded) { BOOST_TEST(refusal(tiny_file(good_bias)) == "loaded"); }

BOOST_AUTO_TEST_CASE(a_tensor_that_is_missing_is_named_with_the_nearest) {
    BOOST_TEST(refusal(tiny_file("", 8)) ==
               "tensor \"bias\": expected this tensor, found none of that name; the nearest is \"weight\"");
    BOOST_TEST(refusal(tiny_file(R"(,"bais":{"dtype":"F32","shape":[1],"data_offsets":[8,12]})")) ==
               "tensor \"bias\": expected this tensor, found none of that name; the nearest is \"bais\"");
    BOOST_TEST(refusal(safetensors("{}", "")) == "tensor \"weight\": expected this tensor, found no tensor at all");
}

BOOST_AUTO_TEST_CASE(a_tensor_too_many_is_named) {
    const std::string more = good_bias + R"(,"biases":{"dtype":"F32","shape":[1],"data_offsets":[12,16]})";
    BOOST_TEST(refusal(tiny_file(more, 16)) ==
               "tensor \"biases\": expected no tensor of that name, found one; the nearest in the model is \"bias\"");
    BOOST_TEST(refusal(tiny_file(more, 16), {.others_allowed = true}) == "loaded");
    const std::string nasty = good_bias + R"(,"\u001b[31m":{"dtype":"F32","shape":[1],"data_offsets":[12,16]})";
    BOOST_TEST(refusal(tiny_file(nasty, 16)).starts_with("tensor \"?[31m\": expected no tensor"));
}

BOOST_AUTO_TEST_CASE(another_shape_or_type_is_named_with_both) {
    BOOST_TEST(refusal(tiny_file(R"(,"bias":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]})")) ==
               "tensor \"bias\": expected shape (1,), found (1, 1)");
    BOOST_TEST(refusal(tiny_file(R"(,"bias":{"dtype":"F32","shape":[],"data_offsets":[8,12]})")) ==
               "tensor \"bias\": expected shape (1,), found ()");
    BOOST_TEST(refusal(tiny_file(R"(,"bias":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[8,12]})")) ==
               "tensor \"bias\": expected shape (1,), found (1, 1, 1, 1, 1, 1, 1, 1, …)");
    BOOST_TEST(refusal(tiny_file(R"(,"bias":{"dtype":"I32","shape":[1],"data_offsets":[8,12]})")) ==
               "tensor \"bias\": expected floating-point numbers of 16, 32 or 64 bits, found I32");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_not_finite_are_refused_on_request) {
    using namespace std::string_literals;
    const auto file = [](const std::string& number) {
        return tiny_file(good_bias, 0) + "\0\0\0\0"s + number + "\0\0\0\0"s;
    };
    for (const std::string& number : {"\x00\x00\x80\x7f"s, "\x00\x00\x80\xff"s, "\x00\x00\xc0\x7f"s}) {
        BOOST_TEST(refusal(file(number)) == "loaded");
        const std::string text = refusal(file(number), {.finite = true});
        BOOST_TEST(text.starts_with("tensor \"weight\": expected finite numbers, found "));
        BOOST_TEST(text.ends_with(" at element 1"));
    }
    BOOST_TEST(refusal(file("\xff\xff\x7f\x7f"s), {.finite = true}) == "loaded");
    // A float64 that is no float is always refused, because infinity would be another number.
    BOOST_TEST(refusal(safetensors(R"({"bias":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
                                   R"("weight":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}})",
                                   "\0\0\0\0\0\0\x80\x48\0\0\0\0\0\0\0\0"s)) ==
               "tensor \"bias\": expected numbers that a float can hold, found " +
                   std::string("1.742245718635205e+41") + " at element 0");
}

BOOST_AUTO_TEST_CASE(what_is_no_safetensors_file_is_refused) {
    BOOST_TEST(refusal("") == "expected a safetensors file, found 0 bytes; is it truncated?");
    BOOST_TEST(refusal(tiny_file(good_bias, 11)) ==
               "tensor \"bias\": expected offsets within 11 bytes of data, in order, found 12; is the file truncated?");
    const Folder folder;
    Tiny model;
    BOOST_TEST(io::load_safetensors(model, folder.file("none")).message() ==
               "kiln: " + folder.file("none") + ": cannot be opened: No such file or directory");
    BOOST_TEST(io::load_safetensors(model, folder.path.string()).message() ==
               "kiln: " + folder.path.string() + ": expected a file, found a directory");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_one_is_not_read_to_its_end) {
    const Folder folder;
    Tiny model;
    const std::string none = "header, byte 0: expected '{'";
    BOOST_TEST(io::load_safetensors(model, "/dev/zero").message() == "kiln: /dev/zero: " + none);
    const std::string path = folder.file("huge"), start = "kiln: " + path + ": ";
    const auto fault_of = [&](const std::string& beginning) -> std::string {
        files::write(path, beginning);
        std::error_code failed;
        std::filesystem::resize_file(path, 100'000'000'000, failed);  // takes no room on the disk
        const std::string message = io::load_safetensors(model, path).message();
        return failed || !message.starts_with(start) ? message : message.substr(start.size());
    };
    BOOST_TEST(fault_of("") == none);
    BOOST_TEST(fault_of(std::string("\2\0\0\0\0\0\0\0[]", 10)) == none);
    BOOST_TEST(fault_of(std::string("\0\0\0\0\1\0\0\0{}", 10)) ==
               "expected a header of at most 100,000,000 bytes, found one of 4294967296");
    BOOST_TEST(
        fault_of("12345678") ==
        "expected a header of at most the 99999999992 bytes that follow, found one of 999999999999999999; is the "
        "file truncated, or no safetensors file?");
    BOOST_TEST(fault_of("PK\3\4").starts_with("expected a safetensors file, found a zip archive"));
}

BOOST_AUTO_TEST_CASE(pytorchs_count_of_batches_is_passed_over) {
    const Folder folder;
    const std::string path = folder.file("norm");
    const auto file = [](const std::string& name) {
        return safetensors(R"({"weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                           R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                           R"("running_mean":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                           R"("running_var":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},)"
                           R"("num_batches_tracked)" +
                               name + R"(":{"dtype":"I64","shape":[],"data_offsets":[16,24]}})",
                           24);
    };
    Model<BatchNorm<1>, Shape<1>> model;
    files::write(path, file(""));
    BOOST_TEST(io::load_safetensors(model, path).message() == "");
    files::write(path, file("s"));
    BOOST_TEST(io::load_safetensors(model, path).message().find("\"num_batches_trackeds\": expected no tensor") !=
               std::string::npos);
    Tiny none;  // has no running mean beside which there could be a count
    files::write(path, safetensors(R"({"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                                   R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                                   R"("num_batches_tracked":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}})",
                                   16));
    BOOST_TEST(!io::load_safetensors(none, path));
}

BOOST_AUTO_TEST_CASE(a_file_may_have_names_of_its_own) {
    const Folder folder;
    const std::string path = folder.file("named");
    Tiny model{Seed{1}}, other;
    const std::vector<std::string> names = {"head.kernel", "head.offset"};
    io::save_safetensors(model, path, {.names = names}).or_throw();
    BOOST_TEST(!io::load_safetensors(other, path));
    BOOST_TEST(io::load_safetensors(other, path, {.names = names}).message() == "");
    BOOST_TEST((bits_of(other) == bits_of(model)));
    const std::vector<std::string> few = {"one"};
    BOOST_TEST(io::load_safetensors(other, path, {.names = few}).message() ==
               "kiln: " + path + ": expected a name for each of the model's 2 tensors, got 1 names");
    BOOST_TEST(!io::save_safetensors(model, path, {.names = few}));
    const std::vector<std::string> same = {"one", "one"}, reserved = {"one", "__metadata__"};
    BOOST_TEST(io::save_safetensors(model, path, {.names = same}).message() ==
               "kiln: " + path + ": expected a name of its own for each tensor, got \"one\" twice");
    BOOST_TEST(io::save_safetensors(model, path, {.names = reserved}).message() ==
               "kiln: " + path +
                   ": expected names of tensors, got \"__metadata__\", which safetensors keeps for notes");
    BOOST_TEST(io::load_safetensors(other, path, {.names = names}).message() == "");  // which is still there
}

/// A Tiny's file with these names.
std::string tiny_names(const std::string& weight, const std::string& bias) {
    return safetensors('{' + ('"' + weight) + R"(":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)" + '"' + bias +
                           R"(":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
                       12);
}

BOOST_AUTO_TEST_CASE(names_in_a_file_may_begin_with_a_prefix) {
    const Folder folder;
    const std::string path = folder.file("module");
    Tiny model{Seed{1}}, other;
    io::save_safetensors(model, path, {.prefix = "module."}).or_throw();
    BOOST_TEST(files::content(path).find(R"("module.weight":{)") != std::string::npos);
    BOOST_TEST(io::load_safetensors(other, path, {.prefix = "module."}).message() == "");
    BOOST_TEST((bits_of(other) == bits_of(model)));
    const std::vector<std::string> names = {"w", "b"};
    io::save_safetensors(model, path, {.names = names, .prefix = "module."}).or_throw();
    BOOST_TEST(files::content(path).find(R"("module.w":{)") != std::string::npos);
    BOOST_TEST(io::load_safetensors(other, path, {.names = names, .prefix = "module."}).message() == "");
    const std::vector<std::string> meta = {"data__", "b"};
    BOOST_TEST(io::save_safetensors(model, path, {.names = meta, .prefix = "__meta"}).message().find("__metadata__") !=
               std::string::npos);
    // Names count by their meaning, however they are written.
    BOOST_TEST(refusal(tiny_names(R"(module\u002eweight)", "module.bias"), {.prefix = "module."}) == "loaded");
}

BOOST_AUTO_TEST_CASE(with_a_prefix_errors_say_the_names_of_the_file) {
    const io::LoadOptions options{.prefix = "net."};
    BOOST_TEST(refusal(tiny_names("net.weight", "net.bais"), options) ==
               "tensor \"net.bias\": expected this tensor, found none of that name; the nearest is \"net.bais\"");
    BOOST_TEST(refusal(tiny_names("net.weight", "bias"), options) ==
               "tensor \"net.bias\": expected this tensor, found none of that name; the nearest is \"bias\"");
    const std::string more = R"({"net.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
                             R"("net.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                             R"("bias":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}})";
    BOOST_TEST(refusal(safetensors(more, 16), options) ==
               "tensor \"bias\": expected no tensor of that name, found one; the nearest in the model is \"net.bias\"");
    const std::string shape = R"({"net.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                              R"("net.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})";
    BOOST_TEST(refusal(safetensors(shape, 12), options) ==
               "tensor \"net.weight\": expected shape (1, 2), found (2, 1)");
}

BOOST_AUTO_TEST_CASE(a_prefix_of_all_names_is_suggested) {
    const auto advice = [](const std::string& weight, const std::string& bias, const io::LoadOptions& options = {}) {
        const std::string text = refusal(tiny_names(weight, bias), options);
        const std::size_t at = text.find("; ");
        return text.substr(at == std::string::npos ? 0 : at + 2);
    };
    BOOST_TEST(advice("module.weight", "module.bias") ==
               "all names in the file begin with \"module.\"; try the option .prefix = \"module.\"");
    BOOST_TEST(advice("a/b.weight", "a/b.others") ==
               "all names in the file begin with \"a/b.\"; try the option .prefix = \"a/b.\"");
    BOOST_TEST(advice("module.net.weight", "module.net.bias", {.prefix = "net."}) ==
               "all names in the file begin with \"module.net.\"; try the option .prefix = \"module.net.\"");
    // Not of all, and no beginning but another word.
    BOOST_TEST(advice("module.weight", "net.bias") == "the nearest is \"module.weight\"");
    BOOST_TEST(advice("overweight", "overbias") == "the nearest is \"overweight\"");
}

BOOST_AUTO_TEST_CASE(pytorchs_count_of_batches_is_passed_over_behind_a_prefix) {
    const Folder folder;
    Model<BatchNorm<1>, Shape<1>> model;
    const std::string path = folder.file("norm");
    files::write(path, safetensors(R"({"net.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                   R"("net.bias":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                                   R"("net.running_mean":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                                   R"("net.running_var":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},)"
                                   R"("net.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[16,24]}})",
                                   24));
    BOOST_TEST(io::load_safetensors(model, path, {.prefix = "net."}).message() == "");
}

BOOST_AUTO_TEST_CASE(bytes_in_memory_are_read_as_a_file_is) {
    const Folder folder;
    Tiny model{Seed{1}}, other;
    io::save_safetensors(model, folder.file("tiny")).or_throw();
    const std::string content = files::content(folder.file("tiny"));
    std::string shifted = "." + content;  // wherever the bytes lie
    BOOST_TEST(io::load_safetensors(other, std::as_bytes(std::span(shifted).subspan(1))).message() == "");
    BOOST_TEST((bits_of(other) == bits_of(model)));

    const std::vector<unsigned char> prefixed = [] {
        const std::string text = tiny_names("net.weight", "net.bias");
        return std::vector<unsigned char>(text.begin(), text.end());
    }();
    const auto bytes = std::as_bytes(std::span(prefixed));
    BOOST_TEST(io::load_safetensors(other, bytes, {.prefix = "net."}).message() == "");
    BOOST_TEST(bits_of(other)[0] == 0x03020100u);
    BOOST_TEST(io::load_safetensors(other, bytes.first(7)).message() ==
               "kiln: memory: expected a safetensors file, found 7 bytes; is it truncated?");
    BOOST_TEST(io::load_safetensors(other, {}, {}, "the server's answer").message() ==
               "kiln: the server's answer: expected a safetensors file, found 0 bytes; is it truncated?");
    const std::vector<std::string> few = {"one"};
    BOOST_TEST(io::load_safetensors(other, bytes, {.names = few}).message() ==
               "kiln: memory: expected a name for each of the model's 2 tensors, got 1 names");
}

// Two tensors of an unknown type, or of a type that is not real numbers, beside one of a known type. Only a reader that
// wants a tensor has to know its type.
BOOST_AUTO_TEST_CASE(types_that_nobody_wants_may_be_any) {
    struct Other {
        const char *type, *shape;
        int bytes;
    };
    Model<Linear<1, 1, Bias::none>, Shape<1>> model;
    const std::vector<std::string> a = {"a"}, b = {"b"};
    for (const Other& other : {Other{"F4", "[2]", 1},
                               {"F6_E2M3", "[4]", 3},
                               {"F6_E3M2", "[4]", 3},
                               {"F8_E4M3", "[2]", 2},
                               {"F8_E4M3FNUZ", "[1]", 1},
                               {"F8_E5M2FNUZ", "[1,1]", 1},
                               {"F8_E8M0", "[0]", 0},
                               {"C64", "[1]", 8},
                               {"BOOL", "[1]", 1},
                               {"X1", "[5]", 3}}) {
        const std::string type = other.type;
        const std::string file = safetensors(
            R"({"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":")" + type + R"(","shape":)" +
                other.shape + R"(,"data_offsets":[4,)" + std::to_string(4 + other.bytes) + "]}}",
            std::string("\0\0\xc0\x3f", 4) + std::string(static_cast<std::size_t>(other.bytes), '1'));
        const auto bytes = std::as_bytes(std::span(file));
        model.parameters().weight[0] = 0;
        BOOST_TEST(io::load_safetensors(model, bytes, {.others_allowed = true, .names = a}).message() == "", type);
        BOOST_TEST(model.parameters().weight[0] == 1.5f);
        BOOST_TEST(io::load_safetensors(model, bytes, {.others_allowed = true, .names = b}).message() ==
                   "kiln: memory: tensor \"b\": expected floating-point numbers of 16, 32 or 64 bits, found " +
                       (type == "X1" ? "\"X1\"" : type));
    }
}

namespace {

using Old = Model<Sequential<Linear<2, 3>, BatchNorm<3>, Linear<3, 4>>, Shape<2>>;
using New = Model<Sequential<Linear<2, 3>, BatchNorm<3>, Linear<3, 2>>, Shape<2>>;

/// Which of a model's tensors are not those of another, by name.
std::vector<std::string> changed(const auto& model, const auto& before) {
    std::vector<std::string> names;
    const auto a = io::state_dict(model), b = io::state_dict(before);
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!std::equal(a[i].data, a[i].data + a[i].count(), b[i].data)) names.emplace_back(a[i].name);
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_part_of_a_model_is_loaded_by_the_names_of_its_tensors) {
    const Folder folder;
    const std::string path = folder.file("old");
    Old old{Seed{1}};
    for (const auto& tensor : io::state_dict(old))
        for (int i = 0; i < tensor.count(); ++i) tensor.data[i] += 0.25f;
    io::save_safetensors(old, path).or_throw();
    const New before{Seed{2}};
    const Names body = {"0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"};
    const Names head = {"2.weight", "2.bias"};
    // The whole model but the head, chosen in two ways.
    for (const io::LoadOptions& options :
         {io::LoadOptions{.skip = {"2.*"}}, {.only = {"0.*", "1.*"}}, {.only = {"*"}, .skip = {"2.weight", "2.b*s"}}}) {
        New model = before;
        const io::LoadResult result = io::load_safetensors(model, path, options);
        BOOST_TEST(result.message() == "");
        BOOST_TEST(changed(model, before) == body, boost::test_tools::per_element());
        BOOST_TEST(result.loaded == 6u);
        BOOST_TEST(result.missing == head, boost::test_tools::per_element());
        BOOST_TEST(result.unexpected == head, boost::test_tools::per_element());
        BOOST_TEST(result.summary() ==
                   "loaded 6 tensors; the model's \"2.weight\" and \"2.bias\" stay as they were; the "
                   "file's \"2.weight\" and \"2.bias\" are not used");
    }
    New model = before;
    const io::LoadResult one = io::load_safetensors(model, path, {.only = {"*.running_mean"}});
    BOOST_TEST(changed(model, before) == Names{"1.running_mean"}, boost::test_tools::per_element());
    std::ostringstream text;
    text << one;
    BOOST_TEST(text.str().starts_with("loaded 1 tensor; the model's \"0.weight\", \"0.bias\", "), text.str());
    // A whole model leaves no tensor out.
    const io::LoadResult all = io::load_safetensors(old, path);
    BOOST_TEST(all.loaded == 8u);
    BOOST_TEST(all.summary() == "loaded 8 tensors");
    BOOST_TEST(io::load_safetensors(model, path).summary().starts_with("kiln: " + path + ": tensor \"2.weight\""));
}

BOOST_AUTO_TEST_CASE(of_a_part_nothing_may_be_missing_or_too_many) {
    const std::string more = good_bias + R"(,"bias_2":{"dtype":"F32","shape":[1],"data_offsets":[12,16]})";
    BOOST_TEST(refusal(tiny_file(more, 16), {.only = {"weight"}}) == "loaded");
    BOOST_TEST(refusal(tiny_file(more, 16), {.only = {"b*"}}) ==
               "tensor \"bias_2\": expected no tensor of that name, found one; the nearest in the model is \"bias\"");
    BOOST_TEST(refusal(tiny_file(more, 16), {.others_allowed = true, .only = {"b*"}}) == "loaded");
    BOOST_TEST(refusal(tiny_file(more, 16), {.skip = {"weight"}}).starts_with("tensor \"bias_2\": expected no tensor"));
    BOOST_TEST(
        refusal(tiny_file("", 8), {.only = {"b*"}}).starts_with("tensor \"bias\": expected this tensor, found none"));
    BOOST_TEST(refusal(tiny_file("", 8), {.skip = {"b*"}}) == "loaded");
    // A pattern that matches nothing is a mistake.
    BOOST_TEST(
        refusal(tiny_file(good_bias), {.only = {"biass"}}) ==
        "expected patterns of the model's names for the option .only, got \"biass\", which matches none; the nearest "
        "is \"bias\"");
    BOOST_TEST(refusal(tiny_file(good_bias), {.skip = {"head.*"}})
                   .starts_with("expected patterns of the model's names "
                                "for the option .skip, got \"head.*\""));
    BOOST_TEST(refusal(tiny_file(good_bias), {.only = {"bias"}, .skip = {"*"}}) ==
               "expected a tensor that the options .only and .skip leave to be loaded, got none");
}

BOOST_AUTO_TEST_CASE(patterns_are_of_names_without_the_prefix) {
    BOOST_TEST(refusal(tiny_names("net.weight", "head.bias"), {.prefix = "net.", .only = {"weight"}}) == "loaded");
    BOOST_TEST(refusal(tiny_names("net.weight", "net.bias"), {.prefix = "net.", .only = {"w*"}}) == "loaded");
    BOOST_TEST(refusal(tiny_names("net.weight", "net.bias"), {.prefix = "net.", .only = {"net.w*"}}) != "loaded");
    // The option .names comes before the patterns.
    BOOST_TEST(refusal(tiny_names("w", "b"), {.names = {"w", "c"}, .skip = {"c"}})
                   .starts_with("tensor \"b\": expected no tensor"));
    BOOST_TEST(refusal(tiny_names("w", "b"), {.names = {"w", "b"}, .skip = {"b"}}) == "loaded");
    BOOST_TEST(refusal(tiny_names("w", R"(\u0062)"), {.names = {"w", "b"}, .skip = {"b"}}) == "loaded");
}

BOOST_AUTO_TEST_CASE(a_star_stands_for_any_letters) {
    const auto fits = [](const std::string& name, const std::string& pattern) {
        return io::matches(io::JsonString::plain(name).bytes(), pattern);
    };
    for (const char* pattern :
         {"*", "0.weight", "0.*", "*.weight", "*0.weight*", "0*t", "**", "0.*ght", "*.*", "*w*i*"})
        BOOST_TEST(fits("0.weight", pattern), pattern);
    for (const char* pattern : {"", "0.", "0.weigh", "0.weightt", "1*", "*.weigh", "*w", "weight", "*t*w*"})
        BOOST_TEST(!fits("0.weight", pattern), pattern);
    BOOST_TEST(fits("aabaab", "*aab"));
    BOOST_TEST(fits("", "*"));
    BOOST_TEST(fits("", ""));
    BOOST_TEST(!fits("", "a"));
    BOOST_TEST(!fits(std::string(30, 'a'), "*a*a*a*a*a*a*a*a*a*a*b"));
}

// PyTorch's usual pair: Conv2d(1, 2, 3, bias=False), BatchNorm2d(2).
BOOST_AUTO_TEST_CASE(convolutions_without_bias_are_read_from_files_without_it) {
    using Pair = Model<Sequential<Conv<1, 2, 3, 1, 0, 1, Bias::none>, BatchNorm<2>>, Shape<1, 4, 4>>;
    const auto entry = [](const std::string& name, const std::string& shape, int from, int to) {
        return '"' + name + R"(":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[)" + std::to_string(from) +
               "," + std::to_string(to) + "]}";
    };
    const std::string file =
        safetensors("{" + entry("0.weight", "[2,1,3,3]", 0, 72) + "," + entry("1.bias", "[2]", 72, 80) + "," +
                        R"("1.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[80,88]},)" +
                        entry("1.running_mean", "[2]", 88, 96) + "," + entry("1.running_var", "[2]", 96, 104) + "," +
                        entry("1.weight", "[2]", 104, 112) + "}",
                    112);
    Pair model{Seed{1}};
    const io::LoadResult result = io::load_safetensors(model, std::as_bytes(std::span(file)));
    BOOST_TEST(result.summary() == "loaded 5 tensors");
    BOOST_TEST(bits_of(model)[0] == 0x03020100u);
    Model<Sequential<Conv<1, 2, 3>, BatchNorm<2>>, Shape<1, 4, 4>> biased{Seed{1}};
    BOOST_TEST(
        io::load_safetensors(biased, std::as_bytes(std::span(file))).message() ==
        "kiln: memory: tensor \"0.bias\": expected this tensor, found none of that name; the nearest is \"1.bias\"");
}

// Options are values: texts that they were made of may be gone when the options are used.
BOOST_AUTO_TEST_CASE(options_own_their_texts) {
    const Folder folder;
    const auto long_text = [](const char* end) { return std::string(50, 'n') + end; };
    const auto save = [&]() -> io::SaveOptions {
        const std::string prefix = long_text("."), key = long_text("k");
        return {.names = {long_text("w"), long_text("b")}, .prefix = prefix, .notes = {{key, long_text("v")}}};
    }();
    const auto load = [&]() -> io::LoadOptions {
        const std::string prefix = long_text(".");
        return {.names = {long_text("w"), long_text("b")}, .prefix = prefix, .only = {long_text("*")}};
    }();
    const std::string others(50, 'x'), more(50, 'y');  // where those were, perhaps
    Tiny model{Seed{1}}, other;
    io::save_safetensors(model, folder.file("tiny"), save).or_throw();
    BOOST_TEST(files::content(folder.file("tiny")).find(long_text("k\":\"") + long_text("v")) != std::string::npos);
    BOOST_TEST(io::load_safetensors(other, folder.file("tiny"), load).message() == "");
    BOOST_TEST((bits_of(other) == bits_of(model)));
}

BOOST_AUTO_TEST_CASE(a_pipe_is_read_as_a_file_is) {
    const Folder folder;
    const std::string path = folder.file("pipe"), file = tiny_file(good_bias);
    BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    Tiny model{Seed{1}};
    std::thread writer([&] { files::write(path, file); });
    BOOST_TEST(io::load_safetensors(model, path).message() == "");
    writer.join();
    BOOST_TEST(bits_of(model)[0] == 0x03020100u);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_loaded_is_not_saved) {
    const Folder folder;
    const std::string path = folder.file("tiny");
    Tiny model{Seed{1}};
    io::save_safetensors(model, path).or_throw();
    const std::string before = files::content(path), start = "kiln: " + path + ": cannot be written: ";
    const std::vector<io::Note> twice = {{"format", "mine"}}, latin1 = {{"author", "M\xfcller"}};
    BOOST_TEST(io::save_safetensors(model, path, {.notes = twice}).message() ==
               start + "\"format\": expected once, found twice");
    BOOST_TEST(io::save_safetensors(model, path, {.notes = latin1}).message().ends_with("expected UTF-8"));
    BOOST_TEST(files::content(path) == before);
}

BOOST_AUTO_TEST_CASE(a_save_that_fails_says_so_and_leaves_what_was_there) {
    const Folder folder;
    Tiny model{Seed{1}};
    const std::string missing = folder.file("missing/tiny");
    BOOST_TEST(io::save_safetensors(model, missing).message() ==
               "kiln: " + missing + ": cannot be written: No such file or directory; is its folder there?");
    if (std::filesystem::exists("/dev/full"))
        BOOST_TEST(io::save_safetensors(model, "/dev/full").message() ==
                   "kiln: /dev/full: cannot be written: No space left on device");
}

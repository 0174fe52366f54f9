// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.memory
// The memory that files take, and the behaviour of readers and writers without memory.

#include <kiln/io/checkpoint.hpp>
#include <kiln/io/export_header.hpp>
#include <kiln/io/safetensors.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/losses/cross_entropy.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/train/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include "allocations.hpp"
#include "io/folder.hpp"
#include "io/safetensors.hpp"

#include <bit>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

using namespace kiln;
using files::Folder;
using files::safetensors;

namespace {

using Small = Model<Sequential<Linear<4, 3>, Linear<3, 2>>, Shape<4>>;
using Tiny = Model<Linear<2, 1>, Shape<2>>;
using Training = Trainer<Small, CrossEntropy, Adam, Batch<4>>;

/// A trained network: a small tensor before and behind one of 3 GB, on a disk where zeros take no room. False if there
/// is none.
bool write_large(const std::string& path) {
    files::write(path, safetensors(R"({"bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                   R"("embedding":{"dtype":"F32","shape":[750000000],"data_offsets":[4,3000000004]},)"
                                   R"("weight":{"dtype":"F32","shape":[1,2],"data_offsets":[3000000004,3000000012]}})",
                                   std::string("\0\0\xc0\x3f", 4)));
    std::error_code failed;
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4 + 3'000'000'012, failed);
    return !failed;
}

std::vector<float> values(const auto& model) {
    std::vector<float> all;
    for (const auto& tensor : io::state_dict(model)) all.insert(all.end(), tensor.data, tensor.data + tensor.count());
    return all;
}

/// Lets an action have no memory at all, then one allocation, two and so on, until it succeeds; it must not throw, and a
/// failure must leave everything as it was.
int times_refused(auto action, auto is_unchanged) {
    for (int n = 0;; ++n) {
        allocations_failed = 0;
        allocations_left = n;
        const Result result = action();
        allocations_left = -1;
        BOOST_REQUIRE(static_cast<bool>(result) == (allocations_failed == 0));
        if (result) return n;
        BOOST_REQUIRE(result.message().ends_with(": out of memory"));
        BOOST_REQUIRE(is_unchanged());
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_large_file_costs_what_is_wanted_of_it) {
    const Folder folder;
    const std::string path = folder.file("large");
    if (!write_large(path)) return;
    Tiny model{Seed{1}};
    largest_allocation = 0;
    BOOST_TEST(io::load_safetensors(model, path, {.others_allowed = true}).message() == "");
    BOOST_TEST(largest_allocation < 10'000u);
    BOOST_TEST(model.parameters().bias[0] == 1.5f);
    BOOST_TEST(model.parameters().weight[1] == 0);
    BOOST_TEST(!io::load_safetensors(model, path));
    // No checkpoint, which is said before all of it is read.
    static Small trained{Seed{1}};
    static Training trainer{trained, Adam{}};
    BOOST_TEST(io::load_checkpoint(trainer, path).message().find("expected a checkpoint") != std::string::npos);
    BOOST_TEST(largest_allocation < 10'000u);
}

BOOST_AUTO_TEST_CASE(the_checksum_of_a_large_file_is_read_in_pieces) {
    const Folder folder;
    const std::string path = folder.file("large");
    static Small trained{Seed{1}};
    static Training trainer{trained, Adam{}};
    io::save_checkpoint(trainer, path).or_throw();
    std::string text = files::content(path);
    // Another 100 MB of a tensor that nobody knows; the checksum is wrong.
    const std::size_t json = static_cast<unsigned char>(text[0]) + 256u * static_cast<unsigned char>(text[1]);
    std::string header = text.substr(8, json);
    const std::size_t data = text.size() - 8 - json;
    header.insert(header.rfind('}'), R"(,"x":{"dtype":"U8","shape":[100000000],"data_offsets":[)" +
                                         std::to_string(data) + "," + std::to_string(data + 100'000'000) + "]}");
    files::write(path, safetensors(header, text.substr(8 + json)));
    std::error_code failed;
    std::filesystem::resize_file(path, 8 + header.size() + data + 100'000'000, failed);
    if (failed) return;
    largest_allocation = 0;
    BOOST_TEST(io::load_checkpoint(trainer, path).message().ends_with("is the file damaged?"));
    BOOST_TEST(largest_allocation < 200'000u);
}

BOOST_AUTO_TEST_CASE(a_lack_of_memory_is_a_result_and_changes_nothing) {
    const Folder folder;
    const std::string path = folder.file("model"), checkpoint = folder.file("checkpoint"), text = folder.file("m.hpp");
    const auto no_file = [&] { return folder.entries() == 0; };
    const Small saved{Seed{1}};
    BOOST_TEST(times_refused([&] { return io::save_safetensors(saved, path, {.prefix = "net."}); }, no_file) > 5);
    Small loaded{Seed{2}};
    const std::vector<float> before = values(loaded);
    BOOST_TEST(times_refused([&] { return io::load_safetensors(loaded, path, {.prefix = "net."}); },
                             [&] { return values(loaded) == before; }) > 5);
    BOOST_TEST((values(loaded) == values(saved)));
    const io::HeaderOptions options{.name = "net", .type = "Small"};
    std::filesystem::remove(path);
    BOOST_TEST(times_refused([&] { return io::export_header(saved, text, options); }, no_file) > 5);
    std::filesystem::remove(text);

    static Small a{Seed{3}}, b{Seed{4}}, best{Seed{5}};
    static Training first{a, Adam{}}, second{b, Adam{}};
    const Tensor<float, Shape<4>> inputs[4] = {{1, 2, 3, 4}, {2, 1}, {3}, {0, 4}};
    const int labels[4] = {0, 1, 0, 1};
    first.step(inputs, labels);
    const Epoch epoch{.number = 3, .best = 2, .best_loss = 1};
    BOOST_TEST(times_refused([&] { return io::save_checkpoint(first, checkpoint, epoch, &best); }, no_file) > 5);
    const std::vector<float> untouched = values(b);
    Epoch read;
    BOOST_TEST(times_refused([&] { return io::load_checkpoint(second, checkpoint, &read, &best); },
                             [&] { return values(b) == untouched && second.steps() == 0 && read.number == 0; }) > 5);
    BOOST_TEST((values(b) == values(a)));
    BOOST_TEST(second.steps() == 1);
    BOOST_TEST(read.number == 3);
}

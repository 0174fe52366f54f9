// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.idx
#include "../fuzz/idx.cpp"

#include <kiln/core/shape.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/data/idx.hpp>
#include <kiln/files/file_error.hpp>

#include <boost/test/unit_test.hpp>

#include "../fuzz/corpus.hpp"
#include "allocations.hpp"
#include "image_folder.hpp"
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#ifndef KILN_MNIST_DIR
#define KILN_MNIST_DIR "examples/mnist/data"
#endif

using kiln::FileError;
using kiln::Shape;
using kiln::data::Dataset;
using kiln::data::load_idx;
using kiln::data::load_mnist;
using Image = Shape<1, 2, 3>;

static_assert(std::is_base_of_v<std::runtime_error, FileError>);

namespace {

std::string big_endian(std::uint32_t number) {
    return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
            static_cast<char>(number)};
}

std::string idx(const std::vector<std::uint32_t>& extents, const std::string& data, int type = 0x08) {
    std::string file{0, 0, static_cast<char>(type), static_cast<char>(extents.size())};
    for (const std::uint32_t extent : extents) file += big_endian(extent);
    return file + data;
}

const std::string pixels = "abcdefghijklmnopqr";  // three images of 2 x 3
const std::string images = idx({3, 2, 3}, pixels);
const std::string labels = idx({3}, {5, 0, 4});

/// The message of the FileError that loading throws.
template <class S = Image>
std::string refusal(const std::string& images_path, const std::string& labels_path) {
    try {
        load_idx<S>(images_path, labels_path);
    } catch (const FileError& error) {
        return error.what();
    }
    return "accepted";
}

/// The cause in that message; the file that it names must be the expected one.
template <class S = Image>
std::string cause(const std::string& guilty, const std::string& images_path, const std::string& labels_path) {
    const std::string message = refusal<S>(images_path, labels_path), start = "kiln: " + guilty + ": ";
    return message.starts_with(start) ? message.substr(start.size()) : "not about " + guilty + ": " + message;
}

struct Files : ImageFolder {
    const std::string good_images = write("good-images", images), good_labels = write("good-labels", labels);

    /// The cause for which these bytes are refused as an image file.
    template <class S = Image>
    std::string images_cause(const std::string& bytes, const std::string& name = "images") const {
        const std::string path = write(name, bytes);
        return cause<S>(path, path, good_labels);
    }
    std::string labels_cause(const std::string& bytes, const std::string& name = "labels") const {
        const std::string path = write(name, bytes);
        return cause(path, good_images, path);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(what_is_read, Files)

BOOST_AUTO_TEST_CASE(idx_reads_raw_files) {
    const auto data = load_idx<Image>(good_images, good_labels);
    BOOST_TEST(data.size() == 3);
    BOOST_TEST(pixels_of(data) == pixels);
    BOOST_TEST(labels_of(data) == (std::vector{5, 0, 4}), boost::test_tools::per_element());
    BOOST_TEST(data.sample(1)(0, 1, 2) == 'l');
    BOOST_TEST(data.scale() == 1.0f / 255);
}

BOOST_AUTO_TEST_CASE(idx_reads_gzip_files_whatever_their_name) {
    for (const std::string suffix : {".gz", ""}) {
        const auto data = load_idx<Image>(write("i" + suffix, gzip(images)), write("l" + suffix, gzip(labels)));
        BOOST_TEST(pixels_of(data) == pixels);
        BOOST_TEST(labels_of(data) == (std::vector{5, 0, 4}), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(idx_reads_gzip_files_of_several_members) {
    for (std::size_t split = 0; split <= images.size(); ++split) {
        const std::string bytes = gzip(images.substr(0, split)) + gzip("") + gzip(images.substr(split));
        BOOST_TEST(pixels_of(load_idx<Image>(write("images.gz", bytes), good_labels)) == pixels);
    }
}

BOOST_AUTO_TEST_CASE(idx_reads_files_of_many_chunks) {
    std::minstd_rand random(1);
    std::string data(5000 * 49, '\0');
    for (char& byte : data) byte = static_cast<char>(random() >> 8);
    const std::string many_images = idx({5000, 7, 7}, data), many_labels = idx({5000}, data.substr(0, 5000));
    for (const bool packed : {false, true}) {
        const auto all = load_idx<Shape<1, 7, 7>>(write("i", packed ? gzip(many_images) : many_images),
                                                  write("l", packed ? gzip(many_labels) : many_labels));
        BOOST_TEST((pixels_of(all) == data));
        BOOST_TEST(all.label(4999) == static_cast<std::uint8_t>(data[4999]));
    }
}

BOOST_AUTO_TEST_CASE(idx_reads_shapes_of_every_rank) {
    BOOST_TEST(pixels_of(load_idx<Shape<6>>(write("i", idx({3, 6}, pixels)), good_labels)) == pixels);
    BOOST_TEST(pixels_of(load_idx<Shape<1>>(write("i", idx({3, 1}, "abc")), good_labels)) == "abc");
    BOOST_TEST(pixels_of(load_idx<Shape<2, 3>>(good_images, good_labels)) == pixels);
    BOOST_TEST(pixels_of(load_idx<Shape<3, 1, 2>>(write("i", idx({3, 3, 1, 2}, pixels)), good_labels)) == pixels);
    BOOST_TEST(pixels_of(load_idx<Shape<1, 3, 1, 2, 1>>(write("i", idx({3, 1, 3, 1, 2, 1}, pixels)), good_labels)) ==
               pixels);
}

BOOST_AUTO_TEST_CASE(idx_reads_a_single_channel_that_the_file_leaves_out_or_states) {
    BOOST_TEST(pixels_of(load_idx<Image>(write("i", idx({3, 1, 2, 3}, pixels)), good_labels)) == pixels);
    BOOST_TEST(pixels_of(load_idx<Image>(write("i", idx({3, 2, 3}, pixels)), good_labels)) == pixels);
}

BOOST_AUTO_TEST_CASE(idx_reads_labels_up_to_255) {
    const auto data = load_idx<Image>(good_images, write("l", idx({3}, "\xff\x80\x02")));
    BOOST_TEST(labels_of(data) == (std::vector{255, 128, 2}), boost::test_tools::per_element());
    BOOST_TEST(data.classes() == 256);
}

BOOST_AUTO_TEST_CASE(idx_asks_about_labels_that_count_from_1) {
    const std::string from_1 = write("l", idx({3}, "\x02\x01\x1a"));
    BOOST_TEST(cause<Image>(from_1, good_images, from_1) ==
               "expected labels that count from 0, found 1 to 26; do they count from 1? try .first_label = 1, for "
               "classes 0 to 25; or .first_label = 0, if class 0 has no samples here");
    BOOST_TEST(labels_of(load_idx<Image>(good_images, from_1, {.first_label = 1})) == (std::vector{1, 0, 25}),
               boost::test_tools::per_element());
    BOOST_TEST(labels_of(load_idx<Image>(good_images, from_1, {.first_label = 0})) == (std::vector{2, 1, 26}),
               boost::test_tools::per_element());
    const std::string ones = write("l", idx({3}, "\x01\x01\x01"));
    BOOST_TEST(labels_of(load_idx<Image>(good_images, ones)) == (std::vector{1, 1, 1}),
               boost::test_tools::per_element());
    try {
        load_idx<Image>(good_images, good_labels, {.first_label = 1});
        BOOST_ERROR("accepted");
    } catch (const kiln::FileError& error) {
        BOOST_TEST(error.what() ==
                   "kiln: " + good_labels + ": expected labels from 1 on, as .first_label says, found 0");
    }
}

#if defined(__linux__)
BOOST_AUTO_TEST_CASE(idx_reads_a_pipe) {
    int ends[2] = {};
    BOOST_REQUIRE(pipe(ends) == 0);
    BOOST_REQUIRE(::write(ends[1], images.data(), images.size()) == static_cast<ssize_t>(images.size()));
    close(ends[1]);
    BOOST_TEST(pixels_of(load_idx<Image>("/dev/fd/" + std::to_string(ends[0]), good_labels)) == pixels);
    close(ends[0]);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(what_is_refused, Files)

BOOST_AUTO_TEST_CASE(idx_refuses_swapped_files_and_says_so) {
    BOOST_TEST(cause(good_labels, good_labels, good_images) ==
               "expected images (IDX magic 0x00000803), found labels (0x00000801); "
               "are the image file and the label file swapped?");
    BOOST_TEST(cause(good_images, good_images, good_images) ==
               "expected labels (IDX magic 0x00000801), found images (0x00000803); "
               "are the image file and the label file swapped?");
}

BOOST_AUTO_TEST_CASE(idx_refuses_a_wrong_magic) {
    BOOST_TEST(images_cause("\x89PNG\r\n\x1a\n") == "expected images (IDX magic 0x00000803), found magic 0x89504e47");
    BOOST_TEST(labels_cause("hello, world") == "expected labels (IDX magic 0x00000801), found magic 0x68656c6c");
    for (const std::uint32_t magic : {0x01000803u, 0x00010803u, 0x00000003u, 0x00000a03u, 0x00000800u}) {
        const std::string found = images_cause(big_endian(magic) + images.substr(4));
        BOOST_TEST(found.starts_with("expected images (IDX magic 0x00000803), found magic 0x0"));
    }
    BOOST_TEST((images_cause<Shape<3, 2, 2>>("hello, world")) ==
               "expected images (IDX magic 0x00000804), found magic 0x68656c6c");
}

BOOST_AUTO_TEST_CASE(idx_refuses_other_element_types) {
    const std::string start = "expected elements that are unsigned bytes, found ";
    BOOST_TEST(images_cause(idx({3, 2, 3}, pixels, 0x09)) == start + "signed bytes");
    BOOST_TEST(images_cause(idx({3, 2, 3}, pixels, 0x0b)) == start + "16-bit integers");
    BOOST_TEST(labels_cause(idx({3}, pixels, 0x0c)) == start + "32-bit integers");
    BOOST_TEST(images_cause(idx({3, 2, 3}, pixels, 0x0d)) == start + "32-bit floats");
    BOOST_TEST(labels_cause(idx({3}, pixels, 0x0e)) == start + "64-bit floats");
}

BOOST_AUTO_TEST_CASE(idx_refuses_a_wrong_rank) {
    BOOST_TEST(images_cause(idx({3, 6}, pixels)) == "expected rank 4 (the count, then 1 x 2 x 3), found rank 2");
    BOOST_TEST(images_cause(idx({3, 1, 1, 2, 3}, pixels)) ==
               "expected rank 4 (the count, then 1 x 2 x 3), found rank 5");
    BOOST_TEST(images_cause(std::string{0, 0, 8, '\xff'} + pixels) ==
               "expected rank 4 (the count, then 1 x 2 x 3), found rank 255");
    BOOST_TEST((images_cause<Shape<3, 1, 2>>(idx({3, 3, 2}, pixels))) ==
               "expected rank 4 (the count, then 3 x 1 x 2), found rank 3");
}

BOOST_AUTO_TEST_CASE(idx_refuses_images_of_another_size) {
    BOOST_TEST(images_cause(idx({3, 3, 2}, pixels)) == "expected images of 1 x 2 x 3, found 3 x 2");
    BOOST_TEST(images_cause(idx({3, 2, 4}, pixels + "123456")) == "expected images of 1 x 2 x 3, found 2 x 4");
    BOOST_TEST(images_cause(idx({3, 2, 2, 3}, pixels)) == "expected images of 1 x 2 x 3, found 2 x 2 x 3");
    BOOST_TEST(images_cause(idx({3, 0, 3}, pixels)) == "expected images of 1 x 2 x 3, found 0 x 3");
}

BOOST_AUTO_TEST_CASE(idx_refuses_counts_of_0) {
    BOOST_TEST(images_cause(idx({0, 2, 3}, "")) == "expected at least one sample, found a count of 0");
    BOOST_TEST(labels_cause(idx({0}, "")) == "expected at least one sample, found a count of 0");
}

BOOST_AUTO_TEST_CASE(idx_refuses_counts_that_disagree_and_names_both_files) {
    const std::string four = write("four-labels", idx({4}, "1234"));
    BOOST_TEST(refusal(good_images, four) ==
               "kiln: " + good_images + ": expected as many images as labels, found 3 images, but 4 labels in " + four);
}

BOOST_AUTO_TEST_CASE(idx_refuses_every_truncated_header) {
    for (std::size_t length = 1; length < 4; ++length)
        BOOST_TEST(images_cause(images.substr(0, length)) ==
                   "truncated: expected an IDX header of 8 or more bytes, found " + std::to_string(length));
    for (std::size_t length = 4; length < 16; ++length)
        BOOST_TEST(images_cause(images.substr(0, length)) ==
                   "truncated: expected an IDX header of 16 bytes, found " + std::to_string(length));
    BOOST_TEST(labels_cause(labels.substr(0, 7)) == "truncated: expected an IDX header of 8 bytes, found 7");
}

BOOST_AUTO_TEST_CASE(idx_refuses_truncated_data) {
    for (std::size_t length = 0; length < pixels.size(); ++length)
        BOOST_TEST(images_cause(images.substr(0, 16 + length)) ==
                   "truncated: expected 3 images (18 bytes of data), found " + std::to_string(length / 6) + " (" +
                       std::to_string(length) + " bytes)");
    BOOST_TEST(labels_cause(labels.substr(0, 10)) ==
               "truncated: expected 3 labels (3 bytes of data), found 2 (2 bytes)");
    BOOST_TEST(images_cause(gzip(images.substr(0, 30)), "images.gz") ==
               "truncated: expected 3 images (18 bytes of data), found 2 (14 bytes)");
}

BOOST_AUTO_TEST_CASE(idx_refuses_truncated_gzip) {
    const std::string packed = gzip(images);
    for (std::size_t length = 2; length < packed.size(); ++length)
        BOOST_TEST(images_cause(packed.substr(0, length), "images.gz") ==
                   "truncated: expected more gzip data, found the end of the file");
    BOOST_TEST(images_cause(packed.substr(0, packed.size() - 1) + gzip("")).starts_with("expected intact gzip data"));
}

BOOST_AUTO_TEST_CASE(idx_refuses_trailing_bytes) {
    BOOST_TEST(images_cause(images + "x") == "expected the end of the data after 3 images, found trailing bytes");
    BOOST_TEST(labels_cause(labels + '\0') == "expected the end of the data after 3 labels, found trailing bytes");
    BOOST_TEST(images_cause(gzip(images + "x"), "images.gz") ==
               "expected the end of the data after 3 images, found trailing bytes");
    BOOST_TEST(images_cause(gzip(images) + gzip("x"), "images.gz") ==
               "expected the end of the data after 3 images, found trailing bytes");
    BOOST_TEST(images_cause(gzip(images) + "x", "images.gz") ==
               "expected the end of the file after its gzip data, found trailing bytes");
    BOOST_TEST(images_cause(gzip(images) + '\0', "images.gz") ==
               "expected the end of the file after its gzip data, found trailing bytes");
}

BOOST_AUTO_TEST_CASE(idx_refuses_trailing_bytes_that_start_the_next_chunk) {
    const std::string body(65536 - 16, 'x');
    const std::string path = write("images", idx({1, 65536 - 16, 1}, body)), one = write("labels", idx({1}, "1"));
    BOOST_TEST((refusal<Shape<65536 - 16, 1>>(path, one)) == "accepted");
    write("images", idx({1, 65536 - 16, 1}, body + "y"));
    BOOST_TEST((cause<Shape<65536 - 16, 1>>(path, path, one)) ==
               "expected the end of the data after 1 images, found trailing bytes");
}

BOOST_AUTO_TEST_CASE(idx_refuses_a_gz_name_whose_content_is_not_gzip) {
    const std::string expected =
        "expected gzip data because the name ends in .gz, found other data (not starting with 1f 8b)";
    BOOST_TEST(images_cause(images, "images.gz") == expected);
    BOOST_TEST(labels_cause("\x1f", "labels.gz") == expected);
    BOOST_TEST(labels_cause("\x1f\x8c\x08", "labels.gz") == expected);
}

BOOST_AUTO_TEST_CASE(idx_refuses_damaged_gzip) {
    const std::string start = "expected intact gzip data, found damage: ";
    const auto damaged = [](std::size_t from_end) {
        std::string bytes = gzip(images);
        bytes[bytes.size() - from_end] ^= 1;
        return bytes;
    };
    BOOST_TEST(images_cause(damaged(8), "images.gz") == start + "incorrect data check");
    BOOST_TEST(images_cause(damaged(4), "images.gz") == start + "incorrect length check");
    BOOST_TEST(images_cause(gzip("").substr(0, 10) + "\x07", "images.gz") == start + "invalid block type");
    BOOST_TEST(images_cause("\x1f\x8b no gzip", "images.gz") == start + "unknown compression method");
}

BOOST_AUTO_TEST_CASE(idx_refuses_empty_files) {
    BOOST_TEST(images_cause("") == "expected data, found an empty file");
    BOOST_TEST(labels_cause("", "labels.gz") == "expected data, found an empty file");
    BOOST_TEST(images_cause(gzip(""), "images.gz") == "truncated: expected an IDX header of 8 or more bytes, found 0");
}

BOOST_AUTO_TEST_CASE(idx_refuses_missing_files) {
    BOOST_TEST(cause(file("no"), file("no"), good_labels) == "cannot be opened: No such file or directory");
    BOOST_TEST(cause(file("no.gz"), good_images, file("no.gz")) == "cannot be opened: No such file or directory");
    BOOST_TEST(cause("", "", good_labels) == "cannot be opened: No such file or directory");
    BOOST_TEST(cause(good_images + "/x", good_images + "/x", good_labels) == "cannot be opened: Not a directory");
}

BOOST_AUTO_TEST_CASE(idx_refuses_a_directory) {
    BOOST_TEST(cause(folder.string(), folder.string(), good_labels) == "expected a file, found a directory");
    std::filesystem::create_directory(file("folder.gz"));
    BOOST_TEST(cause(file("folder.gz"), good_images, file("folder.gz")) == "expected a file, found a directory");
}

#if defined(__unix__) || defined(__APPLE__)
BOOST_AUTO_TEST_CASE(idx_refuses_files_it_may_not_open) {
    std::filesystem::permissions(good_images, std::filesystem::perms::none);
    const bool root = geteuid() == 0;  // root may read anything: become nobody for a moment
    if (root && seteuid(65534) != 0) {
        BOOST_TEST_MESSAGE("skipped: root that cannot become another user");
        return;
    }
    const std::string found = cause(good_images, good_images, good_labels);
    if (root) BOOST_REQUIRE(seteuid(0) == 0);
    BOOST_TEST(found == "cannot be opened: Permission denied");
}
#endif

#if defined(__linux__)
BOOST_AUTO_TEST_CASE(idx_refuses_files_that_fail_while_read) {
    const std::string memory = "/proc/self/mem";  // opens, but nothing is mapped at its start
    BOOST_TEST(cause(memory, memory, good_labels) == "cannot be read: Input/output error");
}
#endif

BOOST_AUTO_TEST_CASE(idx_refuses_counts_beyond_an_int) {
    const std::string start = "expected at most 2147483647 samples, found a count of ";
    BOOST_TEST(images_cause(idx({0x80000000, 2, 3}, pixels)) == start + "2147483648");
    BOOST_TEST(images_cause(idx({0xffffffff, 2, 3}, pixels)) == start + "4294967295");
    BOOST_TEST(labels_cause(idx({0xffffffff}, pixels)) == start + "4294967295");
}

BOOST_AUTO_TEST_CASE(idx_refuses_extents_whose_product_overflows) {
    BOOST_TEST(images_cause(idx({3, 0x80000000, 2}, pixels)) == "expected images of 1 x 2 x 3, found 2147483648 x 2");
    BOOST_TEST(images_cause(idx({3, 0xffffffff, 0xffffffff, 0xffffffff}, pixels)) ==
               "expected images of 1 x 2 x 3, found 4294967295 x 4294967295 x 4294967295");
    BOOST_TEST(images_cause(idx({3, 0x10000, 0x10000, 6}, pixels)) ==
               "expected images of 1 x 2 x 3, found 65536 x 65536 x 6");
}

BOOST_AUTO_TEST_CASE(idx_allocates_no_gigabytes_because_a_header_claims_them) {
    const std::string billions = idx({0x7fffffff, 28, 28}, pixels), many = idx({0x7fffffff}, pixels);
    for (const bool packed : {false, true}) {
        const std::string i = write("i", packed ? gzip(billions) : billions),
                          l = write("l", packed ? gzip(many) : many);
        largest_allocation = 0;
        BOOST_TEST((cause<Shape<1, 28, 28>>(l, i, l)) ==
                   "truncated: expected 2147483647 labels (2147483647 bytes of data), found 18 (18 bytes)");
        BOOST_CHECK_EXCEPTION((kiln::data::detail::IdxFile(i, {28, 28}).read_samples<Shape<28, 28>>()), FileError,
                              [&](const FileError& error) {
                                  return error.what() == "kiln: " + i +
                                                             ": truncated: expected 2147483647 images (1683627179248 "
                                                             "bytes of data), found 0 (18 bytes)";
                              });
        BOOST_TEST(largest_allocation <= std::size_t{1} << 26);
    }
}

BOOST_AUTO_TEST_CASE(idx_closes_its_files) {
    const std::string bad = write("bad", images.substr(0, 20)), bad_gzip = write("bad.gz", gzip(images).substr(0, 20));
    for (int i = 0; i < 1100; ++i) {  // more than a process may usually keep open
        load_idx<Image>(good_images, good_labels);
        BOOST_REQUIRE(refusal(bad, good_labels) != "accepted");
        BOOST_REQUIRE(refusal(bad_gzip, good_labels) != "accepted");
        BOOST_REQUIRE(refusal(good_images, file("no")) != "accepted");
    }
    BOOST_TEST(refusal(good_images, good_labels) == "accepted");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(what_damage_does, Files)

BOOST_AUTO_TEST_CASE(idx_notices_every_flipped_bit_of_a_header) {
    for (const bool of_labels : {false, true})
        for (std::size_t bit = 0; bit < 8 * (of_labels ? 8 : 16); ++bit) {
            std::string bytes = of_labels ? labels : images;
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
            const std::string found = of_labels ? refusal(good_images, write("flipped", bytes))
                                                : refusal(write("flipped", bytes), good_labels);
            BOOST_TEST(found != "accepted", "bit " << bit << " of the header went unnoticed");
        }
}

BOOST_AUTO_TEST_CASE(idx_reads_a_flipped_bit_of_a_pixel_into_that_pixel) {
    for (std::size_t bit = 0; bit < 8 * pixels.size(); ++bit) {
        std::string expected = pixels;
        expected[bit / 8] = static_cast<char>(expected[bit / 8] ^ (1 << bit % 8));
        BOOST_TEST(pixels_of(load_idx<Image>(write("flipped", images.substr(0, 16) + expected), good_labels)) ==
                   expected);
    }
}

BOOST_AUTO_TEST_CASE(idx_reads_from_gzip_with_a_flipped_bit_the_right_pixels_or_none) {
    const std::string packed = gzip(images);
    int accepted = 0;
    for (std::size_t bit = 0; bit < 8 * packed.size(); ++bit) {
        std::string bytes = packed;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        try {
            BOOST_TEST(pixels_of(load_idx<Image>(write("flipped.gz", bytes), good_labels)) == pixels);
            ++accepted;
        } catch (const FileError&) {}
    }
    // Time stamp, extra flags and system (bytes 4 to 9), the text flag and the bits after the last block say nothing
    // about the data.
    BOOST_TEST(accepted >= 6 * 8);
    BOOST_TEST(accepted <= 6 * 8 + 1 + 7);
}

BOOST_AUTO_TEST_CASE(idx_notices_every_missing_and_every_added_byte) {
    for (std::size_t position = 0; position < images.size(); ++position) {
        std::string shorter = images;
        shorter.erase(position, 1);
        BOOST_TEST(refusal(write("shorter", shorter), good_labels) != "accepted");
        BOOST_TEST(refusal(write("cut", images.substr(0, position)), good_labels) != "accepted");
        BOOST_TEST(refusal(write("cut.gz", gzip(images).substr(0, position)), good_labels) != "accepted");
        std::string longer = images;
        longer.insert(position, 1, 'x');
        BOOST_TEST(refusal(write("longer", longer), good_labels) != "accepted");
    }
}

BOOST_AUTO_TEST_CASE(idx_survives_the_fuzzing_corpus_and_its_mutations) {
    BOOST_TEST(fuzz::run_corpus("tests/fuzz/corpus/idx") >= 10);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(mnist, ImageFolder)

namespace {
const std::array<std::string, 4> names = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                          "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

/// One of the four files of a tiny set: two training images and one test image, each filled with its label.
std::string tiny(std::size_t file) {
    const std::string digits = file < 2 ? "\x03\x09" : "\x07";
    const auto count = static_cast<std::uint32_t>(digits.size());
    if (file % 2 == 1) return idx({count}, digits);
    std::string data;
    for (const char digit : digits) data.append(784, digit);
    return idx({count, 28, 28}, data);
}
}  // namespace

BOOST_AUTO_TEST_CASE(mnist_finds_each_file_with_and_without_gz) {
    for (unsigned packed = 0; packed < 16; ++packed) {
        const ImageFolder part;
        for (std::size_t i = 0; i < 4; ++i)
            if ((packed >> i & 1) != 0)
                part.write(names[i] + ".gz", gzip(tiny(i)));
            else
                part.write(names[i], tiny(i));
        const auto digits = load_mnist(part.folder.string());
        BOOST_TEST(digits.train.size() == 2);
        BOOST_TEST(digits.test.size() == 1);
        BOOST_TEST(digits.train.label(1) == 9);
        BOOST_TEST(digits.train.sample(1)[783] == 9);
        BOOST_TEST(digits.test.label(0) == 7);
        BOOST_TEST(digits.test.sample(0)[0] == 7);
    }
}

BOOST_AUTO_TEST_CASE(mnist_may_count_from_1) {
    for (std::size_t i = 0; i < 4; ++i) write(names[i], tiny(i));
    const auto digits = load_mnist(folder.string(), {.first_label = 1});
    BOOST_TEST(digits.train.label(1) == 8);
    BOOST_TEST(digits.test.label(0) == 6);
}

BOOST_AUTO_TEST_CASE(mnist_takes_the_raw_file_if_both_are_there) {
    for (std::size_t i = 0; i < 4; ++i) write(names[i], tiny(i)), write(names[i] + ".gz", "not read");
    BOOST_TEST(load_mnist(folder.string()).train.size() == 2);
}

BOOST_AUTO_TEST_CASE(mnist_says_what_it_looked_for) {
    for (std::size_t missing = 0; missing < 4; ++missing) {
        const ImageFolder part;
        for (std::size_t i = 0; i < 4; ++i)
            if (i != missing) part.write(names[i], tiny(i));
        BOOST_CHECK_EXCEPTION(load_mnist(part.folder.string()), FileError, [&](const FileError& error) {
            return error.what() ==
                   "kiln: " + part.file(names[missing]) +
                       ": expected this file, or the same with .gz, found neither; is the folder right?";
        });
    }
    BOOST_CHECK_EXCEPTION(load_mnist(file("nowhere")), FileError, [&](const FileError& error) {
        return std::string(error.what()).starts_with("kiln: " + file("nowhere/train-images-idx3-ubyte") + ": ");
    });
}

BOOST_AUTO_TEST_CASE(mnist_reports_a_file_that_is_there_but_unfit) {
    for (std::size_t i = 0; i < 4; ++i) write(names[i], tiny(i));
    std::filesystem::remove(file(names[2]));
    std::filesystem::create_directory(file(names[2]));
    BOOST_CHECK_EXCEPTION(load_mnist(folder.string()), FileError, [&](const FileError& error) {
        return error.what() == "kiln: " + file(names[2]) + ": expected a file, found a directory";
    });
    std::filesystem::remove(file(names[2]));
    std::filesystem::create_symlink(names[2], file(names[2]));  // a link to itself is there, but leads nowhere
    BOOST_CHECK_EXCEPTION(load_mnist(folder.string()), FileError, [&](const FileError& error) {
        return error.what() == "kiln: " + file(names[2]) + ": cannot be opened: Too many levels of symbolic links";
    });
}

BOOST_AUTO_TEST_CASE(mnist_reads_the_real_data) {
    const auto digits = load_mnist(KILN_MNIST_DIR);
    const auto check_sum = [](const std::string& bytes) {
        return crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
    };
    const auto label_bytes = [](const auto& data) {
        std::string bytes;
        for (const int label : labels_of(data)) bytes += static_cast<char>(label);
        return bytes;
    };
    BOOST_TEST(digits.train.size() == 60000);
    BOOST_TEST(digits.test.size() == 10000);
    BOOST_TEST(digits.train.classes() == 10);
    BOOST_TEST(digits.test.classes() == 10);
    BOOST_TEST(labels_of(digits.train.first(10)) == (std::vector{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}),
               boost::test_tools::per_element());
    BOOST_TEST(labels_of(digits.test.first(10)) == (std::vector{7, 2, 1, 0, 4, 1, 4, 9, 5, 9}),
               boost::test_tools::per_element());
    BOOST_TEST(digits.train.sample(0)(0, 6, 8) == 30);
    // CRC-32 of the elements, computed apart from files whose MD5 sums are those of the original.
    BOOST_TEST(check_sum(pixels_of(digits.train)) == 0xf3639b56);
    BOOST_TEST(check_sum(label_bytes(digits.train)) == 0xba07e8ef);
    BOOST_TEST(check_sum(pixels_of(digits.test)) == 0xe4ca5f57);
    BOOST_TEST(check_sum(label_bytes(digits.test)) == 0xee8604d9);
}

BOOST_AUTO_TEST_SUITE_END()

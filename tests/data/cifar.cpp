// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE data.cifar
#include <kiln/core/setting_error.hpp>
#include <kiln/data/cifar.hpp>
#include <kiln/files/file_error.hpp>

#include <boost/test/unit_test.hpp>

#include "allocations.hpp"
#include "image_folder.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

using kiln::FileError;
using kiln::data::load_cifar10;

namespace {

const std::vector<std::string> names = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};

/// A red, a green and a blue plane whose bytes are these three numbers, behind the label.
std::string record(int label, int red, int green, int blue) {
    std::string bytes(1, static_cast<char>(label));
    for (const int colour : {red, green, blue}) bytes.append(32 * 32, static_cast<char>(colour));
    return bytes;
}

/// File f of a small set, with two images.
std::string file_of(int f) { return record(f, 10 * f, 10 * f + 1, 10 * f + 2) + record(9 - f, 200, 201, 202); }

/// The six files, with two images each.
struct Files : ImageFolder {
    Files() {
        for (int f = 0; f < 6; ++f) write(names[static_cast<std::size_t>(f)], file_of(f));
    }

    kiln::data::Cifar10 load(int images_per_file = 2) const {
        return load_cifar10(folder.string(), {.images_per_file = images_per_file});
    }
    /// The message of the error that loading throws, without the folder.
    std::string refusal(int images_per_file = 2) const {
        try {
            load(images_per_file);
        } catch (const FileError& error) {
            const std::string start = "kiln: " + folder.string() + "/", message = error.what();
            return message.starts_with(start) ? message.substr(start.size()) : "of no file in the folder: " + message;
        }
        return "accepted";
    }
    std::string refusal_of(const std::string& name, const std::string& bytes) const {
        write(name, bytes);
        return refusal();
    }
};

std::string with_byte(std::string bytes, std::size_t position, int value) {
    bytes[position] = static_cast<char>(value);
    return bytes;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(what_is_read, Files)

BOOST_AUTO_TEST_CASE(cifar_reads_six_files_in_their_order) {
    // Every byte of the first image and its neighbours has a value of its own place.
    std::string image(3072, '\0');
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<char>(i / 32 * 7 + i % 32);
    write(names[4], '\x03' + image + record(8, 1, 2, 3));

    const auto cifar = load();
    BOOST_TEST(labels_of(cifar.train) == (std::vector{0, 9, 1, 8, 2, 7, 3, 6, 3, 8}), boost::test_tools::per_element());
    BOOST_TEST(labels_of(cifar.test) == (std::vector{5, 4}), boost::test_tools::per_element());
    BOOST_TEST((pixels_of(cifar.train).substr(8 * 3072, 3072) == image));
    BOOST_TEST((pixels_of(cifar.test) == file_of(5).substr(1, 3072) + file_of(5).substr(3074)));
    const auto& sample = cifar.train.sample(8);
    BOOST_TEST(sample(0, 0, 1) == static_cast<std::uint8_t>(image[1]));
    BOOST_TEST(sample(1, 2, 3) == static_cast<std::uint8_t>(image[1024 + 2 * 32 + 3]));
    BOOST_TEST(sample(2, 31, 30) == static_cast<std::uint8_t>(image[2048 + 31 * 32 + 30]));
    BOOST_TEST(cifar.train.scale() == 1.0f / 255);
    BOOST_TEST(cifar.train.classes() == 10);
    BOOST_TEST(cifar.test.classes() == 10);
    BOOST_TEST(cifar.classes.size() == 10u);
    BOOST_TEST(cifar.classes[0] == "airplane");
    BOOST_TEST(cifar.classes[9] == "truck");
}

BOOST_AUTO_TEST_CASE(cifar_reads_each_file_packed_or_not) {
    const std::string expected = pixels_of(load().train) + pixels_of(load().test);
    for (std::size_t f = 0; f < names.size(); ++f) {
        write(names[f] + ".gz", gzip(file_of(static_cast<int>(f))));
        std::filesystem::remove(file(names[f]));
        const auto cifar = load();
        BOOST_TEST((pixels_of(cifar.train) + pixels_of(cifar.test) == expected));
    }
    write(names[0], "not packed, and not CIFAR");  // goes before the packed one
    BOOST_TEST(refusal().starts_with("data_batch_1.bin: "));
}

BOOST_AUTO_TEST_CASE(cifar_takes_no_more_memory_than_its_images) {
    largest_allocation = 0;
    BOOST_TEST(load().train.size() == 10);
    BOOST_TEST(largest_allocation <= std::size_t{1} << 16);  // a chunk of a file
    largest_allocation = 0;
    BOOST_TEST(refusal(2'000'000'000) ==
               "data_batch_1.bin: truncated: expected 2000000000 images of 3073 bytes, found 2 and 0 bytes");
    BOOST_TEST(largest_allocation <= std::size_t{1} << 28);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(what_is_refused, Files)

BOOST_AUTO_TEST_CASE(cifar_refuses_another_number_of_images) {
    BOOST_TEST(refusal(3) == "data_batch_1.bin: truncated: expected 3 images of 3073 bytes, found 2 and 0 bytes");
    BOOST_TEST(refusal(1) == "data_batch_1.bin: expected the end of the data after 1 images, found trailing bytes");
    BOOST_CHECK_EXCEPTION(load_cifar10(folder.string()), FileError, [](const FileError& error) {
        return std::string(error.what()).ends_with("expected 10000 images of 3073 bytes, found 2 and 0 bytes");
    });
    for (const int none : {0, -1}) BOOST_CHECK_THROW(load(none), kiln::SettingError);
}

BOOST_AUTO_TEST_CASE(cifar_refuses_truncated_files_and_trailing_bytes) {
    for (const std::string& name : names) {
        const std::string whole = file_of(2);
        BOOST_TEST(refusal_of(name, "") == name + ": expected data, found an empty file");
        for (const std::size_t length : {1, 3072, 3073, 3074, 6145})
            BOOST_TEST(refusal_of(name, whole.substr(0, length)) ==
                       name + ": truncated: expected 2 images of 3073 bytes, found " + std::to_string(length / 3073) +
                           " and " + std::to_string(length % 3073) + " bytes");
        BOOST_TEST(refusal_of(name, whole + '\0') ==
                   name + ": expected the end of the data after 2 images, found trailing bytes");
        write(name, whole);
    }
    std::filesystem::remove(file(names[0]));
    const std::string packed = gzip(file_of(0)), gz = names[0] + ".gz";
    BOOST_TEST(refusal_of(gz, packed.substr(0, packed.size() - 1)) ==
               gz + ": truncated: expected more gzip data, found the end of the file");
    BOOST_TEST(refusal_of(gz, gzip("")) == gz + ": truncated: expected 2 images of 3073 bytes, found 0 and 0 bytes");
}

BOOST_AUTO_TEST_CASE(cifar_refuses_labels_above_9) {
    for (const int label : {10, 99, 255}) {
        const std::string found = ": expected a label from 0 to 9, found " + std::to_string(label) + " in image ";
        BOOST_TEST(refusal_of(names[3], with_byte(file_of(3), 3073, label)) == names[3] + found + "1 (counted from 0)");
        BOOST_TEST(refusal_of(names[3], with_byte(file_of(3), 0, label)) == names[3] + found + "0 (counted from 0)");
    }
}

BOOST_AUTO_TEST_CASE(cifar_tells_of_other_files) {
    std::string tar = "cifar-10-batches-bin/" + std::string(257 - 21, '\0') + "ustar  ";
    tar.resize(10'240);
    const std::string unpack = ": expected images, found a tar archive; unpack it first";
    BOOST_TEST(refusal_of(names[1], tar) == names[1] + unpack);
    BOOST_TEST(refusal_of(names[1], gzip(tar)) == names[1] + unpack);
    BOOST_TEST(refusal_of(names[1], "\x80\x02}q\x01(U\x0b"
                                    "batch_labelq") ==
               names[1] + ": expected a label from 0 to 9, found a pickle, of the Python version; Kiln reads the "
                          "binary version, cifar-10-binary.tar.gz");
}

BOOST_AUTO_TEST_CASE(cifar_tells_of_missing_files_and_what_is_there_instead) {
    const std::string looked_for = ": expected this file, or the same with .gz, found ";
    for (const std::string& name : names) {
        std::filesystem::rename(file(name), file("elsewhere"));
        BOOST_TEST(refusal() == name + looked_for + "neither; is the folder right?");
        std::filesystem::rename(file("elsewhere"), file(name));
    }
    std::filesystem::remove(file(names[0]));
    write("cifar-10-binary.tar.gz", "");
    BOOST_TEST(refusal() == names[0] + looked_for + "cifar-10-binary.tar.gz; unpack it first");
    std::filesystem::create_directory(file("cifar-10-batches-bin"));
    BOOST_TEST(refusal() == names[0] + looked_for + "the folder cifar-10-batches-bin; are the files in there?");
    for (const char* python : {"cifar-10-python.tar.gz", "cifar-10-batches-py", "data_batch_1"}) {
        write(python, "");
        BOOST_TEST(refusal() == names[0] + looked_for + python +
                                    ", of the Python version; Kiln reads the binary version, cifar-10-binary.tar.gz");
    }
    std::filesystem::create_directory(file(names[0]));
    BOOST_TEST(refusal() == names[0] + ": expected a file, found a directory");
    BOOST_CHECK_EXCEPTION(load_cifar10("cifar-10-binary.tar.gz"), FileError, [](const FileError& error) {
        return std::string(error.what()) == "kiln: cifar-10-binary.tar.gz: expected the folder of the unpacked files, "
                                            "found an archive; unpack it first";
    });
}

BOOST_AUTO_TEST_SUITE_END()

// Any bytes either load, and are then the file, or are refused.
BOOST_FIXTURE_TEST_CASE(cifar_survives_damage, Files) {
    std::minstd_rand random(1);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    int accepted = 0;
    for (int trial = 0; trial < 600; ++trial) {
        const bool packed = trial % 2 == 0;
        std::string bytes = packed ? gzip(file_of(0)) : file_of(0);
        for (std::size_t change = 0; change <= below(3); ++change) {
            const std::size_t place = below(bytes.size());
            switch (below(4)) {
            case 0:
                bytes.resize(place + 1);
                break;
            case 1:
                bytes.insert(place, 1 + below(4), static_cast<char>(random()));
                break;
            default:
                bytes[below(3) == 0 ? place : place % 16] = static_cast<char>(random());
            }
        }
        write(names[0], bytes);
        try {
            const auto cifar = load();
            ++accepted;
            const std::string expected = packed ? file_of(0) : bytes;
            BOOST_TEST((pixels_of(cifar.train).substr(0, 6144) == expected.substr(1, 3072) + expected.substr(3074)));
        } catch (const FileError& error) {
            BOOST_TEST(std::string(error.what()).starts_with("kiln: " + file(names[0]) + ": "));
        }
    }
    BOOST_TEST(accepted > 30);
    BOOST_TEST(accepted < 400);
}

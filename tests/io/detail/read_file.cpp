// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.read_file
#include <kiln/io/detail/read_file.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

using kiln::io::InputFile;
using kiln::io::read_file;

BOOST_AUTO_TEST_CASE(files_of_any_size_are_read_whole) {
    const files::Folder folder;
    for (const std::size_t size : {0, 1, 65535, 65536, 65537, 1'000'000}) {
        std::string expected;
        for (std::size_t i = 0; i < size; ++i) expected += static_cast<char>(i * 7 + i / 256);
        files::write(folder.file("file"), expected);
        std::string content = "before";
        BOOST_TEST(read_file(folder.file("file"), content).message() == "");
        BOOST_TEST((content == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_pipe_is_read_to_its_end) {
    const files::Folder folder;
    const std::string path = folder.file("pipe"), expected(200'000, 'x');
    BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    std::thread writer([&] { files::write(path, expected); });
    std::string content;
    BOOST_TEST(read_file(path, content).message() == "");
    writer.join();
    BOOST_TEST((content == expected));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_one_clear_error) {
    const files::Folder folder;
    std::string content = "before";
    BOOST_TEST(read_file(folder.file("none"), content).message() ==
               "kiln: " + folder.file("none") + ": cannot be opened: No such file or directory");
    BOOST_TEST(content == "");
    BOOST_TEST(read_file("/", content).message() == "kiln: /: expected a file, found a directory");
}

BOOST_AUTO_TEST_CASE(what_the_judge_refuses_is_not_read_on) {
    const files::Folder folder;
    const std::string path = folder.file("file");
    files::write(path, "beginning" + std::string(100'000, 'x'));
    std::string content;
    const auto judge = [](std::string_view beginning, long long length, const std::string& name) {
        return beginning.starts_with("begin") ? kiln::Result()
                                              : kiln::Result::failure(name, std::to_string(length) + " bytes");
    };
    BOOST_TEST(read_file(path, content, judge).message() == "");
    BOOST_TEST(content.size() == 100'009u);
    files::write(path, std::string(100'000, 'x'));
    BOOST_TEST(read_file(path, content, judge).message() == "kiln: " + path + ": 100000 bytes");
    BOOST_TEST(content == "");
    // A file that never ends, and has no length.
    BOOST_TEST(read_file("/dev/zero", content, judge).message() == "kiln: /dev/zero: -1 bytes");
    std::error_code none;
    std::filesystem::resize_file(path, 100'000'000'000, none);  // without taking room on the disk
    if (!none) BOOST_TEST(read_file(path, content, judge).message() == "kiln: " + path + ": 100000000000 bytes");
}

BOOST_AUTO_TEST_CASE(any_bytes_of_a_file_are_read_without_the_others) {
    const files::Folder folder;
    const std::string path = folder.file("file"), none = folder.file("none");
    files::write(path, "0123456789");
    std::error_code sparse;
    std::filesystem::resize_file(path, 5'000'000'000, sparse);  // without taking room on the disk
    const long long size = sparse ? 10 : 5'000'000'000;
    InputFile file(path);
    BOOST_TEST(file.status().message() == "");
    BOOST_TEST(file.length() == size);
    std::string text = "before";
    BOOST_TEST(file.read(4, text, 3).message() == "");
    BOOST_TEST(text == "456");
    BOOST_TEST(file.read(size - 1, text, 1).message() == "");
    BOOST_TEST(file.read(size - 1, text, 2).message() == "kiln: " + path + ": became shorter while it was read");
    BOOST_TEST(file.read(0, text, text.max_size() + 1).message() == "kiln: " + path + ": out of memory");
    BOOST_TEST(file.read(0, text, 2).message() == "");
    BOOST_TEST(text == "01");
    BOOST_TEST(InputFile(none).status().message() == "kiln: " + none + ": cannot be opened: No such file or directory");
    for (const char* endless : {"/dev/zero", "/dev/null", "/"}) BOOST_TEST(InputFile(endless).length() == -1, endless);
}

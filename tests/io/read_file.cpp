// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.read_file
#include <kiln/io/read_file.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include <sys/stat.h>

#include <string>
#include <thread>

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

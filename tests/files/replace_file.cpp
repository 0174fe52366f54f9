// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE files.replace_file
#include <kiln/files/replace_file.hpp>

#include <boost/test/unit_test.hpp>

#include "io/folder.hpp"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using files::content;
using files::Folder;
using files::SmallDisk;
using kiln::replace_file;
namespace fs = std::filesystem;

namespace {

void write(const std::string& path, const std::string& text) { replace_file(path, text).or_throw(); }

std::string refusal(const std::string& path, const std::string& text = "new") {
    const kiln::Result result = replace_file(path, text);
    return result ? "written" : result.message();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_is_made_and_then_replaced) {
    const Folder folder;
    const std::string path = folder.file("report");
    const std::string first("a\0b\r\n", 5);
    write(path, first);
    BOOST_TEST(content(path) == first);
    write(path, "second");
    BOOST_TEST(content(path) == "second");
    write(path, "");
    BOOST_TEST(content(path) == "");
    BOOST_TEST(folder.entries() == 1);
}

BOOST_AUTO_TEST_CASE(a_path_without_a_folder_is_in_the_current_one) {
    const Folder folder;
    const fs::path before = fs::current_path();
    fs::current_path(folder.path);
    write("plain", "here");
    fs::current_path(before);
    BOOST_TEST(content(folder.file("plain")) == "here");
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_one_clear_error) {
    const Folder folder;
    const std::string path = folder.file("missing/report");
    BOOST_TEST(refusal(path) ==
               "kiln: " + path + ": cannot be written: No such file or directory; is its folder there?");
    BOOST_TEST(refusal("") == "kiln: : cannot be written: No such file or directory; is its folder there?");
}

BOOST_AUTO_TEST_CASE(a_folder_in_the_place_of_the_file_is_one_clear_error) {
    const Folder folder;
    BOOST_TEST(refusal(folder.path.string()) ==
               "kiln: " + folder.path.string() + ": cannot be written: Is a directory");
    write(folder.file("file"), "old");
    const std::string below = folder.file("file/report");
    BOOST_TEST(refusal(below) == "kiln: " + below + ": cannot be written: Not a directory");
    BOOST_TEST(content(folder.file("file")) == "old");
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file_and_no_other) {
    const Folder folder;
    const std::string path = folder.file("report");
    write(path, "old");
    {
        const SmallDisk disk(1000);
        BOOST_TEST(refusal(path, std::string(100'000, 'x')) == "kiln: " + path + ": cannot be written: File too large");
        BOOST_TEST(refusal(path, std::string(1001, 'x')) == "kiln: " + path + ": cannot be written: File too large");
        BOOST_TEST(refusal(path, std::string(1000, 'x')) == "written");
        write(path, "old");
    }
    BOOST_TEST(content(path) == "old");
    BOOST_TEST(folder.entries() == 1);
}

BOOST_AUTO_TEST_CASE(a_device_is_written_to_and_stays_a_device) {
    if (!fs::exists("/dev/full")) return;
    BOOST_TEST(refusal("/dev/full") == "kiln: /dev/full: cannot be written: No space left on device");
    BOOST_TEST(refusal("/dev/null") == "written");
    BOOST_TEST(fs::is_character_file("/dev/full"));
    BOOST_TEST(fs::is_character_file("/dev/null"));
}

// As `program > file` with a program that writes to /dev/stdout.
BOOST_AUTO_TEST_CASE(what_is_written_to_an_open_file_goes_to_its_end) {
    if (!fs::exists("/dev/fd")) return;
    const Folder folder;
    write(folder.file("log"), "before ");
    const int log = open(folder.file("log").c_str(), O_WRONLY | O_APPEND);
    BOOST_TEST(refusal("/dev/fd/" + std::to_string(log), "new ") == "written");
    BOOST_TEST(::write(log, "after", 5) == 5);
    close(log);
    BOOST_TEST(content(folder.file("log")) == "before new after");
    BOOST_TEST(folder.entries() == 1);
}

// A program whose output goes to a file: `program > log`.
BOOST_AUTO_TEST_CASE(what_is_written_to_stdout_stands_between_what_is_printed) {
    const Folder folder;
    const pid_t program = fork();
    if (program == 0) {
        if (std::freopen(folder.file("log").c_str(), "w", stdout) == nullptr) _exit(1);
        std::printf("earlier ");
        const bool done = static_cast<bool>(replace_file("/dev/stdout", "content "));
        std::printf("later");
        std::fflush(stdout);
        _exit(done ? 0 : 1);
    }
    int status = 1;
    waitpid(program, &status, 0);
    BOOST_TEST(status == 0);
    BOOST_TEST(content(folder.file("log")) == "earlier content later");
}

BOOST_AUTO_TEST_CASE(a_link_is_followed) {
    const Folder folder;
    fs::create_directory(folder.path / "there");
    fs::create_symlink("there/report", folder.path / "link");
    BOOST_TEST(refusal(folder.file("link"), "through") == "written");  // a link to nothing yet
    BOOST_TEST(content(folder.file("there/report")) == "through");
    BOOST_TEST(refusal(folder.file("link"), "again") == "written");
    BOOST_TEST(fs::is_symlink(folder.path / "link"));
    BOOST_TEST(content(folder.file("there/report")) == "again");
}

BOOST_AUTO_TEST_CASE(through_a_link_to_nothing_all_is_written_or_nothing) {
    const Folder folder;
    fs::create_directory(folder.path / "there");
    fs::create_symlink("there/report", folder.path / "link");
    {
        const SmallDisk disk(1000);
        BOOST_TEST(refusal(folder.file("link"), std::string(100'000, 'x')) ==
                   "kiln: " + folder.file("link") + ": cannot be written: File too large");
    }
    BOOST_TEST(fs::is_empty(folder.path / "there"));
    BOOST_TEST(fs::is_symlink(folder.path / "link"));
}

BOOST_AUTO_TEST_CASE(a_file_in_shared_memory_is_a_file) {
    if (!fs::is_directory("/dev/shm")) return;
    const std::string path = "/dev/shm/kiln-replace-" + std::to_string(getpid());
    write(path, "a longer first content");
    write(path, "second");
    BOOST_TEST(content(path) == "second");
    fs::remove(path);
}

BOOST_AUTO_TEST_CASE(owner_and_group_are_kept_where_that_is_allowed) {
    if (geteuid() != 0) return;  // only root may give files away
    const Folder folder;
    const std::string path = folder.file("report");
    write(path, "theirs");
    BOOST_REQUIRE(chown(path.c_str(), 1234, 2345) == 0);
    chmod(path.c_str(), 0640);
    write(path, "new");
    struct stat found {};
    stat(path.c_str(), &found);
    BOOST_TEST(found.st_uid == 1234u);
    BOOST_TEST(found.st_gid == 2345u);
    BOOST_TEST((found.st_mode & 07777) == 0640u);
}

BOOST_AUTO_TEST_CASE(permissions_are_those_of_the_old_file_or_the_usual_ones) {
    const Folder folder;
    const auto mode = [&](const char* name) {
        struct stat found {};
        stat(folder.file(name).c_str(), &found);
        return found.st_mode & 07777;
    };
    const mode_t mask = umask(027);
    write(folder.file("new"), "");
    umask(mask);
    BOOST_TEST(mode("new") == 0640u);
    chmod(folder.file("new").c_str(), 0606);
    write(folder.file("new"), "text");
    BOOST_TEST(mode("new") == 0606u);
}

BOOST_AUTO_TEST_CASE(a_write_protected_file_stays_as_it_is) {
    if (geteuid() == 0) return;  // nothing is protected from root
    const Folder folder;
    const std::string path = folder.file("report");
    write(path, "old");
    chmod(path.c_str(), 0444);
    BOOST_TEST(refusal(path) == "kiln: " + path + ": cannot be replaced: Permission denied");
    BOOST_TEST(content(path) == "old");
    chmod(folder.path.c_str(), 0555);
    const std::string other = folder.file("other");
    BOOST_TEST(refusal(other) == "kiln: " + other + ": cannot be written: Permission denied");
    chmod(folder.path.c_str(), 0755);
    BOOST_TEST(folder.entries() == 1);
}

BOOST_AUTO_TEST_CASE(what_somebody_else_is_writing_is_not_touched) {
    const Folder folder;
    const std::string part = folder.file("report.kiln-part0");
    write(part, "somebody's");
    const int somebody = open(part.c_str(), O_WRONLY);
    BOOST_REQUIRE(flock(somebody, LOCK_EX | LOCK_NB) == 0);
    write(folder.file("report"), "ours");
    close(somebody);
    BOOST_TEST(content(part) == "somebody's");
    BOOST_TEST(content(folder.file("report")) == "ours");
    BOOST_TEST(folder.entries() == 2);
}

BOOST_AUTO_TEST_CASE(what_a_killed_program_left_is_used_up) {
    const Folder folder;
    write(folder.file("report.kiln-part0"), "half of a longer content");
    write(folder.file("report"), "ours");
    BOOST_TEST(content(folder.file("report")) == "ours");
    BOOST_TEST(folder.entries() == 1);
}

BOOST_AUTO_TEST_CASE(programs_that_write_at_once_leave_one_whole_file) {
    const Folder folder;
    const std::string path = folder.file("report");
    std::vector<pid_t> writers;
    for (char letter = 'a'; letter < 'e'; ++letter) {
        writers.push_back(fork());
        if (writers.back() == 0) {
            bool done = true;
            for (int i = 0; i < 50; ++i) done = done && replace_file(path, std::string(5000, letter));
            _exit(done ? 0 : 1);
        }
    }
    for (const pid_t writer : writers) {
        int status = 1;
        waitpid(writer, &status, 0);
        BOOST_TEST(status == 0);
    }
    const std::string found = content(path);
    BOOST_TEST(found == std::string(5000, found.front()));
    BOOST_TEST(folder.entries() == 1);
}

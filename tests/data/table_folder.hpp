// SPDX-License-Identifier: BSL-1.0
#pragma once
// A new folder for the tests of readers of tables, and the readers' messages about a file in it.

#include <kiln/files/file_error.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

/// The folder is removed after the test.
struct TableFolder {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("kiln-test-csv-" + std::to_string(std::random_device{}()));
    TableFolder() { std::filesystem::create_directory(folder); }
    TableFolder(const TableFolder&) = delete;
    ~TableFolder() { std::filesystem::remove_all(folder); }

    std::string path() const { return (folder / "data.csv").string(); }
    std::string write(const std::string& bytes) const {
        std::ofstream(path(), std::ios::binary) << bytes;
        return path();
    }

    /// The cause of the error that reading throws.
    std::string cause(auto read) const {
        try {
            read();
        } catch (const kiln::FileError& error) {
            const std::string start = "kiln: " + path() + ": ", message = error.what();
            BOOST_TEST(message.starts_with(start));
            return message.substr(start.size());
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return "accepted";
    }
};

template <class Data>
std::vector<int> labels_of(const Data& data) {
    std::vector<int> list;
    for (int i = 0; i < data.size(); ++i) list.push_back(data.label(i));
    return list;
}

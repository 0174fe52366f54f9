// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE files.file_error
#include <kiln/files/file_error.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>

using kiln::FileError;

static_assert(std::is_base_of_v<std::runtime_error, FileError>);

BOOST_AUTO_TEST_CASE(file_error_names_the_file_and_the_cause) {
    const FileError error("folder/weights.bin", "tensor 0.weight: expected 80 floats, found 79");
    BOOST_TEST(error.what() == std::string("kiln: folder/weights.bin: tensor 0.weight: expected 80 floats, found 79"));
}

// SPDX-License-Identifier: BSL-1.0
// needs: nlohmann/json.hpp
#define BOOST_TEST_MODULE io.keras_corpus
#include <boost/test/unit_test.hpp>

#include "../fuzz/corpus.hpp"
#include "../fuzz/keras.cpp"
#include "folder.hpp"

#include <filesystem>

BOOST_AUTO_TEST_CASE(each_file_of_the_corpus_is_good) {
    for (const auto& entry : std::filesystem::directory_iterator("tests/fuzz/corpus/keras")) {
        const int before = fuzz::files_read;
        fuzz::run(files::content(entry.path()));
        BOOST_TEST(fuzz::files_read == before + 1, entry.path() << " is refused");
    }
}

BOOST_AUTO_TEST_CASE(models_survive_the_fuzzing_corpus_and_its_mutations) {
    BOOST_TEST(fuzz::run_corpus("tests/fuzz/corpus/keras") == 6);
}

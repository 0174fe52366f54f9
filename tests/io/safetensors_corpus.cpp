// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.safetensors_corpus
#include <boost/test/unit_test.hpp>

#include "../fuzz/corpus.hpp"
#include "../fuzz/safetensors.cpp"

BOOST_AUTO_TEST_CASE(safetensors_survive_the_fuzzing_corpus_and_its_mutations) {
    BOOST_TEST(fuzz::run_corpus("tests/fuzz/corpus/safetensors") >= 20);
}

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.checkpoint_corpus
#include <boost/test/unit_test.hpp>

#include "../fuzz/checkpoint.cpp"
#include "../fuzz/corpus.hpp"

BOOST_AUTO_TEST_CASE(trainings_survive_the_fuzzing_corpus_and_its_mutations) {
    BOOST_TEST(fuzz::run_corpus("tests/fuzz/corpus/checkpoint") >= 4);
}

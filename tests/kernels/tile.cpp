// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.tile
#include <kiln/kernels/tile.hpp>

#include <boost/test/unit_test.hpp>

using namespace kiln;
using namespace kiln::kernels;

BOOST_AUTO_TEST_CASE(choose_tile_fits_into_the_registers) {
    for (const int outer : {1, 2, 3, 7, 8, 10, 16, 37, 64, 512})
        for (const int inner : {1, 2, 3, 5, 26, 224})
            for (const int vectors : {1, 2, 4})
                for (const int steps : {1, 9, 27, 4608}) {
                    const Tile tile = choose_tile(outer, inner, vectors, steps);
                    BOOST_TEST(tile.outer >= 1);
                    BOOST_TEST(tile.inner >= 1);
                    BOOST_TEST(tile.outer <= outer);
                    BOOST_TEST(tile.inner <= inner);
                    const int sums = tile.outer * tile.inner * vectors,
                              operands = (tile.inner + 1) * vectors + product_registers;
                    BOOST_TEST(((tile.outer == 1 && tile.inner == 1) || sums + operands <= native_registers));
                }
}

BOOST_AUTO_TEST_CASE(choose_tile_takes_several_sums_where_there_are_several) {
    // One sum at a time would wait for every multiply-add to finish.
    for (const int outer : {8, 16, 64}) {
        const Tile tile = choose_tile(outer, 26, 1, 72);
        BOOST_TEST(tile.outer * tile.inner >= 6);
    }
}

BOOST_AUTO_TEST_CASE(choose_block_prefers_a_divisor_and_is_never_empty) {
    BOOST_TEST(choose_block(10, 24) == 10);
    BOOST_TEST(choose_block(32, 24) == 16);
    BOOST_TEST(choose_block(37, 24) == 24);    // prime
    BOOST_TEST(choose_block(1000, 24) == 24);  // a remainder hardly matters
    BOOST_TEST(choose_block(7, 0) == 1);       // where not even one sum fits
}

BOOST_AUTO_TEST_CASE(one_pointer_is_the_same_pointer) {
    float numbers[2] = {1, 2};
    BOOST_TEST(one_pointer(numbers + 1) == numbers + 1);
    constexpr bool in_constants = [] {
        const int digits[2] = {3, 4};
        return *one_pointer(digits + 1) == 4;
    }();
    static_assert(in_constants);
}

static_assert(vectors_in<float> == 1 && vectors_in<Lanes<float, 4 * native_lanes>> == 4);

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.detail.record_arithmetic
#include <kiln/train/detail/record_arithmetic.hpp>

#include <boost/test/unit_test.hpp>

#include "train/random_record.hpp"

#include <array>

using namespace kiln;
using namespace kiln::laws;

BOOST_AUTO_TEST_CASE(shards_cover_every_element_once_and_end_with_whole_vectors) {
    float values[1000];
    for (const int count : {1, 15, 16, 17, 100, 999, 1000})
        for (const int of : {1, 2, 3, 7}) {
            float* expected = values;
            for (int index = 0; index < of; ++index) {
                const Slice<float> part = Shard{index, of}(Slice<float>{values, Extents{count}, count});
                BOOST_TEST(part.data == expected);
                BOOST_TEST((index + 1 == of || part.count % native_lanes == 0));
                expected += part.count;
            }
            BOOST_TEST(expected == values + count);
        }
}

BOOST_AUTO_TEST_CASE(add_sums_terms_in_their_order) {
    const Record before = random_record(11);
    const std::array<Record, 3> terms{random_record(12), random_record(13), random_record(14)};
    for (const int count : {0, 2, 3})
        for (const int parts : {1, 2}) {
            Record sum = before, expected = before;
            for (int index = 0; index < parts; ++index)
                add(sum, std::array{&terms[0], &terms[1], &terms[2]}, count, Shard{index, parts});
            const auto to = tensors<float>(expected);
            for (std::size_t k = 0; k < to.size(); ++k)
                for (int i = 0; i < to[k].count; ++i)
                    for (int t = 0; t < count; ++t)
                        to[k].data[i] += tensors<const float>(terms[static_cast<std::size_t>(t)])[k].data[i];
            BOOST_TEST(same_record(sum, expected));
        }
}

// SPDX-License-Identifier: BSL-1.0
#pragma once
// A network that is trained while compiling has the same parameters, bit for bit, as one that is trained at run time,
// at every level of optimisation, as long as the compiler does not contract a * b + c.

#include <kiln/core/record.hpp>

#include <boost/test/unit_test.hpp>

#include "train/xor_training.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

using namespace kiln;
using namespace kiln::laws;

namespace {

std::vector<std::uint32_t> bits_of(const XorTraining& run) {
    std::vector<std::uint32_t> bits{std::bit_cast<std::uint32_t>(run.first_loss),
                                    std::bit_cast<std::uint32_t>(run.last_loss)};
    for (const auto& tensor : tensors<const float>(run.model.parameters()))
        for (const float value : tensor) bits.push_back(std::bit_cast<std::uint32_t>(value));
    return bits;
}

volatile std::uint64_t run_time_seed = xor_seed;  // the optimiser does not know it

void check_bits(const XorTraining& constant, const XorTraining& at_run_time, const XorTraining& other) {
    const auto expected = bits_of(constant), found = bits_of(at_run_time);
    BOOST_TEST(static_cast<long long>(expected.size()) == 2 + Xor::parameter_count);
    BOOST_TEST(found == expected, boost::test_tools::per_element());
    BOOST_TEST(bits_of(other) != expected);  // another seed: there is something to compare
    BOOST_TEST(knows_xor(at_run_time.model));
}

}  // namespace

using Elements = std::tuple<float, Lanes<float, 4>>;
BOOST_AUTO_TEST_CASE_TEMPLATE(sgd_learns_the_same_bits_in_a_constant, E, Elements) {
    static constexpr XorTraining constant = train_xor_by_sgd<E>(xor_seed);
    check_bits(constant, train_xor_by_sgd<E>(run_time_seed), train_xor_by_sgd<E>(run_time_seed + 1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(adam_learns_the_same_bits_in_a_constant, E, Elements) {
    static constexpr XorTraining constant = train_xor_by_adam<E>(xor_seed);
    check_bits(constant, train_xor_by_adam<E>(run_time_seed), train_xor_by_adam<E>(run_time_seed + 1));
}

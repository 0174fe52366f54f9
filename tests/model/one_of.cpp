// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE model.one_of
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/one_of.hpp>
#include <kiln/nets/sequential.hpp>

#include <boost/test/unit_test.hpp>

#include "allocations.hpp"

#include <type_traits>
#include <vector>

using namespace kiln;

namespace {

using In = Shape<3>;
using Small = Model<Linear<3, 2>, In>;
using Large = Model<Sequential<Linear<3, 40>, Tanh, Linear<40, 2>>, In>;
using Net = OneOf<Small, Large>;

static_assert(Net::count == 2 && std::is_same_v<Net::Model<1>, Large>);
static_assert(std::is_same_v<Net::Input, In> && std::is_same_v<Net::Output, Shape<2>>);
static_assert(sizeof(Net) <= sizeof(Large) + alignof(Large));
static_assert(!std::is_constructible_v<Net, Model<Linear<3, 2, Bias::none>, In>>);

const Tensor<float, In> x{1, -2, 3};

}  // namespace

BOOST_AUTO_TEST_CASE(one_of_begins_with_the_first_model_of_zeros) {
    const Net net;
    BOOST_TEST(net.index() == 0);
    BOOST_TEST((net.predict(x) == Tensor<float, Shape<2>>{}));
    BOOST_TEST(net.get_if<Large>() == nullptr);
}

BOOST_AUTO_TEST_CASE(one_of_is_the_model_that_it_was_given) {
    const Small small{Seed{1}};
    const Large large{Seed{2}};
    Net net = large;
    BOOST_TEST(net.index() == 1);
    BOOST_TEST((net.predict(x) == large.predict(x)));
    net.get_if<Large>()->initialize(Seed{3});
    BOOST_TEST((net.predict(x) == Large{Seed{3}}.predict(x)));
    net = small;
    BOOST_TEST(net.index() == 0);
    BOOST_TEST((net.predict(x) == small.predict(x)));
    BOOST_TEST(net.visit([](auto& model) { return model.parameter_count; }) == 8);

    const std::vector<Tensor<float, In>> in{x, {4, 5, 6}};
    std::vector<Tensor<float, Shape<2>>> out(2), expected(2);
    net.predict(in, out);
    small.predict(in, expected);
    BOOST_TEST((out == expected));
    BOOST_TEST(out[0][0] != 0);
}

BOOST_AUTO_TEST_CASE(one_of_allocates_nothing) {
    const Small small{Seed{1}};
    const Large large{Seed{2}};
    Net net;
    const int before = allocations;
    float sum = 0;
    for (int i = 0; i < 3; ++i) {
        net = large;
        sum += net.predict(x)[0];
        net = small;
        sum += net.predict(x)[1];
    }
    BOOST_TEST(allocations == before);
    BOOST_TEST(sum != 0);
}

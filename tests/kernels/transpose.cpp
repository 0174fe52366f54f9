// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.transpose
#include <kiln/kernels/transpose.hpp>

#include <boost/test/unit_test.hpp>

using namespace kiln;

namespace {

template <class T, int L>
constexpr bool transposes() {
    Lanes<T, L> from[L], to[L], back[L];
    for (int r = 0; r < L; ++r)
        for (int c = 0; c < L; ++c) from[r].v[c] = static_cast<T>(r * L + c);
    kernels::transpose(from, to);
    kernels::transpose(to, back);
    for (int r = 0; r < L; ++r)
        for (int c = 0; c < L; ++c)
            if (to[c].v[r] != from[r].v[c] || back[r].v[c] != from[r].v[c]) return false;
    return true;
}
static_assert(transposes<float, 4>() && transposes<double, 2>());

}  // namespace

BOOST_AUTO_TEST_CASE(transpose_swaps_lanes_and_packs) {
    BOOST_TEST((transposes<float, 2>()));
    BOOST_TEST((transposes<float, 4>()));
    BOOST_TEST((transposes<float, 8>()));
    BOOST_TEST((transposes<float, 16>()));
    BOOST_TEST((transposes<float, 32>()));  // wider than any machine's vectors
    BOOST_TEST((transposes<double, 4>()));
    BOOST_TEST((transposes<double, 16>()));
}

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.pack
#include <kiln/kernels/pack.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <type_traits>

using namespace kiln;
using namespace kiln::kernels;

namespace {
/// Whether the packs of a row cover it, each within it.
template <class E, int Length>
bool packs_cover_a_row() {
    std::set<int> covered;
    for (int k = 0; k < packs_in<E, Length>; ++k)
        for (int i = 0; i < pack_step<E, Length>; ++i) covered.insert(pack_start<E, Length>(k) + i);
    return static_cast<int>(covered.size()) == Length && *covered.begin() == 0 && *covered.rbegin() == Length - 1;
}
template <class E, int... Length>
bool packs_cover_rows() {
    return (packs_cover_a_row<E, Length>() && ...);
}
}  // namespace

BOOST_AUTO_TEST_CASE(packs_cover_a_row_and_never_reach_beyond_it) {
    BOOST_TEST((packs_cover_rows<float, 1, 2, 3, 4, 5, 7, 8, 11, 13, 15, 16, 17, 26, 31, 32, 33, 69>()));
    BOOST_TEST((packs_cover_rows<double, 1, 2, 3, 17>()));
    BOOST_TEST((packs_cover_rows<Lanes<float, 8>, 1, 2, 17>()));
}

BOOST_AUTO_TEST_CASE(neighbouring_doubles_are_packs_too) {
    static_assert(std::is_same_v<neighbours_t<float, 26>, pack_t<float, 26>>);
    static_assert(std::is_same_v<neighbours_t<Lanes<float, 8>, 26>, Lanes<float, 8>>);
    static_assert(std::is_same_v<neighbours_t<double, 1>, double> && neighbours_step<double, 1> == 1);
    static_assert(std::is_same_v<neighbours_t<double, 3>, Lanes<double, 2>> || native_bytes < 16);
    BOOST_TEST((width<neighbours_t<double, 100>> * 8 <= (native_bytes < 8 ? 8 : native_bytes)));
    BOOST_TEST((neighbours_step<double, 100> == width<neighbours_t<double, 100>>));
}

BOOST_AUTO_TEST_CASE(load_and_store_move_every_element) {
    float numbers[16], copy[8] = {};
    for (int i = 0; i < 16; ++i) numbers[i] = static_cast<float>(i);
    using Pack = Lanes<float, 4>;
    const auto pack = load<Pack>(numbers + 3);
    store(pack, copy + 1);
    const auto apart = load<Pack, 3>(numbers + 1);
    for (int l = 0; l < 4; ++l) {
        BOOST_TEST(pack.v[l] == static_cast<float>(3 + l));
        BOOST_TEST(copy[1 + l] == static_cast<float>(3 + l));
        BOOST_TEST(apart.v[l] == static_cast<float>(1 + 3 * l));
    }
    BOOST_TEST(copy[0] == 0.0f);
    BOOST_TEST(copy[5] == 0.0f);
    BOOST_TEST((load<float, 2>(numbers + 7)) == 7.0f);
}

// An element that is a pack already is taken as it is, and so is a lone float.
static_assert(std::is_same_v<pack_t<Lanes<float, 16>, 26>, Lanes<float, 16>>);
static_assert(std::is_same_v<pack_t<float, 1>, float> && std::is_same_v<pack_t<double, 26>, double>);

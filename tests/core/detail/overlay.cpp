// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.detail.overlay
#include <kiln/core/detail/overlay.hpp>
#include <kiln/core/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <type_traits>

using namespace kiln;

namespace {

using Small = Tensor<float, Shape<4>>;
using Large = Tensor<float, Shape<40>>;
struct Empty {};

/// A small and a large value that share their first bytes, an empty one, and a small one behind the large.
struct Layout {
    static constexpr std::size_t bytes = 256;
    static constexpr std::array<std::size_t, 4> offset{0, 0, 0, 192};
};
using Shared = Overlay<Layout, Small, Large, Empty, Small>;

static_assert(Shared::bytes == 256 && sizeof(Shared) == 256 && alignof(Shared) == 64);
static_assert(!std::is_copy_constructible_v<Shared> && !std::is_copy_assignable_v<Shared>);
static_assert(std::is_same_v<decltype(std::declval<Shared&>().get<1>()), Large&>);

// In a constant expression values lie apart.
static_assert([] {
    Shared shared;
    for (float& value : shared.get<0>()) value = 1;
    for (float& value : shared.get<1>()) value = 2;
    for (float& value : shared.get<3>()) value = 3;
    return shared.get<0>()[3] == 1 && shared.get<1>()[39] == 2 && shared.get<3>()[0] == 3;
}());

std::uintptr_t address(const auto& value) { return reinterpret_cast<std::uintptr_t>(&value); }

}  // namespace

BOOST_AUTO_TEST_CASE(values_lie_at_the_offsets_of_the_layout) {
    Shared shared;
    const std::uintptr_t start = address(shared);
    BOOST_TEST(address(shared.get<0>()) == start);
    BOOST_TEST(address(shared.get<1>()) == start);
    BOOST_TEST(address(shared.get<3>()) == start + 192);
    BOOST_TEST(start % 64 == 0u);
}

BOOST_AUTO_TEST_CASE(values_that_are_alive_together_do_not_disturb_each_other) {
    Shared shared;
    for (float& value : shared.get<1>()) value = 2;
    for (float& value : shared.get<3>()) value = 3;
    for (const float value : shared.get<1>()) BOOST_TEST(value == 2.0f);
    for (float& value : shared.get<1>()) value = 4;
    for (const float value : shared.get<3>()) BOOST_TEST(value == 3.0f);
}

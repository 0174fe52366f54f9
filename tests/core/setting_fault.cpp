// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.setting_fault
#include <kiln/core/setting_fault.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string_view>

using namespace kiln;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
constexpr bool fits(const SettingFault& fault) { return fault.name == nullptr; }

struct Silent {};
struct Speaking {
    double a = 0, b = 0;
    constexpr SettingFault fault() const { return first_fault("Speaking", {from_0("a", a), above_0("b", b)}); }
};

static_assert(fits(from_0("x", 0)) && fits(from_0("x", 1e30)));
static_assert(!fits(from_0("x", -1e-30)) && !fits(from_0("x", nan)) && !fits(from_0("x", infinity)));
static_assert(fits(above_0("x", 1e-30)) && !fits(above_0("x", 0)) && !fits(above_0("x", infinity)));
static_assert(fits(from_0_to_1("x", 0)) && fits(from_0_to_1("x", 1)) && !fits(from_0_to_1("x", 1.001)));
static_assert(!fits(from_0_to_1("x", nan)) && !fits(from_0_to_1("x", -0.001)));
static_assert(fits(from_0_below_1("x", 0)) && !fits(from_0_below_1("x", 1)) && !fits(from_0_below_1("x", nan)));
static_assert(fits(at_least(1, "x", 1)) && !fits(at_least(1, "x", 0)) && !fits(at_least(0, "x", -1)));
static_assert(fits(fault_of(Silent{})) && fits(fault_of(Speaking{.b = 1})));

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_fault_says_whose_it_is) {
    const SettingFault fault = fault_of(Speaking{.a = -2});
    BOOST_TEST(std::string_view(fault.of) == "Speaking");
    BOOST_TEST(std::string_view(fault.name) == "a");
    BOOST_TEST(std::string_view(fault.range) == "at least 0 and finite");
    BOOST_TEST(fault.value == -2);
}

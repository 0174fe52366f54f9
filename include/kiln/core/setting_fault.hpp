// SPDX-License-Identifier: BSL-1.0
#pragma once
// Settings of losses, optimizers and schedules that are out of their range. A type may report them by
//
//     constexpr SettingFault fault() const {
//         return first_fault("SGD", {from_0("learning_rate", learning_rate), from_0_below_1("momentum", momentum)});
//     }
//
// and is then refused before the first step. NaN is out of every range.

#include <kiln/core/target.hpp>

#include <concepts>
#include <initializer_list>

namespace kiln::inline KILN_TARGET {

/// A setting out of its range, the range, and the value; without a name there is no fault.
struct SettingFault {
    const char* name = nullptr;
    const char* range = "";
    double value = 0;
    const char* of = "";  ///< the name of the setting's owner
};

/// The first fault among the settings of `of`; none if all are within their ranges.
constexpr SettingFault first_fault(const char* of, std::initializer_list<SettingFault> faults) {
    for (const SettingFault& fault : faults)
        if (fault.name != nullptr) return {fault.name, fault.range, fault.value, of};
    return {};
}

/// A setting's value as a double; a double holds every setting exactly.
struct SettingValue {
    double value;

    constexpr SettingValue(double x) : value(x) {}
    constexpr SettingValue(float x) : value(static_cast<double>(x)) {}
    constexpr SettingValue(int x) : value(x) {}
};

/// The fault of a setting that does not lie `within` a range; none if it does.
constexpr SettingFault fault_unless(bool within, const char* name, const char* range, SettingValue x) {
    return within ? SettingFault{} : SettingFault{name, range, x.value};
}
constexpr SettingFault from_0(const char* name, SettingValue x) {
    return fault_unless(0 <= x.value && x.value <= 0x1.fffffep127, name, "at least 0 and finite", x);
}
constexpr SettingFault above_0(const char* name, SettingValue x) {
    return fault_unless(0 < x.value && x.value <= 0x1.fffffep127, name, "above 0 and finite", x);
}
constexpr SettingFault from_0_to_1(const char* name, SettingValue x) {
    return fault_unless(0 <= x.value && x.value <= 1, name, "from 0 to 1", x);
}
constexpr SettingFault from_0_below_1(const char* name, SettingValue x) {
    return fault_unless(0 <= x.value && x.value < 1, name, "at least 0 and below 1", x);
}
constexpr SettingFault at_least(long long least, const char* name, long long value) {
    return fault_unless(value >= least, name, least == 0 ? "at least 0" : "at least 1", static_cast<double>(value));
}

/// The fault of a loss, an optimizer, a schedule or an augmentation; none if the type has no `fault`.
constexpr SettingFault fault_of(const auto& settings) {
    if constexpr (requires {
                      { settings.fault() } -> std::same_as<SettingFault>;
                  })
        return settings.fault();
    else
        return {};
}

}  // namespace kiln::inline KILN_TARGET

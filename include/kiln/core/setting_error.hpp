// SPDX-License-Identifier: BSL-1.0
#pragma once
// Refuses settings out of their range (core/setting_fault.hpp): by an exception; in a constant expression by an error
// of the compiler; without exceptions by a precondition, which debug builds check. Nothing here needs an operating
// system.

#include <kiln/core/expects.hpp>
#include <kiln/core/setting_fault.hpp>

#include <exception>

namespace kiln::inline KILN_TARGET {

#ifdef __cpp_exceptions
/// A setting is out of its range; `what()` names the owner, the setting, the range and the value.
class SettingError : public std::exception {
  public:
    explicit SettingError(const SettingFault& fault) {
        __builtin_snprintf(text_, sizeof text_, "kiln: %s needs %s %s, got %g", fault.of, fault.name, fault.range,
                           fault.value);
    }
    const char* what() const noexcept override { return text_; }

  private:
    char text_[256] = "";
};
#endif

namespace detail {

#ifdef __cpp_exceptions
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_setting(const SettingFault& fault) {
    throw SettingError(fault);
}
#endif

template <class Settings>
constexpr void require_in_range(const Settings& settings) {
    [[maybe_unused]] const SettingFault fault = fault_of(settings);
#ifdef __cpp_exceptions
    if (fault.name != nullptr) refuse_setting(fault);
#else
    KILN_EXPECTS(fault.name == nullptr);
#endif
}

}  // namespace detail
}  // namespace kiln::inline KILN_TARGET

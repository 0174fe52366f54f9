// SPDX-License-Identifier: BSL-1.0
#pragma once
// The message of an exception that a call must throw.

#include <stdexcept>
#include <string>

/// The message of the Error that action() throws; "accepted" if it throws nothing. Other exceptions pass through.
template <class Error = std::invalid_argument>
std::string refusal(auto&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

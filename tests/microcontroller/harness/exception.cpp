// SPDX-License-Identifier: BSL-1.0
#include <string_view>
char character(std::string_view text, unsigned place) { return text.at(place); }

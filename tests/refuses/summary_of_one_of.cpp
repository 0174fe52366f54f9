// SPDX-License-Identifier: BSL-1.0
// expects: summary needs a Model, got a OneOf; try one of its models
#include <kiln.hpp>
#include "one_of.hpp"
constexpr auto table = summary<Net>();
int main() { return table.rows.size() == 1 ? 0 : 1; }

// SPDX-License-Identifier: BSL-1.0
#include <iostream>
void print() { std::cout << 1; }

// SPDX-License-Identifier: BSL-1.0
// flags: -std=c++17
// expects: needs C++20, got an older standard
// expects: try -std=c++20
#include <kiln/train/trainer.hpp>

int main() {}

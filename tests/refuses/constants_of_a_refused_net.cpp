// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<1>, Linear<100, 10>, expects<elements<100>>, got<Shape<128>>, try_this<Linear<128, 10>>>
#include <kiln.hpp>

#include <iostream>
#ifdef REPAIRED
using Last = kiln::Linear<128, 10>;
#else
using Last = kiln::Linear<100, 10>;
#endif
using Digits = kiln::Model<kiln::Sequential<kiln::Linear<784, 128>, Last>, kiln::Shape<784>>;
static_assert(Digits::parameter_bytes / 1024 < 400 && 2 * Digits::multiply_adds == 203'264);
using Trainer = kiln::Trainer<Digits, kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>>;
static_assert(Digits::parameter_count - 1770 == 100'000 && Trainer::workspace_bytes > 60'000);
constexpr long long bytes = Digits::parameter_bytes + Digits::inference_bytes;
int main() { std::cout << kiln::summary<Digits>() << bytes << Digits::parameter_count << 1.0 * Digits::multiply_adds; }

// SPDX-License-Identifier: BSL-1.0
// expects: kiln: a checkpoint needs an optimizer that remembers what it has observed, got one that forgets it
// expects: a member remember(visit)
#include <kiln.hpp>
struct Halving {
    double now = 1;
    constexpr double factor(long long) const { return now; }
    constexpr void observe(float) { now /= 2; }
#ifdef REPAIRED
    constexpr void remember(auto visit) { visit(now, "now"); }
#endif
};
using Net = kiln::Model<kiln::Linear<2, 1>, kiln::Shape<2>>;
using Rate = kiln::Scheduled<kiln::SGD, Halving>;
using Training = kiln::Trainer<Net, kiln::MeanSquaredError, Rate, kiln::Batch<4>>;
bool keep(const Training& trainer) { return static_cast<bool>(kiln::io::save_checkpoint(trainer, "file")); }

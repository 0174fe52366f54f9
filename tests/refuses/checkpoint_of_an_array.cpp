// SPDX-License-Identifier: BSL-1.0
// expects: kiln: a checkpoint needs an optimizer that remembers numbers only
// expects: got another; try default values and a constexpr remember(visit) that visits the numbers of an array or a class one by one
#include <kiln.hpp>
struct Halving {
    double last[1] = {1};
    constexpr double factor(long long) const { return last[0]; }
    constexpr void observe(float) { last[0] /= 2; }
#ifdef REPAIRED
    constexpr void remember(auto visit) { visit(last[0], "last"); }
#else
    constexpr void remember(auto visit) { visit(last, "last"); }
#endif
};
using Net = kiln::Model<kiln::Linear<2, 1>, kiln::Shape<2>>;
using Rate = kiln::Scheduled<kiln::SGD, Halving>;
using Training = kiln::Trainer<Net, kiln::MeanSquaredError, Rate, kiln::Batch<4>>;
bool keep(const Training& trainer) { return static_cast<bool>(kiln::io::save_checkpoint(trainer, "file")); }

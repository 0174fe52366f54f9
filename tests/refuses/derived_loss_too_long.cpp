// SPDX-License-Identifier: BSL-1.0
// expects: kiln: a derived loss needs at most MOST operations, got more; try an expression (kiln::ExpressedLoss), or DerivedLoss<L, MOST>
#include <kiln.hpp>

#ifdef REPAIRED
struct Sum : kiln::DerivedLoss<Sum, 600> {
#else
struct Sum : kiln::DerivedLoss<Sum> {
#endif
    template <class E, class Out>
    constexpr E value(const kiln::Tensor<E, Out>& y, const auto&) const {
        E sum(0);
        for (const E& output : y) sum += output;
        return sum;
    }
};
float sum(const kiln::Tensor<float, kiln::Shape<600>>& y, kiln::Tensor<float, kiln::Shape<600>> dy) {
    return Sum{}(y, y, 1.0f, dy);
}

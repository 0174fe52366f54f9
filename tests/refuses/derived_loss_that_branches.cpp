// SPDX-License-Identifier: BSL-1.0
// expects: kiln: a derived loss needs the same operations for all values, got a branch on a comparison; try kiln::math::select(a > b, c, d)
#include <kiln.hpp>

struct Lack : kiln::DerivedLoss<Lack> {
    template <class E, class Out>
    constexpr E value(const kiln::Tensor<E, Out>& y, const kiln::Tensor<E, Out>& target) const {
#ifdef REPAIRED
        return kiln::math::select(y[0] < target[0], target[0] - y[0], 0);
#else
        return y[0] < target[0] ? target[0] - y[0] : E(0);
#endif
    }
};
float lack(const kiln::Tensor<float, kiln::Shape<1>>& y, kiln::Tensor<float, kiln::Shape<1>> dy) {
    return Lack{}(y, y, 1.0f, dy);
}

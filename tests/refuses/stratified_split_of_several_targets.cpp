// SPDX-License-Identifier: BSL-1.0
// expects: stratified_split needs targets that are labels, got others
// expects: stratified_split<0>(data, 0.25) for label 0 of several targets
#include <kiln.hpp>
#include <kiln/data/split.hpp>
using namespace kiln;
using Truth = SeveralTargets<int, Tensor<float, Shape<2>>>;
int main() {
    const data::Dataset<Shape<3>, float, Truth> data({}, {});
#ifdef REPAIRED
    return data::stratified_split<0>(data, 0.25).train.size();
#else
    return data::stratified_split(data, 0.25).train.size();
#endif
}

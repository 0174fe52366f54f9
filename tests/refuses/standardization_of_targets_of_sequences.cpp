// SPDX-License-Identifier: BSL-1.0
// expects: standardization_of_targets needs samples that all have the frames of their shape, got lengths
#include <kiln.hpp>
using namespace kiln;
using Track = Tensor<float, Shape<4, 1>>;
#ifdef REPAIRED
using Data = data::Dataset<Shape<4, 1>, float, Track>;
#else
using Data = data::Sequences<Shape<4, 1>, float, Track>;
#endif
auto fitted(const Data& data) { return data::standardization_of_targets(data); }

// SPDX-License-Identifier: BSL-1.0
// expects: whitening needs samples that all have the frames of their shape, got lengths
#include <kiln/data/sequences.hpp>
#include <kiln/data/whiten.hpp>
using namespace kiln;
#ifdef REPAIRED
using Data = data::Dataset<Shape<4, 1>, float>;
#else
using Data = data::Sequences<Shape<4, 1>, float>;
#endif
auto fitted(const Data& data) { return data::whitening(data); }

// SPDX-License-Identifier: BSL-1.0
// A hundred layers of different types; only the shapes are computed.
#include <kiln/layers/activation.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <utility>

template <int... Is>
kiln::Sequential<kiln::Linear<10 + Is, 11 + Is>...> chain(std::integer_sequence<int, Is...>);

using Net = decltype(chain(std::make_integer_sequence<int, 100>()));
static_assert(std::is_same_v<kiln::Model<Net, kiln::Shape<10>>::Output, kiln::Shape<110>>);

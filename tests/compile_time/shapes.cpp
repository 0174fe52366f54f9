// SPDX-License-Identifier: BSL-1.0
// The shapes of valid networks: LeNet, a small VGG, nests, strides and paddings, a hundred layers.

#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/model/model.hpp>
#include <kiln/nets/sequential.hpp>

#include <type_traits>
#include <utility>

using namespace kiln;

namespace {

template <class Net, class In>
inline constexpr bool fits = std::is_same_v<decltype(verdict<Net, In>()), shapes_fit>;

template <class Net, class In, class Out>
inline constexpr bool maps = fits<Net, In>&& std::is_same_v<output_t<Net, In>, Out>;

// ---- One layer ----

using Photo = Shape<3, 32, 48>;
static_assert(maps<Conv<3, 8, 3>, Photo, Shape<8, 30, 46>>);
static_assert(maps<Conv<3, 8, 3, 1, 1>, Photo, Shape<8, 32, 48>>);
static_assert(maps<Conv<3, 8, 3, 2, 1>, Photo, Shape<8, 16, 24>>);
static_assert(maps<Conv<3, 8, 5, 2>, Photo, Shape<8, 14, 22>>);
static_assert(maps<Conv<3, 8, 4, 3, 2>, Photo, Shape<8, 11, 17>>);  // the last columns fill no window
static_assert(maps<Conv<3, 8, 1>, Photo, Shape<8, 32, 48>>);
static_assert(maps<Conv<3, 8, 32>, Photo, Shape<8, 1, 17>>);
static_assert(maps<Conv<3, 8, 36, 1, 2>, Photo, Shape<8, 1, 17>>);
static_assert(maps<Pool<2>, Photo, Shape<3, 16, 24>>);
static_assert(maps<Pool<3>, Photo, Shape<3, 10, 16>>);
static_assert(maps<Pool<3, 2>, Photo, Shape<3, 15, 23>>);
static_assert(maps<Pool<32>, Photo, Shape<3, 1, 1>>);
static_assert(maps<Linear<3 * 32 * 48, 10>, Photo, Shape<10>>);
static_assert(maps<Linear<1, 1>, Shape<1>, Shape<1>>);
static_assert(maps<Flatten, Photo, Shape<3 * 32 * 48>>);
static_assert(maps<ReLU, Photo, Photo> && maps<Tanh, Shape<7>, Shape<7>>);
static_assert(maps<ReLU, Shape<2, 3, 4, 5, 6>, Shape<2, 3, 4, 5, 6>>);

// ---- Well-known networks ----

using LeNet = Sequential<Conv<1, 6, 5, 1, 2>, Tanh, Pool<2>, Conv<6, 16, 5>, Tanh, Pool<2>, Linear<400, 120>, Tanh,
                         Linear<120, 84>, Tanh, Linear<84, 10>>;
static_assert(maps<LeNet, Shape<1, 28, 28>, Shape<10>>);
static_assert(std::is_same_v<LeNet::LayerInput<3, Shape<1, 28, 28>>, Shape<6, 14, 14>>);
static_assert(std::is_same_v<LeNet::LayerInput<6, Shape<1, 28, 28>>, Shape<16, 5, 5>>);
static_assert(Model<LeNet, Shape<1, 28, 28>>::parameter_count == 61'706);  // LeCun et al. 1998, without sparse links

template <int In, int Out>
using Block = Sequential<Conv<In, Out, 3, 1, 1>, ReLU, Conv<Out, Out, 3, 1, 1>, ReLU, Pool<2>>;
using Vgg = Sequential<Block<3, 32>, Block<32, 64>, Block<64, 128>, Flatten, Linear<2048, 128>, ReLU, Linear<128, 10>>;
static_assert(maps<Vgg, Shape<3, 32, 32>, Shape<10>>);
static_assert(std::is_same_v<Vgg::LayerInput<3, Shape<3, 32, 32>>, Shape<128, 4, 4>>);
// 3x3 kernels: (3·32 + 32·32 + 32·64 + 64·64 + 64·128 + 128·128)·9 and biases 2·(32 + 64 + 128); then two Linear.
static_assert(Model<Vgg, Shape<3, 32, 32>>::parameter_count == 286'560 + 448 + 262'272 + 1'290);

// ---- A nest has the shapes of its layers in a row ----

using Flat = Sequential<Linear<4, 8>, Tanh, Linear<8, 6>, Tanh, Linear<6, 2>>;
using Nested = Sequential<Sequential<Linear<4, 8>, Tanh>, Sequential<Sequential<Linear<8, 6>>, Tanh>, Linear<6, 2>>;
static_assert(maps<Nested, Shape<4>, Shape<2>>);
static_assert(Model<Nested, Shape<4>>::parameter_count == Model<Flat, Shape<4>>::parameter_count);
static_assert(Model<Nested, Shape<4>>::multiply_adds == Model<Flat, Shape<4>>::multiply_adds);
static_assert(std::is_same_v<Nested::Layer<1>::Layer<0>::Layer<0>, Linear<8, 6>>);
static_assert(maps<Sequential<Sequential<Sequential<ReLU>>>, Photo, Photo>);
// One network for several inputs.
static_assert(maps<Sequential<Conv<3, 4, 3>, Pool<2>>, Shape<3, 6, 8>, Shape<4, 2, 3>>);
static_assert(maps<Sequential<Conv<3, 4, 3>, Pool<2>>, Shape<3, 8, 6>, Shape<4, 3, 2>>);

// ---- A hundred layers, all of different shapes ----

template <class>
struct narrowing;
template <int... I>
struct narrowing<std::integer_sequence<int, I...>> {
    using type = Sequential<Linear<200 - I, 199 - I>...>;
};
using Hundred = narrowing<std::make_integer_sequence<int, 100>>::type;
static_assert(Hundred::depth == 100 && maps<Hundred, Shape<200>, Shape<100>>);
static_assert(multiply_adds<Hundred, Shape<200>>() == 2'333'300);  // the sum of n(n - 1) for n = 101 … 200

// ---- More layers than clang folds over (256) ----

template <class>
struct repeated;
template <int... I>
struct repeated<std::integer_sequence<int, I...>> {
    using type = Sequential<Linear<4, 4 + 0 * I>...>;
};
static_assert(Model<repeated<std::make_integer_sequence<int, 300>>::type, Shape<4>>::parameter_count == 300 * 20);

}  // namespace

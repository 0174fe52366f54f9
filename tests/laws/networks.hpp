// SPDX-License-Identifier: BSL-1.0
#pragma once
// Layers and networks, with input shapes, on which laws are tried: small, and awkward where code is likely to be wrong
// (odd sizes, primes, one row, one channel, a window as large as the map, register tiles that are not full).

#include <kiln/layers/activation.hpp>
#include <kiln/layers/conv.hpp>
#include <kiln/layers/conv_transpose.hpp>
#include <kiln/layers/flatten.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/pool.hpp>
#include <kiln/nets/sequential.hpp>

#include <tuple>

namespace kiln::laws {

/// A layer and the shape of its input.
template <class L, class In>
struct On {
    using Layer = L;
    using Input = In;
};

using LinearLayers = std::tuple<On<Linear<1, 1>, Shape<1>>,         //
                                On<Linear<7, 3>, Shape<7>>,         //
                                On<Linear<5, 33>, Shape<5>>,        // more outputs than a register tile
                                On<Linear<37, 1>, Shape<37>>,       //
                                On<Linear<48, 17>, Shape<3, 4, 4>>  // flattens by itself
                                >;

using ConvLayers = std::tuple<On<Conv<1, 1, 1>, Shape<1, 1, 1>>,        //
                              On<Conv<3, 5, 1>, Shape<3, 4, 7>>,        // pointwise
                              On<Conv<1, 8, 3>, Shape<1, 9, 7>>,        //
                              On<Conv<2, 3, 5>, Shape<2, 5, 5>>,        // kernel = image
                              On<Conv<2, 3, 3, 1, 1>, Shape<2, 5, 7>>,  //
                              On<Conv<3, 2, 3, 2, 1>, Shape<3, 7, 6>>,  // stride leaves a column over
                              On<Conv<2, 4, 2, 3>, Shape<2, 8, 11>>,    // stride > kernel: some inputs unused
                              On<Conv<1, 2, 3, 1, 3>, Shape<1, 1, 4>>,  // some windows see padding only
                              On<Conv<1, 37, 3>, Shape<1, 6, 5>>,       // more channels than a register tile, prime
                              On<Conv<7, 11, 2>, Shape<7, 3, 4>>,       // primes
                              On<Conv<1, 3, 7, 3, 3>, Shape<1, 8, 13>>  // large kernel, stride and padding
                              >;
/// A row longer than several register tiles: apart, because oracles that try every input take long on it.
using WideConvLayers = std::tuple<On<Conv<2, 2, 3>, Shape<2, 3, 41>>, On<Conv<1, 2, 3, 1, 1>, Shape<1, 2, 37>>>;

using PoolLayers = std::tuple<On<Pool<2>, Shape<2, 4, 6>>,     //
                              On<Pool<1>, Shape<1, 2, 3>>,     //
                              On<Pool<3, 2>, Shape<2, 7, 9>>,  // windows overlap
                              On<Pool<2, 3>, Shape<1, 8, 9>>,  // gaps between them
                              On<Pool<2>, Shape<3, 5, 7>>,     // a row and a column left over
                              On<Pool<3>, Shape<2, 3, 3>>,     // window = image
                              On<Pool<3, 1>, Shape<1, 4, 5>>   //
                              >;

using PointwiseLayers =
    std::tuple<On<ReLU, Shape<2, 3, 5>>, On<Tanh, Shape<2, 3, 5>>, On<Flatten, Shape<2, 3, 5>>, On<ReLU, Shape<1>>>;

using HandWrittenNetworks = std::tuple<
    On<Sequential<Conv<1, 2, 3>, ReLU, Pool<2>, Linear<2 * 4 * 3, 3>>, Shape<1, 10, 8>>,  // the usual small one
    On<Sequential<Linear<6, 5>, Tanh, Linear<5, 4>, Tanh, Linear<4, 3>>, Shape<6>>,
    On<Sequential<Sequential<Sequential<Linear<3, 2>>>>, Shape<3>>,  // nests of one
    On<Sequential<Conv<1, 2, 3, 1, 1>, Sequential<Tanh, Pool<2>>,
                  Sequential<Conv<2, 3, 2>, Sequential<Linear<27, 4>, Tanh>>, Linear<4, 3>>,
       Shape<1, 8, 8>>,
    On<Sequential<Sequential<Conv<2, 4, 3, 2, 1>, Tanh>, Sequential<Conv<4, 3, 3, 1, 1>, Tanh>, Flatten, Linear<36, 2>>,
       Shape<2, 7, 5>>,
    On<Sequential<Pool<3, 2>, Flatten, Linear<9, 4>, ReLU, Linear<4, 4>>, Shape<1, 7, 7>>>;

/// Networks in which layers do the work of those behind them (core/contract/claims.hpp, FUSION), or nearly would.
using FusedNetworks = std::tuple<
    On<Sequential<Conv<1, 5, 3>, ReLU, Pool<2>>, Shape<1, 8, 6>>,                          // and nothing behind
    On<Sequential<Conv<2, 5, 3, 1, 1>, Pool<2>, Linear<30, 3>>, Shape<2, 6, 4>>,           // without activation, padded
    On<Sequential<Conv<1, 3, 2>, Pool<3>, Tanh, Linear<18, 3>>, Shape<1, 7, 10>>,          // pooled first
    On<Sequential<Tanh, Conv<2, 7, 3>, Tanh, Pool<2>, Linear<42, 3>>, Shape<2, 8, 6>>,     // not the first stage
    On<Sequential<Conv<1, 4, 5>, ReLU, Pool<4>, Linear<8, 3>>, Shape<1, 8, 12>>,           // large windows
    On<Sequential<Conv<1, 37, 3>, ReLU, Pool<2>, Linear<148, 2>>, Shape<1, 6, 6>>,         // many channels
    On<Sequential<Conv<1, 2, 3>, ReLU, Pool<2>, Linear<38, 2>>, Shape<1, 4, 40>>,          // long rows
    On<Sequential<Conv<1, 3, 3>, ReLU, Pool<2>, Linear<18, 3>>, Shape<1, 7, 9>>,           // a rest: not pooled at once
    On<Sequential<Conv<1, 3, 3, 2>, ReLU, Pool<2>, Linear<12, 3>>, Shape<1, 9, 9>>,        // a stride: the same
    On<Sequential<Conv<2, 3, 3, 1, 1>, Tanh, Pool<2, 1>, Linear<24, 3>>, Shape<2, 3, 5>>,  // windows overlap: the same
    On<Sequential<Conv<2, 4, 3, 1, 1, 2>, ReLU, Pool<2>, Linear<16, 3>>, Shape<2, 4, 4>>,  // groups: the same
    On<Sequential<Conv<1, 3, 3>, ReLU, Pool<2, 2, 1>, Linear<27, 3>>, Shape<1, 6, 6>>,     // padded windows: the same
    On<Sequential<ConvTranspose<2, 3, 3, 2, 1, 1>, Tanh, Linear<48, 3>>, Shape<2, 2, 2>>,
    On<Sequential<Linear<6, 17>, ReLU, Linear<17, 5>, Tanh>, Shape<6>>,
    On<Sequential<Conv<2, 5, 3, 1, 1, 1, Bias::none>, Pool<2>, Linear<30, 3, Bias::none>, Tanh>,
       Shape<2, 6, 4>>,  // no bias
    On<Sequential<Tanh, Conv<1, 3, 3, 1, 0, 1, Bias::none>, ReLU, Pool<3>, Linear<6, 3>>, Shape<1, 5, 8>>,
    On<Sequential<Sequential<Linear<6, 4>, Tanh>, ReLU, Sequential<Linear<4, 3>, ReLU>>, Shape<6>>>;

template <class... Lists>
using Joined = decltype(std::tuple_cat(std::declval<Lists>()...));
using AllLayers = Joined<LinearLayers, ConvLayers, PoolLayers, PointwiseLayers>;

}  // namespace kiln::laws

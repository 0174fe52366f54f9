// SPDX-License-Identifier: BSL-1.0
#pragma once
// Networks that are wired: graphs whose values are read several times and whose nodes share parameters, and blocks of
// branches. Their laws are checked in laws/wired.cpp and laws/branches.cpp, the rest of them in nets/.

#include <kiln.hpp>

#include <type_traits>

namespace kiln::laws {

using Image = Shape<2, 4, 4>;

using Block = Residual<Conv<2, 2, 3, 1, 1>, Tanh, Conv<2, 2, 3, 1, 1>>;
using Down = Sum<Sequential<Conv<2, 3, 3, 2, 1>, ReLU, Conv<3, 3, 3, 1, 1>>, Conv<2, 3, 1, 2>>;
using Gate = Multiply<Linear<6, 5>, Sequential<Linear<6, 5>, Sigmoid>>;
using Inception = Concat<Conv<2, 1, 1>, Sequential<Conv<2, 2, 1>, ReLU, Conv<2, 3, 3, 1, 1>>, AveragePool<3, 1, 1>>;

/// Every value is read several times, and three joins read two or three values.
using FanOut = Graph<Input<"x">,                                    //
                     Node<"stem", Linear<5, 4>, "x">,               //
                     Node<"left", Linear<4, 4>, "stem">,            //
                     Node<"right", Tanh, "stem">,                   //
                     Node<"product", Multiply<>, "left", "right">,  //
                     Node<"sum", Add, "product", "stem", "left">,   //
                     Node<"all", Concat<>, "sum", "x", "product">,  //
                     Node<"answer", Linear<13, 3>, "all">,          //
                     Output<"answer">>;
using SharedConv = Graph<Input<"image">,                              //
                         Node<"stem", Conv<2, 2, 3, 1, 1>, "image">,  //
                         Node<"bent", Tanh, "stem">,                  //
                         Node<"again", Shared<"stem">, "bent">,       //
                         Node<"sum", Add, "image", "stem", "again">,  //
                         Output<"sum">>;
/// A node that shares with one that shares.
using SharedChain = Graph<Input<"x">,                                         //
                          Node<"step", Sequential<Linear<5, 5>, Tanh>, "x">,  //
                          Node<"second", Shared<"step">, "step">,             //
                          Node<"third", Shared<"second">, "second">,          //
                          Node<"sum", Add, "step", "third">,                  //
                          Output<"sum">>;
using GraphInGraph = Graph<Input<"x">,                                      //
                           Node<"first", SharedChain, "x">,                 //
                           Node<"second", Shared<"first">, "first">,        //
                           Node<"product", Multiply<>, "first", "second">,  //
                           Output<"product">>;
using ResidualNode = Graph<Input<"image">,                                                          //
                           Node<"block", Residual<Conv<2, 2, 3, 1, 1>, Tanh>, "image">,             //
                           Node<"both", Concat<>, "block", "image">,                                //
                           Node<"answer", Sequential<Conv<4, 3, 2>, ReLU, Linear<27, 3>>, "both">,  //
                           Output<"answer">>;
/// One convolution on maps of two sizes, and layers without parameters that are shared.
using SharedHead = Graph<Input<"image">,                               //
                         Node<"head", Conv<2, 2, 3, 1, 1>, "image">,   //
                         Node<"small", Pool<2>, "head">,               //
                         Node<"small head", Shared<"head">, "small">,  //
                         Node<"drop", Dropout<0.5>, "small head">,     //
                         Node<"dropped", Shared<"drop">, "drop">,      //
                         Node<"large", Upsample<2>, "dropped">,        //
                         Node<"sum", Add, "head", "large">,            //
                         Node<"twice", Shared<"sum">, "sum", "head">,  //
                         Output<"twice">>;
/// Frozen parameters have no gradients, shared or not.
using SharedIce = Graph<Input<"x">, Node<"f", Frozen<Linear<4, 4>>, "x">, Node<"ff", Shared<"f">, "f">,
                        Node<"sum", Add, "f", "ff">, Output<"sum">>;
/// One value twice in a join.
using Square = Graph<Input<"x">, Node<"y", Linear<4, 4>, "x">, Node<"square", Multiply<>, "y", "y">,
                     Node<"twice", Add, "square", "square">, Output<"twice">>;
/// Slopes that are alive at a cut take the bytes of values that nobody reads any more.
using Norms = Graph<Input<"x">,                                                //
                    Node<"map", Conv<2, 2, 1>, "x">,                           //
                    Node<"norm", BatchNorm<2>, "map">,                         //
                    Node<"bent", Tanh, "map">,                                 //
                    Node<"other", BatchNorm<2>, "bent">,                       //
                    Node<"product", Multiply<>, "norm", "other">,              //
                    Node<"third", Sequential<BatchNorm<2>, ReLU>, "product">,  //
                    Node<"all", Add, "third", "map", "x">,                     //
                    Output<"all">>;
/// The second use sees values that are normalised already.
using SharedNorm = Graph<Input<"x">, Node<"norm", BatchNorm<1, 0.5>, "x">, Node<"moved", Conv<1, 1, 1>, "norm">,
                         Node<"again", Shared<"norm">, "moved">, Output<"again">>;

/// The example of nets/wired.hpp: y = x + f(x).
template <class F>
struct Doubled : Wired<Doubled<F>> {
    static constexpr int depth = 2;
    template <int I>
    using Layer = std::conditional_t<I == 0, F, Add>;
    static constexpr Wiring<2, 2> wiring{.fan = {1, 2}, .from = {{{0}, {0, 1}}}, .outputs = {2}};
};

}  // namespace kiln::laws

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Schemes by which weights are drawn before training, as in torch.nn.init. A weight's extents are (outputs, inputs,
// window…). So fan_in = count / extents[0] inputs meet in one output, and one input reaches fan_out = count /
// extents[1] outputs. A scheme, a user's own as well, has
//
//     template <class S, class Dims> static constexpr void draw(Tensor<S, Dims>& weight, auto& random)
//         draws a weight, which has two dimensions or more

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/math.hpp>
#include <kiln/core/real.hpp>
#include <kiln/core/tensor.hpp>

#include <type_traits>

namespace kiln::inline KILN_TARGET::detail {
template <class Dims>
inline constexpr double fan_in = static_cast<double>(Dims::count) / Dims::extents[0];
template <class Dims>
inline constexpr double fan_out = static_cast<double>(Dims::count) / Dims::extents[1];

template <class S, class Dims>
constexpr void draw_uniform(Tensor<S, Dims>& weight, double low, double high, auto& random) {
    for (S& value : weight) value = S(random.uniform(static_cast<float>(low), static_cast<float>(high)));
}
template <class S, class Dims>
constexpr void draw_normal(Tensor<S, Dims>& weight, double deviation, auto& random) {
    for (S& value : weight) value = S(static_cast<float>(deviation * static_cast<double>(random.normal())));
}
}  // namespace kiln::inline KILN_TARGET::detail

namespace kiln {

/// The starting values that a layer itself chooses, as the same layer of PyTorch does.
struct PyTorchDefault;

/// Uniform in ±√(6 / (fan_in + fan_out)), which keeps the variance of values and of slopes where functions are near the
/// identity (Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010).
struct Glorot {
    template <class S, class Dims>
    static constexpr void draw(Tensor<S, Dims>& weight, auto& random) {
        const double bound = sqrt(6 / (detail::fan_in<Dims> + detail::fan_out<Dims>));
        detail::draw_uniform(weight, -bound, bound, random);
    }
};

/// Normal with the variance of Glorot, 2 / (fan_in + fan_out).
struct GlorotNormal {
    template <class S, class Dims>
    static constexpr void draw(Tensor<S, Dims>& weight, auto& random) {
        detail::draw_normal(weight, sqrt(2 / (detail::fan_in<Dims> + detail::fan_out<Dims>)), random);
    }
};

/// Normal with variance 2 / fan_in, which keeps the variance of values through ReLU (He et al.: Delving deep into
/// rectifiers, 2015).
struct He {
    template <class S, class Dims>
    static constexpr void draw(Tensor<S, Dims>& weight, auto& random) {
        detail::draw_normal(weight, sqrt(2 / detail::fan_in<Dims>), random);
    }
};

/// Uniform with the variance of He: in ±√(6 / fan_in).
struct HeUniform {
    template <class S, class Dims>
    static constexpr void draw(Tensor<S, Dims>& weight, auto& random) {
        const double bound = sqrt(6 / detail::fan_in<Dims>);
        detail::draw_uniform(weight, -bound, bound, random);
    }
};

/// Uniform between Low and High: Uniform<-0.1, 0.1>.
template <real Low, real High>
struct Uniform {
    template <class S, class Dims>
    static constexpr void draw(Tensor<S, Dims>& weight, auto& random) {
        detail::draw_uniform(weight, Low, High, random);
    }
};

/// Normal with mean 0 and standard deviation SD: Normal<0.02>.
template <real SD>
struct Normal {
    template <class S, class Dims>
    static constexpr void draw(Tensor<S, Dims>& weight, auto& random) {
        detail::draw_normal(weight, SD, random);
    }
};

/// A random orthogonal matrix of m outputs by n other values. If m <= n the rows are orthogonal and of length 1,
/// otherwise the columns, so that lengths are kept (Saxe, McClelland, Ganguli: Exact solutions to the nonlinear
/// dynamics of learning in deep linear neural networks, 2014). Takes 2 min(m, n)² max(m, n) multiply-adds.
struct Orthogonal {
    template <class S, class Dims>
    static constexpr void draw(Tensor<S, Dims>& weight, auto& random) {
        constexpr int rows = Dims::extents[0], columns = Dims::count / rows;
        detail::draw_normal(weight, 1, random);
        if constexpr (rows <= columns)
            orthogonalise<rows, columns, columns, 1>(weight.data);
        else
            orthogonalise<columns, rows, 1, columns>(weight.data);
    }

  private:
    // Gram-Schmidt: vector v, whose element i lies at v Step + i Stride, loses its components along the vectors before
    // it. Two rounds leave no more than roundings (Giraud, Langou, Rozložník: The loss of orthogonality in the
    // Gram-Schmidt orthogonalization process, 2005).
    template <int Vectors, int Length, int Step, int Stride, class S>
    static constexpr void orthogonalise(S* data) {
        const auto at = [data](int v, int i) -> S& { return data[v * Step + i * Stride]; };
        const auto for_all_before = [](int v, auto visit) {  // in the order of memory
            if constexpr (Stride == 1)
                for (int u = 0; u < v; ++u)
                    for (int i = 0; i < Length; ++i) visit(u, i);
            else
                for (int i = 0; i < Length; ++i)
                    for (int u = 0; u < v; ++u) visit(u, i);
        };
        for (int v = 0; v < Vectors; ++v) {
            for (int pass = 0; pass < 2; ++pass) {
                detail::ArrayOf<double, Vectors> overlap = {};
                for_all_before(v, [&](int u, int i) { overlap[u] += product(at(u, i), at(v, i)); });
                for_all_before(v, [&](int u, int i) { at(v, i) -= S(overlap[u] * static_cast<double>(at(u, i))); });
            }
            double square = 0;
            for (int i = 0; i < Length; ++i) square += product(at(v, i), at(v, i));
            const double inverse = 1 / sqrt(square);
            for (int i = 0; i < Length; ++i) at(v, i) = S(static_cast<double>(at(v, i)) * inverse);
        }
    }
    template <class S>
    static constexpr double product(S a, S b) {
        return static_cast<double>(a) * static_cast<double>(b);
    }
};

}  // namespace kiln

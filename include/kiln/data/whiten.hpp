// SPDX-License-Identifier: BSL-1.0
#pragma once
// ZCA whitening (this header needs Eigen): a linear map after which the values of samples are uncorrelated, with
// variance 1. ZCA changes samples least of all such maps (A. Kessy, A. Lewin, K. Strimmer: Optimal whitening and
// decorrelation, 2018). With the covariance's eigenvectors U and eigenvalues l, and n values in a sample,
//
//     x -> W (x - mean),   W = U diag(1 / sqrt(l + epsilon)) U^T   (n x n, symmetric)
//
// epsilon keeps directions with hardly any variance from being blown up; it should be small against the variances that
// matter. Fitting costs about samples * n^2 + 10 n^3 multiply-adds and n^2 doubles, applying costs n^2 multiply-adds a
// sample.

#include <kiln/core/tensor.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/files/detail/concat.hpp>

// g++ 12 warns about its own <immintrin.h> (GCC bug 105593), which Eigen includes.
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#if __has_include(<Eigen/Eigenvalues>)
#include <Eigen/Eigenvalues>
#else
#include <eigen3/Eigen/Eigenvalues>
#endif
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic pop
#endif

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// A fitted whitening: for samples in place, for `transformed`, and for Augment.
template <class S>
struct Whitening {
    Tensor<float, S> mean;
    std::vector<float> matrix;  ///< W, S::count x S::count

    void operator()(Tensor<float, S>& x) const {
        Tensor<float, S> centred, y;
        for (int k = 0; k < S::count; ++k) centred.data[k] = x.data[k] - mean.data[k];
        const float* row = matrix.data();
        for (int i = 0; i < S::count; ++i) y.data[i] = 0;
        for (int k = 0; k < S::count; ++k, row += S::count)  // symmetric: rows serve as columns, so sums vectorise
            for (int i = 0; i < S::count; ++i) y.data[i] += centred.data[k] * row[i];
        x = y;
    }
};

/// Fits a Whitening to a data set. Throws std::invalid_argument if the data set has no samples, if epsilon is negative,
/// and if epsilon is 0 but a direction has no variance.
template <class Data>
Whitening<typename Data::Input> whitening(const Data& data, double epsilon = 1e-5) {
    using S = typename Data::Input;
    static_assert(!GivesLengths<Data>, "kiln: whitening needs samples that all have the frames of their shape, got "
                                       "lengths, and would count padding; try standardization");
    if (data.size() < 1)
        throw std::invalid_argument("kiln: whitening needs at least one sample, got an empty data set");
    if (!(epsilon >= 0))
        throw std::invalid_argument(concat("kiln: whitening needs an epsilon of at least 0, got ", epsilon));
    using Matrix = Eigen::MatrixXd;
    const auto read = [&](int i) {
        const Tensor<float, S> x = data.image(i);
        return Eigen::VectorXd(Eigen::Map<const Eigen::VectorXf>(x.data, S::count).template cast<double>());
    };
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(S::count);
    for (int i = 0; i < data.size(); ++i) mean += read(i);
    mean /= data.size();

    // The covariance, a block of samples at a time: as matrix products, but without a copy of all data as doubles.
    constexpr int block = 256;
    Matrix covariance = Matrix::Zero(S::count, S::count), some(S::count, block);
    for (int first = 0; first < data.size(); first += block) {
        const int n = data.size() - first < block ? data.size() - first : block;
        for (int i = 0; i < n; ++i) some.col(i) = read(first + i) - mean;
        covariance.template selfadjointView<Eigen::Lower>().rankUpdate(some.leftCols(n), 1.0 / data.size());
    }
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(covariance);  // reads the lower half
    Eigen::VectorXd factors(S::count);
    for (int k = 0; k < S::count; ++k) {
        const double variance = eigen.eigenvalues()[k] > 0 ? eigen.eigenvalues()[k] : 0;  // negative by rounding
        if (!(variance + epsilon > 0))
            throw std::invalid_argument("kiln: whitening needs an epsilon above 0 for data that do not vary in every "
                                        "direction, got 0; try 1e-5");
        factors[k] = 1 / std::sqrt(variance + epsilon);
    }
    const Matrix whole = eigen.eigenvectors() * factors.asDiagonal() * eigen.eigenvectors().transpose();
    Whitening<S> fitted{.mean = {}, .matrix = {}};
    Eigen::Map<Eigen::VectorXf>(fitted.mean.data, S::count) = mean.cast<float>();
    fitted.matrix.resize(static_cast<std::size_t>(whole.size()));
    Eigen::Map<Eigen::MatrixXf>(fitted.matrix.data(), S::count, S::count) = whole.cast<float>();
    return fitted;
}

}  // namespace kiln::inline KILN_TARGET::data

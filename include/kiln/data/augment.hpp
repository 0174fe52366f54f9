// SPDX-License-Identifier: BSL-1.0
#pragma once
// Augmentations: small random changes of samples that leave their meaning alone. Each is an aggregate of settings and a
// function of a sample and a random sequence, called in one of these forms, in the longest if it has several:
//
//     augmentation(x)                   nothing random, such as a standardization
//     augmentation(x, random)
//     augmentation(x, spare, random)    spare: working memory of the shape of x
//
// A user's own function serves as well, and may have fault(), which a Loader checks (core/setting_fault.hpp). x is a
// Tensor<float, S>; augmentations that move or cover maps take channels x rows x columns. of_input<I> applies an
// augmentation to input I of samples that have several. Values outside a map count as 0. Nothing is allocated. Equal
// sequences make equal changes: a Loader starts a sequence from (seed, epoch, sample number).

#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/random.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET::data {

/// Several augmentations, applied in their order: `Augment{Affine{.degrees = 10}, Noise{.sd = 0.1f}}`.
template <class... Parts>
struct Augment {
    std::tuple<Parts...> parts;

    Augment(Parts... list) : parts(std::move(list)...) {}

    constexpr SettingFault fault() const {
        return std::apply(
            [](const Parts&... part) {
                SettingFault first;
                for (const SettingFault& fault : {SettingFault{}, fault_of(part)...})
                    if (first.name == nullptr) first = fault;
                return first;
            },
            parts);
    }

    template <class S>
    void operator()(Tensor<float, S>& x, Tensor<float, S>& spare, Random& random) const;
};

/// An augmentation or a transformation of input I of samples that have several, made by of_input.
template <int I, class Part>
struct OfInput {
    Part part;

    constexpr SettingFault fault() const { return fault_of(part); }

    void operator()(auto& x) const requires requires { part(x.template get<I>()); }
    { part(x.template get<I>()); }

    template <class... S>
        requires(0 <= I && I < static_cast<int>(sizeof...(S)))
    void operator()(Tensor<float, Shapes<S...>>& x, Tensor<float, Shapes<S...>>& spare, Random& random) const;
};

/// Augments input I alone: `of_input<0>(Shift{.pixels = 1})`; and several inputs in turn:
/// `Augment{of_input<0>(Shift{.pixels = 1}), of_input<1>(Noise{})}`.
template <int I, class Part>
constexpr OfInput<I, Part> of_input(Part part) {
    return {std::move(part)};
}

/// Turns, scales, shears and shifts a map, all at once and so with one interpolation (bilinear). Each amount is uniform
/// between minus its limit and its limit. About the centre p of the map, a pixel of the result at p + v comes from p +
/// A^-1 (v - t), where A = scale * rotation * [1 shear; 0 1] and t is the shift.
struct Affine {
    float shift = 0;    ///< the limit in pixels, along rows and along columns
    float degrees = 0;  ///< the limit of the rotation
    float scale = 0;    ///< size from 1 - scale to 1 + scale; below 1
    float shear = 0;    ///< a row moves by at most shear * its distance from the centre

    constexpr SettingFault fault() const {
        return first_fault("Affine", {from_0("shift", shift), from_0("degrees", degrees),
                                      from_0_below_1("scale", scale), from_0("shear", shear)});
    }

    template <int C, int H, int W>
    void operator()(Tensor<float, Shape<C, H, W>>& x, Tensor<float, Shape<C, H, W>>& spare, Random& random) const;
};

/// Shifts a map by whole pixels, and so without interpolation.
struct Shift {
    int pixels = 2;  ///< the limit in pixels, along rows and along columns

    constexpr SettingFault fault() const { return first_fault("Shift", {at_least(0, "pixels", pixels)}); }

    template <int C, int H, int W>
    void operator()(Tensor<float, Shape<C, H, W>>& x, Tensor<float, Shape<C, H, W>>& spare, Random& random) const {
        const int down = random.below(2 * pixels + 1) - pixels, right = random.below(2 * pixels + 1) - pixels;
        spare = x;
        for (int c = 0; c < C; ++c)
            for (int i = 0; i < H; ++i)
                for (int j = 0; j < W; ++j) {
                    const int row = i - down, column = j - right;
                    const bool inside = 0 <= row && row < H && 0 <= column && column < W;
                    x.data[(c * H + i) * W + j] = inside ? spare.data[(c * H + row) * W + column] : 0.0f;
                }
    }
};

/// Mirrors a map left to right, with the given probability.
struct Flip {
    float probability = 0.5f;

    constexpr SettingFault fault() const { return first_fault("Flip", {from_0_to_1("probability", probability)}); }

    template <int C, int H, int W>
    void operator()(Tensor<float, Shape<C, H, W>>& x, Random& random) const {
        if (!(random.uniform() < probability)) return;
        for (int row = 0; row < C * H; ++row)
            for (int j = 0; j < W / 2; ++j) std::swap(x.data[row * W + j], x.data[row * W + W - 1 - j]);
    }
};

/// Adds normally distributed noise to every value of a sample or input of any shape.
struct Noise {
    float sd = 0.1f;  ///< standard deviation

    constexpr SettingFault fault() const { return first_fault("Noise", {from_0("sd", sd)}); }

    template <int... Sizes>
    void operator()(Tensor<float, Shape<Sizes...>>& x, Random& random) const {
        for (float& value : x) value += sd * random.normal();
    }
};

/// Sets a square to 0, the same in all channels. Its centre is any pixel, so a part of the square may lie outside the
/// map (T. DeVries, G. Taylor: Improved regularization of convolutional neural networks with cutout, 2017).
struct Cutout {
    int size = 8;  ///< length of its sides, in pixels

    constexpr SettingFault fault() const { return first_fault("Cutout", {at_least(0, "size", size)}); }

    template <int C, int H, int W>
    void operator()(Tensor<float, Shape<C, H, W>>& x, Random& random) const {
        const int top = random.below(H) - size / 2, left = random.below(W) - size / 2;
        for (int c = 0; c < C; ++c)
            for (int i = top < 0 ? 0 : top; i < top + size && i < H; ++i)
                for (int j = left < 0 ? 0 : left; j < left + size && j < W; ++j) x.data[(c * H + i) * W + j] = 0;
    }
};

namespace detail {

// Whether an augmentation can be applied to samples of shape S.
template <class A, class S>
inline constexpr bool augments = requires(const A& augmentation, Tensor<float, S>& x, Random& random) {
    augmentation(x, x, random);
}
|| requires(const A& augmentation, Tensor<float, S>& x, Random& random) { augmentation(x, random); }
|| requires(const A& augmentation, Tensor<float, S>& x) { augmentation(x); };
template <class... Parts, class S>
inline constexpr bool augments<Augment<Parts...>, S> = (... && augments<Parts, S>);
template <int I, class Part, class... S>
inline constexpr bool augments<OfInput<I, Part>, Shapes<S...>> = [] {
    if constexpr (0 <= I && I < static_cast<int>(sizeof...(S))) {
        using X = std::remove_cvref_t<decltype(std::declval<Tensor<float, Shapes<S...>>&>().template get<I>())>;
        return augments<Part, typename X::Dimensions>;
    } else {
        return false;
    }
}();

template <class S>
void augment(const auto& augmentation, Tensor<float, S>& x, Tensor<float, S>& spare, Random& random) {
    if constexpr (requires { augmentation(x, spare, random); })
        augmentation(x, spare, random);
    else if constexpr (requires { augmentation(x, random); })
        augmentation(x, random);
    else
        augmentation(x);
}

/// The source of the pixels of a result: row i, column j comes from x = x0 + xi i + xj j, y = y0 + yi i + yj j.
struct InverseMap {
    float x0, xi, xj, y0, yi, yj;
};

/// A position along a dimension, as the two pixels around it and their weights `first` and `second`: 0 for a pixel
/// outside the map.
struct Neighbours {
    int before, after;
    float first, second;

    constexpr Neighbours(float position, int size) : before(0), after(0), first(0), second(0) {
        // A position more than a pixel outside has weights 0; the bound also keeps the conversion to int defined.
        const float bounded =
            position > -2 ? position < static_cast<float>(size + 1) ? position : static_cast<float>(size + 1) : -2.0f;
        const int floor = static_cast<int>(bounded + 2) - 2;
        const float fraction = bounded - static_cast<float>(floor);
        const bool has_before = 0 <= floor && floor < size, has_after = -1 <= floor && floor + 1 < size;
        before = has_before ? floor : 0;
        after = has_after ? floor + 1 : 0;
        first = has_before ? 1 - fraction : 0.0f;
        second = has_after ? fraction : 0.0f;
    }
};

/// Bilinear interpolation of a map, a stretch of a row at a time. Positions and weights are computed first, because
/// they serve all channels.
template <int C, int H, int W>
void resample(const Tensor<float, Shape<C, H, W>>& from, const InverseMap& origin, Tensor<float, Shape<C, H, W>>& to) {
    constexpr int stretch = W < 64 ? W : 64;
    kiln::detail::ArrayOf<int, stretch> nw, ne, sw, se;
    kiln::detail::ArrayOf<float, stretch> weight_nw, weight_ne, weight_sw, weight_se;
    for (int i = 0; i < H; ++i)
        for (int start = 0; start < W; start += stretch) {
            const int n = W - start < stretch ? W - start : stretch;
            const float x_start = origin.x0 + origin.xi * static_cast<float>(i);
            const float y_start = origin.y0 + origin.yi * static_cast<float>(i);
            for (int j = 0; j < n; ++j) {
                const auto column = static_cast<float>(start + j);
                const Neighbours x(x_start + origin.xj * column, W), y(y_start + origin.yj * column, H);
                nw[j] = y.before * W + x.before;
                ne[j] = y.before * W + x.after;
                sw[j] = y.after * W + x.before;
                se[j] = y.after * W + x.after;
                weight_nw[j] = y.first * x.first;
                weight_ne[j] = y.first * x.second;
                weight_sw[j] = y.second * x.first;
                weight_se[j] = y.second * x.second;
            }
            for (int c = 0; c < C; ++c) {
                const float* const map = from.data + c * H * W;
                float* const row = to.data + (c * H + i) * W + start;
                for (int j = 0; j < n; ++j)
                    row[j] = weight_nw[j] * map[nw[j]] + weight_ne[j] * map[ne[j]] + weight_sw[j] * map[sw[j]] +
                             weight_se[j] * map[se[j]];
            }
        }
}

}  // namespace detail

template <class... Parts>
template <class S>
void Augment<Parts...>::operator()(Tensor<float, S>& x, Tensor<float, S>& spare, Random& random) const {
    std::apply([&](const auto&... part) { (detail::augment(part, x, spare, random), ...); }, parts);
}

template <int I, class Part>
template <class... S>
    requires(0 <= I && I < static_cast<int>(sizeof...(S)))
void OfInput<I, Part>::operator()(Tensor<float, Shapes<S...>>& x, Tensor<float, Shapes<S...>>& spare,
                                  Random& random) const {
    detail::augment(part, x.template get<I>(), spare.template get<I>(), random);
}

template <int C, int H, int W>
void Affine::operator()(Tensor<float, Shape<C, H, W>>& x, Tensor<float, Shape<C, H, W>>& spare, Random& random) const {
    KILN_EXPECTS(0 <= scale && scale < 1);
    const float down = random.uniform(-shift, shift), right = random.uniform(-shift, shift);
    const float angle = random.uniform(-degrees, degrees) * 0x1.1df46ap-6f;  // pi / 180
    const float size = 1 + random.uniform(-scale, scale), slant = random.uniform(-shear, shear);
    const float cos = __builtin_cosf(angle) / size, sin = __builtin_sinf(angle) / size;
    // A^-1 = [1 -shear; 0 1] * [cos sin; -sin cos] / scale, where x counts columns and y counts rows.
    const float xj = cos + slant * sin, xi = sin - slant * cos, yj = -sin, yi = cos;
    const float centre_x = 0.5f * (W - 1), centre_y = 0.5f * (H - 1);
    const float v_x = centre_x + right, v_y = centre_y + down;
    spare = x;
    detail::resample(spare, {centre_x - xj * v_x - xi * v_y, xi, xj, centre_y - yj * v_x - yi * v_y, yi, yj}, x);
}

}  // namespace kiln::inline KILN_TARGET::data

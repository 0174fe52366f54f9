// SPDX-License-Identifier: BSL-1.0
#pragma once
// Tensors as small images, 8-bit grey or RGB.

#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET::report {

/// An image: `height` rows of `width` pixels of 1 (grey) or 3 (red, green, blue) bytes. Without pixels: no image.
struct Bitmap {
    int width = 0, height = 0, channels = 1;
    std::vector<std::uint8_t> pixels{};

    bool empty() const { return pixels.empty(); }
};

/// Whether a tensor of these extents can be shown: rows by columns, alone or as 1 or 3 channels.
constexpr bool is_image(const Extents& x) { return x.rank == 2 || (x.rank == 3 && (x[0] == 1 || x[0] == 3)); }

/// A tensor as an image: bytes unchanged, other numbers times `scale`, from 0 (black) to 1 (white). `bitmap<Shape<1,
/// 28, 28>>(y)` shows a tensor of another shape with as many elements.
template <class As = void, class T, class S>
    requires(is_image(std::conditional_t<std::is_void_v<As>, S, As>::extents) &&
             std::conditional_t<std::is_void_v<As>, S, As>::count == S::count)
Bitmap bitmap(const Tensor<T, S>& values, double scale = 1) {
    constexpr Extents extents = std::conditional_t<std::is_void_v<As>, S, As>::extents;
    constexpr int channels = extents.rank == 2 ? 1 : extents[0];
    Bitmap result{.width = extents[extents.rank - 1], .height = extents[extents.rank - 2], .channels = channels};
    const int area = S::count / channels;
    result.pixels.reserve(static_cast<std::size_t>(S::count));
    for (int i = 0; i < area; ++i)
        for (int c = 0; c < channels; ++c) {
            const T& value = values.data[c * area + i];
            if constexpr (std::is_same_v<T, std::uint8_t>) {
                result.pixels.push_back(value);
            } else {
                const double bright = 255 * scale * static_cast<double>(value);  // NaN is black
                result.pixels.push_back(static_cast<std::uint8_t>(bright > 0 ? bright < 255 ? bright + 0.5 : 255 : 0));
            }
        }
    return result;
}

}  // namespace kiln::inline KILN_TARGET::report

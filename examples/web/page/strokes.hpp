// SPDX-License-Identifier: BSL-1.0
#pragma once
// Makes an image from a drawing, the way MNIST's images were made (Y. LeCun et al.: Gradient-based learning applied to
// document recognition, 1998, section III.A), because the network was trained on those: the digit, its proportions
// kept, fits a box of 20 x 20 pixels, and its centre of mass lies in the centre of 28 x 28. A drawing is kept as lines,
// not as pixels, so that it is drawn here with a pen of one width, however large it was.

#include <kiln/core/math.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/core/tensor.hpp>

#include <algorithm>
#include <span>

using Image = kiln::Tensor<float, kiln::Shape<1, 28, 28>>;

struct Point {
    float x = 0, y = 0;  ///< to the right and down
};
/// A straight piece of a stroke; of length 0 where the pen only touched the paper.
struct Line {
    Point from, to;
};

/// Between a drawing and an image: p becomes scale * p + shift.
struct Placement {
    float scale = 1;
    Point shift;
    constexpr Point operator()(Point p) const { return {scale * p.x + shift.x, scale * p.y + shift.y}; }
};

inline constexpr float box = 20;         ///< of the digit, in pixels
inline constexpr float centre = 14.5f;   ///< of mass of MNIST's images, along both sides; pixel 0 reaches from 0 to 1
inline constexpr float pen = 2.6f;       ///< the width of a stroke, in pixels; drawings have the ink of MNIST's images
inline constexpr float softness = 1.4f;  ///< width of the fading edge, from black to white

/// The image of a drawing whose sheet has sides of length 1; all 0 without lines.
constexpr Image image_of(std::span<const Line> lines);

namespace detail {

constexpr float distance_squared(Point p, const Line& line) {
    const float dx = line.to.x - line.from.x, dy = line.to.y - line.from.y;
    const float px = p.x - line.from.x, py = p.y - line.from.y;
    const float length_squared = dx * dx + dy * dy;
    const float along = length_squared > 0 ? std::clamp((px * dx + py * dy) / length_squared, 0.0f, 1.0f) : 0.0f;
    const float x = px - along * dx, y = py - along * dy;
    return x * x + y * y;
}

// Draws one line over what is there; where two meet, the darker one counts.
constexpr void draw(const Line& line, Image& image) {
    constexpr float reach = (pen + softness) / 2;
    const auto first = [](float a, float b) {
        return static_cast<int>(std::clamp(std::min(a, b) - reach, 0.0f, 28.0f));
    };
    const auto end = [](float a, float b) {
        return static_cast<int>(std::clamp(std::max(a, b) + reach + 1, 0.0f, 28.0f));
    };
    for (int i = first(line.from.y, line.to.y); i < end(line.from.y, line.to.y); ++i)
        for (int j = first(line.from.x, line.to.x); j < end(line.from.x, line.to.x); ++j) {
            const Point middle{static_cast<float>(j) + 0.5f, static_cast<float>(i) + 0.5f};
            const float inside = reach - kiln::sqrt(distance_squared(middle, line));
            image(0, i, j) = std::max(image(0, i, j), std::clamp(inside / softness, 0.0f, 1.0f));
        }
}

constexpr Image drawn(std::span<const Line> lines, const Placement& placement) {
    Image image{};
    for (const Line& line : lines) draw({placement(line.from), placement(line.to)}, image);
    return image;
}

// The middle of the drawing's bounding box is put into the centre. A mere dot is not blown up to a box full of ink.
constexpr Placement fitted(std::span<const Line> lines) {
    constexpr float least = 0.05f;
    Point low = lines[0].from, high = low;
    for (const Line& line : lines)
        for (const Point p : {line.from, line.to}) {
            low = {std::min(low.x, p.x), std::min(low.y, p.y)};
            high = {std::max(high.x, p.x), std::max(high.y, p.y)};
        }
    const float scale = (box - pen) / std::max({high.x - low.x, high.y - low.y, least});
    return {scale, {centre - scale * (low.x + high.x) / 2, centre - scale * (low.y + high.y) / 2}};
}

constexpr Point centre_of_mass(const Image& image) {
    float mass = 0, x = 0, y = 0;
    for (int i = 0; i < 28; ++i)
        for (int j = 0; j < 28; ++j) {
            mass += image(0, i, j);
            x += image(0, i, j) * (static_cast<float>(j) + 0.5f);
            y += image(0, i, j) * (static_cast<float>(i) + 0.5f);
        }
    return {x / mass, y / mass};
}

}  // namespace detail

constexpr Image image_of(std::span<const Line> lines) {
    if (lines.empty()) return Image{};
    Placement placement = detail::fitted(lines);
    const Point mass = detail::centre_of_mass(detail::drawn(lines, placement));
    placement.shift.x += centre - mass.x;
    placement.shift.y += centre - mass.y;
    return detail::drawn(lines, placement);
}

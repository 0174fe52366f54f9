// SPDX-License-Identifier: BSL-1.0
#pragma once
// The picture of a network: a box for each input and layer, an edge for each value that is read. Boxes stand in ranks, each
// below all that it reads. An edge that passes ranks has a bend in each of them. The order within a rank, and then the
// places, follow the means of the neighbours above and below (K. Sugiyama, S. Tagawa, M. Toda: Methods for Visual
// Understanding of Hierarchical System Structures, 1981). At the end the bends of an edge move to one place, if there is
// one between their neighbours in all ranks. Functions are templates, so that only a program that draws compiles them.

#include <kiln/report/detail/markup.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::report {

/// A box, or a bend of an edge: a box without lines of text.
struct NetworkBox {
    std::string title{}, lines[2]{};
    std::vector<std::size_t> reads{};  ///< the boxes and bends above with an edge to this one
    std::size_t rank = 0;
    double x = 0, width = 0;  ///< the centre, and how much room it takes

    bool is_bend() const { return lines[0].empty(); }
};

namespace detail {

// The first characters of a text, counted in UTF-8, and … if there are more.
inline std::string shortened(std::string_view text, std::size_t most) {
    std::string result;
    std::size_t characters = 0;
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) & 0xc0) != 0x80 && ++characters > most) return result + "…";
        result += c;
    }
    return result;
}
inline std::size_t length_of(std::string_view text) {
    std::size_t characters = 0;
    for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return characters;
}

}  // namespace detail

/// The boxes of a network, each behind all that it reads.
template <class Inputs, class Layers>
std::vector<NetworkBox> network_boxes(const Inputs& inputs, const Layers& layers) {
    std::vector<NetworkBox> boxes;
    std::vector<std::string> names;
    const auto add = [&](std::string name, std::string first, const std::string& second) -> NetworkBox& {
        NetworkBox& box = boxes.emplace_back();
        names.push_back(std::move(name));
        box.title = first + ", " + second;
        box.lines[0] = detail::shortened(first, 48);
        box.lines[1] = detail::shortened(second, 48);
        const std::size_t longest = std::max(detail::length_of(box.lines[0]), detail::length_of(box.lines[1]));
        box.width = 7.3 * static_cast<double>(longest) + 22;
        return box;
    };
    for (const auto& input : inputs)
        add(input.name.empty() ? "input" : input.name, input.name.empty() ? "input" : input.name + "  input",
            input.shape);
    for (const auto& layer : layers) {
        const std::size_t before = boxes.size() - 1;
        NetworkBox& box =
            add(layer.position, layer.position + "  " + layer.layer,
                layer.output + (layer.parameters > 0 ? ", " + grouped(layer.parameters) + " parameters" : ""));
        for (const std::string& name : layer.reads)
            for (std::size_t i = 0; i + 1 < names.size(); ++i)
                if (names[i] == name) box.reads.push_back(i);
        if (box.reads.empty() && boxes.size() > 1) box.reads.push_back(before);
    }
    return boxes;
}

/// Moves the bends of an edge, which begin at `first_bend`, to one place, if there is one between their neighbours in all
/// rows.
template <class Boxes>
void straighten_edges(Boxes& boxes, std::size_t first_bend, const auto& row, double gap) {
    for (int sweep = 0; sweep < 4; ++sweep)  // an edge that has moved makes room for others
        for (std::size_t first = first_bend, end = first_bend; first < boxes.size(); first = end) {
            double least = -1e9, most = 1e9, sum = 0;
            for (end = first; end == first || (end < boxes.size() && boxes[end].reads[0] == end - 1); ++end) {
                const auto& here = row[boxes[end].rank];
                const auto at = std::find(here.begin(), here.end(), end);
                const auto distance = [&](std::size_t other) {
                    return (boxes[end].width + boxes[other].width) / 2 + gap;
                };
                if (at != here.begin()) least = std::max(least, boxes[at[-1]].x + distance(at[-1]));
                if (at + 1 != here.end()) most = std::min(most, boxes[at[1]].x - distance(at[1]));
                sum += boxes[end].x;
            }
            if (least > most) continue;
            const double mean = sum / static_cast<double>(end - first);
            for (std::size_t i = first; i < end; ++i) boxes[i].x = mean < least ? least : mean > most ? most : mean;
        }
}

/// Gives boxes their ranks and places; adds bends behind them.
template <class Boxes>
void place_network(Boxes& boxes) {
    const std::size_t count = boxes.size();
    std::size_t ranks = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (const std::size_t read : boxes[i].reads) boxes[i].rank = std::max(boxes[i].rank, boxes[read].rank + 1);
        ranks = std::max(ranks, boxes[i].rank + 1);
    }
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t p = 0; p < boxes[i].reads.size(); ++p)
            while (boxes[boxes[i].reads[p]].rank + 1 < boxes[i].rank) {
                typename Boxes::value_type bend;
                bend.reads.push_back(boxes[i].reads[p]);
                bend.rank = boxes[boxes[i].reads[p]].rank + 1;
                bend.width = 26;
                boxes.push_back(bend);
                boxes[i].reads[p] = boxes.size() - 1;
            }
    std::vector<std::vector<std::size_t>> row(ranks), below(boxes.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        row[boxes[i].rank].push_back(i);
        for (const std::size_t read : boxes[i].reads) below[read].push_back(i);
    }
    const auto mean = [&](const std::vector<std::size_t>& of, double otherwise) {
        double sum = 0;
        for (const std::size_t i : of) sum += boxes[i].x;
        return of.empty() ? otherwise : sum / static_cast<double>(of.size());
    };
    constexpr double gap = 18;
    // Puts a row side by side, in the order of the wanted places and as near to them as there is room.
    const auto place_row = [&](const std::vector<std::size_t>& boxes_of_row, const std::vector<double>& wanted) {
        double left = -1e9, shift = 0;
        for (std::size_t k = 0; k < boxes_of_row.size(); ++k) {
            auto& box = boxes[boxes_of_row[k]];
            box.x = std::max(wanted[k], left + box.width / 2);
            left = box.x + box.width / 2 + gap;
            shift += (wanted[k] - box.x) / static_cast<double>(boxes_of_row.size());
        }
        for (const std::size_t i : boxes_of_row) boxes[i].x += shift;
    };
    for (std::size_t r = 0; r < ranks; ++r) place_row(row[r], std::vector<double>(row[r].size(), 0));
    for (int sweep = 0; sweep < 12; ++sweep)
        for (std::size_t step = 0; step < ranks; ++step) {
            const bool down = sweep % 2 == 0;
            auto& here = row[down ? step : ranks - 1 - step];
            const auto wanted_of = [&](std::size_t i) { return mean(down ? boxes[i].reads : below[i], boxes[i].x); };
            std::vector<double> wanted;
            for (std::size_t k = 0; k < here.size(); ++k) {
                wanted.push_back(wanted_of(here[k]));
                for (std::size_t at = k; at > 0 && wanted[at] < wanted[at - 1]; --at) {
                    std::swap(wanted[at], wanted[at - 1]);
                    std::swap(here[at], here[at - 1]);
                }
            }
            place_row(here, wanted);
        }
    straighten_edges(boxes, count, row, gap);
}

/// The picture as SVG. With a style inside it is a file of its own; without one it is part of a page.
template <class Boxes>
std::string network_svg(Boxes boxes, std::string_view style) {
    constexpr double height = 42, step = 72, margin = 12;
    const auto layers = static_cast<long long>(boxes.size());
    place_network(boxes);
    double left = 0, right = 0, bottom = 0;
    for (const auto& box : boxes) {
        left = std::min(left, box.x - box.width / 2);
        right = std::max(right, box.x + box.width / 2);
        bottom = std::max(bottom, static_cast<double>(box.rank) * step + height);
    }
    const auto across = [&](double x) { return fixed(x - left + margin, 1); };
    const auto down = [&](double y) { return fixed(y + margin, 1); };
    std::string edges, shapes;
    for (const auto& box : boxes) {
        const double top = static_cast<double>(box.rank) * step;
        for (const std::size_t read : box.reads) {
            const auto& from = boxes[read];
            const double start = static_cast<double>(from.rank) * step + height, middle = (start + top) / 2;
            edges += "<path d=\"M" + across(from.x) + ' ' + down(start) + " C" + across(from.x) + ' ' + down(middle) +
                     ' ' + across(box.x) + ' ' + down(middle) + ' ' + across(box.x) + ' ' + down(top) +
                     (box.is_bend() ? " V" + down(top + height) : "") + "\"/>\n";
        }
        if (box.is_bend()) continue;
        shapes += "<g><title>" + escaped(box.title) + "</title><rect x=\"" + across(box.x - box.width / 2) + "\" y=\"" +
                  down(top) + "\" width=\"" + fixed(box.width, 1) + "\" height=\"" + fixed(height, 0) +
                  "\" rx=\"6\"/><text class=\"layer\" x=\"" + across(box.x) + "\" y=\"" + down(top + 18) + "\">" +
                  escaped(box.lines[0]) + "</text><text x=\"" + across(box.x) + "\" y=\"" + down(top + 34) + "\">" +
                  escaped(box.lines[1]) + "</text></g>\n";
    }
    const std::string width = fixed(right - left + 2 * margin, 0), tall = fixed(bottom + 2 * margin, 0);
    return "<svg class=\"network\"" + std::string(style.empty() ? "" : " xmlns=\"http://www.w3.org/2000/svg\"") +
           " role=\"img\" aria-label=\"A network of " + grouped(layers) + " inputs and layers\" viewBox=\"0 0 " +
           width + ' ' + tall + "\" width=\"" + width + "\" height=\"" + tall + "\">\n" + std::string(style) +
           "<g class=\"edges\">\n" + edges + "</g>\n" + shapes + "</svg>\n";
}

}  // namespace kiln::inline KILN_TARGET::report

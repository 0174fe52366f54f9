// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE report.detail.network
#include <kiln/report/detail/network.hpp>
#include <kiln/report/parts.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace kiln;

namespace {

// A chain, two branches of unequal length, a join, and an edge that passes three ranks.
const std::vector<report::NetworkInput> inputs{{"left", "3 × 8 × 8"}, {"right", "4"}};
const std::vector<report::Layer> layers{{"a", "Conv<3, 8, 3>", "8 × 6 × 6", 224, 0, {"left"}},
                                        {"b", "ReLU", "8 × 6 × 6", 0, 0, {}},
                                        {"c", "Flatten", "288", 0, 0, {}},
                                        {"d", "Linear<4, 288>", "288", 1440, 0, {"right"}},
                                        {"e", "Add", "288", 0, 0, {"c", "d"}},
                                        {"f", "Concat<>", "576", 0, 0, {"e", "c"}}};

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_box_stands_below_all_that_it_reads) {
    auto boxes = report::network_boxes(inputs, layers);
    BOOST_REQUIRE(boxes.size() == 8u);
    BOOST_TEST(boxes[6].reads.size() == 2u);
    BOOST_TEST(boxes[3].reads == std::vector<std::size_t>{2});  // the layer before
    report::place_network(boxes);
    BOOST_TEST(boxes.size() > 8u);  // d is read four ranks below the input
    for (const auto& box : boxes)
        for (const std::size_t read : box.reads) BOOST_TEST(boxes[read].rank + 1 == box.rank);
}

BOOST_AUTO_TEST_CASE(boxes_of_a_rank_do_not_overlap) {
    auto boxes = report::network_boxes(inputs, layers);
    report::place_network(boxes);
    for (std::size_t i = 0; i < boxes.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (boxes[i].rank == boxes[k].rank) {
                const double distance = boxes[i].x < boxes[k].x ? boxes[k].x - boxes[i].x : boxes[i].x - boxes[k].x;
                BOOST_TEST(distance > (boxes[i].width + boxes[k].width) / 2);
            }
}

// Two edges pass layers of all widths, one within the other, as in a U-Net.
BOOST_AUTO_TEST_CASE(long_edges_run_straight_and_through_no_box) {
    std::vector<report::Layer> nested{{"outer", "ReLU", "8", 0, 0, {"left"}}, {"inner", "ReLU", "8", 0, 0, {"outer"}}};
    for (const int width : {3, 40, 9, 30, 1}) {
        const std::string name = "w" + std::to_string(width);
        nested.push_back(
            {name, std::string(static_cast<std::size_t>(width), 'x'), "8", 0, 0, {nested.back().position}});
    }
    nested.push_back({"first join", "Add", "8", 0, 0, {"w1", "inner"}});
    nested.push_back({"wide", std::string(40, 'x'), "8", 0, 0, {"first join"}});
    nested.push_back({"second join", "Add", "8", 0, 0, {"wide", "outer"}});
    auto boxes = report::network_boxes(std::vector<report::NetworkInput>{{"left", "8"}}, nested);
    report::place_network(boxes);
    int straight = 0;
    for (const auto& box : boxes)
        if (box.is_bend() && boxes[box.reads[0]].is_bend()) {
            BOOST_TEST(box.x == boxes[box.reads[0]].x);
            ++straight;
        }
    BOOST_TEST(straight == 4 + 7);
    for (const auto& bend : boxes)
        for (const auto& box : boxes)
            if (bend.is_bend() && &bend != &box && bend.rank == box.rank)
                BOOST_TEST(std::abs(bend.x - box.x) > box.width / 2);
}

BOOST_AUTO_TEST_CASE(the_picture_has_a_box_for_each_layer_and_shows_any_text) {
    auto odd = layers;
    odd[1].layer = "Mine<\"&\">";
    odd[2].layer = std::string(60, 'x');
    const std::string svg = report::network_svg(report::network_boxes(inputs, odd), "");
    BOOST_TEST(count(svg, "<rect ") == 8u);
    BOOST_TEST(count(svg, "Mine&lt;&quot;&amp;&quot;&gt;") == 2u);  // in the box, and as its title
    BOOST_TEST(count(svg, std::string(60, 'x')) == 1u);             // shortened in the box
    BOOST_TEST(svg.find("1,440 parameters") != std::string::npos);
    BOOST_TEST(svg.starts_with("<svg "));
}

BOOST_AUTO_TEST_CASE(a_network_without_layers_is_a_picture_too) {
    const std::string svg = report::network_svg(
        report::network_boxes(std::vector<report::NetworkInput>{}, std::vector<report::Layer>{}), "");
    BOOST_TEST(count(svg, "<rect ") == 0u);
}

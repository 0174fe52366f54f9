// SPDX-License-Identifier: BSL-1.0
#pragma once
// The items of a graph (nets/graph.hpp), and the words of the messages about them.

#include <kiln/core/fixed_string.hpp>

namespace kiln {

/// An input of a graph.
template <fixed_string Name>
struct Input;
/// A layer that reads the values named From.
template <fixed_string Name, class L, fixed_string... From>
struct Node;
/// The values that a graph puts out, in the order of its outputs.
template <fixed_string... Names>
struct Output;
/// In the place of a layer: the layer of an earlier node, with the same parameters.
template <fixed_string Name>
struct Shared {};

// The mistakes of a graph, in the words of messages (core/facts.hpp).
template <fixed_string Name>
struct node;
template <fixed_string Name>
struct unknown_name;
template <fixed_string Name>
struct defined_later;
template <fixed_string Name>
struct is_no_node;
template <fixed_string Name>
struct put_out_twice;
struct an_earlier_node;
struct duplicate_name;
struct leads_to_no_output;
struct no_input;
struct no_output;
struct at_least_one_value_to_read;
struct fewer_values_to_read;
struct earlier_values_to_read;
struct outputs_that_are_parts;
struct a_name_without_dots;  // of one character or more
struct an_input_a_node_or_an_output;
/// The verdict on a graph whose nodes are not connected as they must be.
template <class... Facts>
struct graph_mismatch {};

}  // namespace kiln

// SPDX-License-Identifier: BSL-1.0
#pragma once
// The words in which the compiler reports a network that does not fit. The words are types, so that they stand in the
// first line of the one error:
//
//   error: 'shapes_agree' is not a member of 'kiln::shape_mismatch<kiln::layer<3>, kiln::Linear<1000, 10>,
//           kiln::expects<kiln::elements<1000> >, kiln::got<kiln::Shape<8, 13, 13> >,
//           kiln::try_this<kiln::Linear<1352, 10> > >'
//
// layer<2, 0> is the first layer within the third. Layers name their needs with the words below, or with words of their
// own.

#include <kiln/core/target.hpp>

namespace kiln {

template <int... Position>
struct layer;
// Where a container branches, every step of the position is spelled: at<layer<2>, branch<1>, layer<0>>.
template <class... Steps>
struct at;
template <int I>
struct branch;
struct the_join;
struct each_frame;  // the layer that Each applies to every frame
template <class Need>
struct expects;
template <class In>
struct got;
template <class Layer>
struct try_this;
template <class... Ways>
struct try_one_of;
template <class Member>
struct missing;

// The needs of a layer, a model or a loss.
template <int Count>
struct elements;
template <int Count>
struct channels;
template <int Size>
struct last_sizes_multiply_to;
template <int Rank>
struct rank;
struct a_sequence;  // Shape<T, F…>: T frames, time first
template <int Features>
struct frames_of;  // Shape<T, Features>
template <int Count>
struct frames_of_at_least;
struct recurrent_layer;  // RNN, GRU or LSTM, without LearnedStart
template <int Rows, int Columns>
struct map_of_at_least;
struct positive_arguments;
struct a_constexpr_function_of_any_element;  // an empty type, its call operator constexpr
struct select_in_the_place_of_a_branch;      // because an element may be several samples
struct probability_below_one;
struct channels_divisible_by_groups;
template <int Heads>
struct features_divisible_by;  // the heads of attention
struct padding_of_at_most_half_the_window;
struct output_padding_below_the_stride;
template <int Count>
struct inputs;
template <int Count>
struct outputs;
struct at_least_one_layer;
struct at_least_one_stack;
struct activations_of_single_elements;  // of a WaveNet's stacks
template <int Stack>
struct head_as_wide_as_the_next_stack;  // of a WaveNet's stack
struct inputs_of_one_shape;                  // two or more
struct inputs_alike_but_for_the_first_size;  // two or more
struct matrices;                             // of one rank, from two up
struct equal_leading_sizes;                  // all but the last two
struct columns_equal_to_rows;                // of the first matrix, of the second
struct equal_columns;
struct equal_rows;
struct real_numbers;  // and got tokens
template <int Count>
struct tokens_below;
struct a_shape;
struct one_to_five_dimensions;
struct positive_sizes;
struct fewer_elements;  // than 2,147,483,647, in one tensor
struct anything_else;
template <int Count>
struct losses;  // one for each output
struct logits;  // outputs of any size; the loss itself takes softmax or sigmoid
struct logarithms_of_probabilities;
struct labels_as_targets;                // of a loss that is judged_by classes
struct targets_of_the_output_shape;      // of a loss that is judged_by labels, distributions or values
struct a_layer_that_reads_lengths;       // or an output that is a sequence
struct a_layer_that_takes_fewer_frames;  // Linear of all frames takes T and no fewer
struct a_layer_that_leaves_padding_out;  // Concat, MatMul and Softmax of whole sequences do not
struct a_loss_that_leaves_padding_out;
struct frames_that_depend_on_no_later_frame;  // of a layer in a stream
struct voices_of_floats;                      // elements of a stream: float, or Lanes<float, L>

// Members of the layer contract (core/contract/layer.hpp) that a type may lack.
namespace member {
struct shape;      // static constexpr Fit shape(Extents in)
struct forward;    // static void forward(x, y, at)
struct backward;   // static void backward(x, y, dy, dx, at)
struct describe;   // static void describe(x, y, at)
struct kind;       // static constexpr Kind kind()
struct claims_of;  // using claims_of = the layer itself: its inherited claims are true
}  // namespace member

// The ways to a layer's derivatives, for a layer that has forward alone; then the ways to a stream.
namespace way {
struct Activation;  // kiln::Activation<F>, if the layer is one function F of each element
struct express;     // static constexpr auto express(x, parameters...) in the place of forward
struct backward;    // static void backward(x, y, dy, dx, at), by hand

struct framewise;  // static constexpr bool framewise(Extents): each frame follows from the same frame of the input
struct step;       // Carry, reset and step (core/contract/stream.hpp)
struct GRU;        // layers that know the past
struct CausalConv1d;
struct CausalAttention;
}  // namespace way

/// The verdict on a network that does not fit its input. The missing member `shapes_agree` makes naming it the error.
template <class... Facts>
struct shape_mismatch {};
/// The verdict on a type that is not a layer.
template <class... Facts>
struct not_a_layer {};
/// The verdict on a loss that cannot be computed from the network's output, or has other targets than the data.
template <class... Facts>
struct loss_mismatch {};
/// The verdict on samples with lengths, of which the network or its loss would know nothing.
template <class... Facts>
struct lengths_mismatch {};
/// The verdict on a network with a layer that cannot be exported, without the member `all_layers_are_described`.
template <class... Facts>
struct not_described {};
/// The verdict on a network that cannot run frame by frame, without the member `runs_frame_by_frame`.
template <class... Facts>
struct not_streamable {};
/// The verdict on a network that can run frame by frame.
struct streamable {
    static constexpr bool runs_frame_by_frame = true;
};
/// The verdict on a network with a layer that other programs do not know, without the member `all_layers_are_known`.
template <class... Facts>
struct not_known {};
/// The verdict on a network of layers that other programs know.
struct layers_known {
    static constexpr bool all_layers_are_known = true;
};
/// The verdict on a network that can be exported.
struct layers_described {
    static constexpr bool all_layers_are_described = true;
};
/// The verdict on a network that fits its input, and on a loss that fits its network.
struct shapes_fit {
    static constexpr bool shapes_agree = true;
};

}  // namespace kiln

namespace kiln::inline KILN_TARGET::detail {
// A need of a layer, and whether it is met.
template <bool Met, class Need>
struct need;
// The first need that is not met.
template <class... Needs>
struct first_unmet;
template <class Need, class... Rest>
struct first_unmet<need<false, Need>, Rest...> {
    using type = Need;
};
template <class Need, class... Rest>
struct first_unmet<need<true, Need>, Rest...> : first_unmet<Rest...> {};
}  // namespace kiln::inline KILN_TARGET::detail

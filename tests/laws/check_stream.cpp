// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.check_stream
#include <kiln/laws/check_stream.hpp>
#include <kiln/layers/activation.hpp>
#include <kiln/layers/causal_conv1d.hpp>
#include <kiln/layers/dropout.hpp>
#include <kiln/layers/embedding.hpp>
#include <kiln/layers/layer_norm.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/softmax.hpp>
#include <kiln/nets/each.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

using namespace kiln;

namespace {

enum class Mistake {
    none,
    begins_each_block_anew,
    begins_blocks_of_five_anew,
    resets_nothing,
    narrow_field,
    no_field,
    prepares_half,
    looks_ahead
};

/// y_t = weight (x_t - x_(t - 1)), where x is 0 before the sequence, with a mistake.
template <Mistake M>
struct Change {
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = in.rank == 2}; }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<In::extents[1]>>, weight));
    };
    template <class S, class In>
    using Prepared = Parameters<S, In>;
    template <class E, class In>
    using Carry = Tensor<E, Shape<In::extents[1]>>;
    static constexpr int receptive_field(Extents) {
        return M == Mistake::no_field ? 0 : M == Mistake::narrow_field ? 1 : 2;
    }

    static constexpr void prepare(const auto& parameters, auto& prepared) {
        for (int f = M == Mistake::prepares_half ? 1 : 0; f < prepared.weight.count; ++f)
            prepared.weight[f] = parameters.weight[f];
    }
    static constexpr void reset(auto& carry, const auto&) {
        if constexpr (M != Mistake::resets_nothing) carry = {};
    }
    template <class E, int N, int F>
    static constexpr void step(const Tensor<E, Shape<N, F>>& x, Tensor<E, Shape<N, F>>& y, Tensor<E, Shape<F>>& carry,
                               const auto& at) {
        if (M == Mistake::resets_nothing && !(lane(carry[0], 0) == lane(carry[0], 0))) carry = {};
        if (M == Mistake::begins_each_block_anew) carry = {};
        if (M == Mistake::begins_blocks_of_five_anew && N == 5) carry = {};
        run(x, y, carry, at.prepared.weight);
    }
    template <class E, int T, int F>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<T, F>>& y, auto at) {
        Tensor<E, Shape<F>> before{};
        if constexpr (M == Mistake::looks_ahead && T > 1)
            for (int f = 0; f < F; ++f) before[f] = x(1, f);
        run(x, y, before, at.parameters.weight);
    }
    template <class E, int T, int F>
    static constexpr void backward(const Tensor<E, Shape<T, F>>&, const auto&, const auto&, auto&, auto) {}

  private:
    template <class E, int T, int F>
    static constexpr void run(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<T, F>>& y, Tensor<E, Shape<F>>& before,
                              const auto& weight) {
        for (int t = 0; t < T; ++t)
            for (int f = 0; f < F; ++f) {
                y(t, f) = (x(t, f) - before[f]) * E(weight[f]);
                before[f] = x(t, f);
            }
    }
};

/// Says that it is framewise, but is not: each frame less the first.
struct LessTheFirst {
    static constexpr bool framewise(Extents) { return true; }
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = in.rank == 2}; }
    template <class E, int T, int F>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<T, F>>& y, auto) {
        for (int t = 0; t < T; ++t)
            for (int f = 0; f < F; ++f) y(t, f) = x(t, f) - x(0, f);
    }
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};

/// A factor for each frame, which blocks of fewer frames have fewer of.
struct FactorOfEachFrame {
    static constexpr bool framewise(Extents) { return true; }
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = in.rank == 2}; }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<In::extents[0]>>, weight));
    };
    template <class E, int T, int F>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<T, F>>& y, auto at) {
        for (int t = 0; t < T; ++t)
            for (int f = 0; f < F; ++f) y(t, f) = x(t, f) * E(at.parameters.weight[t]);
    }
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};

/// Says that it is framewise, but has Frames frames of output on twelve frames, and FewFrames on any fewer.
template <int Frames, int FewFrames>
struct OtherFrames {
    static constexpr bool framewise(Extents) { return true; }
    static constexpr Fit shape(Extents in) {
        return {.out = {in[0] == 12 ? Frames : FewFrames, in[1]}, .fits = in.rank == 2};
    }
    template <class E, class In, class Out>
    static constexpr void forward(const Tensor<E, In>& x, Tensor<E, Out>& y, auto) {
        for (E& value : y) value = x[0];
    }
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};

template <class L>
std::string finding() {
    std::ostringstream text;
    text << check_stream<L, Shape<12, 3>>();
    return text.str();
}
bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(layers_that_keep_the_rules_pass) {
    BOOST_TEST((check_stream<Change<Mistake::none>, Shape<12, 3>>()));
    BOOST_TEST((check_stream<Change<Mistake::none>, Shape<12, 3>, double>()));
    BOOST_TEST((check_stream<Change<Mistake::none>, Shape<1, 3>>()));
    BOOST_TEST((check_stream<Change<Mistake::none>, Shape<2, 1>>()));
    BOOST_TEST((check_stream<CausalConv1d<2, 3, 3, 2>, Shape<12, 2>>()));
    BOOST_TEST((check_stream<Each<Linear<3, 4>>, Shape<12, 3>>()));
    BOOST_TEST((check_stream<Each<Softmax>, Shape<12, 3>>()));
    BOOST_TEST((check_stream<Tanh, Shape<12, 3>>()));
    BOOST_TEST((check_stream<Dropout<0.5>, Shape<12, 3>>()));
    BOOST_TEST((check_stream<LayerNorm<3>, Shape<12, 3>>()));
    BOOST_TEST((check_stream<Embedding<9, 4>, Tokens<9, 12>>()));
}

BOOST_AUTO_TEST_CASE(each_mistake_is_found_and_named) {
    BOOST_TEST(finding<Change<Mistake::none>>() == "the rules of streams are kept");
    BOOST_TEST(has(finding<Change<Mistake::begins_each_block_anew>>(),
                   "blocks are not the bits of the whole sequence (blocks of 1 of 12 frames)"));
    BOOST_TEST(has(finding<Change<Mistake::resets_nothing>>(), "reset does not forget the past"));
    BOOST_TEST(finding<Change<Mistake::narrow_field>>() ==
               "a frame depends on frames before the receptive field (blocks of 1 of 12 frames)");
    BOOST_TEST(has(finding<Change<Mistake::prepares_half>>(), "blocks are not the bits of the whole sequence"));
    BOOST_TEST(has(finding<Change<Mistake::looks_ahead>>(), "blocks are not the bits of the whole sequence"));
    BOOST_TEST(has(finding<LessTheFirst>(), "blocks are not the bits of the whole sequence"));
    BOOST_TEST(finding<Change<Mistake::begins_blocks_of_five_anew>>() ==
               "blocks of many sizes are not the bits of the whole sequence (blocks of 5 of 12 frames)");
    BOOST_TEST(finding<Change<Mistake::no_field>>() == "the receptive field is no frame");
}

BOOST_AUTO_TEST_CASE(sizes_that_depend_on_the_number_of_frames_are_found_before_they_are_used) {
    BOOST_TEST(finding<FactorOfEachFrame>() ==
               "parameters or state depend on the number of frames (blocks of 1 of 12 frames)");
    BOOST_TEST((finding<OtherFrames<1, 1>>()) == "the output is no sequence of as many frames");
    BOOST_TEST((finding<OtherFrames<12, 2>>()) ==
               "the output is no sequence of as many frames (blocks of 1 of 12 frames)");
}

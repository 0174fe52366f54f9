// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.check_lengths
#include <kiln/laws/check_gradients.hpp>
#include <kiln/laws/check_lengths.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/layers/over_time.hpp>
#include <kiln/nets/each.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include "laws/sequences.hpp"

#include <sstream>
#include <string>

using namespace kiln;
using namespace kiln::laws;

namespace {

enum class Mistake { none, ignores_lengths, one_frame_more, slopes_of_padding, other_lanes, wrong_length };

/// y_t = x_t + the mean of the frames that there are, with a mistake.
template <Mistake M>
struct AboutTheMean {
    static constexpr bool reads_lengths = true;
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = in.rank == 2}; }
    static constexpr int length(Extents, int length) { return M == Mistake::wrong_length ? (length + 1) / 2 : length; }
    template <class E>
    static constexpr int frames(const Pass& pass, int l, int T) {
        if (M == Mistake::ignores_lengths) return T;
        if (M == Mistake::other_lanes) return pass.length(0, T);
        if (M == Mistake::one_frame_more && pass.length(l, T) < T) return pass.length(l, T) + 1;
        return pass.length(l, T);
    }
    template <class E, int T, int F>
    static constexpr void forward(const Tensor<E, Shape<T, F>>& x, Tensor<E, Shape<T, F>>& y, auto at) {
        for (int f = 0; f < F; ++f)
            for (int l = 0; l < width<E>; ++l) {
                const int n = frames<E>(at.pass, l, T);
                scalar_t<E> sum(0);
                for (int t = 0; t < n; ++t) sum += lane(x(t, f), l);
                for (int t = 0; t < T; ++t) set_lane(y(t, f), l, lane(x(t, f), l) + sum / scalar_t<E>(n));
            }
    }
    template <class E, int T, int F>
    static constexpr void backward(const Tensor<E, Shape<T, F>>&, const auto&, const Tensor<E, Shape<T, F>>& dy,
                                   auto& dx, auto at) {
        if constexpr (!is_nothing<decltype(dx)>)
            for (int f = 0; f < F; ++f)
                for (int l = 0; l < width<E>; ++l) {
                    const int n = frames<E>(at.pass, l, T);
                    scalar_t<E> sum(0);
                    for (int t = 0; t < n; ++t) sum += lane(dy(t, f), l);
                    for (int t = 0; t < T; ++t)
                        set_lane(dx(t, f), l,
                                 lane(dy(t, f), l) + (t < n || M == Mistake::slopes_of_padding ? sum / scalar_t<E>(n)
                                                                                               : scalar_t<E>(0)));
                }
    }
};

/// A factor for each frame, which a shorter sample has fewer of.
struct FactorOfEachFrame {
    static constexpr bool reads_lengths = true;
    static constexpr Fit shape(Extents in) { return {.out = in, .fits = in.rank == 2}; }
    static constexpr int length(Extents, int length) { return length; }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<In::extents[0]>>, weight));
    };
    static constexpr void forward(const auto& x, auto& y, auto) { y = x; }
    static constexpr void backward(const auto&, const auto&, const auto&, auto&, auto) {}
};

template <Mistake M>
std::string finding() {
    std::ostringstream text;
    text << check_lengths<AboutTheMean<M>, Shape<5, 2>>();
    return text.str();
}
bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_CASE(layers_that_keep_the_rules_pass) {
    BOOST_TEST((check_lengths<AboutTheMean<Mistake::none>, Shape<5, 2>>()));
    BOOST_TEST((check_lengths<MeanOverTime, Shape<6, 3>>()));
    BOOST_TEST((check_lengths<FromTheEnd, Shape<6, 3>>()));
    BOOST_TEST((check_lengths<EveryOther, Shape<6, 3>>()));
    BOOST_TEST((check_lengths<EveryOther, Shape<7, 2>>()));
    BOOST_TEST((check_lengths<Each<Linear<3, 4>>, Shape<6, 3>>()));
    BOOST_TEST((check_lengths<MeanOverTime, Shape<1, 3>>()));
    BOOST_TEST(finding<Mistake::none>() == "the rules of lengths are kept");
}

BOOST_AUTO_TEST_CASE(the_layers_of_the_tests_have_right_gradients) {
    BOOST_TEST((check_gradients<AboutTheMean<Mistake::none>, Shape<5, 2>>()));
    BOOST_TEST((check_gradients<MeanOverTime, Shape<6, 3>>()));
    BOOST_TEST((check_gradients<FromTheEnd, Shape<6, 3>>()));
    BOOST_TEST((check_gradients<EveryOther, Shape<6, 3>>()));
    BOOST_TEST((check_gradients<Each<Linear<3, 4>>, Shape<6, 3>>()));
}

BOOST_AUTO_TEST_CASE(each_mistake_is_found_and_named) {
    BOOST_TEST(has(finding<Mistake::ignores_lengths>(), "outputs depend on padding (length 1 of 5)"));
    BOOST_TEST(has(finding<Mistake::ignores_lengths>(), "outputs are not the bits of the short sample's"));
    BOOST_TEST(has(finding<Mistake::one_frame_more>(), "outputs depend on padding"));
    BOOST_TEST(finding<Mistake::slopes_of_padding>() == "slopes of padding are not 0 (length 1 of 5)");
    BOOST_TEST(has(finding<Mistake::other_lanes>(), "outputs depend on the lengths of other lanes"));
    BOOST_TEST(has(finding<Mistake::wrong_length>(), "the rule `length` does not give the frames"));
    std::ostringstream text;
    text << check_lengths<FactorOfEachFrame, Shape<5, 2>>();
    BOOST_TEST(has(text.str(), "parameters or state depend on the number of frames (length 1 of 5)"));
}

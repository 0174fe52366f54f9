// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE laws.check_gradients
#include <kiln/core/functions.hpp>
#include <kiln/laws/check_gradients.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

using namespace kiln;

namespace {

enum class Mistake { none, dx, sign, forgotten, set, twice, without_dx, nan };

/// y_i = gain_i sin(x_i) + offset_i, with a mistake in backward.
template <Mistake M>
struct Wave {
    static constexpr Fit shape(Extents in) { return {.out = in}; }
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, In>, gain), (Tensor<S, In>, offset));
    };
    template <class E, class In>
    static constexpr void forward(const Tensor<E, In>& x, Tensor<E, In>& y, auto at) {
        for (int i = 0; i < x.count; ++i)
            y[i] = E(at.parameters.gain[i]) * math::sin(x[i]) + E(at.parameters.offset[i]);
    }
    template <class E, class In>
    static constexpr void backward(const Tensor<E, In>& x, const auto&, const Tensor<E, In>& dy, auto& dx, auto at) {
        for (int i = 0; i < x.count; ++i) {
            if constexpr (!is_nothing<decltype(dx)>) {
                dx[i] = E(at.parameters.gain[i]) * math::cos(x[i]) * dy[i];
                if (M == Mistake::dx && i == 2) dx[i] = dx[i] * E(2);
                if (M == Mistake::nan && i == 1) dx[i] = math::log(E(-1));
            }
            const auto gain = math::reduce(dy[i] * math::sin(x[i])), offset = math::reduce(dy[i]);
            at.gradients.gain[i] += M == Mistake::sign ? -gain : gain;
            if constexpr (M == Mistake::set)
                at.gradients.offset[i] = offset;
            else if constexpr (M == Mistake::twice)
                at.gradients.offset[i] += at.gradients.offset[i] + offset;
            else if constexpr (M == Mistake::without_dx && is_nothing<decltype(dx)>)
                at.gradients.offset[i] += offset + offset;
            else if constexpr (M != Mistake::forgotten)
                at.gradients.offset[i] += offset;
        }
    }
};

template <Mistake M>
GradientCheck check() {
    return check_gradients<Wave<M>, Shape<2, 3>>();
}
std::string text(const GradientCheck& check) {
    std::ostringstream out;
    out << check;
    return out.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_right_layer_passes_whatever_the_options) {
    BOOST_TEST(check<Mistake::none>());
    BOOST_TEST((check_gradients<Wave<Mistake::none>, Shape<4>>({.seed = 9, .tolerance = 1e-14, .range = 3})));
    BOOST_TEST(text(check<Mistake::none>()).starts_with("backward is the derivative of forward, within "));
    BOOST_TEST(check<Mistake::none>().tensors.size() == 3u);
}

BOOST_AUTO_TEST_CASE(each_mistake_is_found_and_said) {
    const GradientCheck dx = check<Mistake::dx>();
    BOOST_TEST(!dx);
    BOOST_TEST(dx.tensors[0].worst == 2);
    BOOST_TEST(std::abs(dx.tensors[0].found - 2 * dx.tensors[0].expected) < 1e-12);
    BOOST_TEST(text(dx).starts_with("backward is not the derivative of forward: dx: relative error "));
    BOOST_TEST(text(dx).find(" at [2], expected ") != std::string::npos);
    BOOST_TEST(text(dx).find("gain") == std::string::npos);

    BOOST_TEST(!check<Mistake::sign>());
    BOOST_TEST(text(check<Mistake::sign>()).find(" gradient of gain: relative error 2 at") != std::string::npos);
    BOOST_TEST(!check<Mistake::forgotten>());
    BOOST_TEST(text(check<Mistake::forgotten>()).find("offset: relative error 1 at") != std::string::npos);
    BOOST_TEST(text(check<Mistake::forgotten>()).find("no derivative reaches it (all are 0);") != std::string::npos);
    for (const GradientCheck& added : {check<Mistake::set>(), check<Mistake::twice>()}) {
        BOOST_TEST(!added);
        BOOST_TEST(text(added).find("offset: backward does not add to it exactly once; tol") != std::string::npos);
    }
    BOOST_TEST(!check<Mistake::without_dx>());
    BOOST_TEST(text(check<Mistake::without_dx>()).find("offset: it differs by 1 when nobody wants dx; tolerance") !=
               std::string::npos);
    BOOST_TEST(!check<Mistake::nan>());
    BOOST_TEST(text(check<Mistake::nan>()).find("dx: relative error inf at [1]") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_within_the_tolerance_passes) {
    BOOST_TEST((check_gradients<Wave<Mistake::sign>, Shape<2>>({.tolerance = 3})));
}

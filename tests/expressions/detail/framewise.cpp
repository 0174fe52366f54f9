// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE expressions.detail.framewise
#include <kiln/core/contract.hpp>
#include <kiln/expressions/detail/framewise.hpp>
#include <kiln/expressions/expressed.hpp>

#include <boost/hana/define_struct.hpp>
#include <boost/test/unit_test.hpp>

using namespace kiln;

namespace {

// A layer of an expression of x, a weight (4, 4) and a bias (4).
template <auto Express>
struct Of : Expressed<Of<Express>> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<4, 4>>, weight), (Tensor<S, Shape<4>>, bias));
    };
    static constexpr auto express(auto x, auto weight, auto bias) { return Express(x, weight, bias); }
};
constexpr Extents frames{9, 4}, four_frames{4, 4}, maps{9, 4, 4};
template <auto Express>
constexpr bool maps_frames(Extents in = frames) {
    return Of<Express>::shape(in).fits && is_framewise<Of<Express>>(in);
}
template <auto Express>
constexpr bool mixes_frames_of(Extents in = frames) {
    return Of<Express>::shape(in).fits && !is_framewise<Of<Express>>(in);
}

// Element by element: a bias for each feature, but no number for each frame.
static_assert(maps_frames<[](auto x, auto, auto b) { return tanh(x * 2 + b) * x; }>());
static_assert(maps_frames<[](auto x, auto w, auto) { return x * slice(w, Axis{0}, 0, 1); }>());
static_assert(mixes_frames_of<[](auto x, auto w, auto) { return x + w; }>(four_frames));

// Along an axis: over features, but not over time.
static_assert(maps_frames<[](auto x, auto, auto b) { return softmax(x, Axis{1}) - mean(x, Axis{-1}) + b; }>());
static_assert(mixes_frames_of<[](auto x, auto, auto) { return softmax(x, Axis{0}); }>());
static_assert(mixes_frames_of<[](auto x, auto, auto) { return x - mean(x, Axis{-2}); }>());
static_assert(mixes_frames_of<[](auto x, auto, auto) { return x / sum(x); }>());

// Products: rows of frames, or a matrix for each frame.
static_assert(maps_frames<[](auto x, auto w, auto b) { return affine(w, x, b); }>());
static_assert(maps_frames<[](auto x, auto w, auto) { return matmul(x, transpose(w)); }>());
static_assert(maps_frames<[](auto x, auto, auto) { return matmul(x, transpose(x)); }>(maps));
static_assert(mixes_frames_of<[](auto x, auto, auto) { return matmul(x, transpose(x)); }>());
static_assert(mixes_frames_of<[](auto x, auto w, auto) { return matmul(w, x); }>(four_frames));
static_assert(mixes_frames_of<[](auto x, auto, auto) { return affine(x, x); }>(four_frames));

// Places: within frames.
static_assert(maps_frames<[](auto x, auto, auto) { return transpose(x); }>(maps));
static_assert(mixes_frames_of<[](auto x, auto, auto) { return transpose(x); }>());
static_assert(maps_frames<[](auto x, auto, auto) { return concat(Axis{1}, slice(x, Axis{1}, 2, 4), x); }>());
static_assert(mixes_frames_of<[](auto x, auto, auto) { return slice(x, Axis{0}, 0, 2); }>());
static_assert(mixes_frames_of<[](auto x, auto, auto) { return concat(Axis{0}, x, x); }>());
static_assert(mixes_frames_of<[](auto x, auto w, auto) { return concat(Axis{1}, x, w); }>(four_frames));
static_assert(mixes_frames_of<[](auto x, auto, auto) { return reshape(x, 9, 4); }>());

struct Looks : Expressed<Looks> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (Tensor<S, Shape<7, 3>>, table));
    };
    static constexpr auto express(auto tokens, auto table) { return gather(table, tokens); }
};
static_assert(is_framewise<Looks>(Tokens<7, 9>::extents));

}  // namespace

BOOST_AUTO_TEST_CASE(expressions_map_frames_or_mix_them) {
    BOOST_TEST((maps_frames<[](auto x, auto, auto b) { return x + b; }>()));
}

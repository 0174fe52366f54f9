// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE expressions.symbol
#include <kiln/expressions/symbol.hpp>

#include <boost/test/unit_test.hpp>

#include <initializer_list>

using namespace kiln;
using expressions::Notes;

namespace {

/// The notes of an expression of one value x and one parameter w.
constexpr Notes notes_of(auto express) {
    Notes notes;
    notes.inputs = 1;
    notes.arguments = 2;
    for (int i = 0; i < 2; ++i) notes.add({.primitive = Primitive::argument, .axis = i});
    express(Symbol(&notes, 0), Symbol(&notes, 1));
    return notes;
}
constexpr bool are(const Notes& notes, std::initializer_list<Primitive> primitives) {
    int i = 2;
    for (const Primitive primitive : primitives)
        if (notes.at[i++].primitive != primitive) return false;
    return notes.count == i;
}

using P = Primitive;
static_assert(are(notes_of([](auto x, auto w) { x + w; }), {P::add}));
static_assert(are(notes_of([](auto x, auto w) { tanh(x * w) - exp(x * w); }),
                  {P::multiply, P::tanh, P::exp, P::subtract}));
static_assert(are(notes_of([](auto x, auto) { x * 2 + 2 / x; }), {P::constant, P::multiply, P::divide, P::add}));

// Equal primitives of equal operands are noted once; those with other operands, axes, numbers or sizes are not.
static_assert(notes_of([](auto x, auto w) { (x + w) * (x + w); }).count == 4);
static_assert(notes_of([](auto x, auto w) { (x + w) * (w + x); }).count == 5);
static_assert(notes_of([](auto x, auto) { sum(x, Axis{0}) + sum(x, Axis{1}); }).count == 5);
static_assert(notes_of([](auto x, auto) { x * 2 + x * 3; }).count == 7);
static_assert(notes_of([](auto x, auto) { reshape(x, 2, 3), reshape(x, 3, 2), reshape(x, 2, 3); }).count == 4);
static_assert(notes_of([](auto x, auto) { select(x > 0, x, 0) + select(x >= 0, x, 0); }).count == 6);
static_assert(notes_of([](auto x, auto) { slice(x, Axis{0}, 0, 2) + slice(x, Axis{0}, 0, 3); }).count == 5);

// A loop notes as many primitives as it has rounds, and x^n is noted with squares.
static_assert(notes_of([](auto x, auto) {
                  for (int i = 0; i < 5; ++i) x = tanh(x);
              }).count == 7);
static_assert(notes_of([](auto x, auto) { pow(x, 8); }).count == 5);
static_assert(notes_of([](auto x, auto) { pow(x, -3); }).count == 6);

// A product of a transposed matrix reads the matrix itself. A parameter alone becomes elements first.
static_assert(notes_of([](auto x, auto) { matmul(x, transpose(x)); }).at[3].last == 1);
static_assert(are(notes_of([](auto, auto w) { sum(w); }), {P::copy, P::sum}));
static_assert(are(notes_of([](auto, auto w) { matmul(w, w); }), {P::copy, P::matmul}));
static_assert(are(notes_of([](auto x, auto w) { matmul(x, w); }), {P::matmul}));

// Too many primitives are counted, not written beyond the end.
constexpr Notes endless = notes_of([](auto x, auto) {
    for (int i = 0; i < 300; ++i) x = tanh(x);
});
static_assert(endless.too_long && endless.count == Notes::most);

}  // namespace

BOOST_AUTO_TEST_CASE(symbols_are_noted_at_run_time_as_well) {
    BOOST_TEST((are(notes_of([](auto x, auto w) {
                        const auto larger = max(x, w), size = abs(x);  // operands have no order at run time
                        larger / size;
                    }),
                    {P::max, P::abs, P::divide})));
}

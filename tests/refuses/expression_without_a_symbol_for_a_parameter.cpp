// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<>, Scale, expects<a_symbol_for_each_input_and_parameter>, got<Shape<4>>>
#include <kiln.hpp>

#include <boost/hana/define_struct.hpp>
struct Scale : kiln::Expressed<Scale> {
    template <class S, class>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (kiln::Tensor<S, kiln::Shape<4>>, gain));
    };
#ifdef REPAIRED
    static constexpr auto express(auto x, auto gain) { return gain * x; }
#else
    static constexpr auto express(auto x) { return 2 * x; }
#endif
};
kiln::Model<Scale, kiln::Shape<4>> model;

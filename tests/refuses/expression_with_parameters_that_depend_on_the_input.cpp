// SPDX-License-Identifier: BSL-1.0
// expects: shape_mismatch<layer<>, Scale, expects<a_shape_rule_for_parameters_that_depend_on_the_input>, got<Shape<4>>>
#include <kiln.hpp>

#include <boost/hana/define_struct.hpp>
struct Scale : kiln::Expressed<Scale> {
    template <class S, class In>
    struct Parameters {
        BOOST_HANA_DEFINE_STRUCT(Parameters, (kiln::Tensor<S, kiln::Shape<In::extents[0]>>, gain));
    };
#ifdef REPAIRED
    static constexpr kiln::Fit shape(kiln::Extents in) { return {.out = in, .fits = in.rank == 1}; }
#endif
    static constexpr auto express(auto x, auto gain) { return gain * x; }
};
kiln::Model<Scale, kiln::Shape<4>> model;

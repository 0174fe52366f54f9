// SPDX-License-Identifier: BSL-1.0
// A container as a user would write it, from the public headers alone: it is in no list, and obeys all laws.
#define BOOST_TEST_MODULE laws.own_container
#include <kiln.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/layer.hpp"
#include "laws/samples.hpp"

#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace mine {

struct a_part_that_keeps_the_shape;

/// y = x + f(x).
template <class F>
struct Residual {
    static constexpr int depth = 1;
    template <int>
    using Layer = F;
    template <int, class In>
    using LayerInput = In;
    template <class G>
    using with_parts = Residual<G>;
    template <class>
    using needs = a_part_that_keeps_the_shape;
    static constexpr kiln::Fit shape(kiln::Extents in) { return kiln::fit_of_part<F>(0, in).that_puts_out(in); }
    template <class E, class In>
    struct Tape : kiln::TapeOfParts<Residual, E, In> {
        kiln::Tensor<E, In> f;
    };
    template <class E, class In, kiln::Wanted W>
    struct Scratch : kiln::ScratchOfParts<Residual, E, In, W> {
        kiln::Tensor<E, In> f;  // the slope of f(x); in inference f(x)
    };
    static constexpr void forward(const auto& x, auto& y, auto at) {
        auto& f = kiln::tape_or_scratch(at).f;
        kiln::forward_part<F>(x, f, kiln::child<0>(at));
        for (int i = 0; i < x.count; ++i) y[i] = x[i] + f[i];
    }
    static constexpr void backward(const auto& x, const auto&, const auto& dy, auto& dx, auto at) {
        at.scratch.f = dy;  // which F may overwrite
        kiln::backward_part<F>(x, at.tape.f, at.scratch.f, dx, kiln::child<0>(at));
        if constexpr (!kiln::is_nothing<decltype(dx)>)
            for (int i = 0; i < x.count; ++i) dx[i] += dy[i];
    }
    static void describe(const auto& x, auto& y, auto at) { y = x.then("Add", x.template through<0, F>(at)); }
};

}  // namespace mine

using namespace kiln;
using namespace kiln::laws;

namespace {

using Image = Shape<2, 4, 4>;
using Block = mine::Residual<Sequential<Conv<2, 2, 3, 1, 1>, Tanh, Conv<2, 2, 3, 1, 1>>>;
using Net =
    Sequential<Linear<4, 6>, mine::Residual<Sequential<Linear<6, 6>, BatchNorm<6>, Tanh, Dropout<0.1>>>, Linear<6, 3>>;
using M = Model<Net, Shape<4>>;

static_assert(kiln::Layer<Block, Image> && Container<Block, Image>);
static_assert(M::parameter_count == 30 + 42 + 12 + 21 && M::multiply_adds == 24 + 36 + (6 + 6) + 18);
static_assert(!mine::Residual<Linear<6, 5>>::shape({6}).fits && mine::Residual<Linear<7, 6>>::shape({6}).depth == 1);

}  // namespace

BOOST_AUTO_TEST_CASE(a_container_of_ones_own_obeys_the_laws) {
    require_layer_laws<mine::Residual<Linear<5, 5>>, Shape<5>>();
    require_layer_laws<Block, Image>();
    require_layer_laws<Sequential<Linear<4, 6>, mine::Residual<Sequential<Tanh, Linear<6, 6>>>, Linear<6, 2>>,
                       Shape<4>>();
    require_layer_laws<mine::Residual<Residual<Linear<5, 5>>>, Shape<5>>();
}

BOOST_AUTO_TEST_CASE(its_parts_are_named_and_summed_up) {
    std::vector<std::string> names;
    for (const TensorSchema& tensor : schema<M::Parameters>) names.emplace_back(tensor.name.c_str());
    const std::vector<std::string> expected{"0.weight",     "0.bias",     "1.0.0.weight", "1.0.0.bias",
                                            "1.0.1.weight", "1.0.1.bias", "2.weight",     "2.bias"};
    BOOST_TEST(names == expected);
    std::ostringstream out;
    out << summary<M>();
    BOOST_TEST(out.str().find("1.0.1") != std::string::npos);
    BOOST_TEST(out.str().find("BatchNorm<6") != std::string::npos);
}

// With batch statistics inside, a pass holds the whole batch: this container does not run in sections.
BOOST_AUTO_TEST_CASE(it_is_trained_folded_and_described) {
    static_assert(!takes_several_passes<Net, Shape<4>>);
    using Training = Trainer<M, CrossEntropy, Adam, Batch<20>>;
    static_assert(width<Training::Element> == 32 && Training::micro_batches == 1);
    const Samples<Shape<4>> data(20, 3, 3);
    M model{Seed{1}};
    const auto trainer = std::make_unique<Training>(model, Adam{.learning_rate = 0.01f});
    const float first = trainer->step(data.inputs, data.labels);
    float last = first;
    for (int i = 0; i < 300; ++i) last = trainer->step(data.inputs, data.labels);
    BOOST_TEST(last < first / 2);
    BOOST_TEST(!same_record(model.state(), M{}.state()));

    const auto folded = fold(model);
    for (const auto& input : data.inputs) BOOST_TEST(distance(folded.predict(input), model.predict(input)) < 1e-5);
    // Normalisation and dropout inside the container are gone.
    static_assert(
        std::is_same_v<folded_t<Net, Shape<4>>,
                       Sequential<Linear<4, 6>, mine::Residual<Sequential<Linear<6, 6>, Tanh>>, Linear<6, 3>>>);
    std::string operators;
    for (const auto& node : io::describe(model).nodes) operators += node.operation + ' ';
    BOOST_TEST(operators == "Gemm Gemm BatchNormalization Tanh Add Gemm ");
}

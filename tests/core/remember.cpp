// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.remember
#include <kiln/core/remember.hpp>
#include <kiln/optimizers/adagrad.hpp>
#include <kiln/optimizers/adam.hpp>
#include <kiln/optimizers/clip.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/optimizers/schedule.hpp>
#include <kiln/optimizers/sgd.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <string_view>

using namespace kiln;

namespace {

/// A user's own optimizer, without names for its moments.
struct Silent {
    static constexpr int moments = 12;
    constexpr int at(long long) const { return 0; }
};
static_assert(Optimizer<Silent> && ClipByNorm<Silent>::moments == 12);

// The names of moments in files: PyTorch's, also through optimizers that wrap others.
constexpr bool is_called(const Name& name, std::string_view text) { return name.c_str() == text; }
static_assert(is_called(moment_name<SGD>(0), "momentum_buffer") && is_called(moment_name<Adagrad>(0), "sum"));
static_assert(is_called(moment_name<Adam>(0), "exp_avg") && is_called(moment_name<AdamW>(1), "exp_avg_sq"));
static_assert(is_called(moment_name<RMSProp>(0), "square_avg") &&
              is_called(moment_name<RMSProp>(1), "momentum_buffer") && is_called(moment_name<RMSProp>(2), "grad_avg"));
static_assert(is_called(moment_name<ClipByNorm<ClipByValue<Scheduled<Adam, Cosine>>>>(1), "exp_avg_sq"));
static_assert(is_called(moment_name<Silent>(11), "moment.11") &&
              is_called(moment_name<ClipByNorm<Silent>>(3), "moment.3"));
static_assert(!NamesMoments<Silent> && !Remembers<Silent> && !Remembers<ClipByNorm<Silent>> && !Remembers<SGD>);

/// Remembers one thing.
template <class T>
struct Holder : SGD {
    T held{};
    constexpr void remember(auto visit) { visit(held, "held"); }
};
enum class Phase { first };
// An optimizer that remembers nothing remembers nothing but numbers.
static_assert(remembers_numbers<SGD> && remembers_numbers<Holder<long long>> && remembers_numbers<Holder<bool>> &&
              remembers_numbers<Scheduled<Adam, ReduceOnPlateau>>);
static_assert(!remembers_numbers<Holder<float[2]>> && !remembers_numbers<Holder<std::array<float, 2>>> &&
              !remembers_numbers<Holder<Phase>> && !remembers_numbers<Holder<Tensor<float, Shape<2>>>> &&
              !remembers_numbers<ClipByNorm<Holder<Phase>>>);

/// A constant expression cannot tell for these.
struct Late : SGD {
    int held = 0;
    void remember(auto visit) { visit(held, "held"); }
};
struct Configured : Holder<int> {
    explicit Configured(int) {}
};
static_assert(Remembers<Late> && !remembers_numbers<Late> && Remembers<Configured> && !remembers_numbers<Configured>);

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_remembered_is_named_by_all_that_wrap_it) {
    ClipByNorm<Scheduled<Holder<int>, ReduceOnPlateau>> optimizer;
    std::string names;
    optimizer.remember([&](auto& number, auto... parts) {
        ((names += parts, names += '.'), ...);
        names += ' ';
        number = 7;
    });
    BOOST_TEST(names.starts_with("optimizer.held. schedule."), names);
    BOOST_TEST(optimizer.optimizer.optimizer.held == 7);
}

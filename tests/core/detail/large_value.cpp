// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE core.detail.large_value
#define KILN_CHECKS 1
#include <kiln/core/detail/large_value.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/model/model.hpp>
#include <kiln/optimizers/sgd.hpp>
#include <kiln/train/learner.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#if KILN_KNOWS_STACKS
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace kiln;

#if KILN_KNOWS_STACKS

namespace {

using Large = Model<Linear<1024, 300>, Shape<1024>>;
using Small = Model<Linear<1024, 200>, Shape<1024>>;
static_assert(sizeof(Large) > 1 << 20 && sizeof(Small) < 1 << 20);

// The lines that a program prints on stderr. A child runs it: a program warns once.
std::string errors_of(void (*program)()) {
    std::FILE* const errors = std::tmpfile();
    std::fflush(stderr);
    const pid_t child = fork();
    if (child == 0) {
        dup2(fileno(errors), 2);
        program();
        std::fflush(stderr);
        _exit(0);
    }
    int status = -1;
    BOOST_TEST(waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
    std::string text(200, '\0');
    std::rewind(errors);
    text.resize(std::fread(text.data(), 1, text.size(), errors));
    std::fclose(errors);
    return text;
}

const std::string advice = "; make it static, or use std::make_unique\n";

}  // namespace

BOOST_AUTO_TEST_CASE(a_large_model_on_the_stack_is_warned_of_once) {
    const std::string text = errors_of([] {
        const Large first;
        const Large second{Seed{1}};
    });
    const std::string expected =
        "kiln: warning: a Model of " + std::to_string(sizeof(Large)) + " bytes stands on a stack of ";
    BOOST_TEST(text.starts_with(expected), text);
    BOOST_TEST(text.ends_with(advice), text);
    BOOST_TEST(text.find('\n') == text.size() - 1);
}

BOOST_AUTO_TEST_CASE(a_large_model_drawn_from_a_seed_is_warned_of) {
    BOOST_TEST(errors_of([] { const Large model{Seed{1}}; }).ends_with(advice));
}

BOOST_AUTO_TEST_CASE(a_large_learner_is_warned_of_on_a_thread_too) {
    const std::string text = errors_of([] {
        std::thread([] {
            const auto model = std::make_unique<Large>();
            const Learner<Large, SGD> learner{*model, SGD{}};
        }).join();
    });
    BOOST_TEST(text.starts_with("kiln: warning: a Learner of "), text);
    BOOST_TEST(text.ends_with(advice), text);
}

BOOST_AUTO_TEST_CASE(values_elsewhere_and_small_ones_are_not_warned_of) {
    BOOST_TEST(errors_of([] {
                   [[maybe_unused]] static const Large in_static_memory;
                   const auto on_the_heap = std::make_unique<Large>(Seed{1});
                   const Small small{Seed{1}};
               }) == "");
}

#else

BOOST_AUTO_TEST_CASE(where_stacks_are_unknown_nothing_is_said) {
    const char value = 0;
    kiln::detail::warn_if_on_stack(&value, 1, "char");
    BOOST_TEST(value == 0);
}

#endif

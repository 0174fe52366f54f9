// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.interrupt
#include <kiln/train/interrupt.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>

using kiln::Interrupt;

namespace {
volatile std::sig_atomic_t own = 0;
void count(int) { own = own + 1; }
}  // namespace

BOOST_AUTO_TEST_CASE(the_first_interrupt_is_noted_the_second_is_what_it_was_before) {
    std::signal(SIGINT, &count);
    {
        const Interrupt interrupt;
        BOOST_TEST(!Interrupt::happened());
        std::raise(SIGINT);
        BOOST_TEST(Interrupt::happened());
        BOOST_TEST(own == 0);
        std::raise(SIGINT);
        BOOST_TEST(own == 1);
    }
    BOOST_TEST((std::signal(SIGINT, SIG_DFL) == &count));
}

BOOST_AUTO_TEST_CASE(of_several_the_first_and_the_last_count) {
    own = 0;
    std::signal(SIGINT, &count);
    {
        const Interrupt outer;
        { const Interrupt inner; }
        std::raise(SIGINT);
        BOOST_TEST(Interrupt::happened());
        std::raise(SIGINT);
        BOOST_TEST(own == 1);
    }
    BOOST_TEST((std::signal(SIGINT, SIG_DFL) == &count));
}

BOOST_AUTO_TEST_CASE(an_interrupt_of_earlier_is_forgotten) {
    {
        const Interrupt interrupt;
        std::raise(SIGINT);
        BOOST_TEST(Interrupt::happened());
    }
    const Interrupt again;
    BOOST_TEST(!Interrupt::happened());
}

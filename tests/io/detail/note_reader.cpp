// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE io.detail.note_reader
#include <kiln/io/detail/note_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace kiln::io;

BOOST_AUTO_TEST_CASE(numbers_are_read_and_other_notes_passed_over) {
    const std::vector<Note> notes{{"format", "pt"}, {"steps", "12"}, {"rate", "0.5"}};
    NoteReader reader(notes, {"format"});
    int steps = 0;
    float rate = 0;
    reader.read(steps, "steps");
    reader.read(rate, "rate");
    reader.end();
    BOOST_TEST(reader.fault() == "");
    BOOST_TEST(steps == 12);
    BOOST_TEST(rate == 0.5f);
}

BOOST_AUTO_TEST_CASE(the_first_fault_is_kept_and_the_number_left_alone) {
    const std::vector<Note> notes{{"steps", "-12"}, {"rate", "half"}};
    NoteReader reader(notes);
    int steps = 7;
    double rate = 7;
    reader.read(steps, "steps");
    reader.read(rate, "rate");
    reader.read(rate, "raet");
    BOOST_TEST(reader.fault() == "note \"steps\": expected an integer from 0 to 2147483646, found \"-12\"");
    BOOST_TEST(steps == 7);
    BOOST_TEST(rate == 7);
}

BOOST_AUTO_TEST_CASE(a_count_has_room_to_go_on) {
    const std::vector<Note> notes{{"last", "2147483646"}, {"full", "2147483647"}, {"seed", "18446744073709551615"}};
    NoteReader reader(notes);
    int last = 0, full = 0;
    std::uint64_t seed = 0;
    reader.read(last, "last");
    reader.read(seed, "seed");
    BOOST_TEST(reader.fault() == "");
    BOOST_TEST(last == 2147483646);
    BOOST_TEST(seed == 18446744073709551615u);
    reader.read(full, "full");
    BOOST_TEST(reader.fault() == "note \"full\": expected an integer from 0 to 2147483646, found \"2147483647\"");
}

BOOST_AUTO_TEST_CASE(what_is_missing_twice_or_left_over_is_a_fault) {
    const std::vector<Note> notes{{"steps", "1"}, {"steps", "1"}, {"rate", "1"}}, nothing;
    int steps = 7;
    NoteReader twice(notes), missing(notes), over(notes, {"rate"}), none(nothing);
    twice.read(steps, "steps");
    BOOST_TEST(twice.fault() == "note \"steps\": expected once, found twice");
    missing.read(steps, "step");
    BOOST_TEST(missing.fault() ==
               "note \"step\": expected this note, found none of that name; the nearest is \"steps\"");
    over.end();
    BOOST_TEST(over.fault() ==
               "note \"steps\": expected no note of that name, found one; was the file written by another optimizer?");
    none.read(steps, "steps");
    BOOST_TEST(none.fault() == "note \"steps\": expected this note, found none of that name");
    BOOST_TEST(steps == 7);
}

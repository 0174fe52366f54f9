// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.history
#include <kiln/train/history.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

using namespace kiln;

namespace {

std::string content(const char* file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(history_keeps_every_epoch_it_is_told_of) {
    History history;
    const Callback told = callback(history);
    BOOST_TEST(!told(Epoch{.number = 1}));
    BOOST_TEST(!told(Epoch{.number = 2}));
    BOOST_REQUIRE(history.epochs.size() == 2u);
    BOOST_TEST(history.epochs[1].number == 2);
}

BOOST_AUTO_TEST_CASE(the_log_is_on_disk_after_every_epoch_and_leaves_out_what_there_is_not) {
    const char* const file = "kiln_history_test.csv";
    {
        EpochLog log(file);
        log(Epoch{.number = 1, .loss = 0.5f, .accuracy = 0.25f, .seconds = 1.5});
        const std::string first =
            "epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds\n1,0.5,0.25,,,,1.5\n";
        BOOST_TEST(content(file) == first);
        log(Epoch{.number = 2, .validation_loss = 2, .validation_accuracy = 1, .learning_rate = 1e-3f});
        BOOST_TEST(content(file) == first + "2,0,,2,1,0.001,0\n");
    }
    std::remove(file);
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_written_names_the_file_and_the_cause) {
    const auto says = [](const char* part) {
        return [part](const FileError& error) { return std::string(error.what()).find(part) != std::string::npos; };
    };
    BOOST_CHECK_EXCEPTION(EpochLog("/nowhere/log.csv"), FileError,
                          says("/nowhere/log.csv: cannot be written: No such file"));
    if (std::FILE* full = std::fopen("/dev/full", "w"); full != nullptr) {
        std::fclose(full);
        BOOST_CHECK_EXCEPTION(EpochLog("/dev/full"), FileError, says("No space left"));
    }
}

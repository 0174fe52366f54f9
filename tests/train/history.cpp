// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE train.history
#include <kiln/train/history.hpp>

#include <boost/test/unit_test.hpp>

#include <clocale>
#include <cstdio>
#include <fstream>
#include <limits>
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
        log(Epoch{.number = 1, .loss = 0.5f, .accuracy = 0.25f, .learning_rate = 1e-3f, .seconds = 1.5});
        const std::string first = "epoch,loss,accuracy,learning_rate,seconds\n1,0.5,0.25,0.001,1.5\n";
        BOOST_TEST(content(file) == first);
        log(Epoch{.number = 2, .loss = 0.25f, .learning_rate = 1e-4f});
        BOOST_TEST(content(file) == first + "2,0.25,,0.0001,0\n");
    }
    std::remove(file);
}

BOOST_AUTO_TEST_CASE(a_log_that_does_not_write_leaves_the_file_alone) {
    EpochLog log("/no/such/folder/training.csv", false);
    log(Epoch{.number = 1, .loss = 0.5f});
    BOOST_TEST(content("/no/such/folder/training.csv").empty());
}

BOOST_AUTO_TEST_CASE(the_log_has_the_columns_of_its_first_epoch) {
    const char* const file = "kiln_history_test.csv";
    {
        EpochLog log(file);
        constexpr float infinity = std::numeric_limits<float>::infinity();
        log(Epoch{.number = 1, .loss = 2, .error = 1, .validation_loss = infinity, .validation_error = infinity});
        log(Epoch{.number = 2, .loss = 2, .error = 1, .validation_loss = 4, .validation_error = 2});
        BOOST_TEST(content(file) ==
                   "epoch,loss,error,validation_loss,validation_error,seconds\n1,2,1,inf,inf,0\n2,2,1,4,2,0\n");
        BOOST_CHECK_EXCEPTION(log(Epoch{.number = 3, .accuracy = 1}), FileError, [](const FileError& error) {
            return std::string(error.what()) == "kiln: kiln_history_test.csv: has no column for the accuracy of epoch "
                                                "3 because the first epoch had none; try "
                                                "another EpochLog";
        });
    }
    {
        EpochLog log(file);
        log(Epoch{.number = 1, .loss = Epoch::none});
        log(Epoch{.number = 2, .loss = Epoch::none});
        BOOST_TEST(content(file) == "epoch,seconds\n1,0\n2,0\n");
    }
    std::remove(file);
}

BOOST_AUTO_TEST_CASE(the_log_has_perplexities_where_classes_of_frames_are_judged) {
    const char* const file = "kiln_history_test.csv";
    {
        EpochLog log(file);
        log(Epoch{.number = 1, .loss = 2, .perplexity = 7.5f, .validation_loss = 1, .validation_perplexity = 3});
        BOOST_TEST(content(file) ==
                   "epoch,loss,perplexity,validation_loss,validation_perplexity,seconds\n1,2,7.5,1,3,0\n");
    }
    std::remove(file);
}

BOOST_AUTO_TEST_CASE(the_log_has_points_where_the_locale_has_commas) {
    for (const char* name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "nl_NL.UTF-8", "da_DK.UTF-8", "C"})
        if (std::setlocale(LC_ALL, name) != nullptr) break;
    const char* const file = "kiln_history_test.csv";
    EpochLog{file}(Epoch{.number = 1, .loss = 0.5f, .learning_rate = 1e-7f, .seconds = 1234567});
    std::setlocale(LC_ALL, "C");
    BOOST_TEST(content(file).ends_with("\n1,0.5,1e-07,1.23457e+06\n"));
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
        BOOST_CHECK_EXCEPTION(EpochLog("/dev/full")(Epoch{.number = 1}), FileError, says("No space left"));
    }
}

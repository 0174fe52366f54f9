// SPDX-License-Identifier: BSL-1.0
#pragma once
// Records of a training run, filled as it goes. Both are callbacks:
//
//   kiln::History history;
//   kiln::EpochLog log{"training.csv"};
//   trainer.fit(data, {.epochs = 20, .callbacks = {kiln::callback(history), kiln::callback(log)}});

#include <kiln/core/concat.hpp>
#include <kiln/core/file_error.hpp>
#include <kiln/core/open_file.hpp>
#include <kiln/core/raise.hpp>
#include <kiln/train/progress.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET {

/// Every epoch, in memory.
struct History {
    std::vector<Epoch> epochs;

    void operator()(const Epoch& epoch) { epochs.push_back(epoch); }
};

/// Every epoch as a line of a CSV file, on disk as soon as the epoch is over; figures that there are none of are
/// empty. Replaces a file that is there. Throws FileError if it cannot be written.
class EpochLog {
  public:
    explicit EpochLog(const std::string& file) : name_(file), file_(file, "w") {
        if (!file_) refuse();
        print("epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds");
    }

    void operator()(const Epoch& epoch) {
        std::string line = std::to_string(epoch.number);
        for (const float figure : {epoch.loss, epoch.accuracy, epoch.validation_loss, epoch.validation_accuracy,
                                   epoch.learning_rate, static_cast<float>(epoch.seconds)}) {
            char text[32] = "";
            if (figure == figure) std::snprintf(text, sizeof text, "%.6g", static_cast<double>(figure));
            line.append(",").append(text);
        }
        print(line.c_str());
    }

  private:
    void print(const char* line) {
        if (std::fprintf(file_.get(), "%s\n", line) < 0 || std::fflush(file_.get()) != 0) refuse();
    }
    [[noreturn]] void refuse() const { raise<FileError>(name_, concat("cannot be written: ", std::strerror(errno))); }

    std::string name_;
    detail::OpenFile file_;
};

}  // namespace kiln::inline KILN_TARGET

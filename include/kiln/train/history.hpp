// SPDX-License-Identifier: BSL-1.0
#pragma once
// Records of a training, written while it runs. Both are callbacks:
//
//   kiln::History history;
//   kiln::EpochLog log{"training.csv"};
//   trainer.fit(data, {.epochs = 20, .callbacks = {kiln::callback(history), kiln::callback(log)}});

#include <kiln/core/detail/compiled.hpp>
#include <kiln/files/detail/open_file.hpp>
#include <kiln/train/progress.hpp>

#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET {

/// Every epoch, in memory.
struct History {
    std::vector<Epoch> epochs;

    void operator()(const Epoch& epoch) { epochs.push_back(epoch); }
};

/// Every epoch as a line of a CSV file, on disk as soon as the epoch is over. The first line names the columns: the
/// figures that the first epoch has. An existing file is replaced. Throws FileError if the file cannot be written, or if
/// a later epoch has a figure without a column. On ranks one
/// writes: EpochLog log{"training.csv", rank.rank() == 0}.
class EpochLog {
  public:
    explicit EpochLog(const std::string& file, bool writes = true);
    void operator()(const Epoch& epoch);

  private:
    void print(const std::string& text);
    [[noreturn]] void refuse() const;

    std::string name_;
    detail::OpenFile file_;
    unsigned columns_ = 0;  // a bit for each figure
};

}  // namespace kiln::inline KILN_TARGET

#ifndef KILN_COMPILED
#include <kiln/train/history.ipp>
#endif

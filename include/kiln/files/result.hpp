// SPDX-License-Identifier: BSL-1.0
#pragma once
// The outcome of an operation on a file, as a value: for programs without exceptions, and for failures that are nothing
// exceptional. The value must be looked at:
//
//   if (const kiln::Result loaded = kiln::io::load_safetensors(model, path); !loaded) puts(loaded.message().c_str());
//   kiln::io::load_safetensors(model, path).or_throw();

#include <kiln/core/detail/raise.hpp>
#include <kiln/files/file_error.hpp>

#include <string>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// Success, or a failure with the file and the cause.
class [[nodiscard]] Result {
  public:
    /// Success.
    Result() = default;
    /// A failure with a file. The cause says what was expected and what was found.
    static Result failure(std::string file, std::string cause) {
        Result result;
        result.file_ = std::move(file);
        result.cause_ = cause.empty() ? "failed" : std::move(cause);
        return result;
    }

    explicit operator bool() const noexcept { return cause_.empty(); }
    /// "kiln: <file>: <cause>"; empty after success.
    std::string message() const { return cause_.empty() ? cause_ : FileError(file_, cause_).what(); }
    /// The message without the file; empty after success.
    const std::string& cause() const noexcept { return cause_; }
    /// Throws FileError after a failure; without exceptions prints the message and ends the program.
    void or_throw() const {
        if (!cause_.empty()) raise<FileError>(file_, cause_);
    }

  private:
    std::string file_, cause_;
};

}  // namespace kiln::inline KILN_TARGET

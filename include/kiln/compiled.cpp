// SPDX-License-Identifier: BSL-1.0
// The library kiln::compiled: the functions that depend on no type of a user's, for programs that define KILN_COMPILED
// (core/detail/compiled.hpp). The part that needs zlib is data/compiled.cpp.

#ifndef KILN_COMPILED
#define KILN_COMPILED
#endif
#include <kiln.hpp>
#include <kiln/core/detail/system.ipp>
#include <kiln/data/balance.ipp>
#include <kiln/data/split.ipp>
#include <kiln/data/vocabulary.ipp>
#include <kiln/files/detail/concat.ipp>
#include <kiln/files/detail/quote.ipp>
#include <kiln/files/replace_file.ipp>
#include <kiln/io/checkpoint.ipp>
#include <kiln/io/describe.ipp>
#include <kiln/io/detail/checksum.hpp>
#include <kiln/io/detail/checksum.ipp>
#include <kiln/io/detail/cpp_spelling.hpp>
#include <kiln/io/detail/cpp_spelling.ipp>
#include <kiln/io/detail/exact_number.ipp>
#include <kiln/io/detail/named_tensor.ipp>
#include <kiln/io/detail/note_reader.ipp>
#include <kiln/io/detail/npy.hpp>
#include <kiln/io/detail/npy.ipp>
#include <kiln/io/detail/read_file.ipp>
#include <kiln/io/detail/tensor_file.ipp>
#include <kiln/io/detail/tensor_words.ipp>
#include <kiln/io/export_header.ipp>
#include <kiln/io/model_tensors.ipp>
#include <kiln/report/report.ipp>
#include <kiln/train/history.ipp>
#include <kiln/train/progress.ipp>

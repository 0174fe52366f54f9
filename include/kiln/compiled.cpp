// SPDX-License-Identifier: BSL-1.0
// The library kiln::compiled: the functions that depend on no type of a user's, for programs that define KILN_COMPILED
// (core/compiled.hpp). The part that needs zlib is data/compiled.cpp.

#ifndef KILN_COMPILED
#define KILN_COMPILED
#endif
#include <kiln.hpp>
#include <kiln/io/checksum.hpp>
#include <kiln/io/cpp_spelling.hpp>

#include <kiln/core/concat.ipp>
#include <kiln/core/quote.ipp>
#include <kiln/core/replace_file.ipp>
#include <kiln/core/system.ipp>
#include <kiln/data/balance.ipp>
#include <kiln/data/split.ipp>
#include <kiln/io/checkpoint.ipp>
#include <kiln/io/checksum.ipp>
#include <kiln/io/cpp_spelling.ipp>
#include <kiln/io/describe.ipp>
#include <kiln/io/exact_number.ipp>
#include <kiln/io/export_header.ipp>
#include <kiln/io/model_tensors.ipp>
#include <kiln/io/named_tensor.ipp>
#include <kiln/io/note_reader.ipp>
#include <kiln/io/npy.ipp>
#include <kiln/io/read_file.ipp>
#include <kiln/io/tensor_file.ipp>
#include <kiln/io/tensor_words.ipp>
#include <kiln/report/report.ipp>
#include <kiln/train/history.ipp>
#include <kiln/train/progress.ipp>

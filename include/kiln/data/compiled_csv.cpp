// SPDX-License-Identifier: BSL-1.0
// The part of the library kiln::compiled (kiln/compiled.cpp) that needs libcsv.

#ifndef KILN_COMPILED
#define KILN_COMPILED
#endif
#include <kiln/data/csv.hpp>
#include <kiln/data/csv_columns.ipp>
#include <kiln/data/detail/csv_file.ipp>
#include <kiln/data/detail/csv_rows.ipp>
#include <kiln/data/detail/label_column.ipp>
#include <kiln/data/detail/number.ipp>

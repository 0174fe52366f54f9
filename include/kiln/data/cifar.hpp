// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads CIFAR-10 (A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009): 50,000 photographs for
// training and 10,000 for tests, of ten kinds of things. The files are those of the binary version, each plain or packed
// by gzip (this needs zlib). A file holds images one after the other, without a header:
//
//     label, one byte | 32 x 32 bytes of red, 32 x 32 of green, 32 x 32 of blue, row by row
//
// Every fault is a FileError. A file is read once, front to back, in chunks. No file says how many images it holds, so
// a file that was cut off is known by their number only: it must be `images_per_file`.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/setting_fault.hpp>
#include <kiln/core/shape.hpp>
#include <kiln/data/dataset.hpp>

#include <string>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// The size of the files.
struct CifarFormat {
    int images_per_file = 10'000;  ///< a file with another number of images is refused

    constexpr SettingFault fault() const {
        return first_fault("CifarFormat", {at_least(1, "images_per_file", images_per_file)});
    }
};

/// The photographs, and the names of their classes in the order of the labels.
struct Cifar10 {
    Dataset<Shape<3, 32, 32>> train, test;
    std::vector<std::string> classes;
};

/// Reads `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin` from a folder, each with or without `.gz`. Throws
/// SettingError if the format is out of its range.
Cifar10 load_cifar10(const std::string& folder, const CifarFormat& format = {});

}  // namespace kiln::inline KILN_TARGET::data

#ifndef KILN_COMPILED
#include <kiln/data/cifar.ipp>
#endif

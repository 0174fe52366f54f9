// SPDX-License-Identifier: BSL-1.0
// The part of the library kiln::compiled (kiln/compiled.cpp) that needs zlib.

#ifndef KILN_COMPILED
#define KILN_COMPILED
#endif
#include <kiln/data/cifar.hpp>
#include <kiln/data/idx.hpp>

#include <kiln/data/cifar.ipp>
#include <kiln/data/idx.ipp>

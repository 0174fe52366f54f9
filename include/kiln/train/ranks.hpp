// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a trainer needs to be a rank (core/contract/ranks.hpp). The headers of groups include this one, such as
// train/local_ranks.hpp.

#include <kiln/core/contract/ranks.hpp>
#include <kiln/train/detail/rank_link.hpp>
#include <kiln/train/rank_error.hpp>

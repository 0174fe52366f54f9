// SPDX-License-Identifier: BSL-1.0
#pragma once
// Read once for all programs of Boost.Test that are compiled with the same options. Nothing of Kiln is here, so a
// changed header of the library does not cause these headers to be read again. Measured on g++ 12, adding Kiln's
// headers would gain nothing.

#include <boost/hana/accessors.hpp>
#include <boost/hana/at.hpp>
#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/define_struct.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "template_cases.hpp"

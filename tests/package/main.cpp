// SPDX-License-Identifier: BSL-1.0
#include <kiln.hpp>
#ifdef WITH_DATA
#include <kiln/data/idx.hpp>
#include <zlib.h>
#endif

using Net = kiln::Model<kiln::Sequential<kiln::Linear<4, 2>>, kiln::Shape<4>>;
static_assert(Net::parameter_count == 10);

int parameters_elsewhere();

int main() {
#ifdef WITH_DATA
    if (zlibVersion()[0] == 0) return 1;
#endif
    return parameters_elsewhere() == Net::parameter_count ? 0 : 1;
}

// SPDX-License-Identifier: BSL-1.0
// expects: fold(model) needs a model of at most 1 MiB, because it returns the model on the stack, got a larger one; try fold(model, into)
#include <kiln.hpp>
using Net = kiln::Sequential<kiln::Linear<1024, 1024>, kiln::BatchNorm<1024>>;
using Large = kiln::Model<Net, kiln::Shape<1024>>;
static_assert(sizeof(Large) > 4 << 20);
int main() {
    static Large model{kiln::Seed{42}};
#ifdef REPAIRED
    static kiln::Model<kiln::folded_t<Net, Large::Input>, Large::Input> folded;
    kiln::fold(model, folded);
#else
    static const auto folded = kiln::fold(model);
#endif
    return folded.parameter_count > 0;
}

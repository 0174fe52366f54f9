// SPDX-License-Identifier: BSL-1.0
// expects: a network with State is trained on one thread
#include <boost/hana/define_struct.hpp>
#include <kiln.hpp>
#ifdef REPAIRED
using Threads = kiln::Threads<1>;
#else
using Threads = kiln::Threads<2>;
#endif
struct Remembering : kiln::Flatten {
    template <class S, class>
    struct State {
        BOOST_HANA_DEFINE_STRUCT(State, (kiln::Tensor<S, kiln::Shape<1>>, mean));
    };
};
using Net = kiln::Sequential<kiln::Linear<4, 2>, Remembering>;
kiln::Model<Net, kiln::Shape<4>> model;
kiln::Trainer<decltype(model), kiln::CrossEntropy, kiln::SGD, kiln::Batch<64>, Threads> trainer{model, {}};
int main() { return trainer.step({}, {}) > 0; }

// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE optimizers.rmsprop
#include <kiln/core/random.hpp>
#include <kiln/layers/linear.hpp>
#include <kiln/optimizers/rmsprop.hpp>
#include <kiln/train/detail/update.hpp>

#include <boost/test/unit_test.hpp>

#include "laws/instance.hpp"
#include "optimizers/ten_steps.hpp"

using namespace kiln;
using namespace kiln::laws;

namespace {

// By torch.optim.RMSprop.
constexpr Trajectory<RMSProp> of_rmsprop[] = {
    {{},
     {{0.64999997455143999, 0.6949013122279577, 0.61446510303248247, 0.54115542959213248, 0.57572381208673462,
       0.56707075728951861, 0.54993473646568591, 0.60666555067547989, 0.5857569061611817, 0.55877727130367083},
      {-1.1499999595514296, -1.0898070082520566, -1.0321437758690177, -1.0403946510790205, -1.0089116318733742,
       -0.95543662609522051, -0.94212018769822858, -0.91039033617449705, -0.91039033617449705, -0.88555347473134383}}},
    {{.alpha = 0.9f, .epsilon = 1e-3f, .weight_decay = 0.05f},
     {{0.71856218618016021, 0.73073341642479772, 0.7045138953332104, 0.68066908483929978, 0.69131868013787223,
       0.68750318048762515, 0.68051405801150167, 0.70012754889936146, 0.69167334092288379, 0.68076947474049521},
      {-1.2184256384886072, -1.198729894853408, -1.1795803518598982, -1.1817057768189652, -1.1701457009154315,
       -1.1511930263791024, -1.1458597465419424, -1.1336945882719311, -1.1331386832141297, -1.1228151751689877}}},
    {{.momentum = 0.9f},
     {{0.64999997455143999, 0.60490129170843998, 0.48387626902950126, 0.3016440780635678, 0.17220349303358379,
       0.047053914795486186, -0.08271672345883592, -0.14277948058395873, -0.21774460507885968, -0.31219285019447363},
      {-1.1499999595514296, -0.99980697423252995, -0.80697005864336124, -0.64166771442070247, -0.46141258935577817,
       -0.24570797531680966, -0.038257389427544836, 0.18017798445051766, 0.37676981573286877, 0.57853932064302349}}},
    {{.alpha = 0.9f, .centered = true},
     {{0.71666667316607269, 0.73151451712384663, 0.70384583703366166, 0.67713562427972096, 0.68932638529226098,
       0.68611392693723505, 0.67938110039651711, 0.6998387092746321, 0.69196098833743325, 0.6813481538696855},
      {-1.2166666714994065, -1.1949275437184552, -1.172520467542199, -1.1757590782807685, -1.1624988362960698,
       -1.1390155376874898, -1.1328326658367929, -1.1170378682485895, -1.1170378682485895, -1.1036477299411913}}},
    {{.learning_rate = 0.02f,
      .alpha = 0.8f,
      .epsilon = 1e-3f,
      .weight_decay = 0.1f,
      .momentum = 0.5f,
      .centered = true},
     {{0.7002164502310847, 0.69043913523707123, 0.64159687942930976, 0.57266049522444507, 0.55459505430271228,
       0.53809211559542192, 0.51583803878168499, 0.535795573904294, 0.53081968916276479, 0.50809834133504372},
      {-1.200058754410628, -1.1390497925380598, -1.0687484447805742, -1.0366531287859293, -0.99475613899508752,
       -0.92863231382644484, -0.8816302331465492, -0.82366178472926044, -0.79259546444972007, -0.74684120950275723}}},
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(ten_steps_of_rmsprop_are_those_of_pytorch, E, Elements) {
    require_ten_steps<E>(of_rmsprop);
}

static_assert(Optimizer<RMSProp> && RMSProp::moments == 3);
static_assert(near(of_rmsprop[0]) && near(of_rmsprop[1]) && near(of_rmsprop[2]) && near(of_rmsprop[3]) &&
              near(of_rmsprop[4]));
static_assert(RMSProp{}.at(0).moments_in_use() == 1 && RMSProp{.momentum = 0.5f}.at(0).moments_in_use() == 2);
static_assert(RMSProp{.centered = true}.at(0).moments_in_use() == 3);

BOOST_AUTO_TEST_CASE(moments_in_use_are_those_that_a_record_is_updated_with) {
    using Record = parameters_t<Linear<19, 2>, float, Shape<19>>;
    Random random{Seed{1}};
    for (const auto& [rmsprop, expected] : of_rmsprop) {
        Record w, g, before;
        fill_record<float>(w, random);
        fill_record<float>(g, random);
        before = w;
        std::array<Record, 3> moments{};
        update(rmsprop.at(0), w, g, moments);
        const int used = rmsprop.at(0).moments_in_use();
        for (int i = 0; i < 38; ++i) {
            std::array<float, 3> moment{};
            float weight = before.weight[i];
            call<3>(rmsprop.at(0), weight, g.weight[i], moment);
            BOOST_TEST(std::abs(weight - w.weight[i]) < 1e-6f);  // contraction to fma may differ
            for (std::size_t m = 0; m < 3; ++m) BOOST_TEST((moments[m].weight[i] != 0) == (static_cast<int>(m) < used));
        }
    }
}

// The mean square minus the squared mean of equal gradients is a rounding error of either sign.
BOOST_AUTO_TEST_CASE(centred_steps_on_a_constant_gradient_stay_finite) {
    const RMSProp rmsprop{.learning_rate = 1e-6f, .alpha = 0.5f, .epsilon = 1e-3f, .centered = true};
    for (const float g : {0.1f, 0.3f, 0.7f, 1.1f}) {
        float w = 1, square = 0, velocity = 0, mean = 0;
        for (int step = 0; step < 100; ++step) rmsprop.at(step)(w, g, square, velocity, mean);
        BOOST_TEST(w < 1);
        BOOST_TEST(w > 0.5f);
    }
}

// SPDX-License-Identifier: BSL-1.0
// expects: kiln: Scheduled needs an optimizer with a member learning_rate, got one without; try that name for its rate
#include <kiln.hpp>
#ifdef REPAIRED
#define rate learning_rate
#endif
struct Descent {
    float rate = 0.1f;
    static constexpr int moments = 0;
    constexpr auto at(long long) const {
        return [r = rate](auto& w, const auto& g) { w = w - decltype(+g)(r) * g; };
    }
};
const kiln::Scheduled scheduled{Descent{}, kiln::Cosine{.steps = 100}};
int main() {
    float w = 1;
    scheduled.at(7)(w, 1.0f);
    return w > 0;
}

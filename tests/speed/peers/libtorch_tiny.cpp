// SPDX-License-Identifier: BSL-1.0
// The network Tiny of networks.hpp in libtorch: training steps and predictions of 64 samples, one thread, CPU time. The
// output has the lines of the comparisons with libtorch that run.sh builds.

#include <torch/torch.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

namespace {

double cpu_seconds() {
    std::timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The median rate over 21 chunks of 200 calls.
template <class F>
double samples_per_second(F f) {
    for (int i = 0; i < 200; ++i) f();
    std::vector<double> rates;
    for (int chunk = 0; chunk < 21; ++chunk) {
        const double start = cpu_seconds();
        for (int i = 0; i < 200; ++i) f();
        rates.push_back(200 * 64 / (cpu_seconds() - start));
    }
    std::nth_element(rates.begin(), rates.begin() + 10, rates.end());
    return rates[10];
}

}  // namespace

int main() {
    namespace nn = torch::nn;
    torch::set_num_threads(1);
    torch::manual_seed(1);
    nn::Sequential net(nn::Linear(16, 32), nn::Tanh(), nn::Linear(32, 32), nn::Tanh(), nn::Linear(32, 4));
    torch::optim::SGD optimizer(net->parameters(), torch::optim::SGDOptions(0.001));
    const auto x = torch::rand({64, 16});
    const auto y = torch::randint(4, {64}, torch::kInt64);
    const auto parameters = net->parameters();
    const double trained = samples_per_second([&] {
        for (const auto& parameter : parameters) parameter.mutable_grad() = torch::Tensor();
        auto loss = nn::functional::cross_entropy(net->forward(x), y);
        loss.backward();
        optimizer.step();
    });
    const double predicted = samples_per_second([&] {
        const c10::InferenceMode guard;
        net->forward(x);
    });
    std::printf("libtorch W6 train_images_per_s %.1f\n", trained);
    std::printf("libtorch W6 infer64_images_per_s %.1f\n", predicted);
}

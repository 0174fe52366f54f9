// SPDX-License-Identifier: BSL-1.0
// A controller with a memory. A sled of unknown mass is to come to rest at 0. The network sees a noisy position, 50
// times a second, and sets a force; from the past it finds out how fast the sled is and how heavy. It learns from an
// expert who knows both, in the places to which the network itself brings the sled (S. Ross, G. Gordon, D. Bagnell: A
// Reduction of Imitation Learning and Structured Prediction to No-Regret Online Learning, 2011).

#include <kiln.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <vector>

constexpr int frames = 100;  // two seconds
constexpr float interval = 0.02f;

using Net = kiln::Sequential<kiln::GRU<2, 24>, kiln::Each<kiln::Linear<24, 1>>>;  // position, last force -> force
using Controller = kiln::Model<Net, kiln::Shape<frames, 2>>;
using Force = kiln::Tensor<float, Controller::Output>;

struct Sled {
    float mass, position, speed = 0;

    explicit Sled(kiln::Random& random) : mass(random.uniform(0.5f, 3)), position(random.uniform(-1, 1)) {}
    void push(float force) {
        speed += interval * (force - 0.2f * speed) / mass;
        position += interval * speed;
    }
    // The force of an expert, who knows mass and speed.
    float expert() const { return std::clamp(mass * (-16 * position - 8 * speed), -20.0f, 20.0f); }
};

struct Run {
    kiln::Tensor<float, Controller::Input> seen;
    Force expert;
    float error;  // the mean distance from 0 in the last half second
};
// Two seconds. With probability `help` the expert sets the force of a frame, else the network.
Run drive(const kiln::Prepared<Controller>& prepared, float help, kiln::Random& random) {
    kiln::Stream<Controller> controller{prepared};
    Sled sled{random};
    Run run{};
    float force = 0;
    for (int t = 0; t < frames; ++t) {
        const float seen[] = {sled.position + 0.005f * random.normal(), force / 10};
        const float answer = 10 * controller.step({seen[0], seen[1]})[0];
        run.seen(t, 0) = seen[0];
        run.seen(t, 1) = seen[1];
        run.expert(t, 0) = sled.expert() / 10;
        force = random.uniform() < help ? sled.expert() : std::clamp(answer, -20.0f, 20.0f);
        sled.push(force);
        if (t >= frames - 25) run.error += std::abs(sled.position) / 25;
    }
    return run;
}
float mean_error(const kiln::Prepared<Controller>& prepared, float help) {
    kiln::Random random{kiln::Seed{100}};
    float sum = 0;
    for (int i = 0; i < 200; ++i) sum += drive(prepared, help, random).error / 200;
    return sum;
}

int main() {
    static Controller model{kiln::Seed{1}};
    static kiln::Trainer<Controller, kiln::MeanSquaredError, kiln::Adam, kiln::Batch<32>> trainer{
        model, {.learning_rate = 0.003f}};
    kiln::Random random{kiln::Seed{2}};
    std::vector<kiln::Tensor<float, Controller::Input>> seen;
    std::vector<Force> expert;
    for (int round = 0; round < 12; ++round) {
        const kiln::Prepared<Controller> prepared{model};
        for (int i = 0; i < 128; ++i) {
            const Run run = drive(prepared, round == 0 ? 1.0f : 0.3f, random);
            seen.push_back(run.seen);
            expert.push_back(run.expert);
        }
        trainer.fit(kiln::data::Dataset<Controller::Input, float, Force>{seen, expert}, {.epochs = 8});
    }

    const kiln::Prepared<Controller> prepared{model};
    const float error = mean_error(prepared, 0), best = mean_error(prepared, 1);
    std::cout << "mean distance from 0 in the last half second: " << error << " m; with the expert " << best << " m\n";

    kiln::Stream<Controller> controller{prepared};
    float sum = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 100'000; ++i) sum += controller.step({0.1f, 0})[0];
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    std::cout << "a frame takes " << took.count() / 100'000 << " ns of the 20,000,000 that there are\n";
    return error < 0.05f && sum == sum ? 0 : 1;
}

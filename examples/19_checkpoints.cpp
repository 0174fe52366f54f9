// SPDX-License-Identifier: BSL-1.0
// A training that is stopped and gone on with by another program ends with the same bits as one that never stopped.

#include <kiln.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

using Net = kiln::Sequential<kiln::Linear<2, 24>, kiln::Tanh, kiln::Dropout<0.1>, kiln::Linear<24, 2>>;
using Rings = kiln::Model<Net, kiln::Shape<2>>;
using Optimizer = kiln::Scheduled<kiln::Adam, kiln::ReduceOnPlateau>;
using Points = kiln::data::Dataset<kiln::Shape<2>, float>;

// A disc, and a ring around it.
Points rings(int count) {
    kiln::Random random{kiln::Seed{1}};
    std::vector<kiln::Tensor<float, kiln::Shape<2>>> points;
    std::vector<int> outside;
    for (int i = 0; i < count; ++i) {
        const float x = random.uniform(-1, 1), y = random.uniform(-1, 1);
        points.push_back({x, y});
        outside.push_back(x * x + y * y > 0.5f ? 1 : 0);
    }
    return {points, outside};
}

// One run of a program. If `path` is given, it keeps the training there, and goes on with one that is there; its own
// starting values are then forgotten.
kiln::Epoch train(Rings& model, const Points& points, int epochs, const std::string& path, kiln::Seed seed) {
    const auto parts = kiln::data::stratified_split(points, 0.2, kiln::Seed{2});
    Rings best;
    const Optimizer optimizer{{.learning_rate = 0.01f}, {.gamma = 0.5, .patience = 2}};
    kiln::Trainer<Rings, kiln::CrossEntropy, Optimizer, kiln::Batch<32>> trainer{model, optimizer, {}, seed};
    kiln::io::Checkpoints checkpoints{trainer, path, {.best = true, .resume = true}};
    kiln::FitOptions options{.epochs = epochs, .patience = 15};
    if (!path.empty()) options.checkpoints = checkpoints;
    return trainer.fit(parts.train, parts.validation, options, best);
}

int main() {
    const Points points = rings(1000);
    const auto folder = std::filesystem::temp_directory_path() / "kiln_example_checkpoints";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    const std::string path = (folder / "rings").string();

    Rings straight{kiln::Seed{3}}, stopped{kiln::Seed{3}}, resumed{kiln::Seed{4}};
    const kiln::Epoch last = train(straight, points, 40, "", kiln::Seed{5});
    const kiln::Epoch first = train(stopped, points, 13, path, kiln::Seed{5});
    const kiln::Epoch second = train(resumed, points, 40, path, kiln::Seed{6});

    bool same = second.best == last.best;
    const auto expected = kiln::io::state_dict(straight), found = kiln::io::state_dict(resumed);
    for (std::size_t k = 0; k < expected.size(); ++k)
        for (int i = 0; i < expected[k].count(); ++i) same &= expected[k].data[i] == found[k].data[i];
    std::printf("stopped after epoch %d, gone on to epoch %d of %d; the best was epoch %d, loss %.4f\n", first.number,
                second.number, second.epochs, second.best, static_cast<double>(second.best_loss));
    std::printf("%s as without a stop\n", same ? "bit for bit the same" : "NOT the same");

    // The best model is a file of its own, for whoever predicts with it.
    Rings best;
    kiln::io::load_safetensors(best, path + ".best.safetensors").or_throw();
    std::printf("the best file: %.1f %% right\n", 100 * static_cast<double>(kiln::evaluate(best, points).accuracy));
    for (const auto& file : std::filesystem::directory_iterator(folder))
        std::printf("%6d bytes  %s\n", static_cast<int>(file.file_size()), file.path().filename().c_str());
    std::filesystem::remove_all(folder);
    return same ? 0 : 1;
}

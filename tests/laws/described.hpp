// SPDX-License-Identifier: BSL-1.0
#pragma once
// The law of `describe`: the graph of operators that describes a layer computes the same as the layer's inference. The
// law is not part of require_layer_laws, because graphs are slow to compile: laws/described.cpp tries every layer with
// a description.

#include <kiln/io/describe.hpp>
#include <kiln/model/model.hpp>

#include "laws/graph_evaluator.hpp"
#include "laws/instance.hpp"

#include <vector>

namespace kiln::laws {

/// The difference between the graph and inference, relative to the largest output; infinite if the shapes differ.
template <class L, class In>
double check_described() {
    static Model<L, In> model;
    Random random{Seed{1}};
    fill_record<float>(model.parameters(), random);
    for (const Slice<float>& slice : tensors<float>(model.state()))  // means and variances
        for (float& value : slice) value = random.uniform(0.5f, 1.5f);
    static Tensor<float, In> x;
    fill(x, random, 3);

    Numbers sample{{1}, {x.begin(), x.end()}};
    for (int i = 0; i < In::extents.rank; ++i) sample.sizes.push_back(In::extents[i]);
    const Numbers y = evaluate_graph(io::describe(model), sample);
    using Out = output_t<L, In>;
    std::vector<long long> sizes{1};
    for (int i = 0; i < Out::extents.rank; ++i) sizes.push_back(Out::extents[i]);
    if (y.sizes != sizes || y.values.size() != static_cast<std::size_t>(Out::count)) return HUGE_VAL;
    return distance(model.predict(x), y.values);
}

}  // namespace kiln::laws

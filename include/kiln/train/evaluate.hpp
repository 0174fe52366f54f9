// SPDX-License-Identifier: BSL-1.0
#pragma once
// How good a classifier is on a data set: mean loss, accuracy and the confusion matrix.

#include <kiln/core/contract.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/core/verdict.hpp>

#include <array>
#include <iosfwd>
#include <type_traits>

namespace kiln {

/// What `evaluate` returns; prints as a short report.
template <int Classes>
struct Evaluation {
    float loss = 0;
    float accuracy = 0;  ///< 0 to 1
    int samples = 0;
    Tensor<int, Shape<Classes, Classes>> confusion{};  ///< (label, predicted class) -> count

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Evaluation& e) {
        const auto cell = [&](auto value) {
            const auto width = out.width(6);
            out << value;
            out.width(width);
        };
        out << "loss " << e.loss << ", accuracy " << 100 * e.accuracy << " % of " << e.samples << " samples\n";
        out << "label \\ predicted";
        for (int k = 0; k < Classes; ++k) cell(k);
        for (int label = 0; label < Classes; ++label) {
            out << '\n';
            const auto width = out.width(17);
            out << label;
            out.width(width);
            for (int k = 0; k < Classes; ++k) cell(e.confusion(label, k));
        }
        return out;
    }
};

/// Runs the model over a whole labelled data set. Labels outside the classes count as wrong and are left out of loss
/// and confusion.
template <class M, DataSet Data>
constexpr auto evaluate(const M& model, const Data& data) {
    constexpr bool same_shape = std::is_same_v<typename Data::Input, typename M::Input>;
    constexpr bool fits = !M::is_sound || same_shape;
    static_assert(fits, "kiln: evaluate needs samples of the model's input shape");
    using Loss = typename default_loss<std::remove_cvref_t<decltype(data.target(0))>>::type;
    if constexpr (M::is_sound) static_assert(decltype(loss_verdict<Loss, typename M::Output>())::shapes_agree);
    constexpr int classes = M::Output::count;
    Evaluation<classes> result;
    result.samples = data.size();
    if constexpr (same_shape) {
        double loss = 0;
        int right = 0, judged = 0;
        model.for_each_batch(
            0, data.size(), [&](int i) { return &data.sample(i); }, data.scale(),
            [&](int i, int l, const auto& y) {
                Tensor<float, typename M::Output> logits, unused;
                for (int k = 0; k < classes; ++k) logits.data[k] = lane(y.data[k], l);
                const auto label = data.target(i);
                if (!Loss::valid(label, M::Output::extents)) return;
                const int predicted = argmax(logits);
                right += predicted == label;
                ++judged;
                ++result.confusion(label, predicted);
                if constexpr (Loss::fits(M::Output::extents).fits)
                    loss += static_cast<double>(Loss{}(logits, {label}, 1.0f, unused));
            });
        if (data.size() > 0) {
            if (judged > 0) result.loss = static_cast<float>(loss / judged);
            result.accuracy = static_cast<float>(right) / static_cast<float>(data.size());
        }
    }
    return result;
}

}  // namespace kiln

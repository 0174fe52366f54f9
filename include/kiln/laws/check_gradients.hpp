// SPDX-License-Identifier: BSL-1.0
#pragma once
// A test whether a layer's backward is the derivative of its forward, in one line and under any test framework:
//
//   assert((kiln::check_gradients<MyLayer, kiln::Shape<3, 4, 5>>()));
//   BOOST_TEST((kiln::check_gradients<MyLayer, kiln::Shape<3, 4, 5>>({.seed = 7})));
//
// Backward is given a random dy, so its results are the derivatives of sum_k dy_k y_k. Each is compared with the
// derivative of forward over dual numbers, in double. The comparison takes one pass of forward for every input and
// every parameter, so small shapes are best: a Conv<3, 5, 3> on 3 x 7 x 7 takes about a millisecond. Backward must also
// reach every tensor, add to gradients exactly once, and find the same gradients when nobody wants dx.

#include <kiln/core/contract.hpp>
#include <kiln/core/dual.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/verdict.hpp>
#include <kiln/laws/instance.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

namespace kiln::inline KILN_TARGET {

/// The settings of check_gradients.
struct GradientOptions {
    std::uint64_t seed = 1;   ///< of inputs, parameters and dy
    double tolerance = 1e-9;  ///< the largest error, relative to the largest derivative of the same tensor
    float range = 1;          ///< inputs and dy are between -range and range; parameters between -1/2 and 1/2
};

/// The result for one tensor of derivatives: dx, or the gradient of a parameter.
struct TensorCheck {
    std::string name;
    double error = 0;             ///< the largest difference, relative to the largest derivative; infinite for NaN
    int worst = 0;                ///< the element with the largest difference
    double expected = 0;          ///< the derivative at `worst`, by dual numbers
    double found = 0;             ///< the derivative at `worst`, by backward
    bool reached = false;         ///< whether a derivative is not zero
    bool adds_once = true;        ///< whether running forward and backward again gives exactly twice as much
    bool scales = true;           ///< of a loss: whether value and dy are proportional to the weight
    double without_dx_error = 0;  ///< the difference to the gradient without dx, relative to the largest
};

/// The result of `check_gradients` and of `check_loss`: true if the derivatives are right. Printed, the result says what
/// is wrong.
struct GradientCheck {
    double tolerance = 0;
    bool of_loss = false;
    std::vector<TensorCheck> tensors;  ///< dx, unless the input is tokens; then the parameters in their order

    /// The largest error of all tensors.
    double error() const {
        double most = 0;
        for (const TensorCheck& tensor : tensors) most = tensor.error > most ? tensor.error : most;
        return most;
    }
    bool accepts(const TensorCheck& tensor) const {
        return tensor.error <= tolerance && tensor.reached && tensor.adds_once && tensor.scales &&
               tensor.without_dx_error <= tolerance;
    }
    explicit operator bool() const {
        for (const TensorCheck& tensor : tensors)
            if (!accepts(tensor)) return false;
        return true;
    }
    friend std::ostream& operator<<(std::ostream& out, const GradientCheck& check) {
        const char *derivative = check.of_loss ? "dy" : "backward", *function = check.of_loss ? "the loss" : "forward";
        if (check) return out << derivative << " is the derivative of " << function << ", within " << check.error();
        out << derivative << " is not the derivative of " << function << ':';
        for (const TensorCheck& tensor : check.tensors) {
            if (check.accepts(tensor)) continue;
            out << ' ' << tensor.name << ':';
            if (!(tensor.error <= check.tolerance))
                out << " relative error " << tensor.error << " at [" << tensor.worst << "], expected "
                    << tensor.expected << ", found " << tensor.found << ';';
            if (!tensor.reached) out << " no derivative reaches it (all are 0);";
            if (!tensor.adds_once) out << " backward does not add to it exactly once;";
            if (!tensor.scales) out << " the loss is not proportional to its weight;";
            if (!(tensor.without_dx_error <= check.tolerance))
                out << " it differs by " << tensor.without_dx_error << " when nobody wants dx;";
        }
        return out << " tolerance " << check.tolerance;
    }
};

namespace detail {

constexpr double magnitude_of(double x) { return x < 0 ? -x : x; }

// The largest |a_i - b_i|, relative to the largest |b_i| if some b_i is not zero. Infinite if any a_i or b_i is NaN.
inline double relative_difference(const double* a, const double* b, int count) {
    double most = 0, size = 0;
    for (int i = 0; i < count; ++i) {
        const double difference = magnitude_of(a[i] - b[i]);
        if (!(difference <= most))
            most =
                difference <= std::numeric_limits<double>::max() ? difference : std::numeric_limits<double>::infinity();
        if (magnitude_of(b[i]) > size) size = magnitude_of(b[i]);
    }
    return size > 0 ? most / size : most;
}

// Compares backward's derivatives with those of forward, where one variable after the other gets slope 1.
template <class Number>
TensorCheck check_tensor(std::string name, const double* found, Number* variables, int count, auto derivative) {
    TensorCheck check{.name = std::move(name)};
    double size = 0, most = -1;
    for (int i = 0; i < count; ++i) {
        variables[i].slope = 1;
        const double expected = derivative();
        variables[i].slope = 0;
        double difference = magnitude_of(found[i] - expected);
        if (!(difference <= std::numeric_limits<double>::max())) difference = std::numeric_limits<double>::infinity();
        if (difference > most) {
            most = difference;
            check.worst = i;
            check.expected = expected;
            check.found = found[i];
        }
        if (magnitude_of(expected) > size) size = magnitude_of(expected);
        check.reached = check.reached || found[i] != 0;
    }
    check.error = size > 0 ? most / size : most;
    return check;
}

// check_gradients for a layer that fits its input.
template <class L, class In, class Number>
GradientCheck compare_gradients(const GradientOptions& options) {
    using Layer = laws::Instance<L, In, double>;
    const auto make = [&] { return std::make_unique<Layer>(options.seed, options.range); };
    const auto layer = make(), twice = make(), without_dx = make();
    const auto dual = std::make_unique<laws::Instance<L, In, Number>>(options.seed, options.range);  // the same numbers
    layer->forward();
    layer->backward();
    for (int i = 0; i < 2; ++i) {  // backward may overwrite the tape
        twice->forward();
        twice->backward();
    }
    without_dx->forward();
    without_dx->backward_without_dx();

    const auto derivative = [&] {
        dual->forward();
        double sum = 0;
        for (int k = 0; k < dual->y.count; ++k) sum += dual->y[k].slope * dual->dy[k].value;
        return sum;
    };
    GradientCheck check{.tolerance = options.tolerance, .tensors = {}};
    const auto check_input = [&](const std::string& name, const auto& dx, auto& x) {
        if constexpr (!detail::is_tokens<typename std::remove_cvref_t<decltype(x)>::Dimensions>)
            check.tensors.push_back(detail::check_tensor(name, dx.data, x.data, dx.count, derivative));
    };
    if constexpr (detail::are_shapes<In>) [&]<int... I>(std::integer_sequence<int, I...>) {
            (check_input(std::string("dx of input ") + static_cast<char>('0' + I), layer->dx.template get<I>(),
                         dual->x.template get<I>()),
             ...);
        }
    (std::make_integer_sequence<int, In::parts>{});
    else check_input("dx", layer->dx, dual->x);
    const auto gradients = tensors<double>(layer->gradients), doubled = tensors<double>(twice->gradients),
               alone = tensors<double>(without_dx->gradients);
    const auto variables = tensors_with<gradients_t<L, Number, In>, Number>(dual->parameters);  // without frozen ones
    for (std::size_t k = 0; k < gradients.size(); ++k) {
        const int count = gradients[k].count;
        TensorCheck tensor =
            detail::check_tensor(std::string("gradient of ") + schema<gradients_t<L, double, In>>[k].name.c_str(),
                                 gradients[k].data, variables[k].data, count, derivative);
        for (int i = 0; i < count; ++i) tensor.adds_once &= doubled[k].data[i] == 2 * gradients[k].data[i];
        tensor.without_dx_error = detail::relative_difference(alone[k].data, gradients[k].data, count);
        check.tensors.push_back(std::move(tensor));
    }
    return check;
}

}  // namespace detail

/// Compares the derivatives that layer L's backward computes with those of its forward, on inputs of shape In. `Number`
/// is the type of dual numbers to use: a type with `value` and `slope`, both double.
template <class L, class In, class Number = Dual<double>>
GradientCheck check_gradients(const GradientOptions& options = {}) {
    static_assert(decltype(verdict<L, In>())::shapes_agree);
    if constexpr (std::is_same_v<decltype(verdict<L, In>()), shapes_fit>)
        return detail::compare_gradients<L, In, Number>(options);
    else
        return {};
}

}  // namespace kiln::inline KILN_TARGET

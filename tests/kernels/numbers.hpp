// SPDX-License-Identifier: BSL-1.0
#pragma once
// Tensors whose extents and elements are known at run time only. The tests of kernels fill operands and compute
// expected results with them: a formula is compiled once, and not optimised anew for every shape and element.

#include <kiln/core/lanes.hpp>
#include <kiln/core/tensor.hpp>

#include "laws/instance.hpp"

#include <cstddef>
#include <functional>
#include <limits>
#include <type_traits>
#include <vector>

namespace kiln::laws {

/// A tensor in place: one number after another, `lanes` of them in each element.
struct View {
    float* floats = nullptr;
    double* doubles = nullptr;
    Extents extents;
    int lanes = 1;

    template <class E, class Dims>
    View(Tensor<E, Dims>& tensor) : extents(Dims::extents),
                                    lanes(width<E>) {
        static_assert(sizeof(E) == sizeof(scalar_t<E>) * width<E>);
        if constexpr (std::is_same_v<scalar_t<E>, float>)
            floats = reinterpret_cast<float*>(tensor.data);
        else
            doubles = reinterpret_cast<double*>(tensor.data);
    }

    int count() const { return static_cast<int>(extents.count()); }
    double number(int place, int l) const {
        const int at = place * lanes + l;
        return floats != nullptr ? static_cast<double>(floats[at]) : doubles[at];
    }
    double epsilon() const {
        return floats != nullptr ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                 : std::numeric_limits<double>::epsilon();
    }
    /// Every number in every lane is a value of its own.
    void set_all(const std::function<double()>& value) const {
        for (int at = 0; at < count() * lanes; ++at) {
            const double number = value();
            if (floats != nullptr)
                floats[at] = static_cast<float>(number);
            else
                doubles[at] = number;
        }
    }
};

// Not inline, like all that is called for every shape: these programs test the optimised code of kernels.
[[gnu::noinline]] inline void fill_random(View view, Random& random) {
    view.set_all([&] { return static_cast<double>(random.uniform(-1, 1)); });
}
/// Whole numbers from -most to most.
[[gnu::noinline]] inline void fill_whole(View view, Random& random, int most) {
    view.set_all([&] { return static_cast<double>(random.below(2 * most + 1) - most); });
}
[[gnu::noinline]] inline void fill_with(View view, double value) {
    view.set_all([&] { return value; });
}
inline constexpr double unwritten = std::numeric_limits<double>::quiet_NaN();

/// One lane of a tensor, as double.
class Numbers {
  public:
    Extents extents;

    explicit Numbers(const Extents& size, double value = 0)
        : extents(size),
          data_(static_cast<std::size_t>(size.count()), value) {}
    explicit Numbers(View view, int l = 0) : Numbers(view.extents) {
        for (int place = 0; place < view.count(); ++place) (*this)[place] = view.number(place, l);
    }

    double& operator[](int place) { return data_[static_cast<std::size_t>(place)]; }
    double operator[](int place) const { return data_[static_cast<std::size_t>(place)]; }
    double& operator()(auto... index) { return (*this)[place_of(index...)]; }
    double operator()(auto... index) const { return (*this)[place_of(index...)]; }
    friend bool operator==(const Numbers&, const Numbers&) = default;

    int count() const { return static_cast<int>(data_.size()); }
    auto begin() const { return data_.begin(); }
    auto end() const { return data_.end(); }

  private:
    int place_of(auto... index) const {
        int place = 0, dimension = 0;
        ((place = place * extents[dimension++] + index), ...);
        return place;
    }

    std::vector<double> data_;
};

}  // namespace kiln::laws

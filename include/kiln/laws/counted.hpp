// SPDX-License-Identifier: BSL-1.0
#pragma once
// An element that counts multiplications instead of computing. Each multiplication counts once, fused with an addition
// or not. A layer's forward over this element gives the layer's number of multiply-adds:
//
//   static_assert(kiln::counted_multiply_adds<MyLayer, kiln::Shape<3, 4, 5>>() == MyLayer::multiply_adds({3, 4, 5}));

#include <kiln/core/contract.hpp>
#include <kiln/core/record.hpp>
#include <kiln/laws/instance.hpp>

namespace kiln::inline KILN_TARGET {

/// An element that points to the counter. The pointer travels from inputs and parameters to every value computed from
/// them, because a constant expression has no global counter. Comparisons have fixed answers.
struct Counted {
    long long* tally = nullptr;

    constexpr Counted() = default;
    constexpr Counted(double) {}

    friend constexpr Counted either(Counted a, Counted b) { return a.tally != nullptr ? a : b; }
    friend constexpr Counted counted(Counted a) {
        if (a.tally != nullptr) ++*a.tally;
        return a;
    }

    friend constexpr Counted operator+(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted operator-(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted operator-(Counted a) { return a; }
    friend constexpr Counted operator*(Counted a, Counted b) { return counted(either(a, b)); }
    friend constexpr Counted operator/(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted& operator+=(Counted& a, Counted b) { return a = a + b; }
    friend constexpr Counted& operator-=(Counted& a, Counted b) { return a = a - b; }
    friend constexpr Counted& operator*=(Counted& a, Counted b) { return a = a * b; }
    friend constexpr Counted& operator/=(Counted& a, Counted b) { return a = a / b; }

    friend constexpr bool operator>(Counted, Counted) { return false; }
    friend constexpr bool operator<(Counted, Counted) { return false; }
    friend constexpr bool operator>=(Counted, Counted) { return true; }
    friend constexpr bool operator<=(Counted, Counted) { return true; }
    friend constexpr bool operator==(Counted, Counted) { return true; }

    friend constexpr Counted fma(Counted a, Counted b, Counted c) { return counted(either(either(a, b), c)); }
    friend constexpr Counted max(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted min(Counted a, Counted b) { return either(a, b); }
    friend constexpr Counted reduce(Counted a) { return a; }

    // A function counts as none of the layer's multiplications, however many it needs inside.
    friend constexpr Counted abs(Counted a) { return a; }
    friend constexpr Counted exp(Counted a) { return a; }
    friend constexpr Counted expm1(Counted a) { return a; }
    friend constexpr Counted log(Counted a) { return a; }
    friend constexpr Counted log1p(Counted a) { return a; }
    friend constexpr Counted tanh(Counted a) { return a; }
    friend constexpr Counted erf(Counted a) { return a; }
    friend constexpr Counted sqrt(Counted a) { return a; }
    friend constexpr Counted sin(Counted a) { return a; }
    friend constexpr Counted cos(Counted a) { return a; }
    friend constexpr Counted pow(Counted a, Counted b) { return either(a, b); }
};
static_assert(Element<Counted>);

/// The multiplications of one forward pass of one sample in inference, counted.
template <class L, class In>
constexpr long long counted_multiply_adds() {
    long long tally = 0;
    laws::Instance<L, In, Counted> layer(1);
    for (Counted& value : layer.x) value.tally = &tally;
    for (const Slice<Counted>& slice : tensors<Counted>(layer.parameters))
        for (Counted& value : slice) value.tally = &tally;
    layer.infer();
    return tally;
}

}  // namespace kiln::inline KILN_TARGET

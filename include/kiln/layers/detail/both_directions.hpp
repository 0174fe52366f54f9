// SPDX-License-Identifier: BSL-1.0
#pragma once
// The records of a layer in both directions of time, and sequences in reverse.

#include <kiln/core/contract.hpp>
#include <kiln/core/facts.hpp>
#include <kiln/kernels/pack.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/pair.hpp>
#include <boost/hana/tuple.hpp>

#include <array>
#include <cstddef>

namespace kiln {
template <class L>
struct Bidirectional;
}

namespace kiln::inline KILN_TARGET::detail {

// The needs of Bidirectional<L> on X: those of L, unless L fits and gives no sequence of T frames.
template <class L, class X>
struct bidirectional_needs {
    using type = layer_of_sequences;
};
template <class L, class X>
    requires(!L::shape(X::extents).fits && requires { typename L::template needs<X>; })
struct bidirectional_needs<L, X> {
    using type = typename L::template needs<X>;
};
template <class L>
struct bidirectional_of {
    using type = Bidirectional<L>;
};
template <>
struct bidirectional_of<void> {
    using type = void;
};
template <class L, class X>
struct bidirectional_repair {
    using type = void;
};
template <class L, class X>
    requires(!L::shape(X::extents).fits && requires { typename L::template repair<X>; })
struct bidirectional_repair<L, X> : bidirectional_of<typename L::template repair<X>> {};

/// Two records of one type. The tensors of the second have the names of the first and "_reverse" behind.
template <class R>
struct BothDirections {
    R forward, reverse;
};

// The accessors of a record's tensors, as Hana has them, for one of two records.
template <class Key>
struct ReversedName {
    static constexpr const char* c_str() { return text.data(); }

  private:
    static constexpr auto text = [] {
        constexpr auto length = [] {
            std::size_t count = 0;
            while (Key::c_str()[count] != '\0') ++count;
            return count;
        }();
        std::array<char, length + sizeof "_reverse"> name{};
        for (std::size_t i = 0; i < length; ++i) name[i] = Key::c_str()[i];
        for (std::size_t i = 0; i < sizeof "_reverse"; ++i) name[length + i] = "_reverse"[i];
        return name;
    }();
};
template <class Member>
struct OfForward {
    constexpr auto& operator()(auto& record) const { return Member{}(record.forward); }
};
template <class Member>
struct OfReverse {
    constexpr auto& operator()(auto& record) const { return Member{}(record.reverse); }
};
template <class Accessors>
struct accessors_of_both;
template <template <class...> class Tuple, template <class, class> class Pair, class... Key, class... Member>
struct accessors_of_both<Tuple<Pair<Key, Member>...>> {
    using type = Tuple<Pair<Key, OfForward<Member>>..., Pair<ReversedName<Key>, OfReverse<Member>>...>;
};

/// Copies T rows of F elements.
template <int T, int F, class E>
constexpr void copy_columns(const E* from, int from_row, E* to, int to_row) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) kernels::store(kernels::load<E>(from + t * from_row + i), to + t * to_row + i);
}

/// The frame that stands at frame t of the reversed sequence of a lane: padding stays where it is.
template <int T>
constexpr int reversed_frame(const Pass& pass, int lane, int t) {
    const int length = pass.length(lane, T);
    return t < length ? length - 1 - t : t;
}

// Element i of frame t of the sequence in reverse.
template <int T, class E>
constexpr void reversed_element(const E* from, int row, int i, const Pass& pass, int t, E& to) {
    if (pass.lengths == nullptr)
        kernels::store(kernels::load<E>(from + (T - 1 - t) * row + i), &to);
    else
        for (int l = 0; l < width<E>; ++l) set_lane(to, l, lane(from[reversed_frame<T>(pass, l, t) * row + i], l));
}

/// to = from with the frames of each sample in reverse.
template <int T, int F, class E>
constexpr void reverse_frames(const E* from, int from_row, const Pass& pass, E* to, int to_row) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) reversed_element<T>(from, from_row, i, pass, t, to[t * to_row + i]);
}
/// to += from with the frames of each sample in reverse.
template <int T, int F, class E>
constexpr void add_reversed_frames(const E* from, const Pass& pass, E* to) {
    for (int t = 0; t < T; ++t)
        for (int i = 0; i < F; ++i) {
            E reversed;
            reversed_element<T>(from, F, i, pass, t, reversed);
            kernels::store(kernels::load<E>(to + t * F + i) + kernels::load<E>(&reversed), to + t * F + i);
        }
}

}  // namespace kiln::inline KILN_TARGET::detail

namespace boost::hana {
template <class R>
struct accessors_impl<kiln::detail::BothDirections<R>> {
    static constexpr auto apply() {
        return typename kiln::detail::accessors_of_both<decltype(accessors_impl<R>::apply())>::type{};
    }
};
}  // namespace boost::hana

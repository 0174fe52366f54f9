// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE kernels.attention
#include <kiln/core/random.hpp>
#include <kiln/kernels/attention.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <memory>
#include <tuple>

using namespace kiln;

namespace {

// Rows that stand apart, sizes that fill neither packs nor tiles, one key, and more keys than queries.
template <class E, int Queries, int Keys, int Size, bool Causal>
struct Case {
    using Element = E;
    using Head = kernels::HeadSizes<Queries, Keys, Size, Causal, Size + 3, 2 * Size, Size + 1>;
};
using Cases = std::tuple<Case<float, 5, 5, 3, true>, Case<float, 33, 33, 16, true>, Case<float, 40, 40, 37, true>,
                         Case<float, 7, 19, 32, false>, Case<float, 1, 1, 1, true>, Case<float, 3, 48, 2, false>,
                         Case<double, 9, 5, 4, false>, Case<Lanes<float, 16>, 13, 13, 5, true>,
                         Case<Lanes<float, 16>, 6, 11, 8, false>, Case<Lanes<float, 32>, 5, 5, 3, true>,
                         Case<Lanes<float, 4>, 2, 9, 6, false>, Case<Lanes<double, 8>, 9, 9, 4, true>>;

template <class E, int N>
struct Numbers {
    E data[N];
    explicit Numbers(Random& random) {
        for (E& element : data)
            for (int l = 0; l < width<E>; ++l) set_lane(element, l, scalar_t<E>(random.uniform(-2, 2)));
    }
    double at(int i, int l) const { return static_cast<double>(lane(data[i], l)); }
};

// All numbers of one head, and what the formula gives for one lane in double.
template <class C>
struct Trial {
    using E = typename C::Element;
    using H = typename C::Head;
    static constexpr int T = H::queries, S = H::keys, D = H::size, room = kernels::share_room<E, S>;
    Random random{Seed{3}};
    Numbers<E, T * H::query_step> q{random}, dq{random};
    Numbers<E, S * H::key_step> k{random}, v{random}, dk{random}, dv{random};
    Numbers<E, T * H::output_step> y{random}, dy{random};
    Numbers<E, T * room> shares{random};
    kernels::HeadMemory<E, H> memory;
    kernels::KeyLimit<E> limit;
    double worst = 0;  // the largest difference

    bool sees(int t, int key, int l) const {
        return (!H::causal || key <= t) && (!limit.is_set || key < limit.keys[l]);
    }
    double share(int t, int key, int l) const {
        double sum = 0, own = 0;
        for (int j = 0; j < S; ++j) {
            if (!sees(t, j, l)) continue;
            double score = 0;
            for (int d = 0; d < D; ++d) score += q.at(t * H::query_step + d, l) * k.at(j * H::key_step + d, l);
            sum += std::exp(score / std::sqrt(double{D}));
            if (j == key) own = std::exp(score / std::sqrt(double{D}));
        }
        return own / sum;
    }
    void compare(double found, double expected) {
        const double difference = std::abs(found - expected);
        if (!(difference <= worst)) worst = difference;
    }

    double forward_error() {
        kernels::attend<H, true>(q.data, k.data, v.data, shares.data, y.data, limit, memory);
        for (int l = 0; l < width<E>; l += 3)
            for (int t = 0; t < T; ++t)
                for (int d = 0; d < D; ++d) {
                    double expected = 0;
                    for (int j = 0; j < S; ++j) expected += share(t, j, l) * v.at(j * H::key_step + d, l);
                    compare(y.at(t * H::output_step + d, l), expected);
                }
        return worst;
    }
    double backward_error() {
        kernels::attend<H, true>(q.data, k.data, v.data, shares.data, y.data, limit, memory);
        kernels::attend_backward<H>(q.data, k.data, v.data, shares.data, dy.data, dq.data, dk.data, dv.data, memory);
        for (int l = 0; l < width<E>; l += 5) {
            double p[T][S], ds[T][S];
            for (int t = 0; t < T; ++t) {
                double mean = 0;
                for (int j = 0; j < S; ++j) {
                    p[t][j] = share(t, j, l);
                    ds[t][j] = 0;
                    for (int d = 0; d < D; ++d)
                        ds[t][j] += dy.at(t * H::output_step + d, l) * v.at(j * H::key_step + d, l);
                    mean += p[t][j] * ds[t][j];
                }
                for (int j = 0; j < S; ++j) ds[t][j] = p[t][j] * (ds[t][j] - mean) / std::sqrt(double{D});
            }
            for (int d = 0; d < D; ++d) {
                for (int t = 0; t < T; ++t) {
                    double expected = 0;
                    for (int j = 0; j < S; ++j) expected += ds[t][j] * k.at(j * H::key_step + d, l);
                    compare(dq.at(t * H::query_step + d, l), expected);
                }
                for (int j = 0; j < S; ++j) {
                    double of_key = 0, of_value = 0;
                    for (int t = 0; t < T; ++t) {
                        of_key += ds[t][j] * q.at(t * H::query_step + d, l);
                        of_value += p[t][j] * dy.at(t * H::output_step + d, l);
                    }
                    compare(dk.at(j * H::key_step + d, l), of_key);
                    compare(dv.at(j * H::key_step + d, l), of_value);
                }
            }
        }
        return worst;
    }
};

}  // namespace

// Numbers of some 100 terms of up to 8, rounded by 6e-8 each.
BOOST_AUTO_TEST_CASE_TEMPLATE(attend_computes_its_formula, C, Cases) {
    BOOST_TEST(std::make_unique<Trial<C>>()->forward_error() <= 2e-5);
}
BOOST_AUTO_TEST_CASE_TEMPLATE(attend_backward_computes_its_formula, C, Cases) {
    BOOST_TEST(std::make_unique<Trial<C>>()->backward_error() <= 1e-4);
}
BOOST_AUTO_TEST_CASE_TEMPLATE(keys_beyond_a_limit_are_not_seen, C, Cases) {
    if constexpr (!C::Head::causal) {
        const auto trial = std::make_unique<Trial<C>>();
        trial->limit.is_set = true;
        for (int l = 0; l < width<typename C::Element>; ++l) trial->limit.keys[l] = 1 + 3 * l % C::Head::keys;
        BOOST_TEST(trial->forward_error() <= 2e-5);
        BOOST_TEST(trial->backward_error() <= 1e-4);
    }
}

namespace {
// A head of features `first` … first + Size - 1 of frames of Features elements: the results of a causal head for all
// frames, and those for one frame after the other.
template <class E, int T, int Features, int Size>
struct Streamed {
    using H = kernels::HeadSizes<T, T, Size, true, 3 * Features, 3 * Features, Size>;
    Random random{Seed{5}};
    Numbers<E, T * 3 * Features> projected{random};
    Numbers<E, T * Size> y{random};
    kernels::HeadMemory<E, H> memory;
    kernels::KeyRing<E, T, Features> past;

    void attend(int first) {
        const E* const q = projected.data + first;
        kernels::attend<H, false>(q, q + Features, q + 2 * Features, static_cast<E*>(nullptr), y.data,
                                  kernels::KeyLimit<E>{}, memory);
    }
    void append(int t) {
        past.append(projected.data + t * 3 * Features + Features, projected.data + t * 3 * Features + 2 * Features);
    }
    // The elements of frame t that have other bits in a stream.
    int differences(int first, int t) {
        E own[Size];
        kernels::attend<Size>(projected.data + t * 3 * Features + first, past, first, own);
        int count = 0;
        for (int i = 0; i < Size; ++i)
            for (int l = 0; l < width<E>; ++l) count += lane(own[i], l) != lane(y.data[t * Size + i], l);
        return count;
    }
};
using StreamedCases =
    std::tuple<Streamed<float, 37, 12, 4>, Streamed<float, 20, 3, 3>, Streamed<float, 5, 40, 40>,
               Streamed<float, 9, 2, 1>, Streamed<double, 9, 8, 4>, Streamed<Lanes<float, 16>, 19, 10, 5>>;
}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(frame_by_frame_a_head_has_the_bits_of_all_frames, C, StreamedCases) {
    const auto head = std::make_unique<C>();
    constexpr int first = 0;
    head->attend(first);
    head->past.clear();
    for (int t = 0; t < C::H::queries; ++t) {
        head->append(t);
        BOOST_TEST(head->differences(first, t) == 0);
    }
}

// Two frames are kept: the third takes the place of the first.
BOOST_AUTO_TEST_CASE(a_full_ring_forgets_its_oldest_frame) {
    kernels::KeyRing<float, 2, 1> past;
    past.clear();
    const float key = 0, values[] = {1, 3, 7};
    const float expected[] = {1, 2, 5};
    for (int t = 0; t < 3; ++t) {
        past.append(&key, values + t);
        float y;
        kernels::attend<1>(&key, past, 0, &y);
        BOOST_TEST(y == expected[t]);
    }
    BOOST_TEST(past.count == 2);
}

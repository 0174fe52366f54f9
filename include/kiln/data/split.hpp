// SPDX-License-Identifier: BSL-1.0
#pragma once
// Divides a data set into a part to train on and a part to validate with. The parts are views, a list of sample numbers
// and a pointer, so the data set must outlive them and stay where it is. The division depends on the seed alone; within
// a part samples keep their order.

#include <kiln/core/detail/compiled.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/random.hpp>
#include <kiln/data/dataset.hpp>
#include <kiln/files/detail/concat.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// Some samples of a data set, given by their numbers: a view, and itself a data set.
template <class Data>
class Subset {
    static constexpr bool is_whole = !IsDivided<Data>;
    static_assert(is_whole,
                  "kiln: a Subset needs a data set of which every rank has all samples, got Sharded; try to set "
                  "samples apart before they are divided");

  public:
    using Input = typename Data::Input;

    /// Throws std::invalid_argument for a number that no sample has.
    Subset(const Data& data, std::vector<int> numbers) : data_(&data), numbers_(std::move(numbers)) {
        for (const int number : numbers_)
            if (number < 0 || number >= data.size())
                throw std::invalid_argument(concat("kiln: a Subset needs numbers below ", data.size(),
                                                   ", the size of its data set, got ", number));
    }
    Subset(const Data&&, std::vector<int>) = delete;

    int size() const { return static_cast<int>(numbers_.size()); }
    /// The number that sample i has in the whole data set.
    int number(int i) const {
        KILN_EXPECTS(0 <= i && i < size());
        return numbers_[static_cast<std::size_t>(i)];
    }

    decltype(auto) sample(int i) const { return data_->sample(number(i)); }
    decltype(auto) target(int i) const { return data_->target(number(i)); }
    auto image(int i) const { return data_->image(number(i)); }
    int label(int i) const requires detail::Labelled<Data> { return data_->label(number(i)); }
    float scale() const { return data_->scale(); }
    int length(int i) const requires GivesLengths<Data> { return data_->length(number(i)); }
    /// The classes of the whole data set.
    int classes() const requires detail::Labelled<Data> { return data_->classes(); }

  private:
    const Data* data_;
    std::vector<int> numbers_;
};

/// The two parts that `split` makes of a data set.
template <class Data>
struct Split {
    Subset<Data> train, validation;
};

/// Sets apart a random part of the data: the fraction `validation` (0 to 1), rounded to whole samples. Throws
/// std::invalid_argument for a fraction outside 0 to 1.
template <class Data>
Split<Data> split(const Data& data, double validation, Seed seed = {});

/// As split, but with each class in proportion, by the method of largest remainders: each class gets its fraction
/// rounded down. Then the classes that lost most by rounding get one more, the first among equals, until the total is
/// right.
template <class Data>
Split<Data> stratified_split(const Data& data, double validation, Seed seed = {});

/// The same by target I of several, which must be a label: `stratified_split<0>(data, 0.25)`.
template <int I, class Data>
Split<Data> stratified_split(const Data& data, double validation, Seed seed = {});

// The data set must outlive its parts, so a temporary is refused.
template <class Data>
void split(const Data&&, double, Seed = {}) = delete;
template <class Data>
void stratified_split(const Data&&, double, Seed = {}) = delete;
template <int I, class Data>
void stratified_split(const Data&&, double, Seed = {}) = delete;

namespace detail {

/// The number of samples in the fraction `share` of n samples, exact up to the rounding of doubles.
KILN_LAZY int share_of(int n, double share);

/// Goes through the samples in random order and sets each apart while `wanted` has room for it.
template <class Data>
Split<Data> set_apart(const Data& data, Seed seed, auto wanted) {
    const Permutation order(data.size(), hash(seed.value, 0));
    std::vector<bool> apart(static_cast<std::size_t>(data.size()));
    for (int i = 0; i < data.size(); ++i)
        if (int& room = wanted(order(i)); room > 0) {
            --room;
            apart[static_cast<std::size_t>(order(i))] = true;
        }
    std::vector<int> train, validation;
    for (int i = 0; i < data.size(); ++i) (apart[static_cast<std::size_t>(i)] ? validation : train).push_back(i);
    return {{data, std::move(train)}, {data, std::move(validation)}};
}

/// The number of samples of each class to set apart, by largest remainders.
KILN_LAZY std::vector<int> apportion(const std::vector<int>& counts, double share, int total);

/// For each label its place among the labels that occur, in ascending order. Labels may be of any size.
KILN_LAZY std::vector<std::size_t> places_of(const std::vector<int>& labels);

}  // namespace detail

template <class Data>
Split<Data> split(const Data& data, double validation, Seed seed) {
    int room = detail::share_of(data.size(), validation);
    return detail::set_apart(data, seed, [&](int) -> int& { return room; });
}

namespace detail {
template <class Data>
Split<Data> stratified_split(const Data& data, const std::vector<int>& labels, double validation, Seed seed) {
    const int total = share_of(data.size(), validation);
    const std::vector<std::size_t> places = places_of(labels);
    std::vector<int> counts;
    for (const std::size_t place : places) {
        if (place >= counts.size()) counts.resize(place + 1);
        ++counts[place];
    }
    std::vector<int> room = apportion(counts, validation, total);
    return set_apart(data, seed, [&](int i) -> int& { return room[places[static_cast<std::size_t>(i)]]; });
}
}  // namespace detail

template <class Data>
Split<Data> stratified_split(const Data& data, double validation, Seed seed) {
    constexpr bool has_labels = detail::Labelled<Data>;
    static_assert(has_labels, "kiln: stratified_split needs targets that are labels, got others; try split, or "
                              "stratified_split<0>(data, 0.25) for label 0 of several targets");
    if constexpr (has_labels)
        return detail::stratified_split(data, detail::labels_of(data), validation, seed);
    else
        return split(data, validation, seed);
}

template <int I, class Data>
Split<Data> stratified_split(const Data& data, double validation, Seed seed) {
    constexpr bool has_labels = detail::LabelledAt<Data, I>;
    static_assert(has_labels,
                  "kiln: stratified_split<I> needs several targets of which number I is a label, got others; try "
                  "the number of a label, or stratified_split(data, 0.25) for one target");
    if constexpr (has_labels)
        return detail::stratified_split(data, detail::labels_at<I>(data), validation, seed);
    else
        return split(data, validation, seed);
}

}  // namespace kiln::inline KILN_TARGET::data

#ifndef KILN_COMPILED
#include <kiln/data/split.ipp>
#endif

// SPDX-License-Identifier: BSL-1.0
#pragma once
// Divides a data set into a part to train on and a part to validate with. The parts are views: a list of the samples'
// numbers and a pointer, so the data set must outlive them and stay where it is. Which sample goes where depends on the
// seed alone; within a part samples keep their order.

#include <kiln/core/compiled.hpp>
#include <kiln/core/concat.hpp>
#include <kiln/core/expects.hpp>
#include <kiln/core/random.hpp>
#include <kiln/data/dataset.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kiln::inline KILN_TARGET::data {

/// Some samples of a data set, by their numbers: a view, and a data set itself.
template <class Data>
class Subset {
  public:
    using Input = typename Data::Input;

    /// Throws std::invalid_argument if there is no sample of such a number.
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
    /// Those of the whole data set.
    int classes() const requires detail::Labelled<Data> { return data_->classes(); }

  private:
    const Data* data_;
    std::vector<int> numbers_;
};

/// What `split` makes of a data set.
template <class Data>
struct Split {
    Subset<Data> train, validation;
};

/// A random part of the data, `validation` (0 to 1) of it rounded to whole samples, is set apart. Throws
/// std::invalid_argument for another share.
template <class Data>
Split<Data> split(const Data& data, double validation, Seed seed = {});

/// The same, with each class in proportion: as many of each as its share rounded down, and one more of those classes
/// that lose most by it, the first among equals, until the total is right (the method of largest remainders).
template <class Data>
Split<Data> stratified_split(const Data& data, double validation, Seed seed = {});

// The data set has to outlive its parts.
template <class Data>
void split(const Data&&, double, Seed = {}) = delete;
template <class Data>
void stratified_split(const Data&&, double, Seed = {}) = delete;

namespace detail {

/// What is taken of n samples, exact up to the rounding of doubles.
KILN_LAZY int share_of(int n, double share);

/// Goes through the samples in random order and sets those apart for which `wanted` has room.
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

/// How many of each class are set apart, by largest remainders.
KILN_LAZY std::vector<int> apportion(const std::vector<int>& counts, double share, int total);

/// The places of labels among those that occur, in ascending order. Labels may be as large as they like.
KILN_LAZY std::vector<std::size_t> places_of(const std::vector<int>& labels);

}  // namespace detail

template <class Data>
Split<Data> split(const Data& data, double validation, Seed seed) {
    int room = detail::share_of(data.size(), validation);
    return detail::set_apart(data, seed, [&](int) -> int& { return room; });
}

template <class Data>
Split<Data> stratified_split(const Data& data, double validation, Seed seed) {
    const int total = detail::share_of(data.size(), validation);
    std::vector<int> labels;
    for (int i = 0; i < data.size(); ++i) labels.push_back(data.label(i));
    const std::vector<std::size_t> places = detail::places_of(labels);
    std::vector<int> counts;
    for (const std::size_t place : places) {
        if (place >= counts.size()) counts.resize(place + 1);
        ++counts[place];
    }
    std::vector<int> room = detail::apportion(counts, validation, total);
    return detail::set_apart(data, seed, [&](int i) -> int& { return room[places[static_cast<std::size_t>(i)]]; });
}

}  // namespace kiln::inline KILN_TARGET::data

#ifndef KILN_COMPILED
#include <kiln/data/split.ipp>
#endif

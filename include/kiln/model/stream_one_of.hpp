// SPDX-License-Identifier: BSL-1.0
#pragma once
// A stream through one of several models (model/one_of.hpp), in one place of fixed size:
//
//   const kiln::Prepared<kiln::OneOf<Small, Large>> prepared{net};
//   kiln::Stream<kiln::OneOf<Small, Large>> stream{prepared};
//
// A step first asks which model it is, and then takes the model's own.

#include <kiln/core/expects.hpp>
#include <kiln/core/tensor.hpp>
#include <kiln/model/one_of.hpp>
#include <kiln/model/stream.hpp>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

namespace kiln::inline KILN_TARGET {

/// The numbers of the model that was in a OneOf, in the order in which its step reads them.
template <class... M>
class Prepared<OneOf<M...>> {
    using Numbers = std::variant<Prepared<M>...>;
    template <class, class>
    friend class Stream;

  public:
    explicit Prepared(const OneOf<M...>& net)
        : numbers_(net.visit(
              []<class Model>(const Model& model) { return Numbers(std::in_place_type<Prepared<Model>>, model); })) {}

    /// The number of the model, from 0.
    int index() const { return static_cast<int>(numbers_.index()); }

  private:
    Numbers numbers_;
};

/// One run of the model of a OneOf through time. `Prepared` must outlive the stream.
template <class First, class... Others, class E>
class Stream<OneOf<First, Others...>, E> {
    using Net = OneOf<First, Others...>;
    using Streams = std::variant<Stream<First, E>, Stream<Others, E>...>;

  public:
    using Frame = typename Stream<First, E>::Frame;
    using OutputFrame = typename Stream<First, E>::OutputFrame;
    using InputElement = typename Stream<First, E>::InputElement;

    explicit Stream(const Prepared<Net>& prepared) : prepared_(&prepared), stream_(begun<0>(prepared)) {}
    Stream(const Prepared<Net>&&) = delete;

    /// The number of the model, from 0.
    int index() const { return static_cast<int>(stream_.index()); }
    /// Forgets the past: the next frame is the first of a sequence.
    void reset() {
        visit([](auto& stream) { stream.reset(); });
    }
    /// Goes on with other numbers of the same model, which must outlive the stream, and with the past as it is.
    void use(const Prepared<Net>& prepared) {
        KILN_EXPECTS(prepared.index() == index());
        prepared_ = &prepared;
        visit([&]<class M>(Stream<M, E>& stream) { stream.use(*std::get_if<Prepared<M>>(&prepared.numbers_)); });
    }
    void use(const Prepared<Net>&&) = delete;

    /// The next frame of the output; of a block of N frames the next N.
    OutputFrame step(const Frame& x) {
        return visit([&](auto& stream) { return stream.step(x); });
    }
    template <class X>
    auto step(const Tensor<E, X>& x) {
        return visit([&](auto& stream) { return stream.step(x); });
    }
    /// The next frames of the output, for any number of frames.
    void step(std::span<const InputElement> x, std::span<E> y) {
        visit([&](auto& stream) { stream.step(x, y); });
    }

  private:
    template <std::size_t I>
    static Streams begun(const Prepared<Net>& prepared) {
        if constexpr (I < sizeof...(Others))
            if (prepared.index() != static_cast<int>(I)) return begun<I + 1>(prepared);
        return Streams(std::in_place_index<I>, *std::get_if<I>(&prepared.numbers_));
    }
    decltype(auto) visit(auto f) {
        KILN_EXPECTS(prepared_->index() == index());  // a Prepared with a stream must not become another model's
        return detail::visit_alternative<0>(stream_, f);
    }

    const Prepared<Net>* prepared_;
    Streams stream_;
};

}  // namespace kiln::inline KILN_TARGET

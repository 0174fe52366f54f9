// SPDX-License-Identifier: BSL-1.0
#pragma once
// A table of a model's layers: shapes, parameters, multiply-adds and bytes, and what a stream through the model keeps.
// Every number is known to the compiler.

#include <kiln/core/contract.hpp>
#include <kiln/core/contract/wiring.hpp>
#include <kiln/core/detail/one_of.hpp>
#include <kiln/core/detail/sizes.hpp>
#include <kiln/core/detail/type_name.hpp>
#include <kiln/core/record.hpp>
#include <kiln/model/model.hpp>
#include <kiln/model/stream.hpp>

#include <array>
#include <cstddef>
#include <iosfwd>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kiln::inline KILN_TARGET {

/// One row of a summary: a layer that contains no others.
struct SummaryRow {
    Name position;           ///< "2.0": the first layer within the third; "sum": a node of a graph
    std::string_view layer;  ///< its type, as the user wrote it
    Extents output;
    long long parameters = 0;
    long long multiply_adds = 0;
    /// The rows, or inputs, whose outputs the layer reads, by position; none if it reads the row before it alone.
    std::array<Name, 8> reads{};
    int read = 0;  ///< how many the layer reads beside the row before it; `reads` holds the first eight
};

namespace detail {

// The rows of layer L, which reads the outputs of the rows `from`. `append` returns the row that puts out. Parameters
// that a layer shares count in the row of their owner.
template <class L, class In>
struct summary_of;

template <class L, class In, std::size_t... I>
constexpr int count_rows(std::index_sequence<I...>) {
    int rows = 0;
    for (const int part : {summary_of<typename L::template Layer<static_cast<int>(I)>,
                                      typename L::template LayerInput<static_cast<int>(I), In>>::rows...})
        rows += part;
    return rows;
}
// The parts of a container run one after the other, unless it is wired.
template <class L, class In, std::size_t... I>
constexpr Name append_rows(SummaryRow*& out, const SummaryRow* first, const Name& position, const Name* from,
                           bool owns_parameters, std::index_sequence<I...>) {
    Name before = from[0];
    [[maybe_unused]] const int each[] = {
        (before =
             summary_of<typename L::template Layer<static_cast<int>(I)>,
                        typename L::template LayerInput<static_cast<int>(I), In>>::append(out, first,
                                                                                          position.then(
                                                                                              static_cast<int>(I)),
                                                                                          &before, 1, owns_parameters),
         0)...};
    return before;
}
template <HasWiring L, class In, std::size_t... I>
constexpr Name append_rows(SummaryRow*& out, const SummaryRow* first, const Name& position, const Name* from,
                           bool owns_parameters, std::index_sequence<I...>) {
    constexpr auto& wiring = L::wiring;
    constexpr auto inputs = static_cast<std::size_t>(wiring.inputs);
    std::array<Name, inputs + sizeof...(I)> value{};
    for (std::size_t i = 0; i < inputs; ++i) value[i] = from[i];
    const auto append = [&]<int Part>(std::integral_constant<int, Part>) {
        constexpr int fan = wiring.fan[Part];
        std::array<Name, static_cast<std::size_t>(fan)> read{};
        for (std::size_t p = 0; p < read.size(); ++p) read[p] = value[static_cast<std::size_t>(wiring.from[Part][p])];
        value[inputs + Part] =
            summary_of<typename L::template Layer<Part>, typename L::template LayerInput<Part, In>>::append(
                out, first, position.then(part_name<L>(Part).c_str()), read.data(), fan,
                owns_parameters && owner_of<L, Part> == Part);
    };
    [[maybe_unused]] const int each[] = {(append(std::integral_constant<int, static_cast<int>(I)>{}), 0)...};
    return value[static_cast<std::size_t>(wiring.outputs[0])];
}

constexpr bool same_name(const Name& a, const Name& b) {
    return std::string_view(a.text, static_cast<std::size_t>(a.length)) ==
           std::string_view(b.text, static_cast<std::size_t>(b.length));
}

template <class L, class In>
struct summary_of {
    static constexpr int rows = 1;
    static constexpr Name append(SummaryRow*& out, const SummaryRow* first, const Name& position, const Name* from,
                                 int fan, bool owns_parameters) {
        SummaryRow& row = *out;
        row = {position, type_name<L>(), output_t<L, In>::extents,
               owns_parameters ? scalar_count<parameters_t<L, float, In>>() : 0, kiln::multiply_adds<L, In>()};
        const bool reads_the_row_before =
            fan == 1 && (out == first ? from[0].length == 0 : same_name(from[0], out[-1].position));
        if (!reads_the_row_before) {
            row.read = fan;
            for (int p = 0; p < fan && p < static_cast<int>(row.reads.size()); ++p)
                row.reads[static_cast<std::size_t>(p)] = from[p].length > 0 ? from[p] : Name{}.then("input");
        }
        ++out;
        return position;
    }
};
template <class L, class In>
    requires Container<L, In>
struct summary_of<L, In> {
    static constexpr IndicesBelow<L::depth> parts{};
    static constexpr int rows = count_rows<L, In>(parts);
    static constexpr Name append(SummaryRow*& out, const SummaryRow* first, const Name& position, const Name* from, int,
                                 bool owns_parameters) {
        return append_rows<L, In>(out, first, position, from, owns_parameters, parts);
    }
};

// The extents and the names of a model's inputs.
template <class Net, class In>
struct inputs_in_summary {
    static constexpr std::array<Extents, 1> extents{In::extents};
    static constexpr std::array<Name, 1> names{};
};
template <class Net, class... In>
struct inputs_in_summary<Net, Shapes<In...>> {
    static constexpr std::array<Extents, sizeof...(In)> extents{In::extents...};
    static constexpr std::array<Name, sizeof...(In)> names = [] {
        std::array<Name, sizeof...(In)> all{};
        for (std::size_t i = 0; i < all.size(); ++i) {
            if constexpr (requires { Net::input_names; })
                all[i] = Name{}.then(Net::input_names[i].data());
            else
                all[i] = Name{}.then("input").then(static_cast<int>(i));
        }
        return all;
    }();
};

}  // namespace detail

/// The constants of a stream through a model (model/stream.hpp).
struct StreamSummary {
    bool streams = false;     ///< whether the network can run frame by frame; else the others say nothing
    int receptive_field = 0;  ///< in frames, or `unlimited`
    int latency = 0;          ///< in frames
    std::size_t carry_bytes = 0;

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const StreamSummary& s) {
        if (!s.streams) return out << "no stream";
        out << "stream: receptive field ";
        if (s.receptive_field == unlimited)
            out << "unlimited";
        else
            out << s.receptive_field << (s.receptive_field == 1 ? " frame" : " frames");
        return out << ", latency " << s.latency << ", carry " << s.carry_bytes << " bytes";
    }
};

/// The rows of a model's layers, and the totals; prints as a table.
template <int Layers, int Inputs = 1>
struct Summary {
    std::array<Extents, static_cast<std::size_t>(Inputs)> inputs{};
    std::array<Name, static_cast<std::size_t>(Inputs)> input_names{};  ///< empty for the only input
    std::array<SummaryRow, static_cast<std::size_t>(Layers)> rows{};
    long long parameters = 0, multiply_adds = 0, parameter_bytes = 0, inference_bytes = 0;
    StreamSummary stream{};

    template <class Traits>
    friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Summary& s) {
        const auto right = [&](const auto& value, int width) {
            out.width(width);
            out << value;
        };
        const auto left = [&](std::string_view text, std::size_t width) {
            out << text;
            for (std::size_t i = text.size(); i < width; ++i) out << ' ';
        };
        const auto shape = [&](const Extents& extents) {
            Text text;
            for (int i = 0; i < extents.rank; ++i) {
                if (i > 0) text.append("x");
                text.append(std::string_view(Name{}.then(extents[i]).text));
            }
            left(std::string_view(text.characters, text.length), 14);
        };
        std::size_t widest = 5, longest = 6;
        for (const SummaryRow& row : s.rows) {
            widest = row.layer.size() > widest ? row.layer.size() : widest;
            longest = static_cast<std::size_t>(row.position.length) > longest
                          ? static_cast<std::size_t>(row.position.length)
                          : longest;
        }
        const auto line = [&](std::string_view position, std::string_view layer) {
            left(position, longest + 2);
            left(layer, widest + 2);
        };
        for (std::size_t i = 0; i < s.inputs.size(); ++i) {
            if (i > 0) out << '\n';
            line(s.input_names[i].text, "input");
            shape(s.inputs[i]);
            if (i > 0) continue;
            right("parameters", 12);
            right("multiply-adds", 15);
        }
        for (const SummaryRow& row : s.rows) {
            out << '\n';
            line(row.position.text, row.layer);
            shape(row.output);
            right(row.parameters, 12);
            right(row.multiply_adds, 15);
            for (int p = 0; p < row.read; ++p)
                out << (p == 0 ? "  reads " : ", ")
                    << (p < static_cast<int>(row.reads.size()) ? row.reads[static_cast<std::size_t>(p)].text : "…");
        }
        out << '\n';
        line("", "total");
        left("", 14);
        right(s.parameters, 12);
        right(s.multiply_adds, 15);
        out << "\nparameters " << s.parameter_bytes << " bytes, inference of one sample " << s.inference_bytes
            << " bytes";
        if (s.stream.streams) out << '\n' << s.stream;
        return out;
    }

  private:
    struct Text {
        char characters[64] = {};
        std::size_t length = 0;
        constexpr void append(std::string_view more) {
            for (const char c : more)
                if (length < sizeof characters) characters[length++] = c;
        }
    };
};

namespace detail {
// The model of a table. A OneOf is refused, and its first model is shown, so that there is one error.
template <class M>
struct first_model {
    using type = M;
};
template <class First, class... Others>
struct first_model<OneOf<First, Others...>> {
    using type = First;
};
template <class M>
constexpr StreamSummary stream_summary() {
    if constexpr (streams<M>)
        return {true, Stream<M>::receptive_field, Stream<M>::latency, Stream<M>::carry_bytes};
    else
        return {};
}
}  // namespace detail

/// The summary of model M, as a constant: `std::cout << kiln::summary<Digits>()`.
template <class Model>
[[nodiscard]] constexpr auto summary() {
    static_assert(!detail::is_one_of<Model>, "kiln: summary needs a Model, got a OneOf; try one of its models");
    using M = typename detail::first_model<Model>::type;
    using Layers = detail::summary_of<typename M::Body, typename M::Input>;
    using Inputs = detail::inputs_in_summary<typename M::Network, typename M::Input>;
    Summary<Layers::rows, static_cast<int>(Inputs::extents.size())> result{.inputs = Inputs::extents,
                                                                           .input_names = Inputs::names,
                                                                           .parameters = M::parameter_count,
                                                                           .multiply_adds = M::multiply_adds,
                                                                           .parameter_bytes = M::parameter_bytes,
                                                                           .inference_bytes = M::inference_bytes,
                                                                           .stream = detail::stream_summary<M>()};
    SummaryRow* out = result.rows.data();
    Layers::append(out, out, Name{}, Inputs::names.data(), static_cast<int>(Inputs::extents.size()), true);
    return result;
}

}  // namespace kiln::inline KILN_TARGET

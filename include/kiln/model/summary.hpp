// SPDX-License-Identifier: BSL-1.0
#pragma once
// A table of a model's layers: shapes, parameters, multiply-adds and bytes. Every number is known to the compiler.

#include <kiln/core/contract.hpp>
#include <kiln/core/detail/type_name.hpp>
#include <kiln/core/record.hpp>
#include <kiln/model/model.hpp>

#include <array>
#include <cstddef>
#include <iosfwd>
#include <string_view>

namespace kiln::inline KILN_TARGET {

/// One row of a summary: a layer that contains no others.
struct SummaryRow {
    Name position;           ///< "2.0": the first layer within the third; "step.0": within a graph's node
    std::string_view layer;  ///< its type, as the user wrote it
    Extents output;
    long long parameters = 0;  ///< 0 if it shares the parameters of a layer above
    long long multiply_adds = 0;
};

namespace detail {

template <class L, class In>
struct summary_of;

template <class L, class In, std::size_t... I>
constexpr int count_rows(std::index_sequence<I...>) {
    int rows = 0;
    for (const int part : {summary_of<typename L::template Layer<I>, typename L::template LayerInput<I, In>>::rows...})
        rows += part;
    return rows;
}
// The position of part I of container L: its number, or the name of a graph's node (nets/graph.hpp).
template <class L, std::size_t I>
constexpr Name position_of_part(const Name& position) {
    if constexpr (requires { L::NodeNames::text; })
        return position.then(L::NodeNames::text[I]);
    else
        return position.then(static_cast<int>(I));
}
// Whether part I of container L has the parameters of another part.
template <class L, std::size_t I>
constexpr bool shares_parameters() {
    if constexpr (requires { L::owners; })
        return L::owners[I] != static_cast<int>(I);
    else
        return false;
}
template <class L, class In, std::size_t... I>
constexpr void append_rows(SummaryRow*& out, const Name& position, bool counts, std::index_sequence<I...>) {
    [[maybe_unused]] const int each[] = {
        (summary_of<typename L::template Layer<I>, typename L::template LayerInput<I, In>>::append(
             out, position_of_part<L, I>(position), counts && !shares_parameters<L, I>()),
         0)...};
}

template <class L, class In>
struct summary_of {
    static constexpr int rows = 1;
    static constexpr void append(SummaryRow*& out, const Name& position, bool counts = true) {
        *out++ = {position, type_name<L>(), output_t<L, In>::extents,
                  counts ? scalar_count<parameters_t<L, float, In>>() : 0, kiln::multiply_adds<L, In>()};
    }
};
template <class L, class In>
    requires Container<L, In>
struct summary_of<L, In> {
    static constexpr std::make_index_sequence<L::depth> parts{};
    static constexpr int rows = count_rows<L, In>(parts);
    static constexpr void append(SummaryRow*& out, const Name& position, bool counts = true) {
        append_rows<L, In>(out, position, counts, parts);
    }
};

}  // namespace detail

/// The rows of a model's layers, and the totals; prints as a table.
template <int Layers>
struct Summary {
    Extents input;
    std::array<SummaryRow, static_cast<std::size_t>(Layers)> rows{};
    long long parameters = 0, multiply_adds = 0, parameter_bytes = 0, inference_bytes = 0;

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
        std::size_t widest = 5, deepest = 7;
        for (const SummaryRow& row : s.rows) {
            widest = row.layer.size() > widest ? row.layer.size() : widest;
            const auto length = static_cast<std::size_t>(row.position.length);
            deepest = length > deepest ? length : deepest;
        }
        const auto line = [&](std::string_view position, std::string_view layer) {
            left(position, deepest + 1);
            left(layer, widest + 2);
        };
        line("", "input");
        shape(s.input);
        right("parameters", 12);
        right("multiply-adds", 15);
        for (const SummaryRow& row : s.rows) {
            out << '\n';
            line(row.position.text, row.layer);
            shape(row.output);
            right(row.parameters, 12);
            right(row.multiply_adds, 15);
        }
        out << '\n';
        line("", "total");
        left("", 14);
        right(s.parameters, 12);
        right(s.multiply_adds, 15);
        return out << "\nparameters " << s.parameter_bytes << " bytes, inference of one sample " << s.inference_bytes
                   << " bytes";
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

/// The summary of model M, as a constant: `std::cout << kiln::summary<Digits>()`.
template <class M>
[[nodiscard]] constexpr auto summary() {
    using Layers = detail::summary_of<typename M::Body, typename M::Input>;
    Summary<Layers::rows> result{.input = M::Input::extents,
                                 .parameters = M::parameter_count,
                                 .multiply_adds = M::multiply_adds,
                                 .parameter_bytes = M::parameter_bytes,
                                 .inference_bytes = M::inference_bytes};
    SummaryRow* out = result.rows.data();
    Layers::append(out, Name{});
    return result;
}

}  // namespace kiln::inline KILN_TARGET

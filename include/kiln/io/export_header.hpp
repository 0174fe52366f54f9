// SPDX-License-Identifier: BSL-1.0
#pragma once
// A trained network as a constant: writes a C++ header that defines it, parameters and state, bit for bit.
//
//   kiln::io::export_header(model, "card.hpp", {.name = "card", .type = "Card", .include = "network.hpp"}).or_throw();
//
// writes a header that includes network.hpp, which declares Card, and says `inline constexpr Card card = …`. `card`
// predicts in a static_assert and at run time; its weights are read-only data, in flash where there is one, and no code
// runs at start-up. The header needs neither exceptions nor run-time types nor a heap, if network.hpp does not. It does
// not compile if Card is another network than the one that was written. (Of a type that cannot be spelled in another
// file, such as that of a layer in an unnamed namespace, only the number of parameters and the tensors' shapes are
// compared.)
//
// A number takes about 15 characters, and the compilers, beyond what they take for network.hpp, at most (g++ 12, clang 16
// and 19): 13,610 parameters 0.1 s and 22 MiB, 101,770 0.3 s and 61 MiB, 669,706 2.0 s and 318 MiB.
//
// How long a prediction in a static_assert may take is limited by the compiler. For each multiply-add clang takes up to
// 15 steps (8 with AVX-512), of 1,048,576 (-fconstexpr-steps), and g++ 150 operations, of 33,554,432
// (-fconstexpr-ops-limit): the network of the README, with 62,192, is within the defaults of both. It takes g++ 12 half
// a second, clang 1.5 s.

#include <kiln/core/finite.hpp>
#include <kiln/core/record.hpp>
#include <kiln/core/replace_file.hpp>
#include <kiln/core/result.hpp>
#include <kiln/core/type_name.hpp>
#include <kiln/io/cpp_spelling.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace kiln::inline KILN_TARGET::io {

/// What a header calls things.
struct HeaderOptions {
    std::string name{};                ///< of the constant, also "app::card"; by default made of the file's name
    std::string type{};                ///< of the model, as the header's reader knows it; by default spelled out
    std::string include = "kiln.hpp";  ///< the header that declares it; one in <> or "" is written as it is
};

namespace detail {

// Text whose lines are filled up to 120 columns.
class FilledText {
  public:
    void line(std::string_view text) { (text_ += text) += '\n'; }
    // Words separated by spaces: `give(add)` calls add(word) for each.
    void words(std::size_t indent, auto give) {
        std::size_t column = 0;
        give([&](std::string_view word) {
            if (column > 0 && column + 1 + word.size() > 120) {
                text_ += '\n';
                column = 0;
            }
            text_.append(column == 0 ? indent : 1, ' ');
            column += (column == 0 ? indent : 1) + word.size();
            text_ += word;
        });
        text_ += '\n';
    }
    // A declaration, broken before names only.
    void code(std::size_t indent, std::string_view text) {
        words(indent, [&](auto add) {
            for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
                end = begin;
                do end = text.find(' ', end + 1);
                while (end != std::string_view::npos && letters.find(text[end + 1]) == std::string_view::npos);
                if (end > text.size()) end = text.size();
                add(text.substr(begin, end - begin));
            }
        });
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

// A tensor of a record by its path: "2.1.weight" is kiln::hana::at_c<1>(kiln::hana::at_c<2>(…)).weight.
inline std::string tensor_at(std::string place, std::string_view path) {
    for (std::size_t dot = 0; (dot = path.find('.')) != std::string_view::npos; path.remove_prefix(dot + 1))
        place = "kiln::hana::at_c<" + std::string(path.substr(0, dot)) + ">(" + place + ")";
    return (place += '.') += path;
}

inline std::string shape_text(Extents extents) {
    std::string text = "kiln::Shape<";
    for (int i = 0; i < extents.rank; ++i) (text += i > 0 ? ", " : "") += std::to_string(extents[i]);
    return text + ">";
}

// The first number of a record that no literal has: "2.weight[17] is nan"; empty if all are finite.
template <class Record>
std::string first_not_finite(const Record& record) {
    const auto slices = tensors<const float>(record);
    for (std::size_t t = 0; t < slices.size(); ++t)
        for (int i = 0; i < slices[t].count; ++i)
            if (const float value = slices[t].data[i]; !kiln::detail::is_finite(value))
                return std::string(schema<Record>[t].name.text) + "[" + std::to_string(i) + "] is " +
                       (value != value ? "nan" : "infinite");
    return "";
}

// Statements that set the tensors of a record. They name each tensor's shape, so that another one does not compile: a
// list by itself would be filled up with zeros.
template <class Record>
void append_record(FilledText& out, const std::string& place, const Record& record) {
    const auto slices = tensors<const float>(record);
    for (std::size_t t = 0; t < slices.size(); ++t) {
        const TensorSchema& tensor = schema<Record>[t];
        out.code(4, tensor_at(place, tensor.name.text) + " = kiln::Tensor<float, " + shape_text(tensor.extents) + ">{");
        out.words(8, [&](auto add) {
            std::string number;
            for (const float value : slices[t]) {
                number.clear();
                append_literal(number, value);
                add(number += ',');
            }
        });
        out.line("    };");
    }
}

// What keeps `name` from being a constant's name; empty if nothing does.
inline std::string fault_of_name(std::string_view name) {
    for (std::string_view rest = name;;) {
        const std::size_t end = rest.find("::");
        if (const std::string_view part = rest.substr(0, end); !is_identifier(part))
            return "the constant cannot be named '" + std::string(name) + "': " +
                   (is_keyword(part) ? "'" + std::string(part) + "' is a word of C++"
                                     : "a name has letters, digits and underscores, and no digit first");
        if (end == std::string_view::npos) return "";
        rest.remove_prefix(end + 2);
    }
}

// What keeps a constant of a type from having this name: in one scope a name means one thing.
inline std::string fault_of_name(std::string_view name, std::string_view type) {
    std::string fault = fault_of_name(name);
    const bool is_type = name == type || type.ends_with(std::string("::").append(name));
    const bool is_namespace = type.starts_with(std::string(name).append("::")) || name == "kiln" || name == "std";
    if (fault.empty() && (is_type || is_namespace))
        fault = "the constant cannot be named '" + std::string(name) + "': there is a " +
                (is_type ? "type" : "namespace") + " of that name";
    return fault;
}

// "a/card-net.hpp": card_net
inline std::string name_for_file(std::string_view path) {
    path.remove_prefix(path.rfind('/') + 1);  // npos + 1 = 0
    return as_identifier(path.substr(0, path.rfind('.')));
}

// How `path` includes a header.
inline std::string include_line(const std::string& include) {
    return "#include " + (include[0] == '<' || include[0] == '"' ? include : '"' + include + '"');
}

// The header: `name` is the constant's, `type` the model's or empty, `spelled` the model's in full or empty.
template <class M>
std::string header_text(const M& model, std::string_view name, const std::string& type, const std::string& spelled,
                        const std::string& include) {
    const std::size_t colons = name.rfind("::");
    const bool is_qualified = colons != std::string_view::npos;
    const std::string constant(is_qualified ? name.substr(colons + 2) : name);
    const std::string local = constant == "model" ? "made" : "model";  // no shadow on the constant

    FilledText out;
    out.line("// A trained network as a constant, written by kiln::io::export_header.");
    out.line("#pragma once\n");
    if (!include.empty()) out.line(include_line(include) + '\n');
    if (is_qualified) out.line("namespace " + std::string(name.substr(0, colons)) + " {\n");
    if (!type.empty()) {
        out.line("static_assert(");
        out.code(4, spelled.empty()
                        ? type + "::parameter_count == " + std::to_string(scalar_count<typename M::Parameters>()) + ','
                        : "std::is_same_v<" + type + ", " + spelled + ">,");
        out.line("    \"kiln: these are the values of another network\");\n");
    }
    out.line("inline constexpr " + (type.empty() ? "auto" : type) + ' ' + constant + " = [] {");
    out.code(4, (type.empty() ? spelled : type) + ' ' + local + ';');
    append_record(out, local + ".parameters()", model.parameters());
    append_record(out, local + ".state()", model.state());
    out.line("    return " + local + ";\n}();");
    if (is_qualified) out.line("\n}  // namespace " + std::string(name.substr(0, colons)));
    return out.text();
}

}  // namespace detail

/// Writes header `path`, which defines `inline constexpr <type> <name>`: the model. Fails, and leaves what was there, if
/// a number is not finite, the name is none, the type cannot be spelled or the file not be written.
template <class M>
[[nodiscard]] Result export_header(const M& model, const std::string& path, const HeaderOptions& options = {}) {
    const std::string name = options.name.empty() ? detail::name_for_file(path) : options.name;
    const std::string spelled = spell_type<M>();
    std::string fault = detail::fault_of_name(name, options.type);
    if (fault.empty() && options.type.empty() && spelled.empty())
        fault = "part of '" + std::string(kiln::detail::full_type_name<M>()) +
                "' has no name that another file could use; try HeaderOptions::type";
    if (fault.empty()) {
        fault = detail::first_not_finite(model.parameters());
        if (fault.empty()) fault = detail::first_not_finite(model.state());
        if (!fault.empty()) fault += "; a constant has finite numbers only";
    }
    if (!fault.empty()) return Result::failure(path, fault);
    return replace_file(path, detail::header_text(model, name, options.type, spelled, options.include));
}

}  // namespace kiln::inline KILN_TARGET::io

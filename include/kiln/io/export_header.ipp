// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/core/detail/finite.hpp>
#include <kiln/files/detail/concat.hpp>
#include <kiln/files/replace_file.hpp>
#include <kiln/io/detail/cpp_spelling.hpp>

#include <algorithm>

namespace kiln::inline KILN_TARGET::io::detail {

// Text whose lines are filled up to 120 columns.
class FilledText {
  public:
    KILN_LAZY void line(std::string_view text) { (text_ += text) += '\n'; }
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
    // A declaration, with line breaks only before names, and none within the strings that are names of nodes.
    KILN_LAZY void code(std::size_t indent, std::string_view text) {
        words(indent, [&](auto add) {
            for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
                const auto is_within = [&](std::string_view piece) {
                    return letters.find(text[end + 1]) == std::string_view::npos ||
                           std::count(piece.begin(), piece.end(), '"') % 2 != 0;
                };
                end = begin;
                do end = text.find(' ', end + 1);
                while (end != std::string_view::npos && is_within(text.substr(begin, end - begin)));
                if (end > text.size()) end = text.size();
                add(text.substr(begin, end - begin));
            }
        });
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

// A tensor of a record by its positions: "2.1.weight" is kiln::part_of<1>(kiln::part_of<2>(…)).weight.
KILN_LAZY inline std::string tensor_at(std::string place, std::string_view path) {
    for (std::size_t dot = 0; (dot = path.find('.')) != std::string_view::npos; path.remove_prefix(dot + 1))
        place = concat("kiln::part_of<", path.substr(0, dot), ">(", place, ")");
    return concat(place, ".", path);
}

KILN_LAZY inline std::string shape_text(Extents extents) {
    std::string text = "kiln::Shape<";
    for (int i = 0; i < extents.rank; ++i) text += concat(i > 0 ? ", " : "", extents[i]);
    return text += '>';
}

// The first number that has no literal, as in "nan at 2.weight[17]"; empty if all are finite.
KILN_LAZY inline std::string first_not_finite(std::span<const ModelTensor<const float>> tensors) {
    for (const ModelTensor<const float>& tensor : tensors)
        for (int i = 0; i < tensor.count(); ++i)
            if (const float value = tensor.data[i]; !kiln::detail::is_finite(value))
                return concat(value != value ? "nan" : "infinity", " at ", tensor.name, "[", i, "]");
    return "";
}

// Statements that set the tensors of a record. Each statement names its tensor's shape, so that a model with another
// shape does not compile: a shorter list of numbers alone would be filled up with zeros.
KILN_LAZY inline void append_record(FilledText& out, const std::string& place, std::span<const TensorSchema> positions,
                                    const ModelTensor<const float>* tensors) {
    for (const TensorSchema& position : positions) {
        const ModelTensor<const float>& tensor = *tensors++;
        out.code(4, concat(tensor_at(place, position.name.c_str()), " = kiln::Tensor<float, ",
                           shape_text(tensor.extents), ">{"));
        out.words(8, [&](auto add) {
            std::string number;
            for (int i = 0; i < tensor.count(); ++i) {
                number.clear();
                append_literal(number, tensor.data[i]);
                add(number += ',');
            }
        });
        out.line("    };");
    }
}

// The reason why `name` cannot be the name of a constant; empty if it can.
KILN_LAZY inline std::string fault_of_name(std::string_view name) {
    for (std::string_view rest = name;;) {
        const std::size_t end = rest.find("::");
        if (const std::string_view part = rest.substr(0, end); !is_identifier(part))
            return concat("expected a name for the constant, found '", name, "'; ",
                          is_keyword(part) ? concat("'", part, "' is a keyword of C++")
                                           : "a name has letters, digits and underscores, and begins with no digit",
                          "; try HeaderOptions::name");
        if (end == std::string_view::npos) return "";
        rest.remove_prefix(end + 2);
    }
}

// The reason why a constant of type `type` cannot have this name, because in one scope a name has one meaning.
KILN_LAZY inline std::string fault_of_name(std::string_view name, std::string_view type) {
    std::string fault = fault_of_name(name);
    const bool is_type = name == type || type.ends_with(concat("::", name));
    const bool is_namespace = type.starts_with(concat(name, "::")) || name == "kiln" || name == "std";
    if (fault.empty() && (is_type || is_namespace))
        fault = concat("expected a name of its own for the constant, found '", name, "', the name of a ",
                       is_type ? "type" : "namespace", "; try HeaderOptions::name");
    return fault;
}

// The name of the constant for a file: "a/card-net.hpp" gives card_net.
KILN_LAZY inline std::string name_for_file(std::string_view path) {
    path.remove_prefix(path.rfind('/') + 1);  // npos + 1 = 0
    return as_identifier(path.substr(0, path.rfind('.')));
}

// The line that includes header `include`.
KILN_LAZY inline std::string include_line(const std::string& include) {
    const char* const quote = include[0] == '<' || include[0] == '"' ? "" : "\"";
    return concat("#include ", quote, include, quote);
}

// The text of the header. `name` is the constant's name, `type` the model's type or empty, `spelled` its full spelling
// or empty.
KILN_LAZY inline std::string header_text(const ExportedModel& model, std::string_view name, const std::string& type,
                                         const std::string& spelled, const std::string& include) {
    const std::size_t colons = name.rfind("::");
    const bool is_qualified = colons != std::string_view::npos;
    const std::string_view constant = is_qualified ? name.substr(colons + 2) : name;
    const std::string local = constant == "model" ? "made" : "model";  // must not shadow the constant

    FilledText out;
    out.line("// A trained network as a constant, written by kiln::io::export_header.");
    out.line("#pragma once\n");
    if (!include.empty()) out.line(concat(include_line(include), "\n"));
    if (is_qualified) out.line(concat("namespace ", name.substr(0, colons), " {\n"));
    if (!type.empty()) {
        out.line("static_assert(");
        out.code(4, spelled.empty() ? concat(type, "::parameter_count == ", model.parameter_count, ",")
                                    : concat("std::is_same_v<", type, ", ", spelled, ">,"));
        out.line("    \"kiln: this constant needs the network that it was written from, got another; try to export it "
                 "again\");\n");
    }
    out.line(concat("inline constexpr ", type.empty() ? "auto" : type, " ", constant, " = [] {"));
    out.code(4, concat(type.empty() ? spelled : type, " ", local, ";"));
    append_record(out, concat(local, ".parameters()"), model.parameters, model.tensors.data());
    append_record(out, concat(local, ".state()"), model.state, model.tensors.data() + model.parameters.size());
    out.line(concat("    return ", local, ";\n}();"));
    if (is_qualified) out.line(concat("\n}  // namespace ", name.substr(0, colons)));
    return out.text();
}

KILN_LAZY_DEFINITION Result write_header(const ExportedModel& model, const std::string& path,
                                         const HeaderOptions& options) {
    const std::string name = options.name.empty() ? name_for_file(path) : options.name;
    const std::string spelled = spelled_type(model.type);
    std::string fault = fault_of_name(name, options.type);
    if (fault.empty() && options.type.empty() && spelled.empty())
        fault = concat("expected a type that another file can name, found '", model.type, "'; try HeaderOptions::type");
    if (fault.empty()) {
        fault = first_not_finite(model.tensors);
        if (!fault.empty()) fault = concat("expected finite numbers, found ", fault);
    }
    if (!fault.empty()) return Result::failure(path, fault);
    return replace_file(path, header_text(model, name, options.type, spelled, options.include));
}

}  // namespace kiln::inline KILN_TARGET::io::detail

// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/quote.hpp>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

KILN_LAZY_DEFINITION std::string names_fault(const std::vector<std::string>& names, std::size_t tensors,
                                             std::string_view prefix) {
    if (names.empty()) return {};
    if (names.size() != tensors)
        return concat("expected a name for each of the model's ", tensors, " tensors, got ", names.size(), " names");
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (concat(prefix, names[i]) == "__metadata__")
            return "expected names of tensors, got \"__metadata__\", which safetensors keeps for notes";
        for (std::size_t k = 0; k < i; ++k)
            if (names[i] == names[k])
                return concat("expected a name of its own for each tensor, got ", in_quotes(names[i]), " twice");
    }
    return {};
}

// Returns the fault of a pattern that matches no tensor of the model, or an empty text if each pattern matches one.
KILN_LAZY inline std::string pattern_fault(const std::vector<std::string>& patterns, const char* option,
                                           const std::vector<std::string>& names) {
    for (std::size_t k = 0; k < patterns.size(); ++k) {
        const std::string& pattern = patterns[k];
        bool used = false;
        for (std::size_t i = 0; i < names.size(); ++i)
            used = used || matches(JsonString::plain(names[i]).bytes(), pattern);
        if (!used)
            return concat("expected patterns of the model's names for the option ", option, ", got ",
                          in_quotes(pattern), ", which matches none; the nearest is ",
                          in_quotes(names[nearest(names, pattern)]));
    }
    return {};
}

KILN_LAZY_DEFINITION std::string choose(const std::vector<std::string>& names, const LoadOptions& options,
                                        std::vector<std::string>& missing) {
    std::string fault = pattern_fault(options.only, ".only", names);
    if (fault.empty()) fault = pattern_fault(options.skip, ".skip", names);
    if (!fault.empty()) return fault;
    const NameChoice choice{{options.only.data(), options.only.size()}, {options.skip.data(), options.skip.size()}};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!choice.has(JsonString::plain(names[i]).bytes())) missing.push_back(names[i]);
    const bool any = missing.size() < names.size() || names.empty();
    return any ? "" : "expected a tensor that the options .only and .skip leave to be loaded, got none";
}

// A list of names: "a", "b" and "c". If there are many names, the list has the first eight and the number of the
// others.
KILN_LAZY inline std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 8;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i)
        text += concat(i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", in_quotes(names[i]));
    if (names.size() > most) text += concat(" and ", names.size() - most, " more");
    return text;
}

}  // namespace detail

KILN_LAZY_DEFINITION std::string LoadResult::summary() const {
    if (!*this) return message();
    std::string text = concat("loaded ", loaded, loaded == 1 ? " tensor" : " tensors");
    if (!missing.empty())
        text += concat("; the model's ", detail::listed(missing),
                       missing.size() == 1 ? " stays as it was" : " stay as they were");
    if (!unexpected.empty())
        text += concat("; the file's ", detail::listed(unexpected),
                       unexpected.size() == 1 ? " is not used" : " are not used");
    return text;
}

}  // namespace kiln::inline KILN_TARGET::io

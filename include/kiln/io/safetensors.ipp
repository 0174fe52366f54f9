// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace kiln::inline KILN_TARGET::io::detail {

KILN_LAZY_DEFINITION Result save_safetensors(std::vector<NamedTensor<const float>> tensors, const std::string& path,
                                             const SaveOptions& options) {
    if (const std::string fault = rename(tensors, options.names, options.prefix); !fault.empty())
        return Result::failure(path, fault);
    return save_tensors(path, {tensors.data(), tensors.size()}, {options.notes.data(), options.notes.size()});
}

KILN_LAZY inline LoadResult load_from(TensorFile& file, std::vector<NamedTensor<float>>& tensors,
                                      const std::string& path, const LoadOptions& options) {
    return load_tensors(path, tensors, options,
                        [&](const auto& wanted, const MatchOptions& match, std::vector<std::string>& unused) {
                            Result read = file.open();
                            if (read) read = file.read({wanted.data(), wanted.size()}, match, &unused);
                            return read;
                        });
}

KILN_LAZY_DEFINITION LoadResult load_safetensors(std::vector<NamedTensor<float>> tensors, const std::string& path,
                                                 const LoadOptions& options) {
    InputFile opened(path);
    TensorFile file(opened);
    return load_from(file, tensors, path, options);
}

KILN_LAZY_DEFINITION LoadResult load_safetensors(std::vector<NamedTensor<float>> tensors, std::string_view bytes,
                                                 const std::string& name, const LoadOptions& options) {
    TensorFile file(bytes, name);
    return load_from(file, tensors, name, options);
}

}  // namespace kiln::inline KILN_TARGET::io::detail

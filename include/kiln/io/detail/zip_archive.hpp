// SPDX-License-Identifier: BSL-1.0
#pragma once
// Zip archives in files and in memory (this needs libzip): reads the members' names, reads members on demand, and writes
// archives. A member's check sum is compared when its end is read.

#include <kiln/core/target.hpp>

#include <zip.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace kiln::inline KILN_TARGET::io {

namespace detail {

struct ZipRelease {
    void operator()(zip_t* archive) const { zip_discard(archive); }
    void operator()(zip_file_t* file) const { zip_fclose(file); }
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Zip = std::unique_ptr<zip_t, ZipRelease>;
using ZipFile = std::unique_ptr<zip_file_t, ZipRelease>;
using ZipSource = std::unique_ptr<zip_source_t, ZipRelease>;

struct ZipError : zip_error_t {
    ZipError() { zip_error_init(this); }
    ZipError(const ZipError&) = delete;
    ~ZipError() { zip_error_fini(this); }
    std::string text() { return zip_error_strerror(this); }
};

// Opens an archive on a source of bytes. The returned source, which holds the bytes after writing, outlives the archive.
inline std::pair<Zip, ZipSource> open_zip(ZipSource source, int flags, ZipError& error) {
    if (source == nullptr) return {};
    Zip zip(zip_open_from_source(source.get(), flags, &error));
    if (zip == nullptr) return {};
    zip_source_keep(source.get());  // the archive has taken over our reference
    return {std::move(zip), std::move(source)};
}

}  // namespace detail

/// A member of an archive, read front to back; the archive must outlive it.
class ZipMember {
  public:
    /// Reads up to `most` bytes; fewer only at the end or after a fault.
    std::string read(std::size_t most) {
        std::string bytes(file_ != nullptr ? most : 0, '\0');
        std::size_t size = 0;
        while (size < bytes.size() && fault_.empty()) {
            const zip_int64_t got = zip_fread(file_.get(), bytes.data() + size, bytes.size() - size);
            if (got < 0) fault_ = zip_error_strerror(zip_file_get_error(file_.get()));
            if (got <= 0) break;
            size += static_cast<std::size_t>(got);
        }
        bytes.resize(size);
        return bytes;
    }
    /// The fault in libzip's words; empty if there is none.
    const std::string& fault() const { return fault_; }

  private:
    friend class ZipArchive;
    detail::ZipFile file_;
    std::string fault_;
};

/// An archive that is being read.
class ZipArchive {
  public:
    /// An archive in memory; the bytes must outlive it.
    explicit ZipArchive(std::string_view bytes) {
        detail::ZipError error;
        if (bytes.empty())  // libzip would take this for an archive without members
            fault_ = "no bytes at all";
        else
            open(detail::ZipSource(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error)), error);
    }
    /// An archive in a file, of which only the directory and the members that are asked for are read.
    static ZipArchive in_file(const std::string& path) {
        ZipArchive archive;
        detail::ZipError error;
        archive.open(detail::ZipSource(zip_source_file_create(path.c_str(), 0, -1, &error)), error);
        return archive;
    }

    /// The reason why the archive could not be opened, in libzip's words; empty if it is open.
    const std::string& fault() const { return fault_; }
    std::size_t size() const {
        return zip_ == nullptr ? 0 : static_cast<std::size_t>(zip_get_num_entries(zip_.get(), 0));
    }
    /// A member's name, in UTF-8.
    std::string name(std::size_t member) const {
        const char* const name = zip_get_name(zip_.get(), member, 0);
        return name != nullptr ? name : "";
    }
    ZipMember open(std::size_t member) const {
        ZipMember opened;
        opened.file_.reset(zip_fopen_index(zip_.get(), member, 0));
        if (opened.file_ == nullptr) opened.fault_ = zip_strerror(zip_.get());
        return opened;
    }

  private:
    ZipArchive() = default;
    void open(detail::ZipSource source, detail::ZipError& error) {
        if (source != nullptr) zip_ = detail::open_zip(std::move(source), ZIP_RDONLY, error).first;
        if (zip_ == nullptr) fault_ = error.text();
    }

    detail::Zip zip_;
    std::string fault_;
};

/// A member to write.
struct ZipContent {
    std::string name, bytes;
};

/// The bytes of an archive, the same at any time for the same content. Empty if there can be none, for example because
/// two names are the same; `fault` then holds the reason in libzip's words.
inline std::string zip_text(std::span<const ZipContent> contents, bool compressed, std::string& fault) {
    if (contents.empty()) return "PK\5\6" + std::string(18, '\0');  // libzip would delete it
    detail::ZipError error;
    detail::ZipSource target(zip_source_buffer_create(nullptr, 0, 0, &error));
    if (target == nullptr) return fault = error.text(), std::string();
    auto [zip, source] = detail::open_zip(std::move(target), ZIP_CREATE | ZIP_TRUNCATE, error);
    const auto refuse = [&](const std::string& why) {
        fault = why;
        return std::string();
    };
    if (zip == nullptr) return refuse(error.text());
    for (const ZipContent& content : contents) {
        detail::ZipSource bytes(zip_source_buffer(zip.get(), content.bytes.data(), content.bytes.size(), 0));
        const zip_int64_t added =
            bytes == nullptr ? -1 : zip_file_add(zip.get(), content.name.c_str(), bytes.get(), ZIP_FL_ENC_UTF_8);
        if (added < 0) return refuse(zip_strerror(zip.get()));
        bytes.release();  // the archive owns it now
        const auto member = static_cast<zip_uint64_t>(added);
        constexpr zip_uint16_t first_of_1980 = 1 << 5 | 1;
        if (zip_set_file_compression(zip.get(), member, compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) != 0 ||
            zip_file_set_dostime(zip.get(), member, 0, first_of_1980, 0) != 0)
            return refuse(zip_strerror(zip.get()));
    }
    if (zip_close(zip.get()) != 0) return refuse(zip_strerror(zip.get()));
    zip.release();  // closing has released it
    zip_stat_t stat;
    if (zip_source_stat(source.get(), &stat) != 0 || zip_source_open(source.get()) != 0)
        return refuse(zip_error_strerror(zip_source_error(source.get())));
    std::string text(static_cast<std::size_t>(stat.size), '\0');
    const bool read = zip_source_read(source.get(), text.data(), text.size()) == static_cast<zip_int64_t>(text.size());
    zip_source_close(source.get());
    return read ? text : refuse(zip_error_strerror(zip_source_error(source.get())));
}

}  // namespace kiln::inline KILN_TARGET::io

// SPDX-License-Identifier: BSL-1.0
#pragma once
// The bytes of a file that may be packed by gzip, for the readers of images. This needs zlib.

#include <kiln/files/detail/concat.hpp>
#include <kiln/files/detail/open_file.hpp>
#include <kiln/files/file_error.hpp>

#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <system_error>
#include <vector>

namespace kiln::inline KILN_TARGET::data::detail {

/// Whether there is such a file. A file that cannot be opened for another reason counts: its reader reports the fault.
inline bool is_there(const std::string& path) {
    const kiln::detail::OpenFile file(path, "rb");
    return file || errno != ENOENT;
}
/// The path, or the path with .gz, whichever is there; empty if neither is.
inline std::string plain_or_packed(const std::string& path) {
    const std::string packed = path + ".gz";
    return is_there(path) ? path : is_there(packed) ? packed : std::string();
}

/// The bytes of one file, unpacked on the way if they are gzip data. The stream never seeks, so a pipe serves as well.
class ByteStream {
  public:
    explicit ByteStream(const std::string& path) : path_(path), file_(path, "rb") {
        if (!file_) refuse("cannot be opened: ", std::generic_category().message(errno));
        bytes_.resize(chunk);
        end_ = read_file(bytes_);
        if (end_ == 0) refuse("expected data, found an empty file");
        if (end_ >= 2 && bytes_[0] == 0x1f && bytes_[1] == 0x8b) {
            packed_.resize(chunk);
            packed_.swap(bytes_);
            unzip_.start(packed_.data(), end_);
            end_ = 0;
        } else if (path.ends_with(".gz")) {
            refuse("expected gzip data because the name ends in .gz, found other data (not starting with 1f 8b)");
        }
    }

    /// Copies the next bytes; copies fewer than wanted only at the end of the data.
    std::size_t read(std::uint8_t* to, std::size_t wanted) {
        std::size_t done = 0;
        while (done < wanted && (at_ < end_ || refill())) {
            const std::size_t n = wanted - done < end_ - at_ ? wanted - done : end_ - at_;
            std::memcpy(to + done, bytes_.data() + at_, n);
            at_ += n;
            done += n;
        }
        return done;
    }

    const std::string& path() const { return path_; }

    /// Throws an error; the cause is all parts in their order.
    template <class... Part>
    [[noreturn, gnu::cold]] void refuse(const Part&... parts) const {
        throw FileError(path_, concat(parts...));
    }

  private:
    static constexpr std::size_t chunk = 1 << 16;

    struct Unzip {
        z_stream stream{};
        bool started = false, between_members = false;
        Unzip() = default;
        Unzip(const Unzip&) = delete;
        ~Unzip() {
            if (started) inflateEnd(&stream);
        }
        void start(std::uint8_t* packed, std::size_t count) {
            constexpr int gzip_only = 16;
            if (inflateInit2(&stream, gzip_only + MAX_WBITS) != Z_OK) throw std::bad_alloc();
            started = true;
            feed(packed, count);
        }
        void feed(std::uint8_t* packed, std::size_t count) {
            stream.next_in = packed;
            stream.avail_in = static_cast<uInt>(count);
        }
    };

    bool refill() {
        at_ = 0;
        end_ = unzip_.started ? unpack() : read_file(bytes_);
        return end_ > 0;
    }

    std::size_t read_file(std::vector<std::uint8_t>& to) {
        const std::size_t n = std::fread(to.data(), 1, chunk, file_.get());
        if (n < chunk && std::ferror(file_.get()) != 0) {
            const int cause = errno;
            if (cause == EISDIR) refuse("expected a file, found a directory");
            refuse("cannot be read: ", std::generic_category().message(cause));
        }
        return n;
    }

    /// Fills bytes_ and returns their number; 0 at the end, which is reached only after a correct check sum.
    std::size_t unpack() {
        z_stream& stream = unzip_.stream;
        stream.next_out = bytes_.data();
        stream.avail_out = static_cast<uInt>(chunk);
        while (stream.avail_out == chunk) {
            if (stream.avail_in == 0) unzip_.feed(packed_.data(), read_file(packed_));
            if (unzip_.between_members) {
                if (stream.avail_in == 0) break;
                if (*stream.next_in != 0x1f)
                    refuse("expected the end of the file after its gzip data, found trailing bytes");
                inflateReset(&stream);
            }
            const int status = inflate(&stream, Z_NO_FLUSH);
            unzip_.between_members = status == Z_STREAM_END;
            if (status == Z_MEM_ERROR) throw std::bad_alloc();
            if (status == Z_BUF_ERROR) refuse("truncated: expected more gzip data, found the end of the file");
            if (status != Z_OK && status != Z_STREAM_END)
                refuse("expected intact gzip data, found damage: ",
                       stream.msg != nullptr ? stream.msg : "unknown to zlib");
        }
        return chunk - stream.avail_out;
    }

    std::string path_;
    kiln::detail::OpenFile file_;
    Unzip unzip_;
    std::vector<std::uint8_t> packed_;  // a chunk of the file, if it is packed
    std::vector<std::uint8_t> bytes_;   // a chunk of the data; [at_, end_) is unread
    std::size_t at_ = 0, end_ = 0;
};

}  // namespace kiln::inline KILN_TARGET::data::detail

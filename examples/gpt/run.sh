#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() {
    cat <<'END'
bash examples/run.sh gpt [ARGS...]

Trains a small GPT on the King James Bible, which is in the public domain: the text is taken from Debian's packages
bible-kjv and bible-kjv-text, unpacked into build/gpt and not installed. `--data FILE` takes any other text, and needs no
packages. Builds in build/NAME-examples, where NAME is the compiler: $CXX, or g++.

END
}

compiler=${CXX:-g++}
# shellcheck source=tests/install.sh
. "$root/tests/install.sh"
install_missing cmake make compiler boost program_options zlib

build=$root/build/$(basename "$compiler")-examples
configure "$build" -DCMAKE_BUILD_TYPE=Release -DKILN_TESTS=OFF -DKILN_EXAMPLES=ON
cmake --build "$build" --target example_gpt -- --no-print-directory || fail "example gpt does not build"

case " $* " in *" --help "* | *" -h "*)
    usage
    exec "$build/examples/gpt" --help
    ;;
esac

# Verses, one a line, without their numbers: as the program `bible` prints them.
fetch_text() {
    local folder=$root/build/gpt
    if [[ -s $folder/text.txt ]]; then return; fi
    mkdir -p "$folder"
    local bible=(bible)
    if ! command -v bible >/dev/null; then
        command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
            fail "no program 'bible', and no apt to fetch it; name a text with --data FILE"
        say "fetching the text: packages bible-kjv and bible-kjv-text"
        (cd "$folder" && apt-get download -q bible-kjv bible-kjv-text >/dev/null 2>&1) ||
            fail "apt could not download bible-kjv and bible-kjv-text; name a text with --data FILE"
        for package in "$folder"/*.deb; do dpkg-deb -x "$package" "$folder"; done
        bible=("$folder/usr/bin/bible" -p "$folder/usr/lib")
    fi
    "${bible[@]}" -l9999 Gen1:1-Rev22:21 </dev/null | sed 's/^ *[0-9]* //' | cat -s >"$folder/text.part"
    mv "$folder/text.part" "$folder/text.txt"
}
case " $* " in *" --data"* | *" --load"*) ;; *) fetch_text ;; esac

cd "$root"
status=0
"$build/examples/gpt" "$@" 9>&- || status=$?
if [[ $status -ne 0 ]]; then
    echo "FAILED: example gpt ended with status $status" >&2
    exit "$status"
fi
echo "example gpt finished ($SECONDS s, building included)"

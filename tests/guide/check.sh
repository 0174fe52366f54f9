#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Checks a page of the guide; tests/guide/CMakeLists.txt says when. FOLDER is what split.awk made of the page.
#
#   check.sh run FOLDER PROGRAM           the program ends with status 0 and prints what the page shows
#   check.sh example FOLDER NAME PROGRAM  the same of an example, in the repository's folder
#   check.sh refused FOLDER K COMMAND...  the compiler refuses block K in one error, which contains the quoted one
#   check.sh quotes FOLDER                each quoted block is in its file, word for word
#   check.sh commands FOLDER COMPILER     each command exists, with its options; those that are quick and need no network run
#   check.sh lists FOLDER                 each target and component of CMake exists
#   check.sh links PAGE...                each link leads somewhere, each page is linked by the index and has at most 120 lines
#   check.sh fault TEXT                   the page could not be taken apart
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${KILN_ROOT:-$(cd "$here/../.." && pwd)}

at_fault() {
    printf 'at fault: %s\n' "$*"
    exit 1
}

# A folder in which programs find the examples' data, the headers and the repository, and may write.
scratch() {
    mkdir -p "$1/run"
    cd "$1/run"
    ln -sfn "$root/examples" examples
    ln -sfn "$root/include" include
    ln -sfn "$root" kiln
}

# run_program <expected output> <program>
run_program() {
    local status=0 printed=${1%.txt}.printed
    "$2" >"$printed" 2>"$printed.errors" || status=$?
    if [[ $status -ne 0 ]]; then
        cat "$printed" "$printed.errors"
        at_fault "the program ends with status $status"
    fi
    if [[ -f $1 ]]; then
        awk -f "$here/compare.awk" "$1" "$printed" || {
            cat "$printed"
            exit 1
        }
    fi
}

# An error without line breaks, kiln::, the names of instruction sets, and blanks that compilers disagree on.
normalised() {
    tr '\n' ' ' | sed -E -e 's/[[:space:]]+/ /g' -e ':a' -e 's/> >/>>/;ta' -e 's/kiln:://g' \
        -e 's/(avx512|avx2|avx_fma|avx|sse4|sse2|neon|scalar)(_checked)?(_unthrowing)?:://g' -e 's/< /</g' -e 's/^ | $//g'
}

refused() {
    local folder=$1 k=$2 output errors status=0
    shift 2
    output=$("$@" -fdiagnostics-color=never "$folder/refused_$k.cpp" 2>&1) || status=$?
    if [[ $status -eq 0 ]]; then at_fault "block $k compiles"; fi
    errors=$(grep -c 'error:' <<<"$output" || true)
    if [[ $errors -ne 1 ]]; then
        printf '%s\n' "$output"
        at_fault "block $k has $errors errors, not one"
    fi
    local found quoted
    found=$(grep 'error:' <<<"$output" | normalised)
    quoted=$(normalised <"$folder/refused_$k.txt")
    if [[ $quoted == *error:* ]]; then quoted=error:${quoted#*error:}; fi
    # Compilers put it differently: all but g++ are asked for the type that is named last.
    if ! "$1" --version | grep -q 'Free Software'; then
        quoted=${quoted%\'*}
        quoted=${quoted##*\'}
    fi
    if [[ $found != *"$quoted"* ]]; then
        at_fault "the page quotes '$quoted', the compiler says '$found'"
    fi
}

quotes() {
    local quote file
    for quote in "$1"/quote_*.txt; do
        file=$(head -n 1 "$quote")
        if [[ ! -f $root/$file ]]; then at_fault "there is no file $file to quote from"; fi
        # The block stands in the file as whole lines, as far indented as a whole.
        awk 'function depth(line) { match(line, /^ */); return RLENGTH }
            NR == FNR { if (FNR > 1) { wanted[++lines] = $0 } next }
            { text[++count] = $0 }
            END {
                for (start = 1; start + lines - 1 <= count; ++start) {
                    shift = depth(text[start]) - depth(wanted[1])
                    for (i = 1; i <= lines; ++i) {
                        line = text[start + i - 1]
                        if ((line == "" ? "" : substr(line, shift + 1)) != wanted[i]) break
                    }
                    if (i > lines) exit 0
                }
                exit 1
            }' "$quote" "$root/$file" || at_fault "$file does not contain this: $(tail -n +2 "$quote")"
    done
}

# has_option <text> <word>: whether a text has the word for itself.
has_option() { grep -q -e "\(^\|[^a-z_-]\)$2\([^a-z_-]\|\$\)" <<<"$1"; }

commands() {
    local folder=$1 compiler=$2 line words word help name source examples
    examples=$(bash "$root/examples/run.sh" --help)
    scratch "$folder"
    while IFS= read -r line; do
        line=${line%%  #*}
        line=${line%"${line##*[![:space:]]}"}
        read -r -a words <<<"$line"
        case $line in
        '' | '#'* | 'git clone '* | 'cd '* | 'xxd '* | 'cmake '*) ;; # the package tests configure, build and install
        'bash tests/run.sh'* | 'bash tests/speed/run.sh'*)
            help=$(bash "$root/${words[1]}" --help)
            for word in "${words[@]:2}"; do
                if [[ $word =~ ^[a-z_-]+$ ]] && ! has_option "$help" "$word"; then at_fault "no '$word' in: $line"; fi
            done
            ;;
        'bash examples/run.sh'*)
            name=${words[2]-mnist}
            if [[ $name != --help ]]; then
                name=$(sed -n 's/^  \([0-9a-z_]*\)$/\1/p' <<<"$examples" | grep -x -e "$name" -e "${name}_.*" | head -n 1) ||
                    at_fault "no such example: $line"
                source=$(cat "$root/examples/$name"/{main.cpp,run.sh} "$root/examples/show/command_line.cpp" 2>/dev/null || true)
                for word in "${words[@]:3}"; do
                    if [[ $word == --* && $word != --help && $source != *"\"${word#--}\""* && $source != *"$word"* ]]; then
                        at_fault "no option '$word' in: $line"
                    fi
                done
            fi
            ;;
        'sudo apt install '* | 'brew install '*)
            for word in "${words[@]:3}"; do
                if ! grep -q -F -e "$word" "$root/tests/install.sh"; then at_fault "tests/install.sh knows no '$word'"; fi
            done
            ;;
        'g++ '*program.cpp*)
            cp "$folder/program.cpp" program.cpp
            "$compiler" "${words[@]:1}" || at_fault "this does not compile the page's program: $line"
            ;;
        './program'*) run_program "$folder/output.txt" ./program ;;
        'g++ '*)
            for word in "${words[@]}"; do
                if [[ $word == examples/* && ! -f $root/$word ]]; then at_fault "there is no $word: $line"; fi
            done
            ;;
        *) at_fault "check.sh does not know how to check: $line" ;;
        esac
    done <"$folder/commands.txt"
}

lists() {
    local name
    for name in $(grep -o 'kiln::[a-z]*' "$1/cmake.txt"; sed -n 's/.*COMPONENTS \([a-z ]*\).*/\1/p' "$1/cmake.txt"); do
        grep -q -e "add_library(kiln::${name#kiln::} ALIAS" "$root/CMakeLists.txt" || at_fault "CMakeLists.txt has no $name"
    done
}

links() {
    cd "$root"
    local files
    files=$(mktemp)
    find README.md LICENSE include examples tests >"$files"
    sed -n 's|^/\([^ *]*\) export-ignore$|? \1|p' .gitattributes >>"$files" # which releases are made without
    local status=0
    awk -f "$here/links.awk" "$files" "$@" || status=$?
    rm -f "$files"
    return $status
}

mode=$1
shift
case $mode in
run)
    scratch "$1"
    run_program "$1/output.txt" "$2"
    ;;
example)
    cd "$root"
    run_program "$1/output_of_$2.txt" "$3"
    ;;
refused | quotes | commands | lists | links) "$mode" "$@" ;;
fault) at_fault "$*" ;;
*) at_fault "unknown mode $mode" ;;
esac

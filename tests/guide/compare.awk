# SPDX-License-Identifier: BSL-1.0
# Compares the output of a program with the one that a page shows: awk -f compare.awk expected.txt actual.txt
#
# Words are compared, not the blanks between them. A number with a point may differ by a twentieth, for other processors
# round otherwise. A word `…` stands for any words of its line, a line `…` for any lines.

function number(word) {
    gsub(/[(),;:%]/, "", word)
    return word ~ /^-?[0-9]*[.][0-9]+(e[-+]?[0-9]+)?$/ ? word : ""
}
function same_word(a, b,    x, y, d) {
    if (a == b) return 1
    if (d = index(a, "…")) { # a part of a word
        x = substr(a, 1, d - 1)
        y = substr(a, d + length("…"))
        return length(b) >= length(x y) && substr(b, 1, length(x)) == x && substr(b, length(b) - length(y) + 1) == y
    }
    x = number(a)
    y = number(b)
    if (x == "" || y == "") return 0
    d = x - y
    if (d < 0) d = -d
    return d <= (x < 0 ? -x : x) / 20
}
# Whether words i… of `expected` are words k… of `actual`.
function same_words(i, k) {
    for (; i <= words; ++i) {
        if (wanted[i] == "…") {
            for (; k <= found_words + 1; ++k)
                if (same_words(i + 1, k)) return 1
            return 0
        }
        if (k > found_words || !same_word(wanted[i], found[k])) return 0
        ++k
    }
    return k > found_words
}
function same_line(expected, actual) {
    words = split(expected, wanted, /[ \t]+/)
    found_words = split(actual, found, /[ \t]+/)
    return same_words(1, 1)
}
function trimmed(line) {
    sub(/^[ \t]+/, "", line)
    sub(/[ \t\r]+$/, "", line)
    return line
}

{ line = trimmed($0) }
line == "" { next } # empty lines are for the eye
FNR == NR { expected[++lines] = line; next }
{ actual[++actual_lines] = line }

END {
    k = 1
    for (i = 1; i <= lines; ++i) {
        if (expected[i] == "…") {
            if (i == lines) exit 0
            while (k <= actual_lines && !same_line(expected[i + 1], actual[k])) ++k
            continue
        }
        if (k > actual_lines) {
            print "at fault: the program does not print '" expected[i] "'"
            exit 1
        }
        if (!same_line(expected[i], actual[k])) {
            print "at fault: the page shows '" expected[i] "', the program prints '" actual[k] "'"
            exit 1
        }
        ++k
    }
    if (k <= actual_lines) {
        print "at fault: the program also prints '" actual[k] "'"
        exit 1
    }
}

# SPDX-License-Identifier: BSL-1.0
# Lists what pages of Markdown have and ask for: awk -f links.awk page.md...
#
#   anchor PAGE ANCHOR          a heading, as GitHub names it
#   link PAGE LINE TARGET       a link; code is passed over
#   lines PAGE COUNT

function base(text) {
    text = tolower(text)
    gsub(/\[/, "", text)
    gsub(/\]\([^)]*\)/, "", text)
    gsub(/[^a-z0-9 _-]/, "", text)
    gsub(/ /, "-", text)
    return text
}

FNR == 1 {
    if (page != "") print "lines", page, count
    page = FILENAME
    fenced = 0
}
{ count = FNR }
/^```/ { fenced = !fenced; next }
fenced { next }
/^#+ / {
    heading = $0
    sub(/^#+ +/, "", heading)
    anchor = base(heading)
    if (seen[page, anchor]++) anchor = anchor "-" (seen[page, anchor] - 1)
    print "anchor", page, anchor
}
{
    text = $0
    gsub(/`[^`]*`/, "", text)
    while (match(text, /\]\([^)]*\)/)) {
        print "link", page, FNR, substr(text, RSTART + 2, RLENGTH - 3)
        text = substr(text, RSTART + RLENGTH)
    }
}
END { if (page != "") print "lines", page, count }

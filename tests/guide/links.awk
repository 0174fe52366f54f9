# SPDX-License-Identifier: BSL-1.0
# Follows the links of pages: awk -f links.awk files.txt page.md...
#
# files.txt lists all files and folders of the repository, and after a "? " folders that may be missing. A link to a file needs the file, one to a heading (#its-name, as
# GitHub makes it) the heading. Pages of the guide are linked from its index. A page has at most 120 lines.

function base(text) {
    text = tolower(text)
    gsub(/\[/, "", text)
    gsub(/\]\([^)]*\)/, "", text)
    gsub(/[^a-z0-9 _-]/, "", text)
    gsub(/ /, "-", text)
    return text
}
# A path without . and ..
function plain(path,    parts, count, i, kept, depth, result) {
    count = split(path, parts, "/")
    for (i = 1; i <= count; ++i)
        if (parts[i] == "..") --depth
        else if (parts[i] != "." && parts[i] != "") kept[++depth] = parts[i]
    for (i = 1; i <= depth; ++i) result = result (i > 1 ? "/" : "") kept[i]
    return result
}
function may_be_missing(path,    i) {
    for (i = 1; i <= missing_count; ++i)
        if (path == missing[i] || index(path, missing[i] "/") == 1) return 1
    return 0
}
function fault(text) {
    print "at fault: " text
    bad = 1
}

NR == FNR && /^[?] / { missing[++missing_count] = substr($0, 3); next }
NR == FNR { exists[$0] = 1; next }
FNR == 1 {
    page = FILENAME
    folder = page
    if (!sub(/\/[^\/]*$/, "", folder)) folder = "."
    pages[++page_count] = page
    fenced = 0
}
{ lines[page] = FNR }
/^```/ { fenced = !fenced; next }
fenced { next }
/^#+ / {
    heading = $0
    sub(/^#+ +/, "", heading)
    anchor = base(heading)
    if (seen[page, anchor]++) anchor = anchor "-" (seen[page, anchor] - 1)
    headings[page "#" anchor] = 1
}
{
    text = $0
    gsub(/`[^`]*`/, "", text)
    while (match(text, /\]\([^)]*\)/)) {
        target = substr(text, RSTART + 2, RLENGTH - 3)
        text = substr(text, RSTART + RLENGTH)
        if (target ~ /^https?:\/\/[^ ]+$/) continue
        where[++links] = page ":" FNR
        written[links] = target
        anchor = ""
        if (position = index(target, "#")) {
            anchor = substr(target, position)
            target = substr(target, 1, position - 1)
        }
        target = target == "" ? page : plain(folder "/" target)
        file[links] = target
        if (anchor != "") heading_of[links] = target anchor
        linked[page, target] = 1
    }
}

END {
    for (i = 1; i <= links; ++i)
        if (file[i] != "" && !(file[i] in exists) && !may_be_missing(file[i])) fault(where[i] ": there is no " written[i])
        else if (i in heading_of && !(heading_of[i] in headings)) fault(where[i] ": no heading " written[i])
    guide = "examples/guide/"
    for (i = 1; i <= page_count; ++i) {
        page = pages[i]
        if (lines[page] > 120) fault(page " has " lines[page] " lines, 120 are allowed")
        if (index(page, guide) == 1 && page != guide "README.md" && !((guide "README.md", page) in linked))
            fault("the index does not link " page)
    }
    exit bad
}

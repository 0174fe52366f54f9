# SPDX-License-Identifier: BSL-1.0
# Takes a page of Markdown apart: awk -v to=FOLDER -v name=ABSOLUTE_PATH -f split.awk page.md
#
#   ```cpp                  a part of the page's program, outside of functions; all such blocks are joined in order
#   ```cpp body             a part of its main function (unless a block defines main)
#   ```text                 the program's output; a line `…` stands for any lines, a word `…` for any words
#   ```text examples/NAME   the output of that example, in the same way
#   ```cpp error            compiled behind the blocks before it, it must be refused; the ```text that follows is in the
#                           compiler's one error
#   ```cpp FILE             quoted from a file of the repository, word for word; also ```cmake FILE, ```python FILE, …
#   ```sh                   commands, a line each
#   ```cmake                lines of a CMakeLists.txt
#
# Writes program.cpp, output.txt, refused_1.cpp, refused_1.txt, quote_1.txt (the file's name first), output_of_NAME.txt,
# commands.txt and cmake.txt, whichever the page has. Any other block is a fault.

function fault(text) {
    printf "%s:%d: %s\n", name, start, text > "/dev/stderr"
    failed = 1
    exit 1
}
function marked(text) { return "#line " (start + 1) " \"" name "\"\n" text }

/^```/ {
    if (!inside) {
        inside = 1
        start = FNR
        info = substr($0, 4)
        sub(/[ \t]+$/, "", info)
        block = ""
        next
    }
    inside = 0
    if (info == "cpp") {
        outside = outside marked(block)
        last = "program"
    } else if (info == "cpp body") {
        body = body marked(block)
        last = "program"
    } else if (info == "cpp error") {
        refused = to "/refused_" (++refusals) ".cpp"
        printf "%s%s", outside, marked(block) > refused
        close(refused)
        last = "refused"
    } else if (info == "text") {
        if (last == "refused") {
            expected = to "/refused_" refusals ".txt"
            printf "%s", block > expected
            close(expected)
            last = ""
        } else if (outside body != "") {
            output = output block
        } else {
            fault("the output of no program")
        }
    } else if (info ~ /^text examples\/[0-9][0-9a-z_]*$/) {
        sub(/^text examples\//, "", info)
        expected = to "/output_of_" info ".txt"
        printf "%s", block > expected
        close(expected)
    } else if (info == "sh") {
        commands = commands block
    } else if (info == "cmake") {
        lists = lists block
    } else if (info ~ /^[a-z]+ [^ ]*[.][a-z]+$/) {
        sub(/^[a-z]+ /, "", info)
        quote = to "/quote_" (++quotes) ".txt"
        printf "%s\n%s", info, block > quote
        close(quote)
    } else {
        fault("a block of an unknown kind: '" info "'")
    }
    next
}
inside { block = block $0 "\n" }

END {
    if (failed) exit 1
    if (inside) fault("a block without an end")
    if (outside ~ /int main\(/ && body != "") fault("statements beside a main function")
    if (outside body != "") {
        if (outside !~ /int main\(/) outside = outside "int main() {\n" body "}\n"
        printf "%s", outside > (to "/program.cpp")
    }
    if (output != "") printf "%s", output > (to "/output.txt")
    if (commands != "") printf "%s", commands > (to "/commands.txt")
    if (lists != "") printf "%s", lists > (to "/cmake.txt")
}

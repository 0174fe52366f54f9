# SPDX-License-Identifier: BSL-1.0
# Checks one file of this folder: one mistake that the library must refuse in one clear error.
#
#   // SPDX-License-Identifier: BSL-1.0
#   // expects: layer<3>
#   // expects: Linear<1000, 10>
#   #include <kiln.hpp>
#   #ifdef REPAIRED
#   using Last = kiln::Linear<1352, 10>;
#   #else
#   using Last = kiln::Linear<1000, 10>;
#   #endif
#   ...
#
# The file has fewer than 20 lines. As it stands the compiler must refuse it with exactly one line containing `error:`,
# that line must contain the text of every `// expects:`, and the whole output must have at most 10 lines. With REPAIRED
# defined it must compile without a word. A line `// flags: -ffast-math` adds flags to the mistake. Texts are compared
# without `kiln::`, with white space collapsed and `> >` written `>>`, because compilers differ in that.
#
# Arguments: CHECK (compiler command, '|' between its parts), UMBRELLA (flags by which a compiler finds <kiln.hpp>
# precompiled, for files that include nothing else before it; the same), FILE, REPAIRED (on: check the repaired twin).

cmake_minimum_required(VERSION 3.22)

function(at_fault reason)
    message("${output}\n${name} is at fault: ${reason}")
    message(FATAL_ERROR "see above")
endfunction()

function(normalise text variable)
    string(REGEX REPLACE "[ \t]+" " " text "${text}")
    while(text MATCHES "> >")
        string(REPLACE "> >" ">>" text "${text}")
    endwhile()
    string(REPLACE "kiln::" "" text "${text}")
    string(REGEX REPLACE "(avx512|avx2|avx_fma|avx|sse4|sse2|neon|scalar)(_checked)?(_unthrowing)?::" "" text "${text}")
    string(STRIP "${text}" text)
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()

function(count pattern text variable)
    string(REGEX REPLACE "[][;]" " " text "${text}") # they would upset CMake's lists
    string(REGEX MATCHALL "${pattern}" found "${text}")
    list(LENGTH found length)
    set(${variable} ${length} PARENT_SCOPE)
endfunction()

cmake_path(GET FILE FILENAME name)
file(READ ${FILE} source)
string(REPLACE "|" ";" command "${CHECK}")
list(APPEND command -fdiagnostics-color=never)
if(source MATCHES "^[^#]*#include <kiln[.]hpp>")
    string(REPLACE "|" ";" umbrella "${UMBRELLA}")
    list(APPEND command ${umbrella})
endif()
if(REPAIRED)
    list(APPEND command -DREPAIRED)
elseif(source MATCHES "\n// flags:([^\n]*)")
    separate_arguments(flags UNIX_COMMAND "${CMAKE_MATCH_1}")
    list(APPEND command ${flags})
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${command} ${FILE}
    RESULT_VARIABLE refused OUTPUT_VARIABLE output ERROR_VARIABLE output)

if(REPAIRED)
    if(refused OR NOT output STREQUAL "")
        at_fault("repaired, it does not compile silently")
    endif()
    return()
endif()

if(NOT refused)
    at_fault("it compiles")
endif()
count("error:" "${output}" errors)
if(NOT errors EQUAL 1)
    at_fault("${errors} errors instead of one")
endif()
count("\n" "${output}" lines)
if(lines GREATER 10)
    at_fault("${lines} lines of output, 10 are allowed")
endif()

string(REGEX MATCH "[^\n]*error:[^\n]*" error "${output}")
normalise("${error}" error)
if(NOT source MATCHES "// expects: *[^ \n]")
    at_fault("it states no '// expects: ...'")
endif()
while(source MATCHES "// expects:([^\n]*)(.*)")
    set(source "${CMAKE_MATCH_2}")
    normalise("${CMAKE_MATCH_1}" fragment)
    string(FIND "${error}" "${fragment}" position)
    if(position EQUAL -1)
        at_fault("the error does not contain '${fragment}'")
    endif()
endwhile()

file(READ ${FILE} source)
count("\n" "${source}" lines)
if(lines GREATER_EQUAL 20)
    at_fault("it has ${lines} lines; one mistake needs fewer than 20")
endif()

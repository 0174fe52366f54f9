# SPDX-License-Identifier: BSL-1.0
# Counts the templates, classes and functions, that clang instantiates for a program, and fails above the program's
# bound. Seconds depend on the machine; this number depends on the compiler's version and the installed libraries only.
#
# Arguments: CHECK (compiler command, '|' between its parts), FILE, BOUND (by default the one of bounds.cmake), SCRATCH.

cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/bounds.cmake)

cmake_path(GET FILE STEM name)
if(NOT DEFINED BOUND)
    set(BOUND ${bound_of_${name}})
endif()

# -march=native would make the number depend on the machine: vectors have other widths.
string(REPLACE "|" ";" command "${CHECK}")
list(REMOVE_ITEM command -march=native)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH tests)
file(MAKE_DIRECTORY ${SCRATCH})
set(trace ${SCRATCH}/${name}.json)
execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${command} -I${tests}
    -Xclang -ftime-trace=${trace} -Xclang -ftime-trace-granularity=0 ${FILE}
    RESULT_VARIABLE refused OUTPUT_VARIABLE output ERROR_VARIABLE output)

file(STRINGS ${FILE} refusal REGEX "^// refused$")
if((refused AND NOT refusal) OR (refusal AND NOT refused))
    message("${output}\nat fault: ${name} was to be accepted or, with a line '// refused', refused")
    message(FATAL_ERROR "see above")
endif()

file(READ ${trace} events)
set(count 0)
foreach(kind Class Function)
    string(REGEX MATCHALL "\"name\":\"Instantiate${kind}\"" found "${events}")
    list(LENGTH found found)
    math(EXPR count "${count} + ${found}")
endforeach()
if(count EQUAL 0 OR NOT BOUND OR count GREATER BOUND)
    message("at fault: ${name} instantiates ${count} templates, the bound is ${BOUND} (tests/compile_cost/bounds.cmake)")
    message(FATAL_ERROR "see above")
endif()
message("${name} instantiates ${count} templates, the bound is ${BOUND}")

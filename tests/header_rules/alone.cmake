# SPDX-License-Identifier: BSL-1.0
# Every header compiles alone and without a warning, also where <windows.h> has defined its macros. Skipped where a library
# outside Boost that it includes is absent.
# Arguments: CHECK (compiler command, '|' between its parts), HEADER (below include/), SCRATCH (folder for our file).

cmake_minimum_required(VERSION 3.22)

string(REPLACE "|" ";" command "${CHECK}")
string(REGEX REPLACE "[/.]" "_" name "${HEADER}")
file(WRITE ${SCRATCH}/${name}.cpp "#include <${HEADER}>\n#include <${HEADER}> // twice, as users do\n")
set(macros -Dnear= -Dfar= -Dsmall=char -Dinterface=struct -DIN= -DOUT= -DOPTIONAL= -DCONST=const -DVOID=void -DTRUE=1
    -DFALSE=0 -DERROR=0 -DNO_ERROR=0 -DDELETE=1 -DSTRICT=1 -DABSOLUTE=1 -DRELATIVE=2 -DTRANSPARENT=1 -DDIFFERENCE=11
    -DDOMAIN=1 -DOVERFLOW=3 -DIGNORE=0)
execute_process(
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${command} ${macros} -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion
        -Wshadow -Wdouble-promotion ${SCRATCH}/${name}.cpp
    RESULT_VARIABLE refused OUTPUT_VARIABLE output ERROR_VARIABLE output)

# "fatal error: zlib.h: No such file" (g++), "fatal error: 'zlib.h' file not found" (clang)
if(output MATCHES "fatal error: '?([^ ':]+)'?:? (No such|file not)")
    set(absent "${CMAKE_MATCH_1}")
    if(absent MATCHES "[.]h|^(eigen3/)?Eigen/" AND NOT absent MATCHES "^(kiln|boost)[/.]")
        message("${HEADER} is skipped: no ${absent}")
        return()
    endif()
endif()
if(refused OR NOT output STREQUAL "")
    message("${output}")
    message(FATAL_ERROR "${HEADER} does not compile alone and silently")
endif()

# SPDX-License-Identifier: BSL-1.0
# Writes networks as headers (exported/writer.cpp) and compiles programs that include them. exported/reader.cpp compares
# every bit. A program for another network must be refused. exported/flash.cpp is searched for its sections: the weights
# are read-only data, once, and nothing runs at start-up.
# Arguments: CHECK (compiler command, '|' between its parts), OBJDUMP (or nothing: sections are not searched), SCRATCH
# (a folder of our own).

cmake_minimum_required(VERSION 3.22)

set(sources ${CMAKE_CURRENT_LIST_DIR}/exported)
string(REPLACE "|" ";" command "${CHECK}")
list(REMOVE_ITEM command -fsyntax-only)
list(APPEND command -I${sources} -I${SCRATCH} -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow)
file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})

# run(<command>...): its output is in `output`; it must succeed.
function(run)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${SCRATCH}
        RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(failed)
        list(JOIN ARGN " " line)
        message("${output}")
        message(FATAL_ERROR "failed: ${line}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()
# compile(<argument>...): silently.
function(compile)
    run(${CMAKE_COMMAND} -E env LC_ALL=C ${command} ${ARGN})
    if(NOT output STREQUAL "")
        message(FATAL_ERROR "${output}\nit compiles, but not silently")
    endif()
endfunction()

compile(${sources}/writer.cpp -o writer)
run(${SCRATCH}/writer)
set(classes ${output})
compile(${sources}/reader.cpp ${classes} -o reader)
run(${SCRATCH}/reader)

execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${command} -fsyntax-only -DANOTHER_NETWORK ${sources}/flash.cpp
    RESULT_VARIABLE refused OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT refused OR NOT output MATCHES "error:[^\n]*kiln: this constant needs the network that it was written from, got another; try to export it again")
    message(FATAL_ERROR "${output}\nthe header was taken for another network's")
endif()

if(NOT OBJDUMP)
    message("skipped: no objdump to look at sections with")
    return()
endif()
foreach(optimisation -O0 -O2)
    compile(${optimisation} -fno-exceptions -fno-rtti -c ${sources}/flash.cpp -o flash.o)
    run(${OBJDUMP} -h flash.o)
    set(constant 0)
    string(REGEX MATCHALL "[0-9]+ [.][^ ]+ +[0-9a-f]+" sections "${output}")
    foreach(section IN LISTS sections)
        string(REGEX MATCH "([.][^ ]+) +([0-9a-f]+)$" section "${section}")
        set(name ${CMAKE_MATCH_1})
        math(EXPR size "0x${CMAKE_MATCH_2}")
        if(name MATCHES "^[.]rodata")
            math(EXPR constant "${constant} + ${size}")
        elseif(name MATCHES "^[.](data|bss|init|ctors|text[.]startup)" AND size GREATER 0)
            message(FATAL_ERROR "${output}\n${optimisation}: ${name} has ${size} bytes")
        endif()
    endforeach()
    if(constant LESS 54528 OR constant GREATER 56000)
        message(FATAL_ERROR "${output}\n${optimisation}: ${constant} bytes of constants for a network of 54528")
    endif()
endforeach()

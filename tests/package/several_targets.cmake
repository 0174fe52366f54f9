# SPDX-License-Identifier: BSL-1.0
# Builds one program from parts that are compiled for several processors, or with other settings. No two parts share a
# function of Kiln, so the linker never takes the function of one part for that of another, and each part computes its
# own results.
#
# Arguments: CHECK (compiler command, '|' between its parts), NM, FLAGS (of all parts), LEAST and BEST (of each of the
# two), RUN (whether to run the program), SCRATCH.

cmake_minimum_required(VERSION 3.22)

string(REPLACE "|" ";" command "${CHECK}")
list(REMOVE_ITEM command -march=native -fsyntax-only -Wno-invalid-feature-combination)
separate_arguments(FLAGS UNIX_COMMAND "${FLAGS}")
separate_arguments(LEAST UNIX_COMMAND "${LEAST}")
separate_arguments(BEST UNIX_COMMAND "${BEST}")
set(sources ${CMAKE_CURRENT_LIST_DIR}/several_targets)
file(MAKE_DIRECTORY ${SCRATCH})

function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(failed)
        message("${output}\nat fault: ${ARGN}")
        message(FATAL_ERROR "see above")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

foreach(part least best)
    string(TOUPPER ${part} own)
    run(${command} ${FLAGS} ${${own}} -c ${sources}/${part}.cpp -o ${SCRATCH}/${part}.o)
    run(${NM} -C ${SCRATCH}/${part}.o)
    string(REGEX REPLACE "[][;]" " " output "${output}")
    string(REGEX MATCHALL "[0-9a-f]+ [WVuTRDBC] [^\n]*kiln::[^\n]*" symbols "${output}")
    list(TRANSFORM symbols REPLACE "^[0-9a-f]+ . " "")
    # Shapes, extents and template arguments are constants and whole numbers, which every processor counts alike.
    list(FILTER symbols EXCLUDE REGEX "^(kiln::(Extents::|(Shape|Tokens)<[0-9, ]+>::)|template parameter object for )")
    set(symbols_of_${part} ${symbols})
endforeach()
set(shared)
foreach(symbol IN LISTS symbols_of_least)
    if(symbol IN_LIST symbols_of_best)
        string(APPEND shared "\n  ${symbol}")
    endif()
endforeach()
list(LENGTH symbols_of_least count)
if(shared)
    message("at fault: parts with other instructions or settings share${shared}")
    message(FATAL_ERROR "see above")
endif()
message("the ${count} functions of one part are none of the other's")

if(RUN)
    foreach(order "least;best" "best;least") # the linker takes the first
        list(TRANSFORM order REPLACE "(.+)" "${SCRATCH}/\\1.o")
        run(${command} ${FLAGS} ${sources}/main.cpp ${order} -o ${SCRATCH}/program)
        run(${SCRATCH}/program)
        message("${output}")
    endforeach()
endif()

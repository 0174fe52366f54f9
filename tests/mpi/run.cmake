# SPDX-License-Identifier: BSL-1.0
# Runs a program of several ranks and judges how it ends.
# Arguments: LAUNCH (the command mpirun, '|' between its parts), RANKS (how many), PROGRAM and its ARGUMENTS ('|' between
# them), SECONDS (the most that it may take). With FAULT, the last rank meets a fault: the program must end with an error
# (unless ANY_STATUS), and no process may be left; on each other rank it must say WORDS, a regular expression, unless that
# is empty, and somewhere WORDS_OF_LAST.

cmake_minimum_required(VERSION 3.22)

string(REPLACE "|" ";" command "${LAUNCH}|-n|${RANKS}|${PROGRAM}|${ARGUMENTS}")
execute_process(COMMAND ${command} TIMEOUT ${SECONDS} RESULT_VARIABLE status OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
message("${output}\nstatus: ${status}")
if(status MATCHES "timeout")
    message(FATAL_ERROR "at fault: it takes longer than ${SECONDS} s")
endif()
if(NOT FAULT)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "at fault: it fails")
    endif()
    return()
endif()

if(status EQUAL 0 AND NOT ANY_STATUS)
    message(FATAL_ERROR "at fault: it reports success")
endif()
if(WORDS)
    math(EXPR last "${RANKS} - 1")
    math(EXPR others "${RANKS} - 2")
    foreach(rank RANGE 0 ${others})
        if(NOT output MATCHES "rank ${rank} of ${RANKS}: kiln: [^\n]*${WORDS}")
            message(FATAL_ERROR "at fault: rank ${rank} does not say '${WORDS}'")
        endif()
    endforeach()
endif()
if(WORDS_OF_LAST AND NOT output MATCHES "${WORDS_OF_LAST}")
    message(FATAL_ERROR "at fault: rank ${last} does not say '${WORDS_OF_LAST}'")
endif()
find_program(pgrep pgrep)
if(pgrep)
    cmake_path(GET PROGRAM FILENAME name)
    execute_process(COMMAND ${CMAKE_COMMAND} -E sleep 0.2) # killed, but not yet gone
    execute_process(COMMAND ${pgrep} -r D,R,S,T -x ${name} OUTPUT_VARIABLE left)
    if(left)
        message(FATAL_ERROR "at fault: these processes are left: ${left}")
    endif()
endif()

# SPDX-License-Identifier: BSL-1.0
# Trains the example on two ranks and on one, and compares the weights.
# Arguments: LAUNCH (mpirun), PROGRAM (the example), SCRATCH (a folder).

cmake_minimum_required(VERSION 3.22)

file(REMOVE_RECURSE ${SCRATCH})
file(MAKE_DIRECTORY ${SCRATCH})
foreach(ranks 2 1)
    execute_process(COMMAND ${LAUNCH} -n ${ranks} ${PROGRAM} --epochs 1 --save ${SCRATCH}/${ranks}.safetensors
        RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${ranks} rank(s): status ${status}\n${text}")
    endif()
    string(REGEX MATCHALL "test accuracy: [0-9.]+" said "${text}")
    list(LENGTH said count)
    if(NOT count EQUAL 1)
        message(FATAL_ERROR "${ranks} rank(s): the accuracy is said ${count} times\n${text}")
    endif()
    set(said_by_${ranks} "${said}")
    file(SHA256 ${SCRATCH}/${ranks}.safetensors weights_${ranks})
endforeach()
if(NOT said_by_1 STREQUAL said_by_2 OR NOT weights_1 STREQUAL weights_2)
    message(FATAL_ERROR "two ranks: ${said_by_2}, one: ${said_by_1}; weights ${weights_2} and ${weights_1}")
endif()
message(STATUS "two ranks and one: ${said_by_1}, the same weights")

# SPDX-License-Identifier: BSL-1.0
# A training has the same bits on any number of ranks and threads, with every MPI, also if it is resumed on another number
# of ranks than it was saved on.
# Arguments: COMMANDS (for each MPI, mpirun and the program, with RANKS in the place of their number; '|' between the
# parts), SCRATCH (a folder of our own).

cmake_minimum_required(VERSION 3.22)

file(MAKE_DIRECTORY ${SCRATCH})
set(expected)
foreach(command IN LISTS COMMANDS)
    foreach(run 1 2 3,save 4 1,resume 2,resume 4,resume)
        string(REPLACE "," ";" parts "${run}")
        list(POP_FRONT parts ranks)
        string(REPLACE "|RANKS|" ";${ranks};" words "${command}")
        string(REPLACE "|" ";" words "${words}")
        execute_process(COMMAND ${words} ${SCRATCH} ${parts} TIMEOUT 30 RESULT_VARIABLE status OUTPUT_VARIABLE output
            ERROR_VARIABLE errors)
        message("${words} ${parts}\n${output}${errors}")
        if(NOT status EQUAL 0)
            message(FATAL_ERROR "at fault: it fails: ${status}")
        endif()
        if(NOT expected)
            set(expected "${output}")
            string(REGEX MATCHALL "[a-z0-9 ]+: [0-9a-f]+\n" lines "${output}")
            list(REMOVE_DUPLICATES lines) # each is trained on one thread and on two
            list(LENGTH lines networks)
            if(NOT networks EQUAL 7)
                message(FATAL_ERROR "at fault: two threads do not give the bits of one")
            endif()
        elseif(NOT output STREQUAL expected)
            message(FATAL_ERROR "at fault: other bits than those of the first training")
        endif()
    endforeach()
endforeach()

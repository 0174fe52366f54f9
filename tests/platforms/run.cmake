# SPDX-License-Identifier: BSL-1.0
# Compiles a program for another platform and runs it there.
#
# Arguments: COMPILER, FLAGS and EMULATOR of the platform; SOURCE, OBJECT (linked with it; optional); BOOST (a folder with
# Boost's headers and nothing else), KILN (the repository), SCRATCH; one of
#   OUTPUT    the object file to make of the source, which is then not run
#   EXPECTED  a file that holds the program's output but its first line; the program's argument is the folder SCRATCH.
#             RECORD=ON writes the file
#   KILL      a script that runs the program

cmake_minimum_required(VERSION 3.22)

separate_arguments(FLAGS UNIX_COMMAND "${FLAGS}")
separate_arguments(EMULATOR UNIX_COMMAND "${EMULATOR}")
file(MAKE_DIRECTORY ${SCRATCH})

function(run)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${KILN} RESULT_VARIABLE failed OUTPUT_VARIABLE output
        ERROR_VARIABLE errors)
    if(failed)
        list(JOIN ARGN " " command)
        message("${output}${errors}\nat fault (${failed}): ${command}")
        message(FATAL_ERROR "see above")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

# No fused multiply-add, which some platforms have and others have not: it would round once where they round twice.
set(command ${COMPILER} -std=c++20 -ffp-contract=off -I${KILN}/include -I${KILN}/tests -isystem ${BOOST} ${FLAGS}
    ${SOURCE})
if(OUTPUT)
    run(${command} -O0 -c -o ${OUTPUT})
    if(EMULATOR STREQUAL "wine") # makes its folder, once for all programs
        run(wineboot --init)
    endif()
    return()
endif()
set(program ${SCRATCH}/program.exe) # the ending that Windows asks for
set(optimize -O0)
if(EXPECTED)
    set(optimize -O1)
endif()
run(${command} ${optimize} ${OBJECT} -pthread -o ${program})
if(KILL)
    run(bash ${KILL} ${SCRATCH} ${EMULATOR} ${program})
    return()
endif()
if(NOT EXPECTED)
    run(${EMULATOR} ${program})
    return()
endif()
run(${EMULATOR} ${program} ${SCRATCH})
string(REPLACE "\r" "" output "${output}")
string(REGEX REPLACE "^[^\n]*\n" "" output "${output}")
if(RECORD)
    file(WRITE ${EXPECTED} "${output}")
    return()
endif()
file(READ ${EXPECTED} expected)
if(NOT output STREQUAL expected)
    message("this machine printed\n${expected}\n${COMPILER} made a program that printed\n${output}")
    message(FATAL_ERROR "at fault: other bits")
endif()

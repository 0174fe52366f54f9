# SPDX-License-Identifier: BSL-1.0
# Runs examples/microcontroller, which compares the bits that the chips print with this machine's, and searches the
# images: no heap, no exceptions (symbols.cmake), and in a program that only predicts nothing in RAM but its stack.
#
# Arguments: KILN (the repository), COMPILER.

cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/symbols.cmake)

execute_process(COMMAND ${CMAKE_COMMAND} -E env CXX=${COMPILER} bash ${KILN}/examples/run.sh microcontroller
    OUTPUT_VARIABLE output ECHO_OUTPUT_VARIABLE COMMAND_ERROR_IS_FATAL ANY)
if(NOT output MATCHES "all ([0-9]+) numbers equal this machine's" OR CMAKE_MATCH_1 LESS 500)
    at_fault("too few numbers were compared")
endif()

set(chips_of_predict m0 m3 m4 m7 m33 m55 rv32 rv64)
set(chips_of_stream ${chips_of_predict})
set(chips_of_train ${chips_of_predict})
set(chips_of_balance m4 m7 m33 m55 rv64)
foreach(program predict stream train balance)
    foreach(chip ${chips_of_${program}})
        set(image ${KILN}/build/microcontroller/${program}-${chip}.elf)
        set(tool arm-none-eabi)
        if(chip MATCHES "^rv")
            set(tool riscv64-unknown-elf)
        endif()
        symbols_of(${tool}-nm ${image} defined undefined)
        refuse_hosted(${image} ${defined} ${undefined})
        execute_process(COMMAND ${tool}-size -A ${image} OUTPUT_VARIABLE sections COMMAND_ERROR_IS_FATAL ANY)
        # Adam takes a square root in double. Newlib's sets errno, which is 104 bytes of initialised data.
        set(allowed 0)
        if(program STREQUAL "balance")
            set(allowed "(0|104)")
        endif()
        if(NOT sections MATCHES "\n[.]data +${allowed} ")
            at_fault("${image} has initialised data in RAM\n${sections}")
        endif()
        if(program STREQUAL "predict" AND NOT sections MATCHES "\n[.]bss +0 ")
            at_fault("${image} has data in RAM, and only predicts\n${sections}")
        endif()
    endforeach()
endforeach()

if(NOT output MATCHES "steps until the pole falls: [0-9]+ before, 500 after")
    at_fault("the policy did not learn to balance the pole")
endif()

execute_process(COMMAND arm-none-eabi-nm ${KILN}/build/microcontroller/predict-m4.elf OUTPUT_VARIABLE symbols)
if(NOT symbols MATCHES "\n00[0-9a-f]+ [RrV] card\n")
    at_fault("the weights are not in flash")
endif()
execute_process(COMMAND arm-none-eabi-nm ${KILN}/build/microcontroller/stream-m4.elf OUTPUT_VARIABLE symbols)
if(NOT symbols MATCHES "\n00[0-9a-f]+ [RrV] weights\n")
    at_fault("the weights of the stream are not in flash")
endif()

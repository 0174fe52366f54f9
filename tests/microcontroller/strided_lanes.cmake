# SPDX-License-Identifier: BSL-1.0
# Runs strided_lanes.cpp on a Cortex-M55, compiled with -O1, where g++ 12 once placed two packs on the same bytes.
#
# Arguments: KILN (the repository), COMPILER, SCRATCH.

cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/symbols.cmake)

set(example ${KILN}/examples/microcontroller)
set(script "set -eu; root='${KILN}' compiler='${COMPILER}'; . '${KILN}/tests/install.sh'
    install_missing compiler boost arm_compiler arm_machine
    mkdir -p '${SCRATCH}/include'; ln -sfn \"$(boost_folder)\" '${SCRATCH}/include/boost'")
execute_process(COMMAND bash -c "${script}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND arm-none-eabi-g++ -std=c++20 -O1 -DNDEBUG -Wall -Wextra -I${KILN}/include -I${example}
        -isystem ${SCRATCH}/include -mcpu=cortex-m55 -mfloat-abi=hard -mthumb -fno-exceptions -fno-rtti
        -fno-threadsafe-statics -ffunction-sections -nostartfiles --specs=nano.specs -Wl,--gc-sections -DKILN_TICK=31
        -T ${example}/cortex_m.ld -Wl,--defsym=flash=0x10000000,--defsym=ram=0x30000000,--defsym=ram_size=64K
        ${CMAKE_CURRENT_LIST_DIR}/strided_lanes.cpp ${example}/cortex_m.cpp -o ${SCRATCH}/strided_lanes.elf
    COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND timeout 60 qemu-system-arm -M mps3-an547 -nodefaults -display none
        -chardev file,id=output,path=${SCRATCH}/output.txt
        -semihosting-config enable=on,target=native,chardev=output -kernel ${SCRATCH}/strided_lanes.elf ERROR_QUIET)
file(READ ${SCRATCH}/output.txt output)
if(NOT output STREQUAL "all slopes are right\n")
    at_fault("a strided convolution compiled with -O1: ${output}")
endif()

# SPDX-License-Identifier: BSL-1.0
# Compiles a source as for a chip, with every header that needs no operating system included before it: without
# exceptions, type information and guards of static objects, and with -ffreestanding. Under -ffreestanding the compiler
# assumes no C library, though the headers of a hosted one are there. The test fails
#
#   - if one of these headers includes a header that only a hosted library offers,
#   - if the object needs a symbol that a freestanding program does not have, or contains a forbidden one.
#
# A source with a line `// hosted while compiling` may include any header; only its object is checked.
#
# Arguments: CHECK (compiler command, '|' between its parts), INCLUDE (the folder include/), SOURCE, OPTIMIZE (a flag),
# NM, SCRATCH.

cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/symbols.cmake)

# The compiled headers: those of these rooms except hosted_headers, and those in more_headers.
set(rooms core kernels layers losses optimizers nets model)
set(hosted_headers concat file_error guarded open_file quote raise replace_file result)
list(TRANSFORM hosted_headers REPLACE "(.+)" "kiln/core/\\1.hpp")
set(more_headers kiln/train/step.hpp kiln/io/state_dict.hpp)

# Standard headers that none of them may bring along.
set(hosted_library string stdexcept iostream istream ostream sstream fstream filesystem cstdio stdio.h cstdlib stdlib.h
    memory vector functional atomic thread mutex chrono random locale system_error)

# The symbols that an object may need: memcpy and other functions that a compiler calls by itself; the registration of
# destructors of static objects, which a start-up can leave empty if the objects live for ever; a square root, where
# optimisation does not make it an instruction.
set(allowed memcpy memmove memset memcmp __cxa_atexit __dso_handle _GLOBAL_OFFSET_TABLE_ __stack_chk_fail sqrt sqrtf)

file(MAKE_DIRECTORY ${SCRATCH})
set(text)
foreach(room IN LISTS rooms)
    file(GLOB headers RELATIVE ${INCLUDE} ${INCLUDE}/kiln/${room}/*.hpp)
    list(APPEND more_headers ${headers})
endforeach()
list(REMOVE_ITEM more_headers ${hosted_headers})
foreach(header IN LISTS more_headers)
    string(APPEND text "#include <${header}>\n")
endforeach()
file(WRITE ${SCRATCH}/narrow.hpp "${text}")

string(REPLACE "|" ";" command "${CHECK}")
list(REMOVE_ITEM command -fsyntax-only)
list(APPEND command ${OPTIMIZE} -DNDEBUG -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics -Wall -Wextra
    -include ${SCRATCH}/narrow.hpp)
cmake_path(GET SOURCE STEM name)
set(object ${SCRATCH}/${name}.o)
execute_process(COMMAND ${command} -MD -MF ${object}.d -c ${SOURCE} -o ${object} COMMAND_ERROR_IS_FATAL ANY)

file(STRINGS ${SOURCE} hosted REGEX "^// hosted while compiling$")
file(READ ${object}.d included)
string(REGEX REPLACE "[ \\\n]+" ";" included "${included}")
foreach(header IN LISTS included)
    cmake_path(GET header FILENAME name)
    if(name IN_LIST hosted_library AND NOT header MATCHES "boost/" AND NOT hosted)
        at_fault("<${name}> is included, which needs an operating system (${header})")
    endif()
endforeach()

symbols_of(${NM} ${object} defined undefined)
refuse_hosted(${object} ${defined} ${undefined})
list(REMOVE_ITEM undefined ${allowed})
if(undefined)
    at_fault("${object} needs ${undefined}")
endif()
list(LENGTH more_headers count)
message("${count} headers need no operating system")

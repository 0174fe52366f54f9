# SPDX-License-Identifier: BSL-1.0
# Reads every #include below include/ and fails where a header has no business including another.
#
#   core -> kernels -> layers, losses, optimizers, data      concrete things are leaves: no leaf includes another leaf
#   core -> nets -> model -> train -> report, io             machinery includes no leaf             (->: is included by)
#   core -> laws                                             checks for users' tests include neither
#
# Also: the first two lines, no cycles, no file named after nothing in particular, nothing slow to compile in core,
# and <kiln.hpp> names exactly the headers that need no external library beside Boost's headers and are not for tests.
# Argument: INCLUDE (the folder include/).

cmake_minimum_required(VERSION 3.22)

# What a header of each room may include.
set(core_includes core)
set(kernels_includes core kernels)
set(layers_includes core kernels)
set(losses_includes core kernels)
set(optimizers_includes core kernels)
set(data_includes core kernels data)
set(nets_includes core nets)
set(model_includes core kernels nets model)
set(train_includes core kernels nets model train)
set(report_includes core kernels nets model train report)
set(laws_includes core laws)
set(io_includes core kernels nets model train io) # train: what a checkpoint is of

# Headers that cost every user a large part of a second.
set(slow_headers boost/hana.hpp experimental/simd immintrin.h random iostream)
# Headers of compiler and system: found everywhere, so not an external library.
set(system_headers "^(.*intrin|arm_neon|arm_sve|std[a-z]+|math|string|errno|fcntl|unistd|pthread|sched|sys/[a-z]+)[.]h$")

set(faults 0)
function(fault text)
    message("${text}")
    math(EXPR faults "${faults} + 1")
    set(faults ${faults} PARENT_SCOPE)
endfunction()

# ---- Read: includes_of_<header> holds the kiln headers it includes ----

file(GLOB_RECURSE headers RELATIVE ${INCLUDE} ${INCLUDE}/*)
if(NOT "kiln.hpp" IN_LIST headers)
    fault("include/kiln.hpp is missing")
endif()
set(external) # the headers that need an external library
foreach(header IN LISTS headers)
    file(READ ${INCLUDE}/${header} text)
    string(FIND "${text}" "// SPDX-License-Identifier: BSL-1.0\n#pragma once\n" position)
    if(NOT position EQUAL 0)
        fault("${header}: line 1 is not '// SPDX-License-Identifier: BSL-1.0' or line 2 not '#pragma once'")
    endif()
    if(NOT header MATCHES "^(kiln/[a-z_]+/[a-z0-9_/]+|kiln)[.]hpp$")
        fault("${header}: a header is kiln.hpp or kiln/<room>/<noun>.hpp")
    endif()
    if(header MATCHES "(^|/|_)(util|utils|common|misc|helper|helpers)([/_][^/]*)?[.]hpp$")
        fault("${header}: this name says nothing; a thing that is hard to name is in the wrong place")
    endif()

    string(REGEX MATCH "^kiln/[a-z_]+/" room "${header}")
    set(includes_of_${header})
    string(REGEX MATCHALL "\n[ \t]*#[ \t]*include[ \t]*[<\"][^>\"\n]+[>\"]" lines "${text}")
    foreach(line IN LISTS lines)
        string(REGEX REPLACE ".*([<\"])([^>\"]+)[>\"]$" "\\1;\\2" parts "${line}")
        list(GET parts 0 bracket)
        list(GET parts 1 included)
        if(included MATCHES "^kiln[/.]" OR bracket STREQUAL "\"")
            list(APPEND includes_of_${header} ${included})
            if(NOT included IN_LIST headers)
                fault("${header} includes ${included}, which is not there: write <kiln/room/noun.hpp>")
            endif()
        elseif(NOT included MATCHES "^boost/|^[a-z0-9_]+$|^experimental/" AND NOT included MATCHES "${system_headers}")
            list(APPEND external ${header})
        endif()
        if(room STREQUAL "kiln/core/" AND included IN_LIST slow_headers)
            fault("${header} includes <${included}>: too slow to compile for core")
        endif()
    endforeach()
endforeach()

# ---- Edges between rooms ----

foreach(header IN LISTS headers)
    if(NOT header MATCHES "^kiln/([a-z_]+)/")
        continue()
    endif()
    set(room ${CMAKE_MATCH_1})
    if(NOT DEFINED ${room}_includes)
        fault("${header}: there is no room '${room}'; a new one is declared in this script")
        continue()
    endif()
    foreach(included IN LISTS includes_of_${header})
        string(REGEX REPLACE "^kiln/([a-z_]+)/.*" "\\1" target "${included}")
        if(NOT target IN_LIST ${room}_includes)
            list(JOIN ${room}_includes ", " allowed)
            fault("${header} includes ${included}: headers of ${room}/ may include ${allowed}")
        endif()
    endforeach()
endforeach()

# ---- No cycles: take away headers that include nothing that is left; a rest is a cycle ----

set(left ${headers})
set(progress TRUE)
while(progress)
    set(progress FALSE)
    foreach(header IN LISTS left)
        set(waits_for ${includes_of_${header}})
        list(FILTER waits_for EXCLUDE REGEX "^$")
        set(free TRUE)
        foreach(included IN LISTS waits_for)
            if(included IN_LIST left)
                set(free FALSE)
                break()
            endif()
        endforeach()
        if(free)
            list(REMOVE_ITEM left ${header})
            set(progress TRUE)
        endif()
    endforeach()
endwhile()
if(left)
    list(JOIN left ", " left)
    fault("these headers include each other in a cycle, or one that does: ${left}")
endif()

# ---- The umbrella names exactly the headers that need nothing external, directly or through another header ----

set(progress TRUE)
while(progress)
    set(progress FALSE)
    foreach(header IN LISTS headers)
        if(header IN_LIST external OR header STREQUAL "kiln.hpp")
            continue()
        endif()
        foreach(included IN LISTS includes_of_${header})
            if(included IN_LIST external)
                list(APPEND external ${header})
                set(progress TRUE)
                break()
            endif()
        endforeach()
    endforeach()
endwhile()
foreach(header IN LISTS headers)
    if(header STREQUAL "kiln.hpp")
        continue()
    elseif(header MATCHES "^kiln/laws/" AND header IN_LIST includes_of_kiln.hpp)
        fault("kiln.hpp includes ${header}, which is for tests")
    elseif(header MATCHES "^kiln/laws/")
        continue()
    elseif(header IN_LIST external AND header IN_LIST includes_of_kiln.hpp)
        fault("kiln.hpp includes ${header}, which needs an external library")
    elseif(NOT header IN_LIST external AND NOT header IN_LIST includes_of_kiln.hpp)
        fault("kiln.hpp does not include ${header}")
    endif()
endforeach()

if(faults)
    message(FATAL_ERROR "${faults} faults in the headers")
endif()
list(LENGTH headers count)
message("${count} headers keep the rules")

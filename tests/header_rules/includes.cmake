# SPDX-License-Identifier: BSL-1.0
# Reads every #include below include/ and fails where one header must not include another.
#
#   core -> kernels -> layers, losses, optimizers, data      concrete things are leaves: no leaf includes another leaf
#   core -> kernels -> expressions                        layers and losses that users write as expressions
#   core -> kernels -> nets -> model -> train -> report, io  machinery includes no leaf             (->: is included by)
#   core -> files -> data, train, report, io                 whatever reads or writes files
#   core -> laws                                             laws, checks for users' tests, include core alone
#
# A folder detail/ is of use to its own room only. The exceptions are those of core and files, on which all rooms build.
#
# The test also checks: the first two lines of each header; that there are no cycles and no forbidden file names; that
# core includes nothing slow to compile; that <kiln.hpp> names exactly the headers that need no external library beside
# Boost's headers and are neither for tests, nor for ranks, nor, in a folder detail/, for Kiln alone.
# Argument: INCLUDE (the folder include/).

cmake_minimum_required(VERSION 3.22)

# The rooms that the headers of each room may include.
set(core_includes core)
set(files_includes core files)
set(kernels_includes core kernels)
set(expressions_includes core kernels expressions)
set(layers_includes core kernels)
set(losses_includes core kernels)
set(optimizers_includes core kernels)
set(data_includes core files kernels data)
set(nets_includes core kernels nets)
set(model_includes core kernels nets model)
set(train_includes core files kernels nets model train)
set(report_includes core files kernels nets model train report)
set(laws_includes core laws)
set(io_includes core files kernels nets model train io) # train: for checkpoints of a trainer

# Headers that cost every user a large part of a second.
set(slow_headers boost/hana.hpp experimental/simd immintrin.h random iostream)
# Headers of several ranks, which few programs have, but every program would pay for.
set(headers_of_ranks kiln/data/sharded.hpp kiln/train/local_ranks.hpp kiln/train/rank_error.hpp kiln/train/ranks.hpp)
# Headers of compiler and system: found everywhere, so not an external library.
set(system_headers "^(.*intrin|arm_neon|arm_sve|std[a-z]+|math|string|errno|io|fcntl|unistd|pthread|sched|sys/[a-z]+)[.]h$")

set(faults 0)
function(fault text)
    message("${text}")
    math(EXPR faults "${faults} + 1")
    set(faults ${faults} PARENT_SCOPE)
endfunction()

# ---- Read: includes_of_<header> holds the kiln headers it includes ----

file(GLOB_RECURSE headers RELATIVE ${INCLUDE} ${INCLUDE}/*)
list(FILTER headers EXCLUDE REGEX "^kiln/([a-z]+/)?compiled(_csv)?[.]cpp$") # read below
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
    if(NOT header MATCHES "^(kiln/[a-z_]+/[a-z0-9_/]+[.](hpp|ipp)|kiln[.]hpp)$")
        fault("${header}: a header is kiln.hpp or kiln/<room>/<noun>.hpp, what it defines elsewhere <noun>.ipp beside it")
    endif()
    if(header MATCHES "(^|/|_)(util|utils|common|misc|helper|helpers)([/_][^/]*)?[.]hpp$")
        fault("${header}: this name says nothing; a thing that is hard to name is in the wrong place")
    endif()

    string(REGEX MATCH "^kiln/[a-z_]+/" room "${header}")
    set(includes_of_${header})
    string(REGEX REPLACE "#include <kiln: [^\n]*" "" text "${text}") # of no header: a refusal (core/target.hpp)
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
        if(NOT target IN_LIST ${room}_includes AND NOT included MATCHES "^kiln/${room}/detail/")
            list(JOIN ${room}_includes ", " allowed)
            fault("${header} includes ${included}: headers of ${room}/ may include ${allowed}")
        endif()
        if(included MATCHES "^kiln/([a-z_]+)/detail/" AND NOT CMAKE_MATCH_1 MATCHES "^(core|files|${room})$")
            fault("${header} includes ${included}, which is of use to its own room only")
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

# ---- Definitions (.ipp): their header includes them last, and only header-only; a library compiles them (core/detail/compiled.hpp) ----

file(READ ${INCLUDE}/kiln/compiled.cpp library)
foreach(part IN ITEMS data/compiled data/compiled_csv)
    file(READ ${INCLUDE}/kiln/${part}.cpp text)
    string(APPEND library "${text}")
endforeach()
foreach(header IN LISTS headers)
    if(NOT header MATCHES "[.]ipp$")
        continue()
    endif()
    string(REPLACE ".ipp" ".hpp" declares "${header}")
    set(text)
    if(declares IN_LIST headers)
        file(READ ${INCLUDE}/${declares} text)
    endif()
    string(REGEX REPLACE "[.]" "[.]" pattern "${header}")
    if(NOT text MATCHES "\n#ifndef KILN_COMPILED\n#include <${pattern}>\n#endif\n$")
        fault("${declares} does not end with #ifndef KILN_COMPILED, #include <${header}>, #endif")
    endif()
    if(NOT library MATCHES "\n#include <${pattern}>\n")
        fault("neither kiln/compiled.cpp nor kiln/data/compiled.cpp nor kiln/data/compiled_csv.cpp includes ${header}")
    endif()
endforeach()

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
    if(header STREQUAL "kiln.hpp" OR header MATCHES "[.]ipp$")
        continue()
    elseif(header MATCHES "/detail/" AND header IN_LIST includes_of_kiln.hpp)
        fault("kiln.hpp includes ${header}, which holds nothing for users")
    elseif(header MATCHES "/detail/")
        continue()
    elseif(header MATCHES "^kiln/laws/" AND header IN_LIST includes_of_kiln.hpp)
        fault("kiln.hpp includes ${header}, which is for tests")
    elseif(header IN_LIST headers_of_ranks AND header IN_LIST includes_of_kiln.hpp)
        fault("kiln.hpp includes ${header}, which is for ranks")
    elseif(header MATCHES "^kiln/laws/" OR header IN_LIST headers_of_ranks)
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

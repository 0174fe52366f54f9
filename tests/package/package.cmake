# SPDX-License-Identifier: BSL-1.0
# Configures, builds and runs the user's project beside this script.
# Arguments: VIA (find_package or add_subdirectory), COMPONENT (data, onnx, npz, json, mpi or nothing), ZLIB, ONNX, MPI, LIBZIP,
# JSON and LIBCSV (OFF: pretend that the library is absent), KILN (source folder), BUILT (its build folder), VERSION, COMPILER,
# GENERATOR, SCRATCH (a folder of our own).

cmake_minimum_required(VERSION 3.22)

function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed)
    if(failed)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR "failed: ${command}")
    endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
set(arguments -DVIA=${VIA} -DCOMPONENT=${COMPONENT})
if(VIA STREQUAL "find_package")
    run(${CMAKE_COMMAND} --install ${BUILT} --prefix ${SCRATCH}/prefix)
    list(APPEND arguments -DVERSION=${VERSION} -DCMAKE_PREFIX_PATH=${SCRATCH}/prefix)
else()
    list(APPEND arguments -DKILN=${KILN})
endif()
foreach(library ZLIB ONNX MPI)
    if(DEFINED ${library} AND NOT ${library})
        list(APPEND arguments -DCMAKE_DISABLE_FIND_PACKAGE_${library}=ON)
    endif()
endforeach()
if(DEFINED LIBZIP AND NOT LIBZIP)
    list(APPEND arguments -DKILN_ZIP_LIBRARY=OFF)
endif()
if(DEFINED JSON AND NOT JSON)
    list(APPEND arguments -DKILN_JSON_INCLUDE=OFF)
endif()
if(DEFINED LIBCSV AND NOT LIBCSV)
    list(APPEND arguments -DKILN_CSV_LIBRARY=OFF)
endif()
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${CMAKE_CURRENT_LIST_DIR} -B ${SCRATCH}/build -DCMAKE_CXX_COMPILER=${COMPILER} ${arguments})
run(${CMAKE_COMMAND} --build ${SCRATCH}/build)
run(${SCRATCH}/build/consumer WORKING_DIRECTORY ${SCRATCH})

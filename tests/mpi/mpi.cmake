# SPDX-License-Identifier: BSL-1.0
# Programs of several processes, with each MPI of the distribution: Debian calls the compilers mpicxx.openmpi and
# mpicxx.mpich.

set(folder ${CMAKE_CURRENT_SOURCE_DIR}/mpi)

# judge(<test>): one at a time, for programs that share cores fall silent too.
function(judge test)
    set_tests_properties(${test} PROPERTIES LABELS mpi TIMEOUT 300 RESOURCE_LOCK mpi PROCESSORS 2
        ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;BOOST_TEST_COLOR_OUTPUT=no"
        ENVIRONMENT_MODIFICATION OMPI_MCA_rmaps_base_oversubscribe=set:1) # more ranks than cores
endfunction()

# mpi_test(<name> <program> <seconds> [-D...]): run by mpirun with the variables of run.cmake; `mpi` is its MPI.
function(mpi_test name program seconds)
    list(JOIN launch "|" launcher)
    add_test(NAME mpi.${mpi}.${name} COMMAND ${CMAKE_COMMAND} "-DLAUNCH=${launcher}" -DSECONDS=${seconds}
        -DPROGRAM=$<TARGET_FILE:test_mpi_${mpi}_${program}> ${ARGN} -P ${folder}/run.cmake)
    judge(mpi.${mpi}.${name})
endfunction()

# fault_test(<fault> <seconds> <words> [-D...]): four ranks, of which the last meets the fault; all others must end in
# time, with an error, and say the words.
function(fault_test fault seconds words)
    mpi_test(fault.${fault} faults ${seconds} "-DARGUMENTS=${fault}|1" -DRANKS=4 -DFAULT=ON "-DWORDS=${words}" ${ARGN})
endfunction()

set(trainings)
foreach(mpi openmpi mpich)
    find_program(KILN_MPICXX_${mpi} mpicxx.${mpi})
    find_program(KILN_MPIRUN_${mpi} mpirun.${mpi})
    mark_as_advanced(KILN_MPICXX_${mpi} KILN_MPIRUN_${mpi})
    if(NOT KILN_MPICXX_${mpi} OR NOT KILN_MPIRUN_${mpi})
        message(STATUS "kiln: the tests with ${mpi} are left out, for they need mpicxx.${mpi} and mpirun.${mpi}")
        continue()
    endif()
    execute_process(COMMAND ${KILN_MPICXX_${mpi}} -show OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE)
    separate_arguments(flags UNIX_COMMAND "${flags}")
    list(REMOVE_ITEM flags -lmpi_cxx -lmpichcxx) # functions of C++, which Kiln does not call
    set(folders ${flags})
    list(FILTER folders INCLUDE REGEX "^-I")
    list(TRANSFORM folders REPLACE "^-I" "")
    list(FILTER flags INCLUDE REGEX "^-(L|l|Wl,)")
    set(launch ${KILN_MPIRUN_${mpi}})
    # mpi_program(<target> <source>)
    function(mpi_program target source)
        kiln_program(${target} ${source})
        own_flags(${source} own)
        target_compile_options(${target} PRIVATE ${own})
        target_include_directories(${target} SYSTEM PRIVATE ${folders})
        target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
        target_link_libraries(${target} PRIVATE ${flags})
    endfunction()
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM LAST_ONLY name)
        set(target test_mpi_${mpi}_${name})
        mpi_program(${target} ${source})
        set_target_properties(${target} PROPERTIES OUTPUT_NAME mpi_${name} RUNTIME_OUTPUT_DIRECTORY mpi/${mpi})
        add_dependencies(mpi ${target})
    endforeach()
    mpi_program(test_speed_ranks_${mpi} ${CMAKE_CURRENT_SOURCE_DIR}/speed/ranks.cpp)
    target_link_libraries(test_speed_ranks_${mpi} PRIVATE $<TARGET_NAME_IF_EXISTS:benchmark::benchmark>)
    set_target_properties(test_speed_ranks_${mpi} PROPERTIES EXCLUDE_FROM_ALL ON OUTPUT_NAME ranks_${mpi}
        RUNTIME_OUTPUT_DIRECTORY speed)
    add_dependencies(speed test_speed_ranks_${mpi})
    boost_test_program(test_mpi_${mpi}_ranks mpi)

    foreach(ranks RANGE 1 4)
        mpi_test(ranks.${ranks} ranks 60 -DARGUMENTS=--report_level=no -DRANKS=${ranks})
    endforeach()

    list(JOIN launch "|" launcher)
    list(APPEND trainings "${launcher}|-n|RANKS|$<TARGET_FILE:test_mpi_${mpi}_training>")

    # Launchers end all ranks at once when one has ended by a signal, Open MPI's also when one has not ended MPI. They say
    # which rank that was; MPICH's leaves the other ranks no time to say anything.
    if(mpi STREQUAL "openmpi")
        fault_test(kill 3 "got (SIGTERM|nothing from rank 3)" "-DWORDS_OF_LAST=process rank 3 ")
        fault_test(exit_at_once 3 "got (SIGTERM|nothing from rank 3)")
    else()
        fault_test(kill 3 "" "-DWORDS_OF_LAST=EXIT CODE: 9")
        fault_test(exit_at_once 5 "got nothing from rank 3 [^\n]* for 1 s")
    endif()
    fault_test(exit 2 "got the end of its program on rank 3 ")
    fault_test(exception 2 "got an exception on rank 3 " "-DWORDS_OF_LAST=caught: the disk is full")
    fault_test(uncaught 4 "got an exception that nobody catches .the disk is full. on rank 3 ")
    fault_test(stop 5 "got nothing from rank 3 [^\n]* for 1 s")
    fault_test(users_mpi 5 "got nothing from rank 3 [^\n]* for 1 s")
    fault_test(absent 5 "got some that have not come for 1 s")
    fault_test(ends_early 4 "the end of mpi::Ranks on rank 3 ")
    fault_test(other_call 4 "a share of 100 bytes on rank 3 ")
    fault_test(other_size 4 "a sum of 19999 floats on rank 3 ")
    fault_test(tree_and_chain 4 "a sum of 20000 floats on rank 3 ")
    foreach(tree tree tree_of_parts)
        fault_test(${tree}_and_stop 5 "got nothing from rank 3 [^\n]* a sum of 20000 floats in a tree;")
    endforeach()
    if(mpi STREQUAL "openmpi")
        list(APPEND launch --enable-recovery) # the launcher leaves all to the ranks, and the status as well
        mpi_test(fault.kill_unseen faults 7 "-DARGUMENTS=kill|1" -DRANKS=4 -DFAULT=ON -DANY_STATUS=ON
            "-DWORDS=got nothing from rank 3 [^\n]* for 1 s")
    endif()
endforeach()

if(trainings)
    add_test(NAME mpi.training COMMAND ${CMAKE_COMMAND} "-DCOMMANDS=${trainings}"
        -DSCRATCH=${CMAKE_CURRENT_BINARY_DIR}/mpi/training -P ${folder}/training.cmake)
    judge(mpi.training)
endif()

# The example, with the MPI that CMake has found; its run.sh compares the weights in the same way.
if(TARGET example_ranks AND MPI_CXX_FOUND)
    add_dependencies(mpi example_ranks)
    add_test(NAME mpi.example COMMAND ${CMAKE_COMMAND} -DLAUNCH=${MPIEXEC_EXECUTABLE}
        -DPROGRAM=$<TARGET_FILE:example_ranks> -DSCRATCH=${CMAKE_CURRENT_BINARY_DIR}/mpi/example
        -P ${folder}/example.cmake)
    judge(mpi.example)
    set_tests_properties(mpi.example PROPERTIES WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endif()

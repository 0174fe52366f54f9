# SPDX-License-Identifier: BSL-1.0
# Platforms that this machine can compile for and imitate. Each runs the smoke program, which must print the same bits
# as here, a saver that is killed, and some suites of the unit tests, with Boost.Test compiled for it.

set(folder ${CMAKE_CURRENT_SOURCE_DIR}/platforms)
set(scratch ${CMAKE_CURRENT_BINARY_DIR}/platforms)
get_target_property(boost_folders Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
list(GET boost_folders 0 boost_folder)
file(MAKE_DIRECTORY ${scratch}/boost)
file(CREATE_LINK ${boost_folder}/boost ${scratch}/boost/boost SYMBOLIC)

# platform_test(<name> <test> <source> [-D...]): the platform's compiler, flags and emulator are variables.
function(platform_test name test source)
    add_test(NAME platforms.${name}.${test}
        COMMAND ${CMAKE_COMMAND} -DCOMPILER=${compiler} "-DFLAGS=${flags}" "-DEMULATOR=${emulator}" -DSOURCE=${source}
            -DBOOST=${scratch}/boost -DKILN=${PROJECT_SOURCE_DIR} -DSCRATCH=${scratch}/${name}/${test} ${ARGN}
            -P ${folder}/run.cmake)
    set_tests_properties(platforms.${name}.${test} PROPERTIES LABELS platforms TIMEOUT 600
        ENVIRONMENT "WINEPREFIX=${scratch}/wine;WINEDEBUG=-all;BOOST_TEST_COLOR_OUTPUT=no")
endfunction()

# platform(<name> <compiler> <flags> <emulator> <suite>...)
function(platform name compiler flags emulator)
    find_program(KILN_PLATFORM_${name} ${compiler})
    mark_as_advanced(KILN_PLATFORM_${name})
    if(NOT KILN_PLATFORM_${name})
        message(STATUS "kiln: the tests of platform ${name} are left out, for they need ${compiler}")
        return()
    endif()
    set(main ${scratch}/${name}/boost_main.o)
    platform_test(${name} main ${folder}/boost_main.cpp -DOUTPUT=${main})
    set_tests_properties(platforms.${name}.main PROPERTIES FIXTURES_SETUP platforms.${name} COST 100)
    platform_test(${name} smoke ${folder}/smoke.cpp -DEXPECTED=${scratch}/expected.txt)
    set_tests_properties(platforms.${name}.smoke PROPERTIES FIXTURES_REQUIRED "platforms.bits;platforms.${name}")
    platform_test(${name} kill ${folder}/saver.cpp -DKILL=${folder}/kill.sh)
    set_tests_properties(platforms.${name}.kill PROPERTIES FIXTURES_REQUIRED platforms.${name})
    foreach(suite IN LISTS ARGN)
        string(REPLACE "/" "." test ${suite})
        string(REPLACE "platforms." "" test ${test})
        set(object -DOBJECT=${main})
        if(suite STREQUAL platforms/ctrl_c) # Wine makes a Ctrl-C of the signal
            set(object "-DEMULATOR=timeout --preserve-status -s INT 8 ${emulator}")
        endif()
        platform_test(${name} ${test} ${CMAKE_CURRENT_SOURCE_DIR}/${suite}.cpp ${object})
        set_tests_properties(platforms.${name}.${test} PROPERTIES FIXTURES_REQUIRED platforms.${name})
    endforeach()
endfunction()

# What the others are compared with.
set(compiler ${CMAKE_CXX_COMPILER})
set(flags)
set(emulator)
platform_test(this smoke ${folder}/smoke.cpp -DEXPECTED=${scratch}/expected.txt -DRECORD=ON)
set_tests_properties(platforms.this.smoke PROPERTIES FIXTURES_SETUP platforms.bits COST 100)

# Suites whose result could depend on words, vectors, the order of bytes, or the C library.
set(arithmetic core/lanes kernels/product kernels/correlate layers/batch_norm)
set(training model/model train/threads optimizers/adam)
set(files files/replace_file io/safetensors io/checkpoints io/detail/npy)
set(small_words "-static -D_FILE_OFFSET_BITS=64") # 32 bits: for files beyond 2 GiB

platform(windows x86_64-w64-mingw32-g++-posix "-static" wine
    core/lanes train/interrupt train/progress train/threads platforms/ctrl_c)
platform(aarch64 aarch64-linux-gnu-g++ "-static" qemu-aarch64 ${arithmetic} ${training})
platform(armhf arm-linux-gnueabihf-g++ "${small_words} -Wno-psabi" qemu-arm ${arithmetic} ${training} io/safetensors)
platform(s390x s390x-linux-gnu-g++ "-static" qemu-s390x ${arithmetic} ${files}) # the most significant byte comes first
platform(riscv64 riscv64-linux-gnu-g++ "-static" qemu-riscv64 ${arithmetic} ${training})
platform(i686 i686-linux-gnu-g++ "${small_words} -msse2 -mfpmath=sse" qemu-i386 ${arithmetic} ${training} io/safetensors)
# The macro is for Boost.Test 1.74, which derives from what C++20 has removed.
platform(libcxx clang++-16 "-stdlib=libc++ -D_LIBCPP_ENABLE_CXX17_REMOVED_UNARY_BINARY_FUNCTION" "" ${training} ${files} report/report)

# SPDX-License-Identifier: BSL-1.0
# The symbols that no program without an operating system may contain, and functions that search an object or a program
# for them. The scripts of this folder include this file.

# No heap, no exceptions, no type information or virtual tables, no streams, files, threads.
set(hosted_symbols
    "_?_?(malloc|calloc|realloc|free|aligned_alloc|posix_memalign|_malloc_r|_calloc_r|_realloc_r|_free_r|_?sbrk|_sbrk_r)"
    "_Zn[wa].*" "_Zd[la].*"
    "__cxa_(throw|rethrow|allocate_exception|begin_catch|pure_virtual)" "_ZSt[0-9]+__throw_.*" "_Unwind_.*" "__gxx_.*"
    "_ZT[ISV].*"
    "_ZNSt8ios_base.*" "_ZSt[0-9]+(cin|cout|cerr|clog)" "_ZSolsE.*" "f?printf" "f?puts" "fopen"
    "_ZN?K?St10filesystem.*" "_ZNS?t?6thread.*" "_ZNSt6thread.*" "pthread_.*")

function(at_fault reason)
    message("at fault: ${reason}")
    message(FATAL_ERROR "see above")
endfunction()

# symbols_of(<nm> <file> <defined> <undefined>): two lists of names.
function(symbols_of nm file defined undefined)
    execute_process(COMMAND ${nm} ${file} OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
    set(found_defined)
    set(found_undefined)
    string(REPLACE "\n" ";" lines "${lines}")
    foreach(line IN LISTS lines)
        if(line MATCHES "^ +[Uw] (.+)$")
            list(APPEND found_undefined ${CMAKE_MATCH_1})
        elseif(line MATCHES "^[0-9a-f]+ . (.+)$")
            list(APPEND found_defined ${CMAKE_MATCH_1})
        endif()
    endforeach()
    if(NOT found_defined)
        message(FATAL_ERROR "${file} has no symbols to look at")
    endif()
    set(${defined} ${found_defined} PARENT_SCOPE)
    set(${undefined} ${found_undefined} PARENT_SCOPE)
endfunction()

# refuse_hosted(<file> <name>...): fails if one of these symbols needs an operating system.
function(refuse_hosted file)
    list(JOIN hosted_symbols "|" pattern)
    set(faults ${ARGN})
    list(FILTER faults INCLUDE REGEX "^(${pattern})$")
    if(faults)
        at_fault("${file} has ${faults}")
    endif()
endfunction()

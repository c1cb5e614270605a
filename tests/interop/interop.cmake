# label interop: the engines of WatermelonDB and RxDB, from npm, against the real server. Without
# node or npm they are skipped.
if(TARGET mobync)
    # interop_test(NAME LABEL TIMEOUT RUNS OPERATIONS); RUNS: "WATERMELON RXDB ALL"
    function(interop_test name label timeout runs operations)
        add_test(NAME ${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/interop/interop.sh)
        set_tests_properties(${name} PROPERTIES
            LABELS ${label}
            TIMEOUT ${timeout}
            SKIP_RETURN_CODE 77
            RESOURCE_LOCK e2e
            ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;MOBYNC_INTEROP=${CMAKE_SOURCE_DIR}/build/engines;MOBYNC_RUNS=${runs};MOBYNC_OPERATIONS=${operations}")
    endfunction()

    interop_test(interop/random interop 1800 "2 2 6" 1000)
    if(MOBYNC_NIGHTLY)
        interop_test(nightly/interop nightly 14400 "60 60 80" 1000)
    endif()
endif()

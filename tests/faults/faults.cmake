# label faults: what breaks around the server or in it, under load on a stack of its own, and what
# is left in the tables afterwards (docs/reliability.md).
add_library(failing_malloc SHARED faults/failing_malloc.c)
target_link_libraries(failing_malloc PRIVATE ${CMAKE_DL_LIBS})
add_library(held_redo_log SHARED faults/held_redo_log.c)
target_link_libraries(held_redo_log PRIVATE ${CMAKE_DL_LIBS})

if(TARGET mobync)
    set(faults_dir ${CMAKE_CURRENT_SOURCE_DIR}/faults)
    set(faults
        cut_off database descriptors disk_full dropped history kill_master kill_workers locks memory read_only
        reload_storm slow_peers sql_writers stages)
    foreach(name ${faults})
        add_test(NAME faults/${name} COMMAND ${faults_dir}/${name}.sh)
        set_tests_properties(faults/${name} PROPERTIES
            FIXTURES_REQUIRED faults_stack
            SKIP_RETURN_CODE 77)
        list(APPEND faults_tests faults/${name})
    endforeach()
    # With a database of its own, whose disk it holds.
    add_test(NAME faults/durable COMMAND ${faults_dir}/durable.sh)
    set_tests_properties(faults/durable PROPERTIES
        LABELS faults
        TIMEOUT 600
        ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;HELD_REDO_LOG_SO=$<TARGET_FILE:held_redo_log>")
    # Without the stack: the client of docs/client.md alone.
    add_test(NAME faults/client COMMAND ${faults_dir}/test_client.py ${PROJECT_SOURCE_DIR}/docs/client.md)
    add_test(NAME faults/stack COMMAND ${faults_dir}/stack.sh up)
    set_tests_properties(faults/stack PROPERTIES FIXTURES_SETUP faults_stack)
    add_test(NAME faults/stack_down COMMAND ${faults_dir}/stack.sh down)
    set_tests_properties(faults/stack_down PROPERTIES FIXTURES_CLEANUP faults_stack)
    set(faults_environment
        "MOBYNC_BIN=$<TARGET_FILE:mobync>"
        "FAULTS_STACK=${CMAKE_BINARY_DIR}/faults-stack"
        "FAILING_MALLOC_SO=$<TARGET_FILE:failing_malloc>")
    if(MOBYNC_NIGHTLY)
        add_test(NAME nightly/database COMMAND ${faults_dir}/database.sh)
        set_tests_properties(nightly/database PROPERTIES
            FIXTURES_REQUIRED faults_stack
            LABELS nightly
            TIMEOUT 1800
            RESOURCE_LOCK faults
            ENVIRONMENT "MOBYNC_KILLS=50;${faults_environment}")
        add_test(NAME nightly/history COMMAND ${faults_dir}/history.sh)
        set_tests_properties(nightly/history PROPERTIES
            FIXTURES_REQUIRED faults_stack
            LABELS nightly
            TIMEOUT 1800
            RESOURCE_LOCK faults
            ENVIRONMENT "MOBYNC_KILLS=60;${faults_environment}")
        add_test(NAME nightly/sql_writers COMMAND ${faults_dir}/sql_writers.sh)
        set_tests_properties(nightly/sql_writers PROPERTIES
            FIXTURES_REQUIRED faults_stack
            LABELS nightly
            TIMEOUT 1800
            RESOURCE_LOCK faults
            ENVIRONMENT "MOBYNC_KILLS=300;${faults_environment}")
    endif()
    set_tests_properties(faults/client PROPERTIES
        LABELS faults
        TIMEOUT 60
        ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
    set_tests_properties(${faults_tests} faults/stack faults/stack_down PROPERTIES
        LABELS faults
        TIMEOUT 600
        RESOURCE_LOCK faults # there is one stack
        ENVIRONMENT "${faults_environment}")
endif()

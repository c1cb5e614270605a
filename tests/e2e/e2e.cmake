# Through nginx with curl, on stacks that scripts/up starts with the build under test.
function(mobync_e2e_test name)
    add_test(NAME e2e/${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/e2e/${name}.sh ${ARGN})
    set_tests_properties(e2e/${name} PROPERTIES
        LABELS e2e
        TIMEOUT 600
        RESOURCE_LOCK e2e # time matters in them, and checksums of whole tables
        ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;E2E_STACK=${CMAKE_BINARY_DIR}/e2e-stack")
endfunction()

if(TARGET mobync)
    foreach(name conversation concurrency bad_inputs nginx_site)
        mobync_e2e_test(${name})
        set_tests_properties(e2e/${name} PROPERTIES FIXTURES_REQUIRED e2e_stack)
    endforeach()
    mobync_e2e_test(auth)
    mobync_e2e_test(sandbox)
    mobync_e2e_test(grants)
    mobync_e2e_test(hostile)
    mobync_e2e_test(kill)
    mobync_e2e_test(large_pull)
    mobync_e2e_test(log)
    mobync_e2e_test(metrics)
    mobync_e2e_test(limits)
    mobync_e2e_test(rejected)
    mobync_e2e_test(up_down)
    mobync_e2e_test(walls)

    mobync_e2e_test(stack up)
    set_tests_properties(e2e/stack PROPERTIES FIXTURES_SETUP e2e_stack)
    add_test(NAME e2e/stack_down COMMAND ${PROJECT_SOURCE_DIR}/tests/e2e/stack.sh down)
    set_tests_properties(e2e/stack_down PROPERTIES FIXTURES_CLEANUP e2e_stack LABELS e2e
        ENVIRONMENT "E2E_STACK=${CMAKE_BINARY_DIR}/e2e-stack")
endif()

# label clients: clients/js by the hard cases of clients/conformance, and at random against the real
# server while its workers are killed; the playground in a browser. Without node they are skipped.
set(clients_dir ${CMAKE_CURRENT_SOURCE_DIR}/clients)
foreach(name conformance live planted)
    add_test(NAME clients/${name} COMMAND ${clients_dir}/${name}.sh)
    set_tests_properties(clients/${name} PROPERTIES LABELS clients TIMEOUT 300 SKIP_RETURN_CODE 77)
endforeach()
set_tests_properties(clients/planted PROPERTIES ENVIRONMENT MOBYNC_EVERY=8)
if(MOBYNC_NIGHTLY)
    add_test(NAME nightly/planted COMMAND ${clients_dir}/planted.sh)
    set_tests_properties(nightly/planted PROPERTIES LABELS nightly TIMEOUT 1800 SKIP_RETURN_CODE 77)
endif()

if(TARGET mobync)
    set(clients_environment "MOBYNC_BIN=$<TARGET_FILE:mobync>" "FAULTS_STACK=${CMAKE_BINARY_DIR}/faults-stack")
    add_test(NAME clients/random COMMAND ${clients_dir}/random.sh)
    set_tests_properties(clients/random PROPERTIES
        LABELS clients
        TIMEOUT 600
        SKIP_RETURN_CODE 77
        FIXTURES_REQUIRED faults_stack
        RESOURCE_LOCK faults
        ENVIRONMENT "MOBYNC_RUNS=2;${clients_environment}")
    # Where there is a Chromium; for the tabs of the engines, the packages that interop has, too.
    foreach(name playground engine_tabs)
        add_test(NAME clients/${name} COMMAND ${clients_dir}/${name}.sh)
        set_tests_properties(clients/${name} PROPERTIES
            LABELS clients
            TIMEOUT 600
            SKIP_RETURN_CODE 77
            RESOURCE_LOCK e2e
            ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;MOBYNC_PUPPETEER=${CMAKE_BINARY_DIR}/puppeteer;MOBYNC_ENGINES=${CMAKE_SOURCE_DIR}/build/engines")
    endforeach()
    if(MOBYNC_NIGHTLY)
        add_test(NAME nightly/clients_random COMMAND ${clients_dir}/random.sh)
        set_tests_properties(nightly/clients_random PROPERTIES
            LABELS nightly
            TIMEOUT 3600
            SKIP_RETURN_CODE 77
            FIXTURES_REQUIRED faults_stack
            RESOURCE_LOCK faults
            ENVIRONMENT "MOBYNC_RUNS=40;${clients_environment}")
    endif()
endif()

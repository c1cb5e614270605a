# Through nginx with curl, on stacks that scripts/up starts with the build under test. Those that
# share a stack run one after the other, and so do those that start their own: time matters in them.
# They wait more than they compute, so their COST begins with them.
# mobync_e2e_test(NAME [ARGUMENT…]); NAME_VARIANT runs the script of NAME where SCRIPT says so
function(mobync_e2e_test name)
    cmake_parse_arguments(ARG "" SCRIPT "" ${ARGN})
    if(NOT ARG_SCRIPT)
        set(ARG_SCRIPT ${name})
    endif()
    add_test(NAME e2e/${name}
        COMMAND ${PROJECT_SOURCE_DIR}/tests/e2e/${ARG_SCRIPT}.sh ${ARG_UNPARSED_ARGUMENTS})
    set_tests_properties(e2e/${name} PROPERTIES
        LABELS e2e
        TIMEOUT 600
        RESOURCE_LOCK e2e_own
        COST 500
        ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;E2E_STACK=${CMAKE_BINARY_DIR}/e2e-stack")
endfunction()

if(TARGET mobync)
    foreach(name conversation concurrency bad_inputs nginx_site poke housekeeping
            compaction)
        mobync_e2e_test(${name})
    endforeach()
    mobync_e2e_test(bad_inputs_http2 http2 SCRIPT bad_inputs)
    mobync_e2e_test(nginx_site_http1 1.1 SCRIPT nginx_site)
    foreach(name conversation concurrency bad_inputs bad_inputs_http2 nginx_site nginx_site_http1 poke
            housekeeping compaction)
        set_tests_properties(e2e/${name} PROPERTIES FIXTURES_REQUIRED e2e_stack RESOURCE_LOCK e2e)
    endforeach()
    set_tests_properties(e2e/poke PROPERTIES SKIP_RETURN_CODE 77)
    mobync_e2e_test(auth)
    mobync_e2e_test(backup)
    mobync_e2e_test(engines)
    mobync_e2e_test(erase)
    mobync_e2e_test(sandbox)
    mobync_e2e_test(foreign_keys)
    mobync_e2e_test(filled)
    mobync_e2e_test(numbered)
    mobync_e2e_test(grants)
    # 90 seconds on an idle machine: one privilege after the other is taken away.
    set_tests_properties(e2e/grants PROPERTIES TIMEOUT 1200)
    mobync_e2e_test(hostile)
    mobync_e2e_test(jwks)
    # Two minutes of fetches that are ten seconds apart.
    set_tests_properties(e2e/jwks PROPERTIES RESOURCE_LOCK e2e_jwks COST 1000)
    mobync_e2e_test(kill)
    mobync_e2e_test(large_pull)
    mobync_e2e_test(log)
    mobync_e2e_test(metrics)
    mobync_e2e_test(limits)
    mobync_e2e_test(reconcile)
    mobync_e2e_test(online_ddl)
    mobync_e2e_test(rejected)
    mobync_e2e_test(restored)
    mobync_e2e_test(session_readme README.md SCRIPT session)
    mobync_e2e_test(session_rejected docs/rejected-writes.md SCRIPT session)
    mobync_e2e_test(session_sql docs/sql-writes.md SCRIPT session)
    mobync_e2e_test(shards)
    mobync_e2e_test(tls)
    mobync_e2e_test(webhook)
    if(MOBYNC_NIGHTLY)
        mobync_e2e_test(tls_mysql mysql SCRIPT tls)
        set_tests_properties(e2e/tls_mysql PROPERTIES LABELS nightly SKIP_RETURN_CODE 77)
    endif()
    mobync_e2e_test(up_down)
    mobync_e2e_test(upgrade)
    mobync_e2e_test(versions)
    mobync_e2e_test(session_versions docs/versions.md SCRIPT session)
    mobync_e2e_test(walls)

    mobync_e2e_test(stack up)
    set_tests_properties(e2e/stack PROPERTIES FIXTURES_SETUP e2e_stack RESOURCE_LOCK e2e)
    add_test(NAME e2e/stack_down COMMAND ${PROJECT_SOURCE_DIR}/tests/e2e/stack.sh down)
    set_tests_properties(e2e/stack_down PROPERTIES FIXTURES_CLEANUP e2e_stack LABELS e2e
        ENVIRONMENT "E2E_STACK=${CMAKE_BINARY_DIR}/e2e-stack")
endif()

# label e2e: docs/api.md and docs/openapi.yaml are what the server says.
if(TARGET mobync)
    add_test(NAME e2e/api COMMAND ${PROJECT_SOURCE_DIR}/tests/api/api.sh)
    set_tests_properties(e2e/api PROPERTIES
        LABELS e2e
        TIMEOUT 600
        RESOURCE_LOCK e2e
        SKIP_RETURN_CODE 77
        ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>")
endif()

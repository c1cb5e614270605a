add_test(NAME unit/cli COMMAND ${CMAKE_CURRENT_LIST_DIR}/cli.sh $<TARGET_FILE:mobync> ${PROJECT_VERSION})
set_tests_properties(unit/cli PROPERTIES LABELS unit TIMEOUT 300)

add_test(NAME db/cli COMMAND ${CMAKE_CURRENT_LIST_DIR}/database.sh $<TARGET_FILE:mobync>)
set_tests_properties(db/cli PROPERTIES LABELS db TIMEOUT 600)

add_test(NAME db/cli_triggers COMMAND ${CMAKE_CURRENT_LIST_DIR}/triggers.sh $<TARGET_FILE:mobync>)
set_tests_properties(db/cli_triggers PROPERTIES LABELS db TIMEOUT 600)

add_test(NAME db/cli_rejects COMMAND ${CMAKE_CURRENT_LIST_DIR}/rejects.sh $<TARGET_FILE:mobync>)
set_tests_properties(db/cli_rejects PROPERTIES LABELS db TIMEOUT 600)

add_test(NAME db/cli_map COMMAND ${CMAKE_CURRENT_LIST_DIR}/map.sh $<TARGET_FILE:mobync>)
set_tests_properties(db/cli_map PROPERTIES LABELS db TIMEOUT 600)

add_test(NAME db/cli_keys COMMAND ${CMAKE_CURRENT_LIST_DIR}/keys.sh $<TARGET_FILE:mobync>)
set_tests_properties(db/cli_keys PROPERTIES LABELS db TIMEOUT 600)

# With nginx and the pool: what is compared is what a device is really sent.
add_test(NAME e2e/cli_explain COMMAND ${CMAKE_CURRENT_LIST_DIR}/explain.sh)
set_tests_properties(e2e/cli_explain PROPERTIES
    LABELS e2e
    TIMEOUT 600
    RESOURCE_LOCK e2e
    ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>")

add_test(NAME e2e/cli_history COMMAND ${CMAKE_CURRENT_LIST_DIR}/history.sh)
set_tests_properties(e2e/cli_history PROPERTIES
    LABELS e2e
    TIMEOUT 600
    RESOURCE_LOCK e2e
    FIXTURES_REQUIRED e2e_stack
    ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;E2E_STACK=${CMAKE_BINARY_DIR}/e2e-stack")

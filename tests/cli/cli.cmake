add_test(NAME unit/cli COMMAND ${CMAKE_CURRENT_LIST_DIR}/cli.sh $<TARGET_FILE:mobync> ${PROJECT_VERSION})
set_tests_properties(unit/cli PROPERTIES LABELS unit TIMEOUT 60)

add_test(NAME db/cli COMMAND ${CMAKE_CURRENT_LIST_DIR}/database.sh $<TARGET_FILE:mobync>)
set_tests_properties(db/cli PROPERTIES LABELS db TIMEOUT 120)

mobync_unit_test(config mobync_config test_jws)
mobync_look_inside(test_config config)
target_link_libraries(test_config PRIVATE PkgConfig::CYAML PkgConfig::YAML)
target_compile_definitions(test_config PRIVATE MOBYNC_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

add_executable(config_keys unit/config_keys.c)
mobync_look_inside(config_keys config)
target_link_libraries(config_keys PRIVATE mobync_config)
add_test(NAME unit/config_keys
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/unit/config_keys.sh $<TARGET_FILE:config_keys>
                 ${PROJECT_SOURCE_DIR})
set_tests_properties(unit/config_keys PROPERTIES LABELS unit TIMEOUT 120)

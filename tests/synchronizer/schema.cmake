# What check and schema say and do, on a private MariaDB.
add_executable(test_schema synchronizer/schema.c support/mariadb.c)
target_include_directories(test_schema PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support)
target_link_libraries(test_schema PRIVATE mobync_synchronizer PkgConfig::CMOCKA)
add_test(NAME db/schema COMMAND test_schema)
set_tests_properties(db/schema PROPERTIES LABELS db TIMEOUT 600)

# What check and schema say and do, on a private MariaDB.
add_executable(test_schema schema/schema.c)
mobync_look_inside(test_schema schema)
target_link_libraries(test_schema PRIVATE test_mariadb mobync_schema test_cmocka)
add_test(NAME db/schema COMMAND test_schema)
set_tests_properties(db/schema PROPERTIES LABELS db TIMEOUT 600)

# The transaction script on a private MariaDB while others hold its locks.
add_executable(test_locks sync/locks.c)
target_link_libraries(test_locks PRIVATE test_build test_mariadb mobync_sync PkgConfig::CMOCKA)
add_test(NAME db/locks COMMAND test_locks)
set_tests_properties(db/locks PROPERTIES LABELS db TIMEOUT 120)

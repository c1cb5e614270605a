# The transaction script on a private MariaDB while others hold its locks.
add_executable(test_locks sync/locks.c)
target_link_libraries(test_locks PRIVATE test_build test_mariadb mobync_schema mobync_sync test_cmocka)
add_test(NAME db/locks COMMAND test_locks)
set_tests_properties(db/locks PROPERTIES LABELS db TIMEOUT 600)

foreach(name first stream bisect retries durable made_ids migrate noticed drain restore)
    add_executable(test_${name} sync/${name}.c)
    target_link_libraries(test_${name} PRIVATE test_build memory_synchronizer mobync_sync test_cmocka)
    mobync_look_inside(test_${name} sync)
    add_test(NAME unit/${name} COMMAND test_${name})
    set_tests_properties(unit/${name} PROPERTIES LABELS unit TIMEOUT 600)
endforeach()

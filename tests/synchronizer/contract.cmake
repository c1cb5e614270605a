# The contract on both synchronizers, and what each has beside it.
add_library(test_contract STATIC
    synchronizer/contract.c
    synchronizer/contract_changes.c
    synchronizer/contract_compaction.c
    synchronizer/contract_keys.c
    synchronizer/contract_filled.c
    synchronizer/contract_parts.c
    synchronizer/contract_rejects.c
    synchronizer/contract_tools.c)
target_include_directories(test_contract PUBLIC synchronizer)
target_link_libraries(test_contract PUBLIC mobync_synchronizer mobync_merge test_cmocka)

add_library(test_mariadb STATIC support/mariadb.c)
target_include_directories(test_mariadb PUBLIC support)
target_link_libraries(test_mariadb PUBLIC mobync_options PkgConfig::MARIADB)

add_library(test_database STATIC synchronizer/database.c)
target_include_directories(test_database PUBLIC synchronizer)
target_link_libraries(test_database PUBLIC test_mariadb mobync_schema test_cmocka)

function(mobync_synchronizer_test label name)
    add_executable(test_${name} synchronizer/${name}.c)
    target_link_libraries(test_${name} PRIVATE ${ARGN} PkgConfig::MARIADB)
    mobync_look_inside(test_${name} ${mobync_db_rooms})
    add_test(NAME ${label}/${name} COMMAND test_${name})
    set_tests_properties(${label}/${name} PROPERTIES LABELS ${label} TIMEOUT 600)
endfunction()

mobync_synchronizer_test(unit contract_memory test_contract memory_synchronizer)
mobync_synchronizer_test(unit keys_memory test_contract memory_synchronizer)
mobync_synchronizer_test(unit changes_memory test_contract memory_synchronizer)
mobync_synchronizer_test(db contract_mariadb test_contract test_database)
mobync_synchronizer_test(db keys_mariadb test_contract test_database)
mobync_synchronizer_test(db changes_mariadb test_contract test_database)
mobync_synchronizer_test(db db test_contract test_database)
mobync_synchronizer_test(db history test_contract test_database)
mobync_synchronizer_test(db compaction test_contract test_database)
target_link_options(test_compaction PRIVATE
    LINKER:--wrap=mysql_stmt_execute LINKER:--wrap=mysql_real_query)
mobync_synchronizer_test(db hosts test_contract test_database)
mobync_synchronizer_test(db moves test_contract test_database)
mobync_synchronizer_test(db session test_contract test_database)
mobync_synchronizer_test(db values test_contract test_database)

# Again, on a server whose defaults for sessions are hostile.
add_test(NAME db/contract_hostile COMMAND test_contract_mariadb)
add_test(NAME db/keys_hostile COMMAND test_keys_mariadb)
set_tests_properties(db/contract_hostile db/keys_hostile PROPERTIES
    LABELS db TIMEOUT 600 ENVIRONMENT MOBYNC_HOSTILE=1)

add_executable(test_memory memory_synchronizer/memory.c)
target_link_libraries(test_memory PRIVATE test_contract memory_synchronizer)
add_test(NAME unit/memory COMMAND test_memory)
set_tests_properties(unit/memory PROPERTIES LABELS unit TIMEOUT 600)

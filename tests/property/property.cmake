# label property: random and exhaustive histories on the engine in memory, judged by the oracle, and
# the histories that once broke it. Bounded to a minute each; --seed and --seconds go further by
# hand.
set(property_common
    property/client.c property/history.c property/judge.c property/keys.c property/oracle.c
    property/oracle_compaction.c property/oracle_outbox.c property/report.c property/server.c property/sim.c property/sql.c
    property/world.c property/world_values.c)
add_executable(test_property
    ${property_common} property/exhaust.c property/memory_server.c property/test_property.c)
target_link_libraries(test_property PRIVATE mobync_sync memory_synchronizer)

add_executable(test_restored property/restored.c property/world.c property/world_values.c)
target_link_libraries(test_restored PRIVATE mobync_sync memory_synchronizer)

add_executable(test_versions property/versions.c property/world.c property/world_values.c)
target_link_libraries(test_versions PRIVATE mobync_http memory_synchronizer)

add_executable(test_engines
    property/engines.c property/engine_device.c property/world.c property/world_values.c)
target_link_libraries(test_engines PRIVATE mobync_clients memory_synchronizer)

# The sanitizers make all of it ten times slower.
set(property_syncs 2000000)
set(property_writes 4)
set(property_sql_writes 2)
if(MOBYNC_SANITIZE OR MOBYNC_COVERAGE)
    set(property_syncs 400000)
    set(property_writes 2)
    set(property_sql_writes 1)
endif()
add_test(NAME property/random COMMAND test_property --syncs ${property_syncs} --seconds 60)
add_test(NAME property/effect COMMAND test_property --effect --syncs ${property_syncs} --seconds 20)
add_test(NAME property/exhaustive COMMAND test_property --exhaust ${property_writes})
add_test(NAME property/soft COMMAND test_property --soft --syncs ${property_syncs} --seconds 20)
add_test(NAME property/soft_exhaustive COMMAND test_property --soft --exhaust 2)
add_test(NAME property/keyed COMMAND test_property --keyed --syncs ${property_syncs} --seconds 8)
add_test(NAME property/keyed_soft
    COMMAND test_property --keyed --soft-leaves --syncs ${property_syncs} --seconds 4)
add_test(NAME property/keyed_exhaustive COMMAND test_property --keyed --exhaust 2)
add_test(NAME property/page COMMAND test_property --page --syncs ${property_syncs} --seconds 20)
add_test(NAME property/altered
    COMMAND test_property --altered --syncs ${property_syncs} --seconds 5)
add_test(NAME property/sql COMMAND test_property --sql --syncs ${property_syncs} --seconds 15)
add_test(NAME property/sql_keyed
    COMMAND test_property --sql --soft-leaves --keyed --syncs ${property_syncs} --seconds 8)
add_test(NAME property/sql_page
    COMMAND test_property --page --sql --syncs ${property_syncs} --seconds 5)
add_test(NAME property/sql_exhaustive COMMAND test_property --sql --exhaust ${property_sql_writes})
add_test(NAME property/compact
    COMMAND test_property --compact --syncs ${property_syncs} --seconds 15)
add_test(NAME property/compact_sql
    COMMAND test_property --compact --sql --syncs ${property_syncs} --seconds 8)
add_test(NAME property/compact_keyed
    COMMAND test_property --compact --keyed --soft-leaves --syncs ${property_syncs} --seconds 5)
add_test(NAME property/compact_exhaustive COMMAND test_property --compact --exhaust ${property_sql_writes})
add_test(NAME property/mutants_marked COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/property/mutants --check)
add_test(NAME property/restored COMMAND test_restored --histories ${property_syncs} --seconds 20)
add_test(NAME property/versions COMMAND test_versions --histories ${property_syncs} --seconds 8)
# A new model's object, made, deleted and made again by the device, whose response was lost.
add_test(NAME property/versions_made_again COMMAND test_versions --seed 1796098728932 --histories 1)
# WatermelonDB, which pulled at clock 0, pushed, and came back when deletes were forgotten.
add_test(NAME property/engines_at_zero COMMAND test_engines --seed 1796100028938 --histories 1)
add_test(NAME property/engines COMMAND test_engines --histories ${property_syncs} --seconds 12)
set(property_tests
    property/engines property/engines_at_zero property/restored property/versions
    property/versions_made_again property/random property/effect property/soft property/soft_exhaustive
    property/exhaustive property/keyed property/keyed_soft property/keyed_exhaustive property/page
    property/compact property/compact_sql property/compact_keyed property/compact_exhaustive
    property/altered property/mutants_marked property/sql property/sql_keyed property/sql_page
    property/sql_exhaustive)

file(GLOB histories CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/property/histories/*.txt)
foreach(history ${histories})
    get_filename_component(name ${history} NAME_WE)
    add_test(NAME property/${name} COMMAND test_property --replay ${history})
    list(APPEND property_tests property/${name})
endforeach()
set_tests_properties(${property_tests} PROPERTIES LABELS property TIMEOUT 900)

# The same phones against nginx, mobync serve and MariaDB.
if(TARGET mobync)
    find_package(Threads REQUIRED)
    add_executable(soak_phones
        ${property_common} property/crowd.c property/soak.c property/stack.c
        property/stack_server.c support/http_client.c)
    target_include_directories(soak_phones PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/support)
    target_link_libraries(soak_phones PRIVATE
        mobync_core PkgConfig::MARIADB PkgConfig::CRYPTO Threads::Threads)
    add_test(NAME property/soak
        COMMAND ${PROJECT_SOURCE_DIR}/tests/property/soak --syncs 3000)
    set_tests_properties(property/soak PROPERTIES
        LABELS property
        TIMEOUT 900
        ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;SOAK_PHONES=$<TARGET_FILE:soak_phones>")
endif()

# Too long for every run. cmake --preset nightly && cmake --build --preset nightly, then
# ctest --test-dir build/nightly -L nightly
if(MOBYNC_NIGHTLY)
    add_test(NAME nightly/random COMMAND test_property --syncs 100000000 --seconds 600)
    add_test(NAME nightly/exhaustive COMMAND test_property --exhaust 5)
    add_test(NAME nightly/keyed COMMAND test_property --keyed --syncs 100000000 --seconds 300)
    add_test(NAME nightly/keyed_exhaustive COMMAND test_property --keyed --exhaust 3)
    add_test(NAME nightly/sql COMMAND test_property --sql --syncs 100000000 --seconds 600)
    add_test(NAME nightly/sql_keyed
        COMMAND test_property --sql --keyed --syncs 100000000 --seconds 300)
    add_test(NAME nightly/altered
        COMMAND test_property --altered --sql --syncs 100000000 --seconds 300)
    add_test(NAME nightly/altered_exhaustive COMMAND test_property --altered --exhaust 3)
    add_test(NAME nightly/sql_exhaustive COMMAND test_property --sql --exhaust 3)
    add_test(NAME nightly/compact COMMAND test_property --compact --syncs 100000000 --seconds 600)
    add_test(NAME nightly/compact_sql
        COMMAND test_property --compact --sql --syncs 100000000 --seconds 600)
    add_test(NAME nightly/compact_keyed
        COMMAND test_property --compact --keyed --syncs 100000000 --seconds 300)
    add_test(NAME nightly/compact_exhaustive COMMAND test_property --compact --exhaust 3)
    add_test(NAME nightly/mutants COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/property/mutants)
    add_test(NAME nightly/versions COMMAND test_versions --seconds 900)
    add_test(NAME nightly/engines COMMAND test_engines --seconds 900)
    add_test(NAME nightly/soak COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/property/soak --minutes 5)
    set_tests_properties(nightly/soak PROPERTIES
        ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;SOAK_PHONES=$<TARGET_FILE:soak_phones>")
    set_tests_properties(
        nightly/altered nightly/altered_exhaustive nightly/random nightly/exhaustive nightly/keyed nightly/keyed_exhaustive nightly/sql
        nightly/sql_keyed nightly/sql_exhaustive nightly/mutants
        nightly/compact nightly/compact_sql nightly/compact_keyed nightly/compact_exhaustive
        nightly/soak nightly/engines nightly/versions PROPERTIES
        LABELS nightly TIMEOUT 1800)
    # Each fault is a build and a test, some of them of the whole stack.
    set_tests_properties(nightly/mutants PROPERTIES TIMEOUT 7200)
endif()

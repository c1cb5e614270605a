# Several database servers on loopback (docs/cluster.md). Too long for every run.
if(TARGET mobync AND MOBYNC_NIGHTLY)
    foreach(name galera replication shards)
        add_test(NAME nightly/${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cluster/${name}.sh)
    endforeach()
    set_tests_properties(nightly/galera nightly/replication nightly/shards PROPERTIES
        LABELS nightly
        TIMEOUT 1800
        SKIP_RETURN_CODE 77
        ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;MOBYNC_ROUNDS=3")
endif()

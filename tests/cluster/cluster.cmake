# Several database servers on loopback (docs/cluster.md). The trials are too long for every run; of
# Galera's there is a short form.
if(TARGET mobync)
    add_test(NAME cluster/galera COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cluster/galera.sh)
    set_tests_properties(cluster/galera PROPERTIES
        LABELS cluster
        TIMEOUT 600
        COST 500 # it waits more than it computes
        SKIP_RETURN_CODE 77
        ENVIRONMENT "MOBYNC_BIN=$<TARGET_FILE:mobync>;MOBYNC_ROUNDS=0")
endif()
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

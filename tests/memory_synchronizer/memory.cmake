# The synchronizer in memory: for tests alone, which make its nth call fail.
add_library(memory_synchronizer STATIC
    memory_synchronizer/memory_changes.c memory_synchronizer/memory_compaction.c
    memory_synchronizer/memory_diffs.c
    memory_synchronizer/memory_dump.c memory_synchronizer/memory_fill.c
    memory_synchronizer/memory_history.c memory_synchronizer/memory_map.c
    memory_synchronizer/memory_outbox.c memory_synchronizer/memory_rejects.c
    memory_synchronizer/memory_rows.c
    memory_synchronizer/memory_store.c memory_synchronizer/memory_synchronizer.c)
target_include_directories(memory_synchronizer PUBLIC memory_synchronizer)
target_link_libraries(memory_synchronizer PUBLIC mobync_synchronizer mobync_merge)

# label worker: what a sandboxed worker can still do. With the filter of system calls where the
# build has it: those of release.
add_executable(test_worker_sandbox ${PROJECT_SOURCE_DIR}/tests/worker/test_sandbox.c)
target_link_libraries(test_worker_sandbox PRIVATE mobync_serve test_cmocka)
mobync_look_inside(test_worker_sandbox serve)
if(MOBYNC_SECCOMP)
    target_compile_definitions(test_worker_sandbox PRIVATE MOBYNC_SECCOMP)
endif()
add_test(NAME worker/sandbox COMMAND test_worker_sandbox)
set_tests_properties(worker/sandbox PROPERTIES LABELS worker TIMEOUT 120)

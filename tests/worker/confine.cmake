# label worker: what a confined worker can still do. With the filter of system calls where the build
# has it: those of release.
add_executable(test_worker_confine ${PROJECT_SOURCE_DIR}/tests/worker/test_confine.c)
target_link_libraries(test_worker_confine PRIVATE mobync_serve PkgConfig::CMOCKA)
if(MOBYNC_SECCOMP)
    target_compile_definitions(test_worker_confine PRIVATE MOBYNC_SECCOMP)
endif()
add_test(NAME worker/confine COMMAND test_worker_confine)
set_tests_properties(worker/confine PROPERTIES LABELS worker TIMEOUT 120)

# label worker: the pool as processes on real sockets, driven by a FastCGI client of the tests' own.
find_package(Threads REQUIRED)
set(worker_dir ${PROJECT_SOURCE_DIR}/tests/worker)

if(NOT TARGET fcgi_client)
    add_library(fcgi_client STATIC ${PROJECT_SOURCE_DIR}/tests/support/fcgi_client.c)
    target_include_directories(fcgi_client PUBLIC ${PROJECT_SOURCE_DIR}/tests/support)
    target_link_libraries(fcgi_client PUBLIC mobync_options)
endif()

add_executable(pool_probe ${worker_dir}/pool_probe.c)
target_link_libraries(pool_probe PRIVATE mobync_serve)

add_library(pool_support STATIC ${worker_dir}/pool.c ${worker_dir}/load.c)
target_include_directories(pool_support PUBLIC ${worker_dir})
target_link_libraries(pool_support PUBLIC fcgi_client test_cmocka Threads::Threads)
target_compile_definitions(pool_support PRIVATE POOL_PROBE="$<TARGET_FILE:pool_probe>")

if(NOT TARGET test_gzip)
    add_library(test_gzip STATIC ${PROJECT_SOURCE_DIR}/tests/support/gzip.c)
    target_include_directories(test_gzip PUBLIC ${PROJECT_SOURCE_DIR}/tests/support)
    target_link_libraries(test_gzip PUBLIC mobync_base PRIVATE PkgConfig::ZLIB)
endif()

foreach(name scoreboard listen fastcgi stop respawn reload housekeeper sd_notify owners status)
    add_executable(test_worker_${name} ${worker_dir}/test_${name}.c)
    target_link_libraries(test_worker_${name} PRIVATE pool_support mobync_serve test_gzip)
    mobync_look_inside(test_worker_${name} serve)
    add_dependencies(test_worker_${name} pool_probe)
    add_test(NAME worker/${name} COMMAND test_worker_${name})
    set_tests_properties(worker/${name} PROPERTIES LABELS worker TIMEOUT 300)
endforeach()

# The same under valgrind, which takes some minutes. It builds a preset of its own.
if(MOBYNC_NIGHTLY)
    add_test(NAME nightly/valgrind COMMAND ${PROJECT_SOURCE_DIR}/tests/valgrind worker)
    set_tests_properties(nightly/valgrind PROPERTIES
        LABELS nightly
        TIMEOUT 1800
        SKIP_RETURN_CODE 77
        RUN_SERIAL ON) # time matters in them, and everything is slower
endif()

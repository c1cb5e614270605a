# label fuzz: parsers fed with other people's bytes. Every build replays the corpus, so that what
# was found once stays found; the preset fuzz (clang) goes on searching from it, 20 seconds per
# target, or as long as tests/fuzz/run is told.
option(MOBYNC_FUZZ "libFuzzer targets; needs clang and its runtime" OFF)

set(fuzz_libs_json mobync_core)
set(fuzz_libs_values mobync_core)
set(fuzz_libs_object_id mobync_core)
set(fuzz_libs_config mobync_config PkgConfig::CYAML PkgConfig::YAML)
set(fuzz_libs_auth mobync_auth test_jws)
set(fuzz_libs_jwks mobync_jwks mobync_core)
set(fuzz_libs_request mobync_core)
set(fuzz_libs_merge mobync_merge)
set(fuzz_extra_merge fuzz/naive.c)
set(fuzz_libs_history mobync_sync memory_synchronizer)
set(fuzz_extra_history
    property/client.c property/history.c property/judge.c property/keys.c property/memory_server.c
    property/oracle.c property/oracle_compaction.c property/oracle_outbox.c property/server.c property/sim.c property/sql.c
    property/world.c property/world_values.c)
set(fuzz_libs_fastcgi mobync_serve memory_synchronizer PkgConfig::FCGI)
set(fuzz_extra_fastcgi support/fcgi_client.c)
set(fuzz_libs_gzip mobync_http)
set(fuzz_targets json values object_id request merge history config auth jwks gzip fastcgi)

if(MOBYNC_FUZZ)
    # Our libraries tell libFuzzer what an input reaches.
    target_compile_options(mobync_options INTERFACE -fsanitize=fuzzer-no-link)
    set(fuzz_prefix fuzz)
    set(fuzz_main "")
else()
    set(fuzz_prefix replay)
    set(fuzz_main fuzz/replay.c)
endif()

# Private headers are where its parsers can be reached one by one.
function(mobync_fuzz_target name)
    set(target ${fuzz_prefix}_${name})
    add_executable(${target} fuzz/${name}.c fuzz/fuzz.c ${fuzz_main} ${fuzz_extra_${name}})
    target_include_directories(${target} PRIVATE fuzz support property)
    mobync_look_inside(${target} json core merge config auth serve)
    # First, for json-c exports names of jansson's for functions of its own.
    target_link_libraries(${target} PRIVATE PkgConfig::JANSSON ${fuzz_libs_${name}})
    if(MOBYNC_FUZZ)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        add_test(NAME fuzz/${name}
            COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/run --seconds 20 --bin $<TARGET_FILE_DIR:${target}>
                    ${name})
    else()
        add_test(NAME fuzz/${name} COMMAND ${target} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name})
    endif()
    set_tests_properties(fuzz/${name} PROPERTIES LABELS fuzz TIMEOUT 300)
endfunction()

foreach(name ${fuzz_targets})
    mobync_fuzz_target(${name})
    list(APPEND fuzz_executables ${fuzz_prefix}_${name})
endforeach()
add_custom_target(fuzz_all DEPENDS ${fuzz_executables})

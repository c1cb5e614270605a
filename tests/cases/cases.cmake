file(GLOB case_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cases/data/*.case)

add_library(test_case STATIC cases/case.c cases/case_file.c)
target_include_directories(test_case PUBLIC cases)
target_link_libraries(test_case PUBLIC mobync_http mobync_synchronizer PkgConfig::JSONC)

add_executable(run_cases_memory cases/run_memory.c)
target_link_libraries(run_cases_memory PRIVATE test_case memory_synchronizer)
add_test(NAME cases/memory COMMAND run_cases_memory ${case_files})
set_tests_properties(cases/memory PROPERTIES LABELS unit TIMEOUT 120)

add_executable(run_cases_mariadb cases/run_mariadb.c)
target_link_libraries(run_cases_mariadb PRIVATE test_case test_mariadb mobync_schema)
mobync_look_inside(run_cases_mariadb ${mobync_db_rooms})
add_test(NAME cases/mariadb COMMAND run_cases_mariadb ${case_files})
set_tests_properties(cases/mariadb PROPERTIES LABELS db TIMEOUT 600)

# Again, on a server whose defaults for sessions are hostile, with an account that init_connect
# holds for.
add_test(NAME cases/hostile COMMAND run_cases_mariadb ${case_files})
set_tests_properties(cases/hostile PROPERTIES LABELS db TIMEOUT 600 ENVIRONMENT MOBYNC_HOSTILE=1)

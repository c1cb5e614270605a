add_library(test_build STATIC support/build.c)
target_include_directories(test_build PUBLIC support)
target_link_libraries(test_build PUBLIC mobync_merge)

mobync_unit_test(fold test_build)
mobync_unit_test(merge test_build)
mobync_unit_test(summary test_build)
mobync_unit_test(answer_sort test_build)

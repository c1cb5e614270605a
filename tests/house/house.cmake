# label unit: what keeps the sources in order. No server; rooms.py reads the symbols of the built
# libraries. Whoever builds the program alone needs no Python: without one, these tests fail.
add_test(NAME house/citations
    COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/citations.py ${PROJECT_SOURCE_DIR})
add_test(NAME house/rooms
    COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/rooms.py
            ${PROJECT_SOURCE_DIR} ${CMAKE_BINARY_DIR})
add_test(NAME house/openings
    COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/openings.py ${PROJECT_SOURCE_DIR})
set_tests_properties(house/citations house/rooms house/openings PROPERTIES LABELS unit TIMEOUT 300)
# What reads the sources for minutes.
if(MOBYNC_NIGHTLY)
    add_test(NAME nightly/scan COMMAND ${PROJECT_SOURCE_DIR}/tests/scan)
    set_tests_properties(nightly/scan PROPERTIES LABELS nightly TIMEOUT 1800)
endif()

# label package: the Debian package on a clean machine; needs root, the network and some minutes, so
# it is part of the preset nightly, as are a checkout on one that was never built on, and a build
# with the compilers and libraries of other suites. label unit: manual and completion against the
# program; what the build needs against what is installed for it.
add_test(NAME package/needs COMMAND ${PROJECT_SOURCE_DIR}/tests/package/needs.sh
    ${PROJECT_SOURCE_DIR})
set_tests_properties(package/needs PROPERTIES LABELS unit TIMEOUT 120)
if(TARGET mobync)
    add_test(NAME package/manual COMMAND ${PROJECT_SOURCE_DIR}/tests/package/manual.sh
        ${PROJECT_SOURCE_DIR} $<TARGET_FILE:mobync> ${CMAKE_BINARY_DIR}/packaging)
    set_tests_properties(package/manual PROPERTIES LABELS unit TIMEOUT 300)
endif()
if(MOBYNC_NIGHTLY)
    add_test(NAME package/package
        COMMAND ${PROJECT_SOURCE_DIR}/tests/package/package.sh ${CMAKE_BINARY_DIR})
    set_tests_properties(package/package PROPERTIES
        LABELS package TIMEOUT 1800 SKIP_RETURN_CODE 77 RESOURCE_LOCK e2e)
    add_test(NAME package/newcomer COMMAND ${PROJECT_SOURCE_DIR}/tests/package/newcomer.sh)
    set_tests_properties(package/newcomer PROPERTIES
        LABELS package TIMEOUT 3600 SKIP_RETURN_CODE 77 RESOURCE_LOCK e2e)
    foreach(suite trixie sid)
        add_test(NAME package/toolchain_${suite}
            COMMAND ${PROJECT_SOURCE_DIR}/tests/package/toolchain.sh ${suite})
        set_tests_properties(package/toolchain_${suite} PROPERTIES
            LABELS "package;nightly" TIMEOUT 10800 SKIP_RETURN_CODE 77 PROCESSORS 2)
    endforeach()
endif()

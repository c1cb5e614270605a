# How everything of ours is compiled (warnings, sanitizers, hardening).
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(MOBYNC_WERROR "Warnings are errors" OFF)
option(MOBYNC_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(MOBYNC_NIGHTLY "Tests that take half an hour: label nightly" OFF)
option(MOBYNC_COVERAGE "gcov instrumentation" OFF)
# Not with sanitizers, which look into their process, nor with gcov, which writes files at its end.
include(CMakeDependentOption)
cmake_dependent_option(MOBYNC_SECCOMP "Workers give up what they do not need (OFF: for valgrind)" ON
                       "NOT MOBYNC_SANITIZE;NOT MOBYNC_COVERAGE" OFF)

add_library(mobync_options INTERFACE)
target_compile_definitions(mobync_options INTERFACE _GNU_SOURCE)
target_compile_options(mobync_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wundef -Wvla
    -Wwrite-strings -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum
    -Wnull-dereference -fno-common
    "SHELL:-include \"${PROJECT_SOURCE_DIR}/include/base/banned.h\"")
if(MOBYNC_WERROR)
    target_compile_options(mobync_options INTERFACE -Werror)
endif()
if(MOBYNC_SANITIZE)
    target_compile_options(mobync_options INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(mobync_options INTERFACE -fsanitize=address,undefined)
endif()
if(MOBYNC_COVERAGE)
    target_compile_options(mobync_options INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(mobync_options INTERFACE --coverage)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # assert() stays: it guards against our own bugs, and a wrong answer costs more than it does.
    set(CMAKE_C_FLAGS_RELEASE "-O2")
    target_compile_options(mobync_options INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=3 -fPIE)
    target_link_options(mobync_options INTERFACE -pie -Wl,-z,relro,-z,now)
endif()

# One static library per layer. It sees its own headers and those of what it links, so an upward
# include does not compile. What others may include is in include/LAYER; the rest is beside its .c
# file.
function(mobync_layer name)
    cmake_parse_arguments(ARG "" "HEADERS" "SOURCES;LINK;LINK_PRIVATE" ${ARGN})
    if(NOT ARG_HEADERS)
        set(ARG_HEADERS ${name})
    endif()
    add_library(mobync_${name} STATIC ${ARG_SOURCES})
    target_include_directories(mobync_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include/${ARG_HEADERS})
    target_link_libraries(mobync_${name} PUBLIC mobync_options ${ARG_LINK} PRIVATE ${ARG_LINK_PRIVATE})
endfunction()

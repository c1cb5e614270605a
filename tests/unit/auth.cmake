add_library(test_jws STATIC support/jws.c)
target_include_directories(test_jws PUBLIC support)
target_link_libraries(test_jws PUBLIC mobync_base PkgConfig::CRYPTO)

mobync_unit_test(key test_jws)
mobync_unit_test(jwt mobync_auth test_jws)
mobync_unit_test(jwt_keys mobync_auth test_jws)
# From 1.16 on libjwt keeps its comparison to itself, which is upstream's constant-time one.
if(JWT_VERSION VERSION_LESS 1.16)
    mobync_unit_test(jwt_timing mobync_auth test_jws)
endif()
mobync_unit_test(auth mobync_auth test_jws)
mobync_unit_test(token_cache mobync_auth)
mobync_look_inside(test_token_cache auth)

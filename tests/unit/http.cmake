mobync_unit_test(jwt mobync_auth PkgConfig::CRYPTO)
mobync_unit_test(auth mobync_auth PkgConfig::CRYPTO)
mobync_unit_test(reply mobync_http)
mobync_unit_test(route mobync_http)

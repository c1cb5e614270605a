mobync_unit_test(json_check mobync_core PkgConfig::JANSSON)
mobync_unit_test(value mobync_core)
mobync_unit_test(diff mobync_core)
mobync_unit_test(rejection mobync_core)

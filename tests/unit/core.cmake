mobync_unit_test(json_text mobync_core PkgConfig::JANSSON)
mobync_unit_test(value mobync_core)
mobync_unit_test(diff mobync_core)
mobync_unit_test(verdict mobync_core)

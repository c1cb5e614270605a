mobync_unit_test(reply mobync_http)
mobync_unit_test(route mobync_http)
mobync_unit_test(metrics mobync_http)

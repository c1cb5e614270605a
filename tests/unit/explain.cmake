mobync_unit_test(explain test_build mobync_explain)
mobync_look_inside(test_explain explain)

mobync_unit_test(past test_build mobync_explain)

# On the synchronizer in memory; e2e/housekeeping has the process and the database.
mobync_unit_test(housekeeping test_build memory_synchronizer mobync_housekeeping)

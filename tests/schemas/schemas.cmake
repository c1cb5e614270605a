# label db: existing schemas as their frameworks make them, each on a private MariaDB: mapped, and
# two devices and the backend at work on them.
foreach(name
    django django_uuid hibernate laravel laravel_uuid legacy mariadb_types nextcloud pivot prisma
    rails shop symfony text_keys wordpress)
    add_test(NAME schemas/${name}
        COMMAND ${CMAKE_CURRENT_LIST_DIR}/schemas.sh $<TARGET_FILE:mobync> ${name})
    set_tests_properties(schemas/${name} PROPERTIES LABELS db TIMEOUT 600)
endforeach()

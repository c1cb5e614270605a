# label db: existing schemas as their frameworks make them, each on a private MariaDB.
# `played`: two devices and the backend work on it. The others are mapped as far as this goes, which
# must pass `mobync check` and leave the backend's statements alone.
set(played text_keys)
set(adopted django hibernate laravel laravel_uuid legacy mariadb_types nextcloud pivot prisma rails shop symfony wordpress)
foreach(name ${played})
    add_test(NAME schemas/${name}
        COMMAND ${CMAKE_CURRENT_LIST_DIR}/schemas.sh $<TARGET_FILE:mobync> ${name} play)
endforeach()
foreach(name ${adopted})
    add_test(NAME schemas/${name}
        COMMAND ${CMAKE_CURRENT_LIST_DIR}/schemas.sh $<TARGET_FILE:mobync> ${name} adopt)
endforeach()
foreach(name ${played} ${adopted})
    set_tests_properties(schemas/${name} PROPERTIES LABELS db TIMEOUT 600)
endforeach()

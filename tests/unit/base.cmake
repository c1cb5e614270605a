foreach(module text buf arena fail log)
    mobync_unit_test(${module} mobync_base)
endforeach()

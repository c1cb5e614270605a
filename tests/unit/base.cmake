foreach(module text buf arena log)
    mobync_unit_test(${module} mobync_base)
endforeach()

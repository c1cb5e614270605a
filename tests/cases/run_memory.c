/* Runs the case files given as arguments on the synchronizer in memory. */
#include <stdio.h>

#include "case.h"
#include "log.h"
#include "memory_synchronizer.h"

int main(int argc, char **argv)
{
    struct mapping mapping;
    int failed = 0;

    log_set_level(LOG_LEVEL_ERROR);
    case_mapping(&mapping);
    for (int i = 1; i < argc; i++) {
        struct case_ground ground = {.mapping = &mapping};

        ground.synchronizer = memory_synchronizer_new(&mapping);
        failed += case_run(argv[i], &ground) ? 0 : 1;
        memory_synchronizer_free(ground.synchronizer);
    }
    printf("%d cases, %d failed\n", argc - 1, failed);
    return failed == 0 && argc > 1 ? 0 : 1;
}

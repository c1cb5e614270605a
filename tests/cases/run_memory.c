/* Runs the case files given as arguments on the synchronizer in memory. */
#include <stdio.h>

#include "case.h"
#include "log.h"
#include "memory_synchronizer.h"

struct ground {
    struct synchronizer *synchronizer;
    struct arena arena;
};

/* With its fields. */
static struct diff as_diff(struct ground *ground, const struct case_write *write)
{
    struct diff diff = {.type = write->type, .model = write->model, .object_id = write->id};
    struct fail fail;

    if (write->fields == NULL)
        return diff;
    json_object_object_add(write->fields, "id",
                           json_object_new_string_len(write->id.ptr, (int)write->id.len));
    diff.json_data =
        arena_text(&ground->arena,
                   text_of(json_object_to_json_string_ext(write->fields, JSON_C_TO_STRING_PLAIN)));
    if (diff_parse_stored(&diff, &ground->arena, &fail) != RC_OK)
        printf("    %s\n", fail_reason(&fail));
    return diff;
}

static bool write_row(void *context, const struct case_write *write)
{
    struct ground *ground = context;
    const struct diff diff = as_diff(ground, write);
    const struct object object = {write->id, diff.fields, diff.field_count};
    struct synchronizer *s = ground->synchronizer;

    switch (write->type) {
    case DIFF_CREATE:
        return memory_synchronizer_put_row(s, write->owner, write->model, &object);
    case DIFF_UPDATE:
        return memory_synchronizer_change_row(s, write->owner, write->model, &object);
    case DIFF_DELETE:
        return memory_synchronizer_drop_row(s, write->owner, write->model, write->id);
    case DIFF_TYPES:
        break;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct mapping mapping;
    struct ground context;
    int failed = 0;

    arena_init(&context.arena);

    log_set_level(LOG_LEVEL_ERROR);
    case_mapping(&mapping);
    for (int i = 1; i < argc; i++) {
        struct case_ground ground = {
            .mapping = &mapping, .write_row = write_row, .context = &context};

        ground.synchronizer = context.synchronizer = memory_synchronizer_new(&mapping);
        memory_synchronizer_set_triggers(ground.synchronizer, true);
        failed += case_run(argv[i], &ground) ? 0 : 1;
        memory_synchronizer_free(ground.synchronizer);
    }
    arena_release(&context.arena);
    printf("%d cases, %d failed\n", argc - 1, failed);
    return failed == 0 && argc > 1 ? 0 : 1;
}

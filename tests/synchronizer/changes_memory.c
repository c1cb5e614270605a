/* The contract of changes.h on the synchronizer in memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "contract_changes.h"
#include "memory_synchronizer.h"

static struct synchronizer *create(void)
{
    struct synchronizer *s = memory_synchronizer_new(&contract_mapping);

    memory_synchronizer_set_triggers(s, true);
    return s;
}

static void put(struct contract *c, const char *owner, const char *id, const char *text)
{
    const struct field_value field = contract_text(OTHER, 0, text);
    const struct object object = contract_object(id, &field, 1);

    assert_true(memory_synchronizer_put_row(c->s, text_of(owner), OTHER, &object));
}

static void drop(struct contract *c, const char *owner, const char *id)
{
    assert_true(memory_synchronizer_drop_row(c->s, text_of(owner), OTHER, text_of(id)));
}

int main(void)
{
    static const struct contract_subject SUBJECT = {create, memory_synchronizer_free};
    static const struct contract_others OTHERS = {put, drop};

    contract_changes_use(&OTHERS);
    return contract_changes_run("changes in memory", &SUBJECT);
}

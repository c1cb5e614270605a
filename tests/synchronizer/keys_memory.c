/* The contract of contract_keys.h on the synchronizer in memory. */
#include "contract_keys.h"
#include "memory_synchronizer.h"

static struct synchronizer *create(void)
{
    return memory_synchronizer_new(&contract_keys_mapping);
}

int main(void)
{
    static const struct contract_subject SUBJECT = {create, memory_synchronizer_free};

    return contract_keys_run("keys in memory", &SUBJECT);
}

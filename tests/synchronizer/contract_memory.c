/* The contract on the synchronizer in memory. */
#include "contract.h"
#include "memory_synchronizer.h"

static struct synchronizer *create(void)
{
    return memory_synchronizer_new(&contract_mapping);
}

int main(void)
{
    static const struct contract_subject SUBJECT = {create, memory_synchronizer_free};

    return contract_run("the contract in memory", &SUBJECT);
}

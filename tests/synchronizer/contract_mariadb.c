/* The contract on the synchronizer for MariaDB, with bulk statements and row by row. */
#include "contract.h"
#include "database.h"
#include "db_session.h"

static struct database db;

static struct synchronizer *create(void)
{
    database_reset(&db);
    return db_synchronizer_new(&db.settings);
}

/* As on MySQL, which has no bulk protocol. */
static struct synchronizer *create_row_by_row(void)
{
    struct synchronizer *s = create();

    db_session_of(s)->link.row_by_row = true;
    return s;
}

int main(void)
{
    static const struct contract_subject BULK = {create, db_synchronizer_free};
    static const struct contract_subject ROWS = {create_row_by_row, db_synchronizer_free};
    int failed;

    database_start(&db, &contract_mapping);
    failed = contract_run("the contract on MariaDB", &BULK);
    failed += contract_run("the contract on MariaDB, row by row", &ROWS);
    database_stop(&db);
    mysql_library_end();
    return failed;
}

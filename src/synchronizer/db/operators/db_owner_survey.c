/* What a shard's tables say of moves that were interrupted, and of owners that came without one:
 * db_owner_survey(). It locks nothing. */
#include "db_owner_survey.h"

#include "db_result.h"
#include "db_session.h"
#include "db_tables.h"

#define SQL_BYTES ((size_t)512)

static const char BETWEEN[] =
    "SELECT COUNT(*), MIN(owner), (SELECT lineage FROM " DB_LINEAGE_TABLE " WHERE slot = 0) "
    "FROM " DB_MOVES_TABLE " WHERE place IN ('leaving', 'arriving')";
/* In the order of the key: whoever is left out is so by name, not by home. */
static const char UNMOVED[] =
    "SELECT o.owner FROM " DB_OWNERS_TABLE " o LEFT JOIN " DB_MOVES_TABLE " m ON m.owner = o.owner "
    "WHERE m.owner IS NULL LIMIT ";

struct surveying {
    size_t most_unmoved;
    struct arena *arena;
    struct owner_survey *survey;
};

static enum rc read_between(struct db_session *s, const struct surveying *what, struct fail *fail)
{
    struct db_result result = {.rows = 0};
    uint64_t count = 0;
    enum rc rc = db_result_read(&s->link, text_of(BETWEEN), "looking for interrupted moves",
                                what->arena, &result, fail);

    if (rc == RC_OK && text_to_uint(db_result_text(&result, 0, 0), SIZE_MAX, &count)) {
        what->survey->between = (size_t)count;
        what->survey->between_owner = db_result_text(&result, 0, 1);
        what->survey->lineage = db_result_text(&result, 0, 2);
    }
    return rc;
}

static enum rc read_unmoved(struct db_session *s, const struct surveying *what, struct fail *fail)
{
    struct db_result result = {.rows = 0};
    struct buf sql;
    enum rc rc;

    buf_init(&sql, SQL_BYTES);
    buf_printf(&sql, "%s%zu", UNMOVED, what->most_unmoved);
    rc = db_result_read(&s->link, buf_text(&sql), "looking for owners", what->arena, &result, fail);
    buf_release(&sql);
    what->survey->unmoved = ARENA_ARRAY(what->arena, result.rows, struct text);
    what->survey->unmoved_count = result.rows;
    for (size_t row = 0; row < result.rows; row++)
        what->survey->unmoved[row] = db_result_text(&result, row, 0);
    return rc;
}

static enum rc try_survey(struct db_session *s, void *context, struct fail *fail)
{
    const struct surveying *what = context;
    enum rc rc = db_session_open(s, fail);

    if (rc == RC_OK)
        rc = read_between(s, what, fail);
    return rc == RC_OK && what->most_unmoved > 0 ? read_unmoved(s, what, fail) : rc;
}

enum rc db_owner_survey(struct synchronizer *base, size_t most_unmoved, struct arena *arena,
                        struct owner_survey *survey_out, struct fail *fail)
{
    struct surveying what = {most_unmoved, arena, survey_out};

    *survey_out = (struct owner_survey){.between = 0};
    return db_session_first(db_session_of(base), try_survey, &what, fail);
}

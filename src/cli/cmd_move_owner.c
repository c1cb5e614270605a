/* mobync move-owner: moves one owner from one shard to another while both serve others
 * (docs/scale.md 4). What the owner's home says of it is the truth at every moment; whatever is
 * interrupted is gone on with, or taken back, by running the command again. */
#include <stdio.h>

#include "cli_context.h"
#include "db_tables.h"
#include "progress.h"
#include "shard_config.h"

#define PROGRAM "mobync move-owner"

/* Of one transaction that deletes. */
#define ROWS_MAX ((size_t)1000)
/* What other SQL writes meanwhile is copied by another round. */
#define ROUNDS_MAX 3u

struct args {
    const char *owner;
    const char *to;
};

/* One side of the move. */
struct side {
    size_t shard;
    struct config *config;
    struct synchronizer *s; /* NULL: not opened yet */
    struct db_settings settings;
    struct owner_table_list tables;
    struct owner_place place;
};

struct move {
    struct text owner;
    const struct config *config;
    struct shard_list shards;
    struct arena *arena;
    struct side home;
    struct side other; /* to which it goes, or from which it comes */
    struct progress progress;
    uint64_t rows;
};

static const char *name_of(const struct move *move, const struct side *side)
{
    return move->shards.items[side->shard].name.ptr;
}

static enum rc open_side(struct move *move, struct side *side, struct fail *fail)
{
    const struct text path = move->config->shards[side->shard].config;
    enum rc rc;

    if (path.len == 0)
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "shards[].config of %s is not set: add the path of its configuration",
                           name_of(move, side));
    side->config = settings_load(path.ptr);
    if (side->config == NULL)
        return fail_reject(fail, FAIL_INVALID_REQUEST, "%s cannot be used", path.ptr);
    rc = shard_config_fits(move->config, side->config, side->shard, fail);
    if (rc != RC_OK)
        return rc;
    side->settings = settings_db(side->config);
    side->s = db_synchronizer_new(&side->settings);
    side->s->moves_owners = true;
    rc = side->s->ops->owner_data->tables(side->s, move->arena, &side->tables, fail);
    if (rc == RC_OK)
        rc = side->s->ops->owner_moves->find(side->s, move->owner, move->arena, &side->place, fail);
    return rc;
}

static void close_side(struct side *side)
{
    if (side->s != NULL)
        db_synchronizer_free(side->s);
    if (side->config != NULL)
        config_free(side->config);
}

static enum rc change(const struct move *move, struct side *side, enum owner_where where,
                      const struct side *other, struct fail *fail)
{
    struct owner_place now = side->place;
    enum rc rc;

    if (side->place.recorded && side->place.where == where &&
        text_is(side->place.shard, name_of(move, other)))
        return RC_OK;
    now.where = where;
    now.shard = text_of(name_of(move, other));
    rc = side->s->ops->owner_moves->change(side->s, move->owner, &side->place, &now, fail);
    if (rc == RC_OK)
        side->place = now;
    return rc;
}

/* The owner's clock and place stay, and so do tokens, which do not go with shards. */
static bool is_data(const struct side *side, const struct owner_table *table)
{
    return table->model != NULL || (!text_is(table->name, DB_OWNERS_TABLE) &&
                                    !text_equal(table->name, side->settings.moves_table) &&
                                    !text_equal(table->name, side->settings.tokens_table));
}

static enum rc clear_table(const struct move *move, struct side *side,
                           const struct owner_table *table, struct fail *fail)
{
    size_t count = ROWS_MAX;
    enum rc rc = RC_OK;

    while (rc == RC_OK && count == ROWS_MAX)
        rc = side->s->ops->owner_data->forget(side->s, move->owner, table, ROWS_MAX, &count, fail);
    return rc;
}

static enum rc clear(const struct move *move, struct side *side, struct fail *fail)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < side->tables.count; i++)
        if (is_data(side, &side->tables.items[i]))
            rc = clear_table(move, side, &side->tables.items[i], fail);
    return rc;
}

static enum rc count_changes(const struct move *move, struct side *side, int64_t *count_out,
                             struct fail *fail)
{
    const struct owner_table outbox = {.name = TEXT_LITERAL(DB_CHANGES_TABLE)};

    return side->s->ops->owner_data->count(side->s, move->owner, &outbox, count_out, fail);
}

/* Parents before children, then what is the server's own. */
static enum rc copy_tables(struct move *move, struct side *from, struct side *to, struct fail *fail)
{
    size_t models = 0;
    enum rc rc = RC_OK;

    while (models < from->tables.count && from->tables.items[models].model != NULL)
        models++;
    for (size_t i = 0; rc == RC_OK && i < from->tables.count; i++) {
        const struct owner_table *table = &from->tables.items[i < models ? models - 1 - i : i];
        size_t count = 0;

        if (!is_data(from, table))
            continue;
        rc = to->s->ops->owner_moves->copy(to->s, from->s, move->owner, table, &count, fail);
        move->rows += count;
        progress_show(&move->progress, "rows", move->rows, 0);
    }
    return rc;
}

/* *noted_out: how many entries of the outbox the snapshot had. */
static enum rc copy_once(struct move *move, struct side *from, struct side *to, int64_t *noted_out,
                         struct fail *fail)
{
    int64_t clock;
    enum rc rc = clear(move, to, fail);

    move->rows = 0;
    if (rc == RC_OK)
        rc = from->s->ops->begin_snapshot(from->s, move->owner, &clock, fail);
    if (rc == RC_OK)
        rc = count_changes(move, from, noted_out, fail);
    if (rc == RC_OK)
        rc = copy_tables(move, from, to, fail);
    from->s->ops->rollback(from->s);
    return rc;
}

static enum rc count_now(const struct move *move, struct side *side, int64_t *count_out,
                         struct fail *fail)
{
    int64_t clock;
    enum rc rc = side->s->ops->begin_snapshot(side->s, move->owner, &clock, fail);

    if (rc == RC_OK)
        rc = count_changes(move, side, count_out, fail);
    side->s->ops->rollback(side->s);
    return rc;
}

static enum rc copy_all(struct move *move, struct side *from, struct side *to, struct fail *fail)
{
    int64_t noted = 0, now = 1;
    enum rc rc = RC_OK;

    for (unsigned round = 0; rc == RC_OK && noted != now && round < ROUNDS_MAX; round++) {
        rc = copy_once(move, from, to, &noted, fail);
        if (rc == RC_OK)
            rc = count_now(move, from, &now, fail);
    }
    if (rc == RC_OK && noted != now)
        rc = fail_reject(fail, FAIL_SERVER_BUSY,
                         "other SQL goes on to write rows of this owner: end it, or make it write "
                         "to the other shard later");
    return rc;
}

/* Every step may be the last one: the owner is where home says. Home's own step, from one place to
 * the other, is the one that counts. */
static enum rc run_move(struct move *move, struct side *from, struct side *to, struct fail *fail)
{
    enum rc rc = change(move, from, OWNER_LEAVING, to, fail);

    if (rc == RC_OK)
        rc = change(move, to, OWNER_ARRIVING, from, fail);
    if (rc == RC_OK)
        rc = to->s->ops->owner_moves->know_lineage(to->s, from->s, fail);
    if (rc == RC_OK)
        rc = copy_all(move, from, to, fail);
    if (rc != RC_OK)
        return rc;
    to->place.next_clock = from->place.next_clock;
    to->place.adopted = from->place.adopted;
    to->place.compacted_below = from->place.compacted_below;
    to->place.forgotten_below = from->place.forgotten_below;
    rc = change(move, to, OWNER_HERE, from, fail);
    if (rc == RC_OK)
        rc = change(move, from, OWNER_AWAY, to, fail);
    return rc == RC_OK ? clear(move, from, fail) : rc;
}

/* The owner is where it is wanted. What an earlier run began or left behind elsewhere is taken
 * back. */
static enum rc settle(struct move *move, struct side *at, struct side *elsewhere, struct fail *fail)
{
    enum rc rc = RC_OK;

    if (at->place.where == OWNER_LEAVING)
        rc = change(move, at, OWNER_HERE, elsewhere, fail);
    if (rc == RC_OK && elsewhere->place.recorded)
        rc = change(move, elsewhere, OWNER_AWAY, at, fail);
    return rc == RC_OK && elsewhere->place.recorded ? clear(move, elsewhere, fail) : rc;
}

/* The shard that has the data, as home says. */
static bool is_at_home(const struct move *move)
{
    return move->home.place.where == OWNER_HERE || move->home.place.where == OWNER_LEAVING;
}

static enum rc refuse_stranger(const struct move *move, struct fail *fail)
{
    return fail_reject(fail, FAIL_INVALID_REQUEST,
                       "shard %s has data of this owner that were never moved there: the list of "
                       "shards has been another one",
                       name_of(move, &move->other));
}

static enum rc go(struct move *move, size_t to, struct fail *fail)
{
    const bool at_home = is_at_home(move);
    const bool wanted_at_home = to == move->home.shard;
    struct side *from = at_home ? &move->home : &move->other;
    enum rc rc;

    if (move->other.shard == move->home.shard) /* it never left */
        return RC_OK;
    rc = open_side(move, &move->other, fail);
    if (rc != RC_OK)
        return rc;
    if (at_home == wanted_at_home)
        return settle(move, from, at_home ? &move->other : &move->home, fail);
    if (at_home && move->other.place.known && !move->other.place.recorded)
        return refuse_stranger(move, fail);
    return run_move(move, from, at_home ? &move->other : &move->home, fail);
}

/* The shard beside home: where it is or was, or where it is to go. */
static enum rc find_other(struct move *move, size_t to, struct fail *fail)
{
    const struct owner_place *place = &move->home.place;
    size_t other = to;

    if (place->recorded && !shard_find(&move->shards, place->shard, &other))
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "the owner is at shard %.*s, which shards does not have",
                           TEXT_ARG(place->shard));
    if (place->where == OWNER_HERE && to != move->home.shard)
        other = to;
    if (other != to && to != move->home.shard)
        return fail_reject(fail, FAIL_INVALID_REQUEST,
                           "the owner is at shard %.*s, or on its way there: move it to its home, "
                           "%s, first",
                           TEXT_ARG(place->shard), name_of(move, &move->home));
    move->other.shard = other;
    return RC_OK;
}

static enum rc open_home(struct move *move, struct fail *fail)
{
    enum rc rc = open_side(move, &move->home, fail);

    if (rc == RC_OK && !move->home.place.known)
        rc = fail_reject(fail, FAIL_NOT_FOUND,
                         "no device has ever synced as this owner (case "
                         "counts): there is nothing to move");
    return rc;
}

static const char *shard_now(const struct move *move)
{
    return is_at_home(move) ? name_of(move, &move->home) : move->home.place.shard.ptr;
}

static enum rc run(struct move *move, const struct args *args, struct fail *fail)
{
    size_t to = 0;
    enum rc rc = open_home(move, fail);

    if (rc != RC_OK || args->to == NULL)
        return rc;
    if (!shard_find(&move->shards, text_of(args->to), &to))
        return fail_reject(fail, FAIL_INVALID_REQUEST, "shards has no '%s'", args->to);
    rc = move->home.s->ops->owner_moves->lock(move->home.s, fail);
    if (rc == RC_OK)
        rc = move->home.s->ops->owner_moves->find(move->home.s, move->owner, move->arena,
                                                  &move->home.place, fail);
    if (rc == RC_OK)
        rc = find_other(move, to, fail);
    return rc == RC_OK ? go(move, to, fail) : rc;
}

static void print_place(const struct move *move)
{
    printf("%s", shard_now(move));
    if (move->home.place.where == OWNER_LEAVING || move->home.place.where == OWNER_ARRIVING)
        printf(", and a move that was interrupted: its devices wait until it is gone on with, or "
               "taken back with --to %s",
               shard_now(move));
    putchar('\n');
}

static enum cli_status report(const struct move *move, enum rc rc, const struct fail *fail)
{
    if (rc == RC_OK) {
        print_place(move);
        return CLI_OK;
    }
    command_failed(PROGRAM, fail);
    if (move->home.place.where == OWNER_LEAVING || move->home.place.where == OWNER_ARRIVING)
        fprintf(stderr,
                PROGRAM ": the owner's devices wait: run it again, or with --to %s to leave the "
                        "owner there\n",
                shard_now(move));
    return CLI_FAILED;
}

static enum cli_status work(const struct cli_context *context, const void *given)
{
    const struct args *args = given;
    struct move move = {
        .owner = text_of(args->owner),
        .config = context->config,
        .shards = settings_shards(context->config),
        .arena = context->arena,
    };
    struct fail fail = {0};
    enum cli_status status;
    enum rc rc;

    if (move.shards.count == 0) {
        fprintf(stderr, PROGRAM ": the configuration has no shards\n");
        return CLI_FAILED;
    }
    move.home.shard = shard_home(&move.shards, move.owner);
    progress_begin(&move.progress, PROGRAM, false);
    rc = run(&move, args, &fail);
    progress_end(&move.progress);
    status = report(&move, rc, &fail);
    close_side(&move.other);
    close_side(&move.home);
    return status;
}

static enum cli_status check(const char *program, const struct options_read *read, void *given)
{
    const struct args *args = given;

    (void)read;
    return cli_check_owner(program, args->owner);
}

enum cli_status cmd_move_owner(int argc, char **argv)
{
    struct args args = {.owner = NULL};
    const struct option_row rows[] = {
        OPTION_VALUE("owner", "OWNER", "which owner", &args.owner),
        OPTION_VALUE("to", "SHARD", "where to; without it, print where the owner is", &args.to),
    };
    const struct options options = {
        .program = PROGRAM,
        .about = "move an owner's rows and history to another shard, while both serve others",
        .rows = rows,
        .count = ARRAY_LEN(rows),
    };

    return cli_run(&(struct cli_task){options, check, work, &args}, argc, argv);
}

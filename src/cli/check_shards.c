/* Each shard of the config, one after the other, this pool's own first: check_shards(). Of a shard
 * whose configuration the account may not read nothing is said: shards[].config may name an
 * administrator's. */
#include "check_shards.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "plural.h"
#include "settings.h"
#include "shard_config.h"

/* Of one database. Owners that no hash has sent there are many, or none. */
#define OWNERS_MAX    ((size_t)1000)
#define MESSAGE_BYTES ((size_t)1024)

struct checking {
    const struct config *config;
    struct shard_list shards;
    struct text lineage; /* of this pool's own database; empty: unknown */
    struct arena arena;
    schema_report *report;
    void *context;
};

static void warn(const struct checking *checking, size_t shard, const char *message)
{
    checking->report(checking->context, checking->config->shards[shard].config_line, true, message);
}

static void warn_of_moves(const struct checking *checking, size_t shard,
                          const struct owner_survey *survey)
{
    char message[MESSAGE_BYTES];

    if (survey->between == 0)
        return;
    snprintf(message, sizeof(message),
             "%zu owner%s between shard %s and another, such as '%.*s': unless `mobync move-owner` "
             "is at work, it was interrupted, and their devices wait until it is run again",
             survey->between, survey->between == 1 ? " is" : "s are",
             checking->shards.items[shard].name.ptr, TEXT_ARG(survey->between_owner));
    warn(checking, shard, message);
}

static void warn_of_strangers(const struct checking *checking, size_t shard,
                              const struct owner_survey *survey)
{
    const struct shard *shards = checking->shards.items;
    size_t strangers = 0, example = 0, home = 0;
    char message[MESSAGE_BYTES];

    for (size_t i = 0; i < survey->unmoved_count; i++) {
        const size_t at = shard_home(&checking->shards, survey->unmoved[i]);

        if (at == shard)
            continue;
        strangers++;
        example = i;
        home = at;
    }
    if (strangers == 0)
        return;
    snprintf(message, sizeof(message),
             "the database of shard %s has %zu owner%s (of %zu that were looked at) of other "
             "shards, never moved there, such as '%.*s' of shard %s: the databases of two shards "
             "are swapped, or `shards` had other ranges: put them back as they were",
             shards[shard].name.ptr, strangers, plural(strangers), survey->unmoved_count,
             TEXT_ARG(survey->unmoved[example]), shards[home].name.ptr);
    warn(checking, shard, message);
}

static void check_lineage(struct checking *checking, size_t shard, struct text lineage)
{
    char message[MESSAGE_BYTES];

    if (shard == checking->shards.own) {
        checking->lineage = lineage;
        return;
    }
    if (checking->lineage.len == 0 || text_equal(checking->lineage, lineage))
        return;
    snprintf(message, sizeof(message),
             "the lineage of shard %s is not that of shard %s: devices that name one get an error "
             "once when their owner is moved; before devices use the shard, run there: UPDATE "
             "mobync_lineage SET lineage = '%.*s' WHERE slot = 0",
             checking->shards.items[shard].name.ptr,
             checking->shards.items[checking->shards.own].name.ptr, TEXT_ARG(checking->lineage));
    warn(checking, shard, message);
}

static enum rc look(struct checking *checking, size_t shard, struct synchronizer *s,
                    struct fail *fail)
{
    struct owner_survey survey;
    enum rc rc = s->ops->owner_moves->survey(s, OWNERS_MAX, &checking->arena, &survey, fail);

    if (rc != RC_OK)
        return rc;
    warn_of_moves(checking, shard, &survey);
    warn_of_strangers(checking, shard, &survey);
    check_lineage(checking, shard, survey.lineage);
    return RC_OK;
}

static void check_database(struct checking *checking, size_t shard, const struct config *config)
{
    const struct db_settings settings = settings_db(config);
    struct synchronizer *s = db_synchronizer_new(&settings);
    struct fail fail = {0};
    char message[MESSAGE_BYTES];

    /* What ails this pool's own is told elsewhere. */
    if (look(checking, shard, s, &fail) != RC_OK && shard != checking->shards.own) {
        snprintf(message, sizeof(message), "the database of shard %s cannot be looked at: %s",
                 checking->shards.items[shard].name.ptr, fail_reason(&fail));
        warn(checking, shard, message);
    }
    db_synchronizer_free(s);
}

static void ignore(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)line;
}

static void check_other(struct checking *checking, size_t shard)
{
    const struct text path = checking->config->shards[shard].config;
    struct fail fail = {0};
    struct config *config;
    char message[MESSAGE_BYTES];

    if (path.len == 0 || (access(path.ptr, R_OK) != 0 && errno == EACCES))
        return;
    config = config_load(path.ptr, ignore, NULL);
    if (config == NULL) {
        snprintf(message, sizeof(message),
                 "%s, the configuration of shard %s, cannot be used: `mobync check -c %s` says why",
                 path.ptr, checking->shards.items[shard].name.ptr, path.ptr);
        warn(checking, shard, message);
    } else if (shard_config_fits(checking->config, config, shard, &fail) != RC_OK) {
        warn(checking, shard, fail_reason(&fail));
    } else {
        check_database(checking, shard, config);
    }
    config_free(config);
}

void check_shards(const struct config *config, schema_report *report, void *context)
{
    struct checking checking = {
        .config = config, .shards = settings_shards(config), .report = report, .context = context};

    if (checking.shards.count == 0)
        return;
    arena_init(&checking.arena);
    check_database(&checking, checking.shards.own, config);
    for (size_t i = 0; i < checking.shards.count; i++)
        if (i != checking.shards.own)
            check_other(&checking, i);
    arena_release(&checking.arena);
}

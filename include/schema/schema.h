/* schema.h: does the live database fit the config, and what SQL would make it fit?
 * Process: its own connection, for the time of the call; never called in the master.
 * Changes: schema_check() nothing; schema_plan() and schema_grants() nothing;
 *          schema_apply() only adds: it never drops, narrows or rewrites anything;
 *          schema_apply_steps() adds and drops the server's own triggers, and nothing else.
 * Owns:    nothing; what is handed out lies in the arena given.
 * Units:   config_line is 1-based; 0 for what no line of the config is about.
 * Fails:   the rc speaks of the connection; faults of the schema go to the reporter.
 * Holds:   no statement that is handed out or run changes a column, key or engine that exists. */
#ifndef MOBYNC_SCHEMA_H
#define MOBYNC_SCHEMA_H

#include "buf.h"
#include "db_synchronizer.h"

/* config_line is 0 where the fault is about no line of the config. A warning does not count as a
 * fault. The message says what is wrong and what to do, without file and line. */
typedef void schema_report(void *context, unsigned config_line, bool warning, const char *message);

/* The key of the config's database: that a failed connection speaks of. */
enum schema_key {
    SCHEMA_DATABASE, /* all of it */
    SCHEMA_SOCKET,
    SCHEMA_HOST,
    SCHEMA_HOSTS,   /* none of several will do */
    SCHEMA_REQUIRE, /* the one server is not as it says */
    SCHEMA_USER,
    SCHEMA_NAME,
    SCHEMA_TLS,
    SCHEMA_SESSION, /* of the server, not of the config */
    SCHEMA_KEYS     /* their number */
};

/* Connects and goes. Else *suspect_out is set, and *fail says what to look at. */
NODISCARD enum rc schema_connect(const struct db_settings *settings, enum schema_key *suspect_out,
                                 struct fail *fail);

/* *diagnostics_out: how many faults (not warnings) were reported. */
NODISCARD enum rc schema_check(const struct db_settings *settings, unsigned database_line,
                               schema_report *report, void *context, size_t *diagnostics_out,
                               struct fail *fail);

/* Does the server keep what devices were told of, whatever happens to it? Settings that lose it are
 * faults, also where serving goes on; that it costs more than it could is a warning. */
NODISCARD enum rc schema_check_durable(const struct db_settings *settings, unsigned database_line,
                                       schema_report *report, void *context, struct fail *fail);

/* Warns of replicas that may lack what devices were told of, and of what a Galera node cannot keep
 * in step with the others. */
NODISCARD enum rc schema_check_cluster(const struct db_settings *settings, unsigned database_line,
                                       schema_report *report, void *context, struct fail *fail);

/* The statements that are still needed, in order, each without a final semicolon. */
NODISCARD enum rc schema_plan(const struct db_settings *settings, struct arena *arena,
                              struct text **statements_out, size_t *count_out, struct fail *fail);
/* What is to be run by an administrator, for the account may not: empty if nothing is. No fault
 * where it is missing, for serving goes on without. */
NODISCARD enum rc schema_plan_admin(const struct db_settings *settings, struct arena *arena,
                                    struct text *sql_out, struct fail *fail);
/* Runs statements of the plan. One that fails because what it adds is there by now, of another run,
 * is no failure; whoever wants to know that all is there plans again. */
NODISCARD enum rc schema_apply(const struct db_settings *settings, const struct text *statements,
                               size_t count, struct fail *fail);

/* What records the writes of other SQL (docs/sql-writes.md), one statement of it. */
enum schema_step_kind {
    SCHEMA_STEP_GRANT,  /* for an administrator alone */
    SCHEMA_STEP_FREE,   /* a trigger on another table, which has the name of the next one */
    SCHEMA_STEP_CREATE, /* a trigger */
    SCHEMA_STEP_RAISE,  /* of what was written before: owners' next syncs compare all of it */
    SCHEMA_STEP_DROP,   /* a trigger that is not needed, or not any more */
};

struct schema_step {
    enum schema_step_kind kind;
    bool admin;        /* the account may not, as far as its privileges tell */
    struct text sql;   /* without a final semicolon; a trigger has others inside */
    struct text name;  /* of what is created, … */
    struct text table; /* … and where */
};

struct schema_steps {
    struct schema_step *items; /* in order: what is needed comes before what is not */
    size_t count;
    size_t waiting; /* tables that have to be there, or get their columns, first */
};

/* The triggers that are missing, and those to drop. */
NODISCARD enum rc schema_plan_triggers(const struct db_settings *settings, struct arena *arena,
                                       struct schema_steps *steps_out, struct fail *fail);
/* DROP TRIGGER for all that this server has made and the account can see, needed or not. */
NODISCARD enum rc schema_plan_untrigger(const struct db_settings *settings, struct arena *arena,
                                        struct schema_steps *steps_out, struct fail *fail);
/* What the account may need beside schema_grants(), for triggers on tables that are not mapped:
 * which those are is for the database to say, as far as the account sees its foreign keys. */
NODISCARD enum rc schema_plan_parents(const struct db_settings *settings, struct arena *arena,
                                      struct schema_steps *steps_out, struct fail *fail);
/* Runs them; *refused_out: those that an administrator has to run, in order. Nothing is dropped as
 * long as something needed is refused. */
NODISCARD enum rc schema_apply_steps(const struct db_settings *settings,
                                     const struct schema_steps *steps, struct arena *arena,
                                     struct schema_steps *refused_out, struct fail *fail);

/* Some owner has synced before: workers may know of the tables as they were. */
NODISCARD enum rc schema_has_owners(const struct db_settings *settings, bool *there_out,
                                    struct fail *fail);

/* Warns of triggers that are missing or stale, and of writes that fire none; no faults, for serving
 * goes on without. */
NODISCARD enum rc schema_check_triggers(const struct db_settings *settings, unsigned database_line,
                                        schema_report *report, void *context, struct fail *fail);

/* Which tables schema_map() maps, and who is told of those that it cannot. */
struct schema_map_request {
    const struct text *tables;
    size_t count; /* 0: all but the server's own and those that the config maps already */
    schema_report *report;
    void *context;
};

struct schema_map_result {
    size_t models; /* that were written */
    size_t faults; /* that were reported: tables that are not there */
};

/* Appends the YAML of models for existing tables: the whole key `models` where the config maps
 * nothing yet, else entries of it. Tables and columns without a model are comments. */
NODISCARD enum rc schema_map(const struct db_settings *settings,
                             const struct schema_map_request *request, struct buf *yaml,
                             struct schema_map_result *result_out, struct fail *fail);

/* All that the account may need to serve this config, to run its commands but `schema --apply` and
 * `forget`, and for its triggers to run as it, and nothing else, with the procedure that is
 * granted; connects nowhere. The account is the config's user at localhost where there is a socket,
 * at any host else. */
void schema_grants(const struct db_settings *settings, struct arena *arena,
                   struct text **statements_out, size_t *count_out);
/* The account that schema_grants() names, as a GRANT names it. */
struct text schema_account(const struct db_settings *settings, struct arena *arena);

#endif

/* Counts through all writes and all syncs between them, and plays each: exhaust_all(). */
#include "exhaust.h"

/* What may be synced between two writes: nobody, one device, or both, in either order. */
static const struct gap {
    size_t count;
    unsigned devices[2];
} GAPS[] = {{0, {0, 0}}, {1, {0, 0}}, {1, {1, 0}}, {2, {0, 1}}, {2, {1, 0}}};

/* With as many writes as the longest only single syncs stand between them: two devices in one gap
 * are covered by the shorter ones. */
#define SINGLE_GAPS ((size_t)3)

/* Histories with refusals are this long at most: there are more of them. */
#define MOST_REFUSED_WRITES 3u

/* Other SQL may come behind every operation of a sync; no sync of this world has more. */
#define MOST_OPERATIONS 24u

/* Histories with other SQL in the middle of a sync have as many writes at most, all by devices. */
#define MOST_MIDDLE_WRITES 2u

struct search {
    struct sim *sim;
    unsigned writes;
    bool sql;
    bool compact;
    struct scenario history;
};

static void add_sync(struct scenario *history, unsigned device, enum step_kind kind)
{
    struct step step = {.kind = kind, .device = device, .dt_ms = 1};

    history_add(history, &step);
}

struct deed {
    unsigned device;
    size_t object;
    enum diff_type type;
};

/* Creates set two fields, updates the first of them: some fields conflict, some do not. */
static struct client_write plain_write(const struct deed *deed, uint32_t value)
{
    return (struct client_write){.type = deed->type,
                                 .fields = deed->type == DIFF_CREATE ? 3u : 1u + (value & 1u),
                                 .value = value};
}

/* Of a tree, or of a leaf, which refers to it from its create on, or from an update. */
static struct client_write keyed_write(const struct deed *deed, uint32_t value)
{
    const unsigned reference = 1u << 4;

    return (struct client_write){.type = deed->type,
                                 .object = deed->object,
                                 .fields =
                                     1u + (deed->type == DIFF_CREATE) * reference +
                                     (deed->type == DIFF_UPDATE && value % 2 == 0) * reference,
                                 .value = value * 2};
}

static void add_write(struct scenario *history, const struct deed *deed, uint32_t value)
{
    struct step step = {.kind = STEP_WRITE, .device = deed->device, .dt_ms = 1};

    step.write =
        history->setup.world == WORLD_KEYED ? keyed_write(deed, value) : plain_write(deed, value);
    history_add(history, &step);
}

/* Each sync in turn goes wrong: its answer is lost, or the phone dies before it keeps its clock. */
static bool play_with_each(struct search *search, enum step_kind accident)
{
    struct scenario *history = &search->history;

    for (size_t i = 0; i < history->count; i++) {
        if (history->steps[i].kind != STEP_SYNC)
            continue;
        history->steps[i].kind = accident;
        if (!sim_play(search->sim, history, NULL))
            return false;
        history->steps[i].kind = STEP_SYNC;
    }
    return true;
}

/* Each write in turn is flawed. */
static bool play_flawed(struct search *search, enum client_flaw flaw)
{
    struct scenario *history = &search->history;

    for (size_t i = 0; i < history->count; i++) {
        struct client_write *write = &history->steps[i].write;

        if (history->steps[i].kind != STEP_WRITE || write->type == DIFF_DELETE)
            continue;
        write->flaw = flaw;
        if (!sim_play(search->sim, history, NULL) || !play_with_each(search, STEP_LOST))
            return false;
        write->flaw = FLAW_NONE;
    }
    return true;
}

/* ---- Other SQL ---- */

/* What it does to the only object; the last one is an operator. */
static const struct sql_deed {
    enum sql_kind kind;
    bool quiet;
} SQL_DEEDS[] = {{SQL_INSERT, false},  {SQL_UPDATE, false}, {SQL_DELETE, false},
                 {SQL_REPLACE, false}, {SQL_UPDATE, true},  {SQL_DELETE, true},
                 {SQL_KINDS, false}};

#define OF_THIS_OWNER 1u /* STEP_RECONCILE and what is quiet: the value of such a step */

static struct step sql_step(const struct sql_deed *deed, uint32_t value)
{
    struct step step = {.kind = deed->kind == SQL_KINDS ? STEP_RECONCILE : STEP_SQL,
                        .dt_ms = 1,
                        .value = OF_THIS_OWNER};

    step.sql = (struct sql_transaction){
        .count = 1,
        .quiet = deed->quiet,
        .writes = {{.kind = deed->kind,
                    .fields = deed->kind == SQL_UPDATE ? 1u + (value & 1u) : 3u,
                    .value = value + 100}},
    };
    return step;
}

static bool play_middle(struct search *search, struct step *step)
{
    struct step plain = *step;
    bool held = true;

    for (size_t deed = 0; deed < ARRAY_LEN(SQL_DEEDS) && held; deed++) {
        if (SQL_DEEDS[deed].quiet || SQL_DEEDS[deed].kind == SQL_KINDS)
            continue;
        step->kind = STEP_MIDDLE;
        step->sql = sql_step(&SQL_DEEDS[deed], 0).sql;
        for (step->nth = 1; step->nth <= MOST_OPERATIONS && held; step->nth++)
            held = sim_play(search->sim, &search->history, NULL);
    }
    if (held)
        *step = plain;
    return held;
}

static bool has_sql(const struct scenario *history)
{
    for (size_t i = 1; i < history->count; i++)
        if (history->steps[i].kind == STEP_SQL || history->steps[i].kind == STEP_RECONCILE)
            return true;
    return false;
}

static bool play_middles(struct search *search)
{
    struct scenario *history = &search->history;

    if (search->writes > MOST_MIDDLE_WRITES || has_sql(history))
        return true;
    for (size_t i = 0; i < history->count; i++)
        if (history->steps[i].kind == STEP_SYNC && !play_middle(search, &history->steps[i]))
            return false;
    return true;
}

/* ---- Compaction ---- */

/* All that there is at that moment: its diffs, one of them, its deletes, too. */
static const uint32_t COMPACTIONS[] = {75, 3, 72};

static bool play_compacted(struct search *search, const struct scenario *plain, size_t at,
                           uint32_t value)
{
    const struct step step = {.kind = STEP_COMPACT, .value = value};
    bool held;

    search->history = (struct scenario){.setup = plain->setup};
    for (size_t i = 0; i < plain->count; i++) {
        if (i == at)
            history_add(&search->history, &step);
        history_add(&search->history, &plain->steps[i]);
    }
    if (at == plain->count)
        history_add(&search->history, &step);
    held = sim_play(search->sim, &search->history, NULL) && play_with_each(search, STEP_LOST) &&
           play_with_each(search, STEP_DIE);
    if (held)
        history_release(&search->history);
    return held;
}

/* Behind each step in turn. */
static bool play_compactions(struct search *search)
{
    struct scenario plain = search->history;

    for (size_t at = 1; at <= plain.count; at++)
        for (size_t i = 0; i < ARRAY_LEN(COMPACTIONS); i++)
            if (plain.steps[at - 1].kind == STEP_SYNC &&
                !play_compacted(search, &plain, at, COMPACTIONS[i])) {
                history_release(&plain);
                return false;
            }
    search->history = plain;
    return true;
}

static bool play_all(struct search *search)
{
    struct scenario *history = &search->history;

    if (!sim_play(search->sim, history, NULL))
        return false;
    if (sim_idle_writes(search->sim) > 0)
        return true;
    if (search->compact)
        return play_compactions(search);
    if (search->sql && !play_middles(search))
        return false;
    return play_with_each(search, STEP_LOST) &&
           (!(history->setup.rules.quarantine || search->sql) ||
            play_with_each(search, STEP_DIE)) &&
           (!history->setup.rules.required ||
            (play_flawed(search, FLAW_WRONG_TYPE) && play_flawed(search, FLAW_LACKS_REQUIRED)));
}

static bool search_writes(struct search *search, unsigned left);

static bool search_gaps(struct search *search, unsigned left)
{
    size_t gaps = search->writes >= 5 ? SINGLE_GAPS : ARRAY_LEN(GAPS);
    size_t before = search->history.count;

    for (size_t g = 0; g < gaps; g++) {
        for (size_t i = 0; i < GAPS[g].count; i++)
            add_sync(&search->history, GAPS[g].devices[i], STEP_SYNC);
        if (!search_writes(search, left))
            return false;
        search->history.count = before;
    }
    return true;
}

/* Could this device do this write, going by its own writes and, after a sync, by anybody's? If it
 * turns out that it could not, the history is one of the shorter ones, and goes no further. */
static bool plausible(const struct scenario *history, const struct deed *deed)
{
    bool own_live = false, any_live = false, synced = false, touched = false;

    for (size_t i = 0; i < history->count; i++) {
        const struct step *step = &history->steps[i];

        if (step->kind == STEP_SYNC && step->device == deed->device)
            synced = true;
        any_live |= step->kind == STEP_SQL;
        if (step->kind != STEP_WRITE || step->write.object != deed->object)
            continue;
        any_live |= step->write.type == DIFF_CREATE;
        if (step->device != deed->device)
            continue;
        touched = true;
        synced = false;
        own_live = step->write.type != DIFF_DELETE;
    }
    if (touched && !synced)
        return own_live == (deed->type != DIFF_CREATE);
    return deed->type == DIFF_CREATE || (synced && any_live);
}

static bool search_writes(struct search *search, unsigned left)
{
    size_t before = search->history.count;

    if (left == 0)
        return play_all(search);
    for (size_t i = 0; i < 2u * DIFF_TYPES * search->history.setup.objects; i++) {
        struct deed deed = {(unsigned)i % 2, i / (2 * DIFF_TYPES),
                            (enum diff_type)(i / 2 % DIFF_TYPES)};

        if (!plausible(&search->history, &deed))
            continue;
        add_write(&search->history, &deed, left);
        if (!search_gaps(search, left - 1))
            return false;
        search->history.count = before;
    }
    for (size_t i = 0; search->sql && i < ARRAY_LEN(SQL_DEEDS); i++) {
        struct step step = sql_step(&SQL_DEEDS[i], left);

        history_add(&search->history, &step);
        if (!search_gaps(search, left - 1))
            return false;
        search->history.count = before;
    }
    return true;
}

/* Begins with what stands in its history; gives it back. */
static bool search_from(struct search *search, struct scenario *failed_out)
{
    bool held;

    search->history.setup.owners = 1;
    search->history.setup.devices = 2;
    search->history.setup.clock_skew_ms = 300000;
    held = search_writes(search, search->writes);
    if (held)
        history_release(&search->history);
    else
        *failed_out = search->history;
    return held;
}

static bool compacts;

void exhaust_compact(bool on)
{
    compacts = on;
}

static void add_turn(struct scenario *history, int64_t turn_ms)
{
    struct step turn = {.kind = STEP_CLOCK, .device = 1, .turn_ms = turn_ms};

    history_add(history, &turn);
}

static bool search_all(struct sim *sim, unsigned writes, const struct setup *setup, int64_t turn_ms,
                       struct scenario *failed_out)
{
    struct search search = {
        .sim = sim, .writes = writes, .compact = compacts, .history.setup = *setup};

    add_turn(&search.history, turn_ms);
    return search_from(&search, failed_out);
}

/* Device 1's clock is ahead or behind: either may win every conflict. */
static const int64_t TURNS_MS[] = {1000, -1000};

bool exhaust_all(struct sim *sim, unsigned writes, struct scenario *failed_out)
{
    /* Nothing is refused; then creates, updates, deletes of the object, one kind or two of them;
     * then what is flawed. */
    static const struct world_rules RULES[] = {
        {.quarantine = false},
        {.quarantine = true, .guarded = 1u << DIFF_CREATE},
        {.quarantine = true, .guarded = 1u << DIFF_UPDATE},
        {.quarantine = true, .guarded = 1u << DIFF_DELETE},
        {.quarantine = true, .guarded = 1u << DIFF_UPDATE | 1u << DIFF_DELETE},
        {.quarantine = true, .guarded = 1u << DIFF_CREATE | 1u << DIFF_DELETE},
        {.quarantine = true, .required = true},
        {.quarantine = true, .required = true, .guarded = 1u << DIFF_CREATE},
        {.quarantine = true, .required = true, .guarded = 1u << DIFF_UPDATE},
    };

    for (size_t r = 0; r < ARRAY_LEN(RULES); r++)
        for (size_t t = 0; t < ARRAY_LEN(TURNS_MS); t++)
            if ((!RULES[r].quarantine || writes <= MOST_REFUSED_WRITES) &&
                !search_all(sim, writes, &(struct setup){.objects = 1, .rules = RULES[r]},
                            TURNS_MS[t], failed_out))
                return false;
    return true;
}

bool exhaust_keyed(struct sim *sim, unsigned writes, struct scenario *failed_out)
{
    /* Careful phones; then any, which refer to what is not there; then trees that are refused, and so
     * with them what refers to them. */
    static const struct setup SETUPS[] = {
        {.careful = true},
        {.rules = {.quarantine = true}},
        {.rules = {.quarantine = true, .guarded = 1u << DIFF_CREATE}},
    };

    for (size_t s = 0; s < ARRAY_LEN(SETUPS); s++)
        for (size_t t = 0; t < ARRAY_LEN(TURNS_MS); t++) {
            struct setup setup = SETUPS[s];

            setup.world = WORLD_KEYED;
            setup.keys = (1u << WORLD_RELATIONS) - 1u;
            setup.objects = 2;
            if (!search_all(sim, writes, &setup, TURNS_MS[t], failed_out))
                return false;
        }
    return true;
}

bool exhaust_sql(struct sim *sim, unsigned writes, struct scenario *failed_out)
{
    const struct sql_deed before = {SQL_INSERT, true};

    /* With a row that was there before any device, or without. */
    for (size_t row = 0; row < 2; row++)
        for (size_t t = 0; t < ARRAY_LEN(TURNS_MS); t++) {
            struct search search = {
                .sim = sim, .writes = writes, .sql = true, .history.setup.objects = 1};
            struct step step = sql_step(&before, 0);

            if (row == 1)
                history_add(&search.history, &step);
            add_turn(&search.history, TURNS_MS[t]);
            if (!search_from(&search, failed_out))
                return false;
        }
    return true;
}

/* Histories made from a seed, written and read as text, and made smaller while they still fail. */
#include "history.h"

static const char *const KINDS[STEP_KINDS] = {
    [STEP_WRITE] = "write",       [STEP_SYNC] = "sync",       [STEP_LOST] = "lost",
    [STEP_TWICE] = "twice",       [STEP_DIE] = "die",         [STEP_STALE] = "stale",
    [STEP_CLOCK] = "clock",       [STEP_FAULT] = "fault",     [STEP_REINSTALL] = "reinstall",
    [STEP_OPERATOR] = "operator", [STEP_SQL] = "sql",         [STEP_RECONCILE] = "reconcile",
    [STEP_MIDDLE] = "middle",     [STEP_COMPACT] = "compact",
};

void history_add(struct scenario *history, const struct step *step)
{
    history->steps = realloc_or_die(history->steps, (history->count + 1) * sizeof(*history->steps));
    history->steps[history->count++] = *step;
}

void history_release(struct scenario *history)
{
    free(history->steps);
    history->steps = NULL;
    history->count = 0;
}

/* ---- Made up from a seed ---- */

/* How often each kind comes, out of their sum. */
static const unsigned WEIGHTS[STEP_KINDS] = {
    [STEP_WRITE] = 50, [STEP_SYNC] = 34, [STEP_LOST] = 8,      [STEP_TWICE] = 2, [STEP_DIE] = 5,
    [STEP_STALE] = 1,  [STEP_CLOCK] = 2, [STEP_REINSTALL] = 1, [STEP_FAULT] = 4,
};

static enum step_kind random_kind(struct random *random, bool faults)
{
    unsigned sum = 0, at;
    enum step_kind kind = STEP_WRITE;

    for (size_t i = 0; i < STEP_KINDS; i++)
        sum += WEIGHTS[i];
    at = random_below(random, sum);
    while (at >= WEIGHTS[kind])
        at -= WEIGHTS[kind++];
    return kind == STEP_FAULT && !faults ? STEP_SYNC : kind;
}

static struct client_write random_write(struct random *random, const struct setup *setup)
{
    static const enum diff_type TYPES[] = {DIFF_CREATE, DIFF_CREATE, DIFF_UPDATE,
                                           DIFF_UPDATE, DIFF_UPDATE, DIFF_DELETE};
    struct client_write write = {
        .type = TYPES[random_below(random, ARRAY_LEN(TYPES))],
        .object = random_below(random, setup->objects),
        .fields = random_below(random, 1u << WORLD_FIELDS),
        .value = random_below(random, 1000),
        .blind = random_one(random, 12),
    };

    if (random_one(random, 6))
        write.nulls = random_below(random, 1u << WORLD_FIELDS);
    return write;
}

static struct step random_step(struct random *random, const struct setup *setup, bool faults)
{
    static const int64_t PAUSES_MS[] = {0, 0, 1, 1, 2, 7, 1000};
    static const enum rc FAULTS[] = {RC_RETRY, RC_UNCERTAIN, RC_FATAL};
    struct step step = {
        .kind = random_kind(random, faults),
        .device = random_below(random, setup->owners * setup->devices),
        .dt_ms = PAUSES_MS[random_below(random, ARRAY_LEN(PAUSES_MS))],
        .value = random_below(random, UINT32_MAX),
    };

    if (step.kind == STEP_WRITE)
        step.write = random_write(random, setup);
    if (step.kind == STEP_CLOCK)
        step.turn_ms = (int64_t)random_below(random, 1200000) - 600000;
    if (step.kind == STEP_FAULT) {
        step.nth = 1 + random_below(random, 14);
        step.rc = FAULTS[random_below(random, ARRAY_LEN(FAULTS))];
    }
    return step;
}

/* Refusals come from random numbers of their own: a world without them is the same as ever. */
static struct world_rules random_rules(struct random *random)
{
    struct world_rules rules = {.quarantine = random_one(random, 2)};

    if (!rules.quarantine)
        return rules;
    rules.strict = !random_one(random, 3);
    rules.required = random_one(random, 4);
    if (random_one(random, 8))
        rules.guarded = random_below(random, 1u << (DIFF_TYPES * WORLD_OBJECTS)) &
                        random_below(random, 1u << (DIFF_TYPES * WORLD_OBJECTS)) &
                        random_below(random, 1u << (DIFF_TYPES * WORLD_OBJECTS));
    if (random_one(random, 40))
        rules.denied = 1u << random_below(random, WORLD_DENIALS);
    return rules;
}

static void spoil(struct step *step, struct random *random)
{
    if (random_one(random, 40))
        step->kind = STEP_OPERATOR;
    if (step->kind != STEP_WRITE || !random_one(random, 40))
        return;
    step->write.flaw = (enum client_flaw)random_below(random, FLAW_KINDS);
    if (step->write.flaw == FLAW_NONE)
        step->write.object = WORLD_GHOST;
}

/* The app repairs at once what it wrote. */
static void repair(struct scenario *history, const struct step *spoiled, struct random *random)
{
    struct step step = *spoiled;

    if (spoiled->kind != STEP_WRITE || !random_one(random, 2) ||
        (spoiled->write.flaw != FLAW_WRONG_TYPE && spoiled->write.flaw != FLAW_LACKS_REQUIRED))
        return;
    step.dt_ms = 1;
    step.write.type = random_one(random, 4) ? DIFF_DELETE : DIFF_UPDATE;
    step.write.fields |= 1u << random_below(random, (uint32_t)WORLD_FIELDS) | 1u;
    step.write.nulls = 0;
    step.write.blind = false;
    step.write.flaw = FLAW_NONE;
    if (random_one(random, 3))
        step.write.value = 28; /* which strict tables refuse */
    history_add(history, &step);
}

void history_move(struct scenario *history, enum world_kind world)
{
    struct setup *setup = &history->setup;

    setup->world = world;
    setup->careful = world == WORLD_KEYED && !setup->rules.quarantine;
    if (world == WORLD_KEYED)
        setup->keys = (1u << WORLD_RELATIONS) - 1u; /* references are foreign keys */
}

void history_random(struct scenario *history, uint64_t seed, size_t steps, bool faults)
{
    struct random random = {seed}, refusals = {~seed}, worlds = {seed ^ 0x5DEECE66D};

    *history = (struct scenario){0};
    history->setup = (struct setup){
        .owners = random_one(&random, 4) ? 2 : 1,
        .devices = 2 + random_below(&random, 3),
        .objects = 1 + random_below(&random, (uint32_t)WORLD_OBJECTS),
        .keys = random_one(&random, 3) ? 0 : random_below(&random, 1u << WORLD_RELATIONS),
        .shuffles = random_one(&random, 2),
        .clock_skew_ms = random_one(&random, 2) ? 300000 : 5,
        .rules = random_rules(&refusals),
    };
    if (random_one(&worlds, 4))
        history_move(history, WORLD_KEYED);
    if (steps == 0)
        steps = 10 + random_below(&random, 120);
    for (size_t i = 0; i < steps; i++) {
        struct step step = random_step(&random, &history->setup, faults);

        if (history->setup.rules.quarantine)
            spoil(&step, &refusals);
        history_add(history, &step);
        repair(history, &step, &refusals);
    }
}

static struct step sql_step(struct random *random, const struct setup *setup)
{
    struct step step = {.kind = random_one(random, 25) ? STEP_RECONCILE : STEP_SQL,
                        .device = random_below(random, setup->owners * setup->devices),
                        .dt_ms = random_below(random, 3),
                        .value = random_below(random, UINT32_MAX)};

    if (step.kind == STEP_SQL)
        step.sql = sql_random(random, setup->objects, setup->owners);
    return step;
}

void history_add_sql(struct scenario *history, uint64_t seed)
{
    struct random random = {seed ^ 0xB5297A4D};
    struct scenario plain = *history;
    const unsigned often = 1 + random_below(&random, 8);

    history->steps = NULL;
    history->count = 0;
    for (unsigned rows = random_below(&random, 5); rows > 0; rows--) {
        struct step step = sql_step(&random, &plain.setup);

        history_add(history, &step);
    }
    for (size_t i = 0; i < plain.count; i++) {
        struct step step = sql_step(&random, &plain.setup);

        if (random_below(&random, 16) < often)
            history_add(history, &step);
        if (plain.steps[i].kind == STEP_SYNC && random_one(&random, 4)) {
            plain.steps[i].kind = STEP_MIDDLE;
            plain.steps[i].nth = 1 + random_below(&random, 30);
            plain.steps[i].sql = sql_random(&random, plain.setup.objects, plain.setup.owners);
            plain.steps[i].sql.count = 1;
            plain.steps[i].sql.rolls_back = plain.steps[i].sql.quiet = false;
        }
        history_add(history, &plain.steps[i]);
    }
    free(plain.steps);
}

void history_add_compaction(struct scenario *history, uint64_t seed)
{
    struct random random = {seed ^ 0x2545F491};
    struct scenario plain = *history;
    const unsigned often = 1 + random_below(&random, 12);

    history->steps = NULL;
    history->count = 0;
    for (size_t i = 0; i < plain.count; i++) {
        const struct step step = {.kind = STEP_COMPACT,
                                  .device = plain.steps[i].device,
                                  .value = random_below(&random, UINT32_MAX)};

        if (random_below(&random, 32) < often)
            history_add(history, &step);
        /* What a summary cannot verify is told again: how much that is, is the server's choice. */
        plain.steps[i].sql.quiet = false;
        if (plain.steps[i].kind == STEP_RECONCILE)
            plain.steps[i].kind = STEP_SYNC;
        history_add(history, &plain.steps[i]);
    }
    free(plain.steps);
}

/* ---- Written down ---- */

void step_write(const struct step *step, FILE *out)
{
    const struct client_write *w = &step->write;

    fprintf(out, "%s device=%u dt=%lld value=%u", KINDS[step->kind], step->device,
            (long long)step->dt_ms, step->value);
    if (step->kind == STEP_WRITE)
        fprintf(out, " type=%d object=%zu fields=%u nulls=%u content=%u blind=%d", (int)w->type,
                w->object, w->fields, w->nulls, w->value, w->blind);
    if (step->kind == STEP_WRITE && w->flaw != FLAW_NONE)
        fprintf(out, " flaw=%d", (int)w->flaw);
    if (step->kind == STEP_CLOCK)
        fprintf(out, " turn=%lld", (long long)step->turn_ms);
    if (step->kind == STEP_FAULT)
        fprintf(out, " nth=%u rc=%d", step->nth, (int)step->rc);
    if (step->kind == STEP_MIDDLE)
        fprintf(out, " nth=%u", step->nth);
    if (step->kind == STEP_SQL || step->kind == STEP_MIDDLE)
        sql_print(&step->sql, out);
    fputc('\n', out);
}

void history_write(const struct scenario *history, FILE *out)
{
    const struct setup *s = &history->setup;

    fprintf(out, "setup owners=%u devices=%u objects=%u keys=%u shuffles=%d clock_skew=%lld",
            s->owners, s->devices, s->objects, s->keys, s->shuffles, (long long)s->clock_skew_ms);
    if (s->world != WORLD_PLAIN)
        fprintf(out, " world=%d careful=%d", (int)s->world, s->careful);
    if (s->rules.quarantine)
        fprintf(out, " quarantine=1 strict=%d required=%d denied=%u guarded=%u", s->rules.strict,
                s->rules.required, s->rules.denied, s->rules.guarded);
    fputc('\n', out);
    for (size_t i = 0; i < history->count; i++)
        step_write(&history->steps[i], out);
}

/* The number behind " name=" in the line, or 0. */
static long long number_of(const char *line, const char *name)
{
    char key[32];
    const char *at;

    snprintf(key, sizeof(key), " %s=", name);
    at = strstr(line, key);
    return at == NULL ? 0 : strtoll(at + strlen(key), NULL, 10);
}

static bool read_step(const char *line, struct step *step_out)
{
    size_t word = strcspn(line, " \n");
    size_t kind = 0;

    while (kind < STEP_KINDS &&
           (strlen(KINDS[kind]) != word || strncmp(line, KINDS[kind], word) != 0))
        kind++;
    if (kind == STEP_KINDS)
        return false;
    *step_out = (struct step){
        .kind = (enum step_kind)kind,
        .device = (unsigned)number_of(line, "device"),
        .dt_ms = number_of(line, "dt"),
        .value = (uint32_t)number_of(line, "value"),
        .write = {.type = (enum diff_type)number_of(line, "type"),
                  .object = (size_t)number_of(line, "object") % WORLD_PLACES,
                  .fields = (unsigned)number_of(line, "fields"),
                  .nulls = (unsigned)number_of(line, "nulls"),
                  .value = (uint32_t)number_of(line, "content"),
                  .blind = number_of(line, "blind") != 0,
                  .flaw = (enum client_flaw)number_of(line, "flaw")},
        .turn_ms = number_of(line, "turn"),
        .nth = (unsigned)number_of(line, "nth"),
        .rc = (enum rc)number_of(line, "rc"),
    };
    return step_out->write.type < DIFF_TYPES && step_out->write.flaw < FLAW_KINDS &&
           sql_read(line, &step_out->sql);
}

static bool read_line(struct scenario *history, const char *line)
{
    struct step step;

    if (line[0] == '#' || line[0] == '\n')
        return true;
    if (strncmp(line, "setup ", 6) == 0) {
        history->setup = (struct setup){
            .world = (enum world_kind)(number_of(line, "world") % WORLD_KINDS),
            .careful = number_of(line, "careful") != 0,
            .owners = (unsigned)number_of(line, "owners"),
            .devices = (unsigned)number_of(line, "devices"),
            .objects = (unsigned)number_of(line, "objects"),
            .keys = (unsigned)number_of(line, "keys"),
            .shuffles = number_of(line, "shuffles") != 0,
            .clock_skew_ms = number_of(line, "clock_skew"),
            .rules = {.quarantine = number_of(line, "quarantine") != 0,
                      .strict = number_of(line, "strict") != 0,
                      .required = number_of(line, "required") != 0,
                      .denied = (unsigned)number_of(line, "denied"),
                      .guarded = (unsigned)number_of(line, "guarded")},
        };
        return true;
    }
    if (!read_step(line, &step) || step.device >= history->setup.owners * history->setup.devices)
        return false;
    history_add(history, &step);
    return true;
}

bool history_read(struct scenario *history, FILE *in)
{
    char line[512];

    *history = (struct scenario){0};
    while (fgets(line, sizeof(line), in) != NULL)
        if (!read_line(history, line)) {
            fprintf(stderr, "not a step: %s", line);
            history_release(history);
            return false;
        }
    return true;
}

/* ---- Made smaller ---- */

struct shrinker {
    struct scenario *history;
    bool (*fails)(void *context, const struct scenario *history);
    void *context;
};

static bool still_fails(const struct shrinker *shrinker, const struct scenario *smaller)
{
    return shrinker->fails(shrinker->context, smaller);
}

static bool try_without(const struct shrinker *shrinker, size_t at, size_t count)
{
    struct scenario *history = shrinker->history;
    struct scenario smaller = {.setup = history->setup};

    for (size_t i = 0; i < history->count; i++)
        if (i < at || i >= at + count)
            history_add(&smaller, &history->steps[i]);
    if (!still_fails(shrinker, &smaller)) {
        free(smaller.steps);
        return false;
    }
    free(history->steps);
    history->steps = smaller.steps;
    history->count = smaller.count;
    return true;
}

static bool drop_steps(const struct shrinker *shrinker)
{
    bool dropped = false;

    for (size_t size = shrinker->history->count; size > 0; size /= 2)
        for (size_t at = 0; at < shrinker->history->count;) {
            if (try_without(shrinker, at, size))
                dropped = true;
            else
                at += size;
        }
    return dropped;
}

/* Each makes one thing of a step simpler; false if it was simple already. */
static bool simplify_kind(struct step *step)
{
    bool changes = step->kind != STEP_WRITE && step->kind != STEP_SYNC;

    if (changes)
        step->kind = STEP_SYNC;
    return changes;
}

static bool simplify_time(struct step *step)
{
    bool changes = step->dt_ms != 1;

    step->dt_ms = 1;
    return changes;
}

static bool simplify_fields(struct step *step)
{
    bool changes = step->write.fields != 0;

    step->write.fields &= step->write.fields - 1u;
    return changes;
}

static bool simplify_write(struct step *step)
{
    bool changes = step->write.nulls != 0 || step->write.blind || step->write.flaw != FLAW_NONE;

    step->write.nulls = 0;
    step->write.blind = false;
    step->write.flaw = FLAW_NONE;
    return changes;
}

static bool simplify_content(struct step *step)
{
    bool changes = step->write.value > 1 || step->write.object != 0;

    step->write.value = 1;
    step->write.object = 0;
    return changes;
}

static bool simplify_sql(struct step *step)
{
    bool changes = step->kind == STEP_SQL && step->sql.count > 1;

    step->sql.count -= changes;
    return changes;
}

static bool simplify_sql_fields(struct step *step)
{
    struct sql_write *write = &step->sql.writes[0];
    bool changes = step->kind == STEP_SQL && (write->fields != 0 || write->nulls != 0);

    write->fields &= write->fields - 1u;
    write->nulls = 0;
    return changes;
}

static bool simplify_quiet(struct step *step)
{
    bool changes = step->kind == STEP_SQL && (step->sql.quiet || step->sql.rolls_back);

    step->sql.quiet = step->sql.rolls_back = false;
    return changes;
}

static bool simplify_turn(struct step *step)
{
    bool changes = step->turn_ms < -10 || step->turn_ms > 10;

    step->turn_ms = step->turn_ms < 0 ? -10 : 10;
    return changes;
}

static bool simplify_step(const struct shrinker *shrinker, struct step *step,
                          bool (*way)(struct step *step))
{
    struct step before = *step;

    if (!way(step))
        return false;
    if (still_fails(shrinker, shrinker->history))
        return true;
    *step = before;
    return false;
}

static bool simplify(const struct shrinker *shrinker)
{
    static bool (*const WAYS[])(struct step *) = {
        simplify_kind, simplify_time, simplify_fields,     simplify_write, simplify_content,
        simplify_turn, simplify_sql,  simplify_sql_fields, simplify_quiet};
    bool simpler = false;

    for (size_t i = 0; i < shrinker->history->count; i++)
        for (size_t way = 0; way < ARRAY_LEN(WAYS); way++)
            simpler |= simplify_step(shrinker, &shrinker->history->steps[i], WAYS[way]);
    return simpler;
}

static void no_keys(struct setup *setup)
{
    setup->keys = setup->world == WORLD_KEYED ? setup->keys : 0;
}

static void no_shuffling(struct setup *setup)
{
    setup->shuffles = false;
}

static void not_strict(struct setup *setup)
{
    setup->rules.strict = false;
}

static void nothing_required(struct setup *setup)
{
    setup->rules.required = false;
}

static void nothing_denied(struct setup *setup)
{
    setup->rules.denied = 0;
}

static void nothing_guarded(struct setup *setup)
{
    setup->rules.guarded = 0;
}

static void simplify_setup(const struct shrinker *shrinker)
{
    static void (*const WAYS[])(struct setup *) = {
        no_keys, no_shuffling, not_strict, nothing_required, nothing_denied, nothing_guarded};

    for (size_t way = 0; way < ARRAY_LEN(WAYS); way++) {
        struct setup before = shrinker->history->setup;

        WAYS[way](&shrinker->history->setup);
        if (!still_fails(shrinker, shrinker->history))
            shrinker->history->setup = before;
    }
}

void history_shrink(struct scenario *history, bool (*fails)(void *context, const struct scenario *),
                    void *context)
{
    struct shrinker shrinker = {history, fails, context};
    unsigned rounds = 0;

    simplify_setup(&shrinker);
    while (drop_steps(&shrinker) | simplify(&shrinker))
        if (++rounds == 20)
            break;
}

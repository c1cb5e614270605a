/* Histories of phones against the engine, judged by the oracle as in tests/property, but led by
 * what they reach instead of by chance.
 *
 * Input: the setup, then a few bytes for each step. A history that fails is printed as
 * `test_property --replay` reads it. */
#include "history.h"

#include "fuzz.h"
#include "memory_server.h"
#include "sim.h"

#define MAX_BYTES ((size_t)1024)

static unsigned take_word(struct fuzz_bytes *bytes)
{
    unsigned high = fuzz_byte(bytes);

    return high << 8 | fuzz_byte(bytes);
}

static struct setup take_setup(struct fuzz_bytes *bytes)
{
    unsigned flags = fuzz_byte(bytes);
    struct setup setup = {
        .owners = 1,
        .devices = 2 + fuzz_below(bytes, 2),
        .objects = 1 + fuzz_below(bytes, (unsigned)WORLD_OBJECTS),
        .keys = fuzz_below(bytes, 1u << WORLD_RELATIONS),
        .shuffles = (flags & 1) != 0,
        .clock_skew_ms = (flags & 2) != 0 ? 300000 : 5,
        .rules = {.quarantine = (flags & 4) != 0},
    };

    if (!setup.rules.quarantine)
        return setup;
    setup.rules.strict = (flags & 8) != 0;
    setup.rules.required = (flags & 16) != 0;
    if ((flags & 32) != 0)
        setup.rules.guarded = take_word(bytes) % (1u << (DIFF_TYPES * WORLD_OBJECTS));
    if ((flags & 64) != 0)
        setup.rules.denied = 1u << fuzz_below(bytes, WORLD_DENIALS);
    return setup;
}

static struct client_write take_write(struct fuzz_bytes *bytes, const struct setup *setup)
{
    unsigned shape = take_word(bytes);
    struct client_write write = {
        .type = (enum diff_type)fuzz_below(bytes, DIFF_TYPES),
        .object = fuzz_below(bytes, (unsigned)setup->objects),
        .fields = shape & 31,
        .nulls = (shape & 0xC000) == 0xC000 ? shape >> 5 & 31 : 0,
        .value = fuzz_byte(bytes),
        .blind = (shape & 0x3000) == 0x3000,
    };

    if (setup->rules.quarantine && (shape & 0xC00) == 0xC00)
        write.flaw = (enum client_flaw)fuzz_below(bytes, FLAW_KINDS);
    return write;
}

static struct step take_step(struct fuzz_bytes *bytes, const struct setup *setup)
{
    static const enum step_kind KINDS[] = {STEP_WRITE, STEP_WRITE, STEP_WRITE,     STEP_WRITE,
                                           STEP_SYNC,  STEP_SYNC,  STEP_SYNC,      STEP_LOST,
                                           STEP_LOST,  STEP_DIE,   STEP_TWICE,     STEP_STALE,
                                           STEP_CLOCK, STEP_FAULT, STEP_REINSTALL, STEP_OPERATOR};
    static const int64_t PAUSES_MS[] = {0, 1, 2, 1000};
    static const enum rc FAULTS[] = {RC_RETRY, RC_UNCERTAIN, RC_FATAL};
    unsigned what = fuzz_byte(bytes);
    struct step step = {
        .kind = KINDS[what % ARRAY_LEN(KINDS)],
        .dt_ms = PAUSES_MS[what >> 4 & 3],
        .device = fuzz_below(bytes, setup->owners * setup->devices),
    };

    if (step.kind == STEP_WRITE)
        step.write = take_write(bytes, setup);
    else
        step.value = take_word(bytes);
    if (step.kind == STEP_CLOCK)
        step.turn_ms = (int64_t)take_word(bytes) * 20 - 600000;
    if (step.kind == STEP_FAULT) {
        step.nth = 1 + fuzz_below(bytes, 14);
        step.rc = FAULTS[fuzz_below(bytes, ARRAY_LEN(FAULTS))];
    }
    return step;
}

static struct sim *sim;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    sim = sim_new(memory_server_new(), false);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct scenario history = {0};

    if (size > MAX_BYTES)
        return 0;
    history.setup = take_setup(&bytes);
    while (bytes.left > 0) {
        struct step step = take_step(&bytes, &history.setup);

        history_add(&history, &step);
    }
    if (!sim_play(sim, &history, NULL)) {
        history_write(&history, stderr);
        fprintf(stderr, "%s\n", sim_violation(sim));
        fuzz_break("the engine does what the oracle says");
    }
    history_release(&history);
    return 0;
}

/* Reasons by name and in a sentence: a table. */
#include "explain.h"

#include "parts.h"

static const struct {
    const char *name;
    const char *sentence;
} REASONS[EXPLAIN_REASONS] = {
    [EXPLAIN_SENT] = {"sent", "it is sent this"},
    [EXPLAIN_AHEAD] = {"ahead",
                       "it gets 409 INVALID_CLOCK and nothing else: its clock is ahead of the "
                       "server's, as after a restore from an older backup; reset the device to "
                       "clock 0"},
    [EXPLAIN_TOO_OLD] =
        {"too_old",
         "it starts from scratch if its request says \"reset\": true, otherwise it gets 409 "
         "INVALID_CLOCK: it was away for longer than deletes are remembered "
         "(history.deletes)"},
    [EXPLAIN_NO_DIFF] = {"no_diff",
                         "nothing: no stored diff tells of the object; a row that other SQL made "
                         "comes with the owner's next sync, or after 'mobync reconcile' if no "
                         "trigger noted it"},
    [EXPLAIN_SEEN] = {"seen",
                      "nothing: all stored diffs about it lie before this clock, so the device has "
                      "been told of them; if it holds something else, reset it to clock 0"},
    [EXPLAIN_CANCELLED] = {"cancelled", "nothing: it was created and deleted since this clock"},
    [EXPLAIN_GONE] = {"gone", "nothing: it is deleted, and this device never had it"},
    [EXPLAIN_ROW_GONE] = {"row_gone",
                          "nothing: other SQL has removed the row; the delete comes with the "
                          "owner's next sync, or after 'mobync reconcile' if no trigger noted it"},
    [EXPLAIN_NO_CHANGE] = {"no_change",
                           "nothing: the diffs since this clock leave nothing to be told"},
};

const char *explain_reason_name(enum explain_reason reason)
{
    return REASONS[reason].name;
}

const char *explain_reason_sentence(enum explain_reason reason)
{
    return REASONS[reason].sentence;
}

enum rc explain_unknown_owner(struct text owner, struct fail *fail)
{
    return fail_reject(fail, FAIL_NOT_FOUND,
                       "no such owner: nobody has ever sent a diff as '%.*s' (case counts)",
                       TEXT_ARG(owner));
}

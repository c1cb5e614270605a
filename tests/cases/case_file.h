/* case_file.h: a story in its compact notation, read into the JSON that case.c runs.
 * Format:  one thing a line; a blank line is skipped, and so is a comment (#).
 *            config KEY VALUE          stamp_owner, ignore_unknown_fields, quarantine, max_diffs
 *            sql STATEMENT             run before, on MariaDB alone
 *            > OWNER CLOCK [OPTION…]   a request of that owner (- for nobody), its diffs below:
 *              ID TYPE MODEL @[CLOCK:]TIME [owner=OWNER] JSON_DATA
 *              sql TYPE MODEL …        with the id that the server derives for other SQL's change
 *              row create MODEL …      with the id that the server derives for that row
 *              diff JSON               a diff as it stands, however broken
 *            > OWNER [OPTION…] body JSON | raw TEXT | hex DIGITS
 *            < CLOCK [message=TEXT] [reset=true]   the response: 200, that clock, and the diffs
 *              below; or
 *              rejected ID CODE [field=FIELD] [message=TEXT]
 *            < STATUS CODE [diff=ID] [field=FIELD] [message=TEXT]
 *            < status STATUS           only the status is compared
 *            < 409 INVALID_CLOCK restart=CLOCK|none   … with or without a restart_clock, and a
 *            lineage restored                  mobync restored, before the next request
 *            ! OWNER OP MODEL ID [FIELDS]   other SQL before the next request, noted by triggers:
 *                                      insert, update or delete
 *            ! sql STATEMENT           any other statement, on MariaDB alone
 *            ! reconcile               mobync reconcile, before the next request
 *            = MODEL ID {FIELDS}       the row afterwards, or none
 *          Options: token, lineage (in the body; @N stands for the Nth lineage that the story has
 *          met, from 0) and reset=true (in the body; of a response, too), method, path,
 *          content_type, authorization; OPTION=VALUE.
 *          A word that is not plain is a JSON string. A diff's clock and owner are those of the
 *          request unless given. In a response * stands for any value.
 * Fails:   NULL, after "FILE:LINE: what is wrong" on standard output. */
#ifndef MOBYNC_TEST_CASE_FILE_H
#define MOBYNC_TEST_CASE_FILE_H

#include <json-c/json.h>

/* {"config", "steps": [{"request", "status", "answer", "rows"}]}; the caller puts it. */
struct json_object *case_file_read(const char *path);

#endif

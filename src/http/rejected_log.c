/* A line for every diff that was refused now: what was resent has had its line. Entry:
 * rejected_log(). */
#include "rejected_log.h"

#include "log.h"

void rejected_log(const struct sync_answer *answer, struct http_facts *facts)
{
    facts->rejected = answer->rejected_new;
    for (size_t i = 0; i < answer->rejected_new; i++) {
        const struct reject *reject = &answer->rejected[i];
        struct log_record record;

        facts->counts.rejected[reject->code]++;
        log_begin(&record, LOG_LEVEL_WARN, "diff refused and kept");
        log_add_owner(&record, reject->owner);
        log_add(&record, "diff_id", reject->id);
        log_add(&record, "code", text_of(fail_code_name(reject->code)));
        if (reject->field.len > 0)
            log_add(&record, "field", reject->field);
        log_add(&record, "reason", reject->detail.len > 0 ? reject->detail : reject->message);
        log_end(&record);
    }
}

/* From poke.webhook of the config to webhook.h: notifier_start(). */
#include "notifier.h"

#include "log.h"
#include "settings.h"
#include "webhook.h"

bool notifier_is_wanted(const struct config *config)
{
    return config->poke_webhook.len > 0;
}

struct webhook *notifier_start(const struct config *config, const struct poke_pipe *pipe)
{
    const struct webhook_settings settings = {
        .url = config->poke_webhook.ptr,
        .key = config->poke_webhook_key,
        .version = MOBYNC_VERSION,
        .pipe = pipe,
    };
    struct fail fail = {0};
    struct webhook *webhook;

    settings_forget_secrets(config);
    webhook = webhook_new(&settings, &fail);
    if (webhook == NULL)
        log_error("cannot call the webhook: %s", fail_reason(&fail));
    return webhook;
}

void notifier_step(struct webhook *webhook, struct serve_step *step_out)
{
    struct webhook_report report;

    webhook_step(webhook, &report);
    *step_out = (struct serve_step){
        .more = {.webhook_calls = report.calls,
                 .webhook_failures = report.failures,
                 .webhook_lost = report.lost},
        .waiting = report.waiting,
    };
}

/* Writes all data as one text, in one order. */
#include "memory_dump.h"

#include <stdlib.h>

#include "json_write.h"

static void dump_text(struct buf *buf, struct text t)
{
    buf_add_char(buf, ' ');
    json_write_string(buf, t);
}

static void dump_rows(struct buf *buf, const struct model *model, const struct memory_map *rows)
{
    struct memory_node **nodes = memory_map_sorted(rows);

    for (size_t i = 0; i < rows->count; i++) {
        const struct stored_row *row = nodes[i]->ptr;

        buf_add_str(buf, row->deleted ? "deleted" : "row");
        dump_text(buf, model->name);
        dump_text(buf, nodes[i]->key);
        for (size_t field = 0; field < row->value_count; field++) {
            buf_add_char(buf, ' ');
            buf_add_text(buf, row->values[field].json);
        }
        buf_add_char(buf, '\n');
    }
    free(nodes);
}

static void dump_diffs(struct buf *buf, const struct memory_owner *owner)
{
    for (size_t i = 0; i < owner->diff_count; i++) {
        const struct diff *diff = &owner->diffs[i]->diff;

        buf_printf(buf, "diff %lld %lld %s", (long long)diff->clock, (long long)diff->time_ms,
                   diff_type_name(diff->type));
        dump_text(buf, diff->id);
        dump_text(buf, diff->model->name);
        dump_text(buf, diff->json_data);
        dump_text(buf, diff->field_times);
        buf_add_char(buf, '\n');
    }
}

static void dump_summaries(struct buf *buf, const struct model *model,
                           const struct memory_map *summaries)
{
    struct memory_node **nodes = memory_map_sorted(summaries);

    for (size_t i = 0; i < summaries->count; i++) {
        const struct stored_summary *stored = nodes[i]->ptr;
        const struct summary *summary = &stored->summary;

        buf_printf(buf, "summary %lld %lld %lld %lld %lld %lld", (long long)summary->first_clock,
                   (long long)summary->created_clock, (long long)summary->created_ms,
                   (long long)summary->deleted_clock, (long long)summary->deleted_ms,
                   (long long)summary->last_clock);
        dump_text(buf, model->name);
        dump_text(buf, nodes[i]->key);
        dump_text(buf, stored->fields);
        buf_add_char(buf, '\n');
    }
    free(nodes);
}

static void dump_entries(struct buf *buf, const struct memory_owner *owner)
{
    for (size_t i = 0; i < owner->entry_count; i++) {
        const struct memory_entry *entry = owner->entries[i];

        buf_printf(buf, "change %d %d %d %llx %lld", (int)entry->op, entry->own, entry->all_fields,
                   (unsigned long long)entry->fields, (long long)entry->time_ms);
        dump_text(buf, entry->model->name);
        dump_text(buf, entry->object_id);
        buf_add_char(buf, '\n');
    }
}

static void dump_known(struct buf *buf, const struct memory_map *known)
{
    struct memory_node **nodes = memory_map_sorted(known);

    for (size_t i = 0; i < known->count; i++) {
        buf_printf(buf, "known %lld", (long long)nodes[i]->number);
        dump_text(buf, nodes[i]->key);
        buf_add_char(buf, '\n');
    }
    free(nodes);
}

static void dump_rejects(struct buf *buf, const struct memory_map *rejects)
{
    struct memory_node **nodes = memory_map_sorted(rejects);

    for (size_t i = 0; i < rejects->count; i++) {
        const struct stored_reject *stored = nodes[i]->ptr;
        const struct reject *reject = &stored->reject;

        buf_printf(buf, "rejected %lld", (long long)reject->clock);
        dump_text(buf, nodes[i]->key);
        if (stored->kept) {
            buf_printf(buf, " %lld %s", (long long)reject->time_ms, fail_code_name(reject->code));
            dump_text(buf, reject->request_id);
            dump_text(buf, reject->message);
            dump_text(buf, reject->field);
            dump_text(buf, reject->detail);
            dump_text(buf, reject->diff);
        }
        buf_add_char(buf, '\n');
    }
    free(nodes);
}

/* An owner of whom nothing is kept is not told from one who never came. */
static bool is_blank(const struct memory_owner *owner)
{
    bool blank = owner->next_clock == 0 && owner->entry_count == 0;

    for (size_t i = 0; i < owner->model_count; i++)
        blank = blank && owner->rows[i].count == 0;
    return blank;
}

void memory_dump(const struct memory *m, struct buf *buf)
{
    struct memory_node **owners = memory_map_sorted(&m->owners);

    for (size_t i = 0; i < m->owners.count; i++) {
        const struct memory_owner *owner = owners[i]->ptr;

        if (is_blank(owner))
            continue;
        buf_add_str(buf, "owner");
        dump_text(buf, owners[i]->key);
        buf_printf(buf, " %lld\n", (long long)owner->next_clock);
        for (size_t f = 0; f < owner->fork_count; f++)
            buf_printf(buf, "fork %lld %lld\n", (long long)owner->forks[f].head,
                       (long long)owner->forks[f].base);
        for (size_t model = 0; model < owner->model_count; model++)
            dump_rows(buf, &m->base.mapping->models[model], &owner->rows[model]);
        if (owner->horizon.compacted_below > 0)
            buf_printf(buf, "horizon %lld %lld\n", (long long)owner->horizon.compacted_below,
                       (long long)owner->horizon.forgotten_below);
        for (size_t model = 0; model < owner->model_count; model++)
            dump_summaries(buf, &m->base.mapping->models[model], &owner->summaries[model]);
        dump_diffs(buf, owner);
        dump_known(buf, &owner->known);
        dump_entries(buf, owner);
        dump_rejects(buf, &owner->rejects);
    }
    free(owners);
}

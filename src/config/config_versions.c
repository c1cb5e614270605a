/* Versions of the app: their numbers, and which models differ. Entry: config_versions_fill().
 * Invariant: afterwards they are sorted by their numbers. */
#include "config_versions.h"

#include <stdlib.h>

static void check_models_known(const struct config_version_reading *r, const yaml_node_t *models)
{
    for (const yaml_node_pair_t *pair = models->data.mapping.pairs.start;
         pair < models->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_tree_node(r->tree, pair->key);
        const struct text name = yaml_tree_text(key);

        if (mapping_find(&r->config->mapping, name) == NULL)
            diagnostics_add(r->faults, yaml_tree_line(key),
                            "version %lld names the model '%.*s', which is not in models: correct "
                            "its name, or list it under removed",
                            (long long)r->version->number, TEXT_ARG(name));
    }
}

static void read_models(const struct config_version_reading *r, struct version *version,
                        const yaml_node_t *models)
{
    version->models =
        ARENA_ARRAY(&r->config->arena, r->config->mapping.model_count, struct version_model);
    for (const yaml_node_pair_t *pair = models->data.mapping.pairs.start;
         pair < models->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_tree_node(r->tree, pair->key);
        const struct model *model = mapping_find(&r->config->mapping, yaml_tree_text(key));

        if (model == NULL)
            continue;
        if (version_model(version, model->name) != NULL)
            diagnostics_add(r->faults, yaml_tree_line(key),
                            "version %lld has the model '%s' twice: remove one",
                            (long long)version->number, model->name.ptr);
        else
            version->models[version->model_count++] = config_version_model(
                r, model, yaml_tree_place(key, yaml_tree_node(r->tree, pair->value)));
    }
}

static void check_removed(const struct config_version_reading *r, const yaml_node_t *removed)
{
    for (size_t i = 0; i < yaml_tree_count(removed); i++) {
        const struct yaml_place at = yaml_tree_item(r->tree, removed, i);

        if (mapping_find(&r->config->mapping, yaml_tree_text(at.node)) != NULL)
            diagnostics_add(r->faults, at.line,
                            "version %lld lists the model '%.*s' under removed, but it is in "
                            "models: remove it from one of them",
                            (long long)r->version->number, TEXT_ARG(yaml_tree_text(at.node)));
    }
}

static void read_version(struct config *config, struct yaml_tree *tree, struct diagnostics *faults,
                         struct version *version, struct yaml_place at)
{
    const struct config_version_reading reading = {config, tree, faults, version};
    const struct yaml_place models = yaml_tree_get(tree, at.node, "models");

    version->config_line = yaml_tree_get(tree, at.node, "version").line;
    if (models.node != NULL) {
        check_models_known(&reading, models.node);
        read_models(&reading, version, models.node);
    }
    check_removed(&reading, yaml_tree_get(tree, at.node, "removed").node);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct version *left = a, *right = b;

    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return left->config_line < right->config_line ? -1 : 1;
}

static void check_number(const struct versions *versions, size_t i, struct diagnostics *faults)
{
    const struct version *version = &versions->items[i];

    if (i > 0 && version->number == versions->items[i - 1].number)
        diagnostics_add(faults, version->config_line,
                        "version %lld is there twice (first on line %u): remove one",
                        (long long)version->number, versions->items[i - 1].config_line);
    if (version->number >= versions->newest)
        diagnostics_add(faults, version->config_line,
                        "version %lld is not older than newest_version, %lld: what models says is "
                        "the newest",
                        (long long)version->number, (long long)versions->newest);
    if (versions->newest - version->number >= VERSIONS_SPAN)
        diagnostics_add(faults, version->config_line,
                        "version %lld is %lld before the newest: keep versions less than %lld "
                        "apart",
                        (long long)version->number, (long long)(versions->newest - version->number),
                        (long long)VERSIONS_SPAN);
}

static void check_default(const struct versions *versions, struct yaml_tree *tree,
                          struct diagnostics *faults)
{
    const struct version *version;

    if (versions_find(versions, versions->of_silent, &version) &&
        (version == NULL || !version->retired))
        return;
    diagnostics_add(faults, yaml_tree_get(tree, tree->root, "default_version").line,
                    "default_version is %lld, which is not served: name one of versions, or "
                    "newest_version",
                    (long long)versions->of_silent);
}

/* Without any version, the config has one: numbers mean nothing then. */
void config_versions_fill(struct config *config, struct yaml_tree *tree, struct diagnostics *faults)
{
    struct versions *versions = &config->versions;
    const yaml_node_t *list = yaml_tree_get(tree, tree->root, "versions").node;
    const bool any = versions->count > 0 || versions->newest > 0 || versions->of_silent > 0;

    for (size_t i = 0; i < versions->count; i++)
        read_version(config, tree, faults, &versions->items[i], yaml_tree_item(tree, list, i));
    if (versions->count > 1)
        qsort(versions->items, versions->count, sizeof(struct version), compare_numbers);
    if (versions->newest == 0)
        versions->newest =
            versions->count > 0 ? versions->items[versions->count - 1].number + 1 : 1;
    if (versions->of_silent == 0)
        versions->of_silent = versions->newest;
    for (size_t i = 0; i < versions->count; i++)
        check_number(versions, i, faults);
    if (any) {
        check_default(versions, tree, faults);
        config->mapping.versions = versions;
    }
}

/* From a path to a finished config: reads the file, checks it, lets libcyaml load it, fills in the
 * defaults, notes the lines. Entry points: config_load(), config_free(). */
#include "config.h"

#include <stdlib.h>
#include <sys/un.h>

#include "config_check.h"
#include "config_file.h"
#include "config_fill.h"
#include "config_models.h"
#include "config_table.h"
#include "config_versions.h"
#include "fd.h"

/* A thousand models; more is another file named by mistake. */
#define FILE_MAX_BYTES ((size_t)1024 * 1024)

/* Beside the socket of listen; empty where that has no folder, or too long a name. */
static struct text default_control(struct config *config)
{
    const size_t longest = strlen("unix:") + sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    const char *slash = memrchr(config->listen.ptr, '/', config->listen.len);
    struct text control;
    struct buf path;

    if (slash == NULL)
        return (struct text){"", 0};
    buf_init(&path, longest);
    buf_add(&path, config->listen.ptr, (size_t)(slash + 1 - config->listen.ptr));
    buf_add_str(&path, CONFIG_TABLE_CONTROL_FILE);
    control = path.overflow ? TEXT_LITERAL("") : buf_text(&path);
    if (text_equal(control, config->listen))
        control = TEXT_LITERAL("");
    control = arena_text(&config->arena, control);
    buf_release(&path);
    return control;
}

static void note_database_lines(struct config_database *database, struct yaml_tree *tree)
{
    const struct yaml_place at = yaml_tree_get(tree, tree->root, "database");
    const struct {
        const char *key;
        unsigned *line;
    } keys[] = {
        {"socket", &database->socket_line}, {"host", &database->host_line},
        {"hosts", &database->hosts_line},   {"require", &database->require_line},
        {"user", &database->user_line},     {"name", &database->name_line},
        {"tls", &database->tls_line},
    };

    database->config_line = at.line;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct yaml_place key = yaml_tree_get(tree, at.node, keys[i].key);

        *keys[i].line = key.node != NULL ? key.line : at.line;
    }
}

/* A read-only copy is no server to go on with. */
static void finish_hosts(struct config_database *database, struct yaml_tree *tree)
{
    const struct yaml_place at = yaml_tree_get(tree, tree->root, "database");
    const yaml_node_t *hosts = yaml_tree_get(tree, at.node, "hosts").node;

    if (database->host_count > 0 && yaml_tree_get(tree, at.node, "require").node == NULL)
        database->require = CONFIG_REQUIRE_WRITABLE;
    for (size_t i = 0; i < database->host_count; i++)
        database->hosts[i].config_line = yaml_tree_item(tree, hosts, i).line;
}

static void note_jwks_line(struct config_jwt *jwt, struct yaml_tree *tree)
{
    const struct yaml_place auth = yaml_tree_get(tree, tree->root, "auth");
    const struct yaml_place at = yaml_tree_get(tree, auth.node, "jwt");

    jwt->jwks_line = at.node != NULL ? yaml_tree_get(tree, at.node, "jwks_url").line : 0;
}

static void note_socket_lines(struct config *config, struct yaml_tree *tree)
{
    const struct yaml_place control = yaml_tree_get(tree, tree->root, "control");

    config->listen_line = yaml_tree_get(tree, tree->root, "listen").line;
    config->control_line = control.node != NULL ? control.line : config->listen_line;
}

/* libcyaml forgets where it read what; the tree remembers. */
static void note_places(struct config *config, struct yaml_tree *tree)
{
    const yaml_node_t *models = yaml_tree_get(tree, tree->root, "models").node;

    note_socket_lines(config, tree);
    note_database_lines(&config->database, tree);
    note_jwks_line(&config->jwt, tree);
    for (size_t i = 0; i < config->mapping.model_count; i++) {
        struct model *model = &config->mapping.models[i];
        struct yaml_place at = yaml_tree_item(tree, models, i);
        const yaml_node_t *fields = yaml_tree_get(tree, at.node, "fields").node;

        model->index = i;
        model->config_line = at.line;
        for (size_t j = 0; j < model->field_count; j++) {
            model->fields[j].index = j;
            model->fields[j].json_booleans = config->mapping.json_booleans;
            model->fields[j].config_line = yaml_tree_item(tree, fields, j).line;
        }
    }
}

static void load_checked(struct config *config, const struct config_check *check, struct text yaml)
{
    struct config_file file;

    if (config_file_load(&file, check->table, yaml, check->faults)) {
        config_fill(&config->arena, check->table, file.slots, config);
        if (config->control.len == 0)
            config->control = default_control(config);
        note_places(config, check->tree);
        finish_hosts(&config->database, check->tree);
        config_models_fill(config, check->tree);
        config_versions_fill(config, check->tree, check->faults);
    }
    config_file_release(&file);
}

static void load_text(struct config *config, const struct config_key *table, struct text yaml,
                      struct diagnostics *faults)
{
    struct yaml_tree tree;
    struct config_check check = {
        .table = table,
        .tree = &tree,
        .faults = faults,
        .config = config,
    };

    if (!yaml_tree_parse(&tree, yaml, faults))
        return;
    config_check(&check);
    if (!diagnostics_are_fatal(faults))
        load_checked(config, &check, yaml);
    yaml_tree_release(&tree);
}

static void load_file(struct config *config, const struct config_key *table,
                      struct diagnostics *faults)
{
    struct buf buf;
    struct fail fail;

    buf_init(&buf, FILE_MAX_BYTES);
    if (fd_read_file(config->path.ptr, &buf, &fail) == RC_OK)
        load_text(config, table, buf_text(&buf), faults);
    else
        diagnostics_add(faults, 1, "cannot read %s: name another file with -c", fail.message);
    buf_release(&buf);
}

static struct config *load(const char *path, const struct config_key *table, config_report *report,
                           void *context)
{
    struct config *config = alloc_or_die(sizeof(*config));
    struct arena scratch;
    struct diagnostics faults;

    *config = (struct config){.database.password = TEXT_LITERAL("")};
    arena_init(&config->arena);
    config->path = arena_text(&config->arena, text_of(path));
    arena_init(&scratch);
    diagnostics_init(&faults, &scratch);
    load_file(config, table, &faults);
    diagnostics_report(&faults, path, report, context);
    if (diagnostics_are_fatal(&faults)) {
        config_free(config);
        config = NULL;
    }
    arena_release(&scratch);
    return config;
}

struct config *config_load(const char *path, config_report *report, void *context)
{
    return load(path, CONFIG_TABLE, report, context);
}

struct config *config_load_unmapped(const char *path, config_report *report, void *context)
{
    /* The row of the file itself, those below it, and the end. */
    const size_t rows = config_key_count_below(CONFIG_TABLE) + 2;
    struct config_key *table;
    struct config *config;
    struct arena arena;

    arena_init(&arena);
    table = ARENA_ARRAY(&arena, rows, struct config_key);
    for (size_t i = 0; i < rows; i++) {
        table[i] = CONFIG_TABLE[i];
        if (table[i].path != NULL && strcmp(table[i].path, "models") == 0)
            table[i].required = false;
    }
    config = load(path, table, report, context);
    arena_release(&arena);
    return config;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    arena_release(&config->arena);
    free(config);
}

#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/un.h>

#include "config_check.h"
#include "fd.h"
#include "config_read.h"

/* A thousand models; more is another file named by mistake. */
#define FILE_MAX_BYTES ((size_t)1024 * 1024)

static struct text copy_or(struct arena *arena, const char *given, const char *otherwise)
{
    return arena_text(arena, text_of(given != NULL ? given : otherwise));
}

/* What was checked before. */
static int64_t measure_or(enum units kind, const char *given, const char *otherwise)
{
    int64_t value = 0;
    bool ok = units_parse(kind, text_of(given != NULL ? given : otherwise), &value);

    assert(ok);
    return value;
}

static void fill_database(struct config *config, const struct config_file_database *database)
{
    struct config_database *into = &config->database;
    const struct config_file_tls none = {0};
    const struct config_file_tls *tls = database->tls != NULL ? database->tls : &none;

    into->socket = copy_or(&config->arena, database->socket, "");
    into->host = copy_or(&config->arena, database->host, "");
    into->port = database->port != NULL ? *database->port : CONFIG_DEFAULT_PORT;
    into->user = copy_or(&config->arena, database->user, "");
    into->name = copy_or(&config->arena, database->name, "");
    into->tls = database->tls != NULL;
    into->tls_ca = copy_or(&config->arena, tls->ca, "");
    into->tls_cert = copy_or(&config->arena, tls->cert, "");
    into->tls_key = copy_or(&config->arena, tls->key, "");
    into->tls_verify = tls->verify == NULL || *tls->verify;
    if (database->password_file == NULL) /* else check.h read it */
        into->password = copy_or(&config->arena, NULL, "");
}

static enum key_algorithm algorithm_or(const char *given, const char *fallback)
{
    enum key_algorithm algorithm;
    bool known = key_algorithm_parse(text_of(given != NULL ? given : fallback), &algorithm);

    assert(known);
    return algorithm;
}

static void fill_jwt(struct config *config, const struct config_file_jwt *given)
{
    struct config_jwt *into = &config->jwt;
    const struct config_file_jwt none = {0};
    const struct config_file_jwt *jwt = given != NULL ? given : &none;

    into->enabled = given != NULL;
    if (jwt->key_file != NULL || jwt->key_dir != NULL) /* check.h read what they name */
        into->keys.algorithm = algorithm_or(jwt->algorithm, CONFIG_DEFAULT_ALGORITHM);
    into->owner_claim = copy_or(&config->arena, jwt->owner_claim, CONFIG_DEFAULT_OWNER_CLAIM);
    into->issuer = copy_or(&config->arena, jwt->issuer, "");
    into->audience = copy_or(&config->arena, jwt->audience, "");
    into->require_exp = jwt->require_exp == NULL || *jwt->require_exp;
}

static void fill_auth(struct config *config, const struct config_file_auth *auth)
{
    const char *tokens_table = NULL;

    fill_jwt(config, auth->jwt);
    if (auth->tokens != NULL)
        tokens_table =
            auth->tokens->table != NULL ? auth->tokens->table : CONFIG_DEFAULT_TOKENS_TABLE;
    config->tokens_table = copy_or(&config->arena, tokens_table, "");
    config->trusted_param = copy_or(&config->arena, auth->trusted_param, "");
    config->auth_cache_ms = measure_or(UNITS_DURATION, auth->cache, CONFIG_DEFAULT_AUTH_CACHE);
}

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
    buf_add_str(&path, CONFIG_DEFAULT_CONTROL_FILE);
    control = path.overflow ? TEXT_LITERAL("") : buf_text(&path);
    if (text_equal(control, config->listen))
        control = TEXT_LITERAL("");
    control = arena_text(&config->arena, control);
    buf_release(&path);
    return control;
}

static void fill_watching(struct config *config, const struct config_file *file)
{
    const struct config_file_log none = {0};
    const struct config_file_log *given = file->log != NULL ? file->log : &none;

    config->control = file->control != NULL ? copy_or(&config->arena, file->control, "")
                                            : default_control(config);
    config->log_level = given->level != NULL ? *given->level : LOG_LEVEL_INFO;
    config->log_owner = given->owner != NULL ? *given->owner : CONFIG_LOG_OWNER_PLAIN;
}

static void fill_limits(struct config *config, const struct config_file_limits *limits)
{
    const struct config_file_limits none = {0};

    if (limits == NULL)
        limits = &none;
    config->limit_body_bytes =
        (size_t)measure_or(UNITS_SIZE, limits->body, CONFIG_DEFAULT_LIMIT_BODY);
    config->limit_diffs = limits->diffs != NULL ? *limits->diffs : CONFIG_DEFAULT_LIMIT_DIFFS;
    config->clock_skew_ms =
        measure_or(UNITS_DURATION, limits->clock_skew, CONFIG_DEFAULT_CLOCK_SKEW);
    config->limit_owner_requests =
        limits->owner_requests != NULL ? *limits->owner_requests : CONFIG_DEFAULT_OWNER_REQUESTS;
    config->limit_owner_tokens =
        limits->owner_tokens != NULL ? *limits->owner_tokens : CONFIG_DEFAULT_OWNER_TOKENS;
}

static void fill_field(struct config *config, struct field *into,
                       const struct config_file_field *field)
{
    bool known = field_type_parse(text_of(field->type), &into->type);

    assert(known);
    into->name = copy_or(&config->arena, field->name, "");
    into->column = copy_or(&config->arena, field->column, field->name);
    into->required = field->required != NULL && *field->required;
    into->max_length = field->max_length != NULL ? *field->max_length : 0;
}

static void fill_allow(struct model *into, const struct config_file_model *model)
{
    for (size_t type = 0; type < DIFF_TYPES; type++)
        into->allow[type] = model->allow == NULL;
    if (model->allow == NULL)
        return;
    for (size_t i = 0; i < model->allow_count; i++) {
        enum diff_type type;
        bool known = diff_type_parse(text_of(model->allow[i]), &type);

        assert(known);
        into->allow[type] = true;
    }
}

static void fill_model(struct config *config, struct model *into,
                       const struct config_file_model *model)
{
    into->name = copy_or(&config->arena, model->name, "");
    into->table = copy_or(&config->arena, model->table, model->name);
    into->id_column = copy_or(&config->arena, model->id, CONFIG_DEFAULT_ID_COLUMN);
    into->owner_column = copy_or(&config->arena, model->owner, CONFIG_DEFAULT_OWNER_COLUMN);
    into->validate = copy_or(&config->arena, model->validate, "");
    fill_allow(into, model);
    into->field_count = model->fields_count;
    into->fields = ARENA_ARRAY(&config->arena, model->fields_count, struct field);
    for (size_t i = 0; i < model->fields_count; i++) {
        fill_field(config, &into->fields[i], &model->fields[i]);
        into->fields[i].index = i;
    }
}

static void fill_mapping(struct config *config, const struct config_file *file)
{
    struct mapping *into = &config->mapping;

    into->ignore_unknown_fields =
        file->unknown_fields != NULL && *file->unknown_fields == CONFIG_UNKNOWN_IGNORE;
    into->model_count = file->models_count;
    into->models = ARENA_ARRAY(&config->arena, file->models_count, struct model);
    for (size_t i = 0; i < file->models_count; i++) {
        fill_model(config, &into->models[i], &file->models[i]);
        into->models[i].index = i;
    }
}

static void fill_config(struct config *config, const struct config_file *file)
{
    config->listen = copy_or(&config->arena, file->listen, "");
    config->workers = file->workers != NULL ? *file->workers : CONFIG_DEFAULT_WORKERS;
    config->max_requests =
        file->max_requests != NULL ? *file->max_requests : CONFIG_DEFAULT_MAX_REQUESTS;
    config->request_timeout_ms =
        measure_or(UNITS_DURATION, file->request_timeout, CONFIG_DEFAULT_REQUEST_TIMEOUT);
    config->stop_timeout_ms =
        measure_or(UNITS_DURATION, file->stop_timeout, CONFIG_DEFAULT_STOP_TIMEOUT);
    config->diffs_table = copy_or(&config->arena, file->diffs_table, CONFIG_DEFAULT_DIFFS_TABLE);
    config->owner_check = file->owner_check != NULL ? *file->owner_check : CONFIG_OWNER_VERIFY;
    config->rejected_diffs =
        file->rejected_diffs != NULL ? *file->rejected_diffs : CONFIG_REJECTED_FAIL_SYNC;
    fill_watching(config, file);
    fill_database(config, file->database);
    fill_auth(config, file->auth);
    fill_limits(config, file->limits);
    fill_mapping(config, file);
}

static void note_database_lines(struct config_database *database, struct yaml_tree *document)
{
    const struct place at = yaml_tree_get(document, document->root, "database");
    const struct {
        const char *key;
        unsigned *line;
    } keys[] = {
        {"socket", &database->socket_line}, {"host", &database->host_line},
        {"user", &database->user_line},     {"name", &database->name_line},
        {"tls", &database->tls_line},
    };

    database->config_line = at.line;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct place key = yaml_tree_get(document, at.node, keys[i].key);

        *keys[i].line = key.node != NULL ? key.line : at.line;
    }
}

/* libcyaml forgets where it read what; the tree remembers. */
static void note_lines(struct config *config, struct yaml_tree *document)
{
    const yaml_node_t *models = yaml_tree_get(document, document->root, "models").node;

    note_database_lines(&config->database, document);
    for (size_t i = 0; i < config->mapping.model_count; i++) {
        struct model *model = &config->mapping.models[i];
        struct place at = yaml_tree_item(document, models, i);
        const yaml_node_t *fields = yaml_tree_get(document, at.node, "fields").node;

        model->config_line = at.line;
        for (size_t j = 0; j < model->field_count; j++)
            model->fields[j].config_line = yaml_tree_item(document, fields, j).line;
    }
}

static void load_checked(struct config *config, struct yaml_tree *document, struct text yaml,
                         struct diagnostics *faults)
{
    struct config_file *file = config_read(yaml, faults);

    if (file == NULL)
        return;
    fill_config(config, file);
    note_lines(config, document);
    config_file_free(file);
}

static void load_text(struct config *config, struct text yaml, struct diagnostics *faults)
{
    struct yaml_tree document;

    if (!yaml_tree_parse(&document, yaml, faults))
        return;
    check_document(&document, config, faults);
    if (!diagnostics_are_fatal(faults))
        load_checked(config, &document, yaml, faults);
    yaml_tree_release(&document);
}

static void load_file(struct config *config, struct diagnostics *faults)
{
    struct buf buf;
    struct fail fail;

    buf_init(&buf, FILE_MAX_BYTES);
    if (fd_read_file(config->path.ptr, &buf, &fail) == RC_OK)
        load_text(config, buf_text(&buf), faults);
    else
        diagnostics_add(faults, 1, "cannot read %s: name another file with -c", fail.message);
    buf_release(&buf);
}

struct config *config_load(const char *path, config_report *report, void *context)
{
    struct config *config = alloc_or_die(sizeof(*config));
    struct arena scratch;
    struct diagnostics faults;

    *config = (struct config){0};
    arena_init(&config->arena);
    config->path = arena_text(&config->arena, text_of(path));
    arena_init(&scratch);
    diagnostics_init(&faults, &scratch);
    load_file(config, &faults);
    diagnostics_tell(&faults, path, report, context);
    if (diagnostics_are_fatal(&faults)) {
        config_free(config);
        config = NULL;
    }
    arena_release(&scratch);
    return config;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    arena_release(&config->arena);
    free(config);
}

/* jwks_fetch() on libcurl's easy interface; all of its settings are here. */
#include "jwks_fetch.h"

#include <assert.h>
#include <curl/curl.h>

#include "jwks.h"

#define CONNECT_MAX_MS 5000L
#define REDIRECTS_MAX  3L
#define URL_MAX_BYTES  ((size_t)2000)

bool jwks_fetch_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* Fewer bytes taken than given end the transfer. */
static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    struct buf *document = context;

    buf_add(document, bytes, size * count);
    return document->overflow ? 0 : size * count;
}

static void set_limits(CURL *curl)
{
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MAX_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)JWKS_FETCH_MAX_MS);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
}

static void set_trust(CURL *curl, const char *ca_file)
{
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (ca_file == NULL || ca_file[0] == '\0')
        return;
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* else the system's folder counts, too */
}

static enum rc explain(CURL *curl, CURLcode code, const char *error, const struct buf *document,
                       struct fail *fail)
{
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (document->overflow)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "its response is larger than %zu bytes",
                        document->max_bytes);
    if (code == CURLE_UNSUPPORTED_PROTOCOL)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL,
                        "it redirects to a URL that is not https, which is not followed");
    if (code != CURLE_OK)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s",
                        error[0] != '\0' ? error : curl_easy_strerror(code));
    if (status != 200)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "its response has status %ld, not 200",
                        status);
    return RC_OK;
}

enum rc jwks_fetch(const struct jwks_fetch *fetch, struct buf *document_out, struct fail *fail)
{
    char agent[64], error[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers =
        curl_slist_append(NULL, "Accept: application/jwk-set+json, application/json");
    CURL *curl = curl_easy_init();
    enum rc rc;

    assert(curl != NULL && headers != NULL); /* out of memory ends the process */
    snprintf(agent, sizeof(agent), "mobync/%s", fetch->version);
    set_limits(curl);
    set_trust(curl, fetch->ca_file);
    curl_easy_setopt(curl, CURLOPT_URL, fetch->url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, agent);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, document_out);
    rc = explain(curl, curl_easy_perform(curl), error, document_out, fail);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return rc;
}

static bool is_printable(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

const char *jwks_fetch_url_fault(struct text url)
{
    const struct text scheme = TEXT_LITERAL("https://");
    const struct text begins = {url.ptr, url.len < scheme.len ? url.len : scheme.len};
    struct text host;

    if (!text_equal(begins, scheme))
        return "does not begin with https://: give the address of the key set, such as "
               "https://login.example/.well-known/jwks.json";
    if (url.len > URL_MAX_BYTES || !is_printable(url))
        return "contains spaces or other characters that a URL cannot, or is too long: correct it";
    host = (struct text){url.ptr + scheme.len, url.len - scheme.len};
    host.len = strcspn(host.ptr, "/?#");
    if (host.len == 0 || host.ptr[0] == ':')
        return "names no host: give the whole address of the key set";
    if (memchr(host.ptr, '@', host.len) != NULL)
        return "contains a user name or password: a key set is public, leave them out";
    return NULL;
}

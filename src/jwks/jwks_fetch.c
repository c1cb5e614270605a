/* jwks_fetch() on libcurl's easy interface; all of its settings are here. */
#include "jwks_fetch.h"

#include <assert.h>

#include "jwks.h"
#include "libcurl.h"

#define CONNECT_MAX_MS 5000L
#define REDIRECTS_MAX  3L
#define URL_MAX_BYTES  ((size_t)2000)

static struct libcurl libcurl;

enum rc jwks_fetch_init(struct fail *fail)
{
    enum rc rc = libcurl_load(&libcurl, fail);

    if (rc == RC_OK && libcurl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        rc = fail_set(fail, RC_FATAL, FAIL_INTERNAL, "libcurl cannot be set up");
    return rc;
}

struct transfer {
    CURL *curl;
    CURLcode code; /* of the first step that failed */
    char error[CURL_ERROR_SIZE];
};

static void set_number(struct transfer *transfer, CURLoption option, long number)
{
    assert(option < CURLOPTTYPE_OBJECTPOINT);
    if (transfer->code == CURLE_OK)
        transfer->code = libcurl.easy_setopt(transfer->curl, option, number);
}

static void set_pointer(struct transfer *transfer, CURLoption option, const void *pointer)
{
    assert(option > CURLOPTTYPE_OBJECTPOINT && option < CURLOPTTYPE_FUNCTIONPOINT);
    if (transfer->code == CURLE_OK)
        transfer->code = libcurl.easy_setopt(transfer->curl, option, pointer);
}

/* Fewer bytes taken than given end the transfer. */
static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    struct buf *document = context;

    buf_add(document, bytes, size * count);
    return document->overflow ? 0 : size * count;
}

static void set_taker(struct transfer *transfer, struct buf *document)
{
    const curl_write_callback taker = take;

    set_pointer(transfer, CURLOPT_WRITEDATA, document);
    if (transfer->code == CURLE_OK)
        transfer->code = libcurl.easy_setopt(transfer->curl, CURLOPT_WRITEFUNCTION, taker);
}

static void set_limits(struct transfer *transfer)
{
    set_number(transfer, CURLOPT_NOSIGNAL, 1);
    set_number(transfer, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MAX_MS);
    set_number(transfer, CURLOPT_TIMEOUT_MS, (long)JWKS_FETCH_MAX_MS);
    set_number(transfer, CURLOPT_FOLLOWLOCATION, 1);
    set_number(transfer, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    set_pointer(transfer, CURLOPT_PROTOCOLS_STR, "https");
    set_pointer(transfer, CURLOPT_REDIR_PROTOCOLS_STR, "https");
}

static void set_trust(struct transfer *transfer, const char *ca_file)
{
    set_number(transfer, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_number(transfer, CURLOPT_SSL_VERIFYPEER, 1);
    set_number(transfer, CURLOPT_SSL_VERIFYHOST, 2);
    if (ca_file == NULL || ca_file[0] == '\0')
        return;
    set_pointer(transfer, CURLOPT_CAINFO, ca_file);
    set_pointer(transfer, CURLOPT_CAPATH, NULL); /* else the system's folder counts, too */
}

/* A library that does not know one of the settings fetches nothing. */
static void perform(struct transfer *transfer)
{
    if (transfer->code == CURLE_OK)
        transfer->code = libcurl.easy_perform(transfer->curl);
}

static enum rc explain(const struct transfer *transfer, const struct buf *document,
                       struct fail *fail)
{
    const char *error = transfer->error;
    long status = 0;

    libcurl.easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (document->overflow)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "its response is larger than %zu bytes",
                        document->max_bytes);
    if (transfer->code == CURLE_UNSUPPORTED_PROTOCOL)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL,
                        "it redirects to a URL that is not https, which is not followed");
    if (transfer->code != CURLE_OK)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "%s",
                        error[0] != '\0' ? error : libcurl.easy_strerror(transfer->code));
    if (status != 200)
        return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "its response has status %ld, not 200",
                        status);
    return RC_OK;
}

enum rc jwks_fetch(const struct jwks_fetch *fetch, struct buf *document_out, struct fail *fail)
{
    char agent[64];
    struct curl_slist *headers =
        libcurl.slist_append(NULL, "Accept: application/jwk-set+json, application/json");
    struct transfer transfer = {.curl = libcurl.easy_init(), .code = CURLE_OK};
    enum rc rc;

    assert(transfer.curl != NULL && headers != NULL); /* out of memory ends the process */
    snprintf(agent, sizeof(agent), "mobync/%s", fetch->version);
    set_limits(&transfer);
    set_trust(&transfer, fetch->ca_file);
    set_pointer(&transfer, CURLOPT_URL, fetch->url);
    set_pointer(&transfer, CURLOPT_USERAGENT, agent);
    set_pointer(&transfer, CURLOPT_HTTPHEADER, headers);
    set_pointer(&transfer, CURLOPT_ACCEPT_ENCODING, "");
    set_pointer(&transfer, CURLOPT_ERRORBUFFER, transfer.error);
    set_taker(&transfer, document_out);
    perform(&transfer);
    rc = explain(&transfer, document_out, fail);
    libcurl.easy_cleanup(transfer.curl);
    libcurl.slist_free_all(headers);
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

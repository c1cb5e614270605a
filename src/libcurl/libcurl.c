/* libcurl_load(): one table says which functions are looked up. */
#include "libcurl.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define SONAME "libcurl.so.4"

#define FUNCTION(name)                                                                             \
    {                                                                                              \
        "curl_" #name, offsetof(struct libcurl, name)                                              \
    }
static const struct {
    const char *symbol;
    size_t at;
} FUNCTIONS[] = {
    FUNCTION(global_init),         FUNCTION(slist_append),  FUNCTION(slist_free_all),
    FUNCTION(easy_init),           FUNCTION(easy_setopt),   FUNCTION(easy_perform),
    FUNCTION(easy_getinfo),        FUNCTION(easy_strerror), FUNCTION(easy_cleanup),
    FUNCTION(multi_init),          FUNCTION(multi_cleanup), FUNCTION(multi_add_handle),
    FUNCTION(multi_remove_handle), FUNCTION(multi_perform), FUNCTION(multi_poll),
    FUNCTION(multi_info_read),
};

static enum rc cannot_load(struct fail *fail)
{
    return fail_set(fail, RC_FATAL, FAIL_INTERNAL, "libcurl cannot be loaded: %s: install libcurl4",
                    dlerror());
}

enum rc libcurl_load(struct libcurl *libcurl_out, struct fail *fail)
{
    void *library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL)
        return cannot_load(fail);
    for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++) {
        void *function = dlsym(library, FUNCTIONS[i].symbol);

        if (function == NULL)
            return cannot_load(fail);
        /* ISO C converts no pointer to an object into one to a function; POSIX makes them alike. */
        memcpy((char *)libcurl_out + FUNCTIONS[i].at, &function, sizeof(function));
    }
    return RC_OK;
}

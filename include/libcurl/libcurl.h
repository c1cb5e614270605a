/* libcurl.h: libcurl, loaded at run time. It brings 25 other libraries and 1.5 MiB, which processes
 * that fetch nothing, workers above all, do without.
 * Process: loads code; before the process confines itself, and before it has threads.
 * Owns:    nothing; the library stays loaded until the process ends.
 * Units:   those of libcurl.
 * Fails:   RC_FATAL with a sentence for operators.
 * Holds:   the library is of the soname whose ABI curl.h declares. */
#ifndef MOBYNC_LIBCURL_H
#define MOBYNC_LIBCURL_H

#include <curl/curl.h>

#include "fail.h"

/* The functions that are used, under their names without curl_. curl.h checks the types of options
 * in macros around the names of its functions alone, which these are not. */
struct libcurl {
    __typeof__(curl_global_init) *global_init;
    __typeof__(curl_slist_append) *slist_append;
    __typeof__(curl_slist_free_all) *slist_free_all;
    __typeof__(curl_easy_init) *easy_init;
    __typeof__(curl_easy_setopt) *easy_setopt;
    __typeof__(curl_easy_perform) *easy_perform;
    __typeof__(curl_easy_getinfo) *easy_getinfo;
    __typeof__(curl_easy_strerror) *easy_strerror;
    __typeof__(curl_easy_cleanup) *easy_cleanup;
    __typeof__(curl_multi_init) *multi_init;
    __typeof__(curl_multi_cleanup) *multi_cleanup;
    __typeof__(curl_multi_add_handle) *multi_add_handle;
    __typeof__(curl_multi_remove_handle) *multi_remove_handle;
    __typeof__(curl_multi_perform) *multi_perform;
    __typeof__(curl_multi_poll) *multi_poll;
    __typeof__(curl_multi_info_read) *multi_info_read;
};

NODISCARD enum rc libcurl_load(struct libcurl *libcurl_out, struct fail *fail);

#endif

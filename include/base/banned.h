/* banned.h: functions that nobody calls here; included before everything else by the build.
 * Each has a bounded or reentrant sibling: snprintf, memcpy with a length, strtoll, gmtime_r. */
#ifndef MOBYNC_BANNED_H
#define MOBYNC_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOBYNC_BANNED(name) sorry_##name##_is_a_banned_function

#undef strcpy
#define strcpy(a, b) MOBYNC_BANNED(strcpy)
#undef strcat
#define strcat(a, b) MOBYNC_BANNED(strcat)
#undef strncpy
#define strncpy(a, b, n) MOBYNC_BANNED(strncpy)
#undef strncat
#define strncat(a, b, n) MOBYNC_BANNED(strncat)
#undef sprintf
#define sprintf(...) MOBYNC_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) MOBYNC_BANNED(vsprintf)
#undef strtok
#define strtok(a, b) MOBYNC_BANNED(strtok)
#undef atoi
#define atoi(a) MOBYNC_BANNED(atoi)
#undef atol
#define atol(a) MOBYNC_BANNED(atol)
#undef gmtime
#define gmtime(t) MOBYNC_BANNED(gmtime)
#undef localtime
#define localtime(t) MOBYNC_BANNED(localtime)
#undef ctime
#define ctime(t) MOBYNC_BANNED(ctime)
#undef asctime
#define asctime(t) MOBYNC_BANNED(asctime)

#endif

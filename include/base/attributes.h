/* attributes.h: what the compiler is told about our functions. */
#ifndef MOBYNC_ATTRIBUTES_H
#define MOBYNC_ATTRIBUTES_H

#define NODISCARD               __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define NORETURN                __attribute__((noreturn))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif

/* Adds up /proc/PID/stat of a process and all its descendants: cpu_tree_us(). */
#include "cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_BYTES ((size_t)2048)
/* Of the words behind the program's name: utime, stime, cutime, cstime. */
#define FIRST_TIME 11u
#define TIMES      4u

static int64_t stat_ticks(pid_t pid)
{
    char path[64], line[STAT_BYTES];
    const char *at = NULL;
    int64_t ticks = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    /* The name stands in brackets and may hold anything, brackets too. */
    if (fgets(line, sizeof(line), file) != NULL)
        at = strrchr(line, ')');
    fclose(file);
    for (unsigned word = 0; at != NULL && word < FIRST_TIME + TIMES; word++) {
        at = strchr(at + 1, ' ');
        if (at != NULL && word >= FIRST_TIME)
            ticks += strtoll(at, NULL, 10);
    }
    return ticks;
}

static int64_t tree_ticks(pid_t root)
{
    int64_t ticks = stat_ticks(root);
    char path[64];
    long child;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)root, (int)root);
    file = fopen(path, "re");
    if (file == NULL)
        return ticks;
    while (fscanf(file, "%ld", &child) == 1) /* NOLINT(cert-err34-c): the kernel's own numbers */
        ticks += tree_ticks((pid_t)child);
    fclose(file);
    return ticks;
}

int64_t cpu_tree_us(pid_t root)
{
    return tree_ticks(root) * 1000000 / sysconf(_SC_CLK_TCK);
}

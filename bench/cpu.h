/* cpu.h: the processor time of a process and all that it started, as /proc/PID/stat counts it.
 * Units:   microseconds, in the kernel's steps of 10 ms: measure over seconds.
 * Holds:   children that have ended count too, once their parent has waited for them. */
#ifndef MOBYNC_BENCH_CPU_H
#define MOBYNC_BENCH_CPU_H

#include <stdint.h>
#include <sys/types.h>

/* 0 for a process that is not there. */
int64_t cpu_tree_us(pid_t root);

#endif

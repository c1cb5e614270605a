/* child.h: processes that do not outlive the master.
 * Process: the child is told TERM when the master dies, and is gone at once if that happened before
 *          it could ask for this. It starts with every signal blocked, as the master has them. */
#ifndef MOBYNC_CHILD_H
#define MOBYNC_CHILD_H

#include <sys/types.h>

#include "attributes.h"

/* As fork(). role names the child in the log; a literal. */
NODISCARD pid_t child_fork(const char *role);

#endif

/* Runs a target over files and folders of inputs, each once: where there is no libFuzzer, what was
 * found once stays found.
 *
 *   replay_TARGET PATH… */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "buf.h"
#include "fd.h"
#include "fuzz.h"

#define INPUT_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define PATH_MAX_BYTES  4096

/* A copy of exactly its size, so that the sanitizer sees every read behind the end. */
static void replay_bytes(struct text input)
{
    uint8_t *copy = alloc_or_die(input.len);

    memcpy(copy, input.ptr, input.len);
    LLVMFuzzerTestOneInput(copy, input.len);
    free(copy);
}

static bool replay_file(const char *path)
{
    struct fail fail;
    struct buf input;
    bool ok;

    buf_init(&input, INPUT_MAX_BYTES);
    ok = fd_read_file(path, &input, &fail) == RC_OK;
    /* Said before, for the last one said is the one that ended the process. */
    printf("%s\n", ok ? path : fail.message);
    fflush(stdout);
    if (ok)
        replay_bytes(buf_text(&input));
    buf_release(&input);
    return ok;
}

/* The number of inputs, -1 if something cannot be read. */
static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    int count = 0;

    if (folder == NULL) {
        perror(path);
        return -1;
    }
    while (count >= 0 && (entry = readdir(folder)) != NULL) {
        char file[PATH_MAX_BYTES];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        count = replay_file(file) ? count + 1 : -1;
    }
    closedir(folder);
    return count;
}

static int replay(const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return replay_folder(path);
    return replay_file(path) ? 1 : -1;
}

int main(int argc, char **argv)
{
    int total = 0;

    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        int count = replay(argv[i]);

        if (count < 0)
            return EXIT_FAILURE;
        total += count;
    }
    printf("%d inputs\n", total);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* log.c: a record is one line that can be read back, and shows nothing that must stay hidden. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

static struct {
    int saved_stderr;
    int pipe[2];
    char text[8192];
} capture;

static void capture_begin(void)
{
    assert_int_equal(pipe(capture.pipe), 0);
    capture.saved_stderr = dup(STDERR_FILENO);
    assert_true(dup2(capture.pipe[1], STDERR_FILENO) >= 0);
    close(capture.pipe[1]);
}

/* What was written to standard error since capture_begin(): less than a pipe holds. */
static const char *capture_end(void)
{
    ssize_t got;

    dup2(capture.saved_stderr, STDERR_FILENO);
    close(capture.saved_stderr);
    got = read(capture.pipe[0], capture.text, sizeof(capture.text) - 1);
    close(capture.pipe[0]);
    assert_true(got >= 0);
    capture.text[got] = '\0';
    return capture.text;
}

static int setup(void **state)
{
    (void)state;
    clock_set_for_test(1604114123778);
    log_set_level(LOG_LEVEL_INFO);
    log_set_role("worker");
    log_set_request_id(TEXT_LITERAL(""));
    return 0;
}

static void test_line(void **state)
{
    char expected[200];

    (void)state;
    log_set_request_id(TEXT_LITERAL("r-1"));
    capture_begin();
    log_warn("%d went wrong", 3);
    snprintf(expected, sizeof(expected),
             "ts=2020-10-31T03:15:23.778Z level=warn role=worker pid=%d request_id=r-1 "
             "msg=\"3 went wrong\"\n",
             (int)getpid());
    assert_string_equal(capture_end(), expected);
}

static void test_time_goes_on(void **state)
{
    const char *lines;

    (void)state;
    capture_begin();
    log_info("m");
    clock_set_for_test(1604114123999);
    log_info("m");
    clock_set_for_test(1604114124005);
    log_info("m");
    lines = capture_end();
    assert_non_null(strstr(lines, "ts=2020-10-31T03:15:23.778Z"));
    assert_non_null(strstr(lines, "\nts=2020-10-31T03:15:23.999Z"));
    assert_non_null(strstr(lines, "\nts=2020-10-31T03:15:24.005Z"));
}

static void test_level_hides(void **state)
{
    (void)state;
    capture_begin();
    log_debug("hidden");
    log_info("shown");
    assert_non_null(strstr(capture_end(), "msg=shown\n"));
    assert_null(strstr(capture.text, "hidden"));
}

static void test_values_are_quoted(void **state)
{
    struct log_record record;
    const char *line;

    (void)state;
    capture_begin();
    log_begin(&record, LOG_LEVEL_ERROR, "m");
    log_add(&record, "plain", TEXT_LITERAL("a/b"));
    log_add(&record, "empty", TEXT_LITERAL(""));
    log_add(&record, "none", text_of(NULL));
    log_add(&record, "hard", TEXT_LITERAL("a \"b\"\\\n\x01\x7F="));
    log_add_int(&record, "n", -5);
    log_end(&record);
    line = capture_end();
    assert_non_null(strstr(line, " plain=a/b empty=\"\" none=\"\" "
                                 "hard=\"a \\\"b\\\"\\\\\\n\\x01\\x7f=\" n=-5\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void test_long_line_stays_one_line(void **state)
{
    static char value[5000];
    struct log_record record;
    size_t len;

    (void)state;
    memset(value, 'v', sizeof(value) - 1);
    capture_begin();
    log_begin(&record, LOG_LEVEL_ERROR, "m");
    log_add(&record, "long", text_of(value));
    log_add(&record, "more", text_of(value));
    log_end(&record);
    len = strlen(capture_end());
    assert_int_equal(len, sizeof(record.line));
    assert_ptr_equal(strchr(capture.text, '\n'), capture.text + len - 1);
}

static void test_request_id_is_cut(void **state)
{
    static char id[100];

    (void)state;
    memset(id, 'i', sizeof(id) - 1);
    log_set_request_id(text_of(id));
    capture_begin();
    log_info("m");
    id[64] = '\0';
    assert_non_null(strstr(capture_end(), id));
    assert_null(strstr(capture.text, "iiiiimsg"));
    assert_non_null(strstr(capture.text, "i msg=m\n"));
}

/* A record below the level stays silent, whatever is added to it. */
static void test_hidden_record_stays_silent(void **state)
{
    struct log_record record;

    (void)state;
    capture_begin();
    log_begin(&record, LOG_LEVEL_DEBUG, "hidden");
    log_add(&record, "key", TEXT_LITERAL("value"));
    log_add_int(&record, "n", 1);
    log_end(&record);
    log_info("end");
    assert_null(strstr(capture_end(), "key"));
}

static void test_owner(void **state)
{
    static const struct {
        bool hash;
        const char *pair;
    } ROWS[] = {
        {false, " owner=alice\n"},
        {true, " owner=2bd806c97f0e00af\n"}, /* sha256sum's first 16 digits */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct log_record record;

        log_set_hash_owners(ROWS[i].hash);
        capture_begin();
        log_begin(&record, LOG_LEVEL_INFO, "m");
        log_add_owner(&record, TEXT_LITERAL("alice"));
        log_end(&record);
        assert_non_null(strstr(capture_end(), ROWS[i].pair));
    }
    log_set_hash_owners(false);
}

/* As systemd sets it for a service whose standard error is the journal. */
static void name_stream(int fd)
{
    char name[64];
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", name, 1);
}

static void test_journal(void **state)
{
    const char *said;

    (void)state;
    capture_begin();
    name_stream(STDERR_FILENO);
    log_detect_journal();
    log_warn("a");
    log_error("b");
    log_info("c");
    said = capture_end();
    assert_memory_equal(said, "<4>ts=", 6);
    assert_non_null(strstr(said, "\n<3>ts="));
    assert_non_null(strstr(said, "\n<6>ts="));

    /* Another stream's name is inherited: there is nobody to take the priority off. */
    capture_begin();
    log_detect_journal();
    log_warn("a");
    assert_memory_equal(capture_end(), "ts=", 3);
    unsetenv("JOURNAL_STREAM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_line, setup),
        cmocka_unit_test_setup(test_time_goes_on, setup),
        cmocka_unit_test_setup(test_level_hides, setup),
        cmocka_unit_test_setup(test_values_are_quoted, setup),
        cmocka_unit_test_setup(test_long_line_stays_one_line, setup),
        cmocka_unit_test_setup(test_request_id_is_cut, setup),
        cmocka_unit_test_setup(test_hidden_record_stays_silent, setup),
        cmocka_unit_test_setup(test_owner, setup),
        cmocka_unit_test_setup(test_journal, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* One thread for each client, which sends until load_stop(). */
#include "load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pool.h"

static bool is_answered(int fd, const char *body)
{
    struct fcgi_answer answer = {0};
    bool right = fcgi_send_request(fd, "/echo", body, strlen(body), false) &&
                 fcgi_read_answer(fd, &answer) && answer.status == 200 &&
                 strcmp(answer.body, body) == 0;

    fcgi_answer_release(&answer);
    return right;
}

static void *client(void *load_ptr)
{
    struct load *load = load_ptr;
    char body[64];

    for (unsigned i = 0; !atomic_load(&load->stopping); i++) {
        int fd = fcgi_connect(load->address);

        if (fd < 0) {
            atomic_fetch_add(&load->refused, 1);
            nap_ms(2); /* the pace of the load */
            continue;
        }
        snprintf(body, sizeof(body), "request %u of %p", i, (void *)&body);
        atomic_fetch_add(is_answered(fd, body) ? &load->answered : &load->lost, 1);
        close(fd);
    }
    return NULL;
}

void load_start(struct load *load, const char *address)
{
    *load = (struct load){.address = address};
    for (int i = 0; i < LOAD_CLIENTS; i++)
        assert_int_equal(pthread_create(&load->clients[i], NULL, client, load), 0);
}

struct answers_wait {
    struct load *load;
    unsigned until;
};

static bool has_answers(void *context)
{
    struct answers_wait *wait = context;

    return atomic_load(&wait->load->answered) >= wait->until;
}

void load_await_answers(struct load *load, unsigned more)
{
    struct answers_wait wait = {.load = load, .until = atomic_load(&load->answered) + more};

    assert_true(await(has_answers, &wait));
}

void load_stop(struct load *load)
{
    atomic_store(&load->stopping, true);
    for (int i = 0; i < LOAD_CLIENTS; i++)
        pthread_join(load->clients[i], NULL);
}

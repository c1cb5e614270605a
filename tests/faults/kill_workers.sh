#!/usr/bin/env bash
# Workers are killed at random, under load.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_faults_stack workers
kills=60

# A worker that is killed twice, because the master is slow to see it, died once: so it goes on
# until enough have died.
have_died() {
    log_says 'ended by signal 9: its request may be lost' && (($(log_count 'ended by signal 9') > kills / 2))
}

phones_begin 200,502
for ((i = 0; i < 10 * kills; i++)); do
    ((i < kills)) || ! have_died || break
    worker_kill
    sleep "0.0$((RANDOM % 90 + 10))" # at any stage of a request
done
phones_await 100
phones_end 'workers killed'
expect_true 'the master saw them die' test "$(log_count 'ended by signal 9')" -gt $((kills / 2))
# Which stages they died in, for the reader.
log_since | sed -n 's/.*ended by signal 9.*stage=\([a-z]*\).*/\1/p' | sort | uniq -c
expect_true 'some died with a request in hand' log_says 'ended by signal 9: its request may be lost'
finish

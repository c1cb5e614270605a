#!/usr/bin/env bash
# Allocations of the workers fail, one after the other in the course of a push, then at random under
# load. Environment: FAILING_MALLOC_SO, the allocator that is preloaded.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# Libraries answer for themselves: what they do without memory may be a crash, but no wrong answer.
faulty_lines='runtime error|heap-'
use_faults_stack memory
calls=$dir/calls
head -c 8 /dev/zero >"$calls"
chmod 666 "$calls"

memory() {
    local status=0
    /usr/bin/python3 "$faults/memory.py" "$dir" "$(stack_port)" "$calls" "$run" "$1" || status=$?
    expect "$2" 0 "$status"
}

# The allocator stands before the sanitizer's, which it calls.
serve_with_failing_malloc() {
    # Every token is checked again: that takes allocations, too.
    sed -i -e 's/^workers: .*/workers: 1/' -e 's/^auth:$/&\n  cache: 0s/' "$dir/faults.yaml"
    serve_stop
    LD_PRELOAD=$preloaded FAILING_MALLOC=$calls \
        ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0 stack_up
}

# The loader parts names at spaces, which the folder of the build may have.
preloaded=$dir/failing_malloc.so
cp "$FAILING_MALLOC_SO" "$preloaded"
serve_with_failing_malloc
memory warm 'every allocation of a push in turn: nothing half done, never the client to blame'
memory cold 'the same of a new worker'
phones_begin 200,500,502,503
memory disturb 'at random'
phones_await 50
phones_end 'memory'
expect_true 'some found no memory for themselves' log_says 'out of memory: this process ends'
serve_stop
finish

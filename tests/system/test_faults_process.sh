#!/bin/bash
# Names come from test_faults.sh and conditions go to eval: shellcheck cannot see either.
# shellcheck disable=SC2034,SC2154,SC2016,SC2181,SC2086,SC2119,SC2120
# A process that is stopped, a disk that fails, clients that misbehave. Read by test_faults.sh.

pause_daemon() { # pause_daemon SECONDS
    kill -STOP "$daemon_pid"
    sleep "$1"
    kill -CONT "$daemon_pid"
}

fault_stall() {
    start_all "stall"
    local end=$((SECONDS + 18)) # every lamp of a cycle meets some of it
    while [ $SECONDS -lt $end ]; do
        pause_daemon 0.2
        sleep 0.4
    done
    runs_on && ! has_event 1007
    timely $? "stall: 0.2 s every 0.6 s is survived"
    until_true 3 has_event 1019
    ok $? "stall: event 1019 counts the ticks that were skipped"
    say "0.2 s: $(event_count 1019) times late, $(metric ticks_skipped) ticks skipped"
    for _ in 1 2 3; do
        pause_daemon 0.8
        sleep 1.5
    done
    say "0.8 s, three times: lost $(event_count 1007) times, $(counter heartbeat_losses) heartbeats"
    until_true 20 is_normal
    ok $? "stall: after 0.8 s the junction runs"
    local accepted before
    before=$(counter leases)
    pause_daemon 3
    accepted=$(counter writes_accepted)
    sleep 2
    accepted=$(($(counter writes_accepted) - accepted))
    say "after 3 s: $accepted frames in the next two seconds"
    [ $accepted -le 24 ]
    timely $? "stall: what was missed is not caught up in a burst"
    until_true 5 eval '[ "$(counter leases)" -gt '"$before"' ]'
    ok $? "stall: 3 s cost the lease"
    comes_back "stall of 3 s"
    flashed_in_time "stall"
    judge_lamps "stall" 0
}

numbers_tile() { # every number since the start is there or in a gap
    "$tile" "$state/journal" >"$work/tile.out" 2>&1
    local good=$?
    sed 's/^/# /' "$work/tile.out"
    return $good
}

disk_fault() { # disk_fault WORD SECONDS
    echo "$1" >"$work/disk"
    until_true 5 status_has '"alarms":\[[^]]*"journal"'
    ok $? "disk $1: alarmed"
    sleep "$2"
    runs_on
    timely $? "disk $1: the junction runs on"
    rm "$work/disk"
    until_true 5 eval "! status_has '\"journal\"'"
    ok $? "disk $1: and the alarm ends with the fault"
}

fault_disk() {
    make_junction
    echo full >"$work/disk"
    start_cabinet
    export FAULTS_DISK=$work/disk LD_PRELOAD=$disk ASAN_OPTIONS=verify_asan_link_order=0
    start_daemon --record-inputs
    unset LD_PRELOAD ASAN_OPTIONS
    until_true 20 is_normal
    ok $? "disk full from the start: the junction runs"
    status_has '"alarms":\[[^]]*"journal"' && grep -q 'no space left' "$work/daemon.log"
    ok $? "disk full from the start: alarmed, and the log says why"
    rm "$work/disk"
    until_true 5 eval "! status_has '\"journal\"'"
    ok $? "disk full from the start: it recovers when there is space"
    until_true 3 has_event 1000 1
    ok $? "disk full from the start: what happened meanwhile was kept in memory and is in the journal"
    disk_fault full 2
    disk_fault read-only 1
    disk_fault broken 1
    numbers_tile
    ok $? "disk: refused writes lost nothing"
    disk_fault unsynced 2
    sleep 1
    kill -TERM "$daemon_pid"
    until_true 30 gone "$daemon_pid"
    numbers_tile && grep -q 'gap' "$work/tile.out"
    ok $? "disk: what a failed sync lost is a gap with its exact count"
    has_event 200 8 && has_event 201 8
    ok $? "disk: events 200 and 201 say when"
    judge_lamps "disk" 0
}

fault_socket() {
    start_all "socket"
    local late skipped ticks from
    late=$(metric ticks_late) skipped=$(metric ticks_skipped) ticks=$(metric ticks) from=$(mono_ms)
    "$peers" abuse "$sock"
    "$helper" noise "$sock" >"$work/noise.out" 2>&1
    ok $? "socket: a thousand garbled messages"
    sed 's/^/# /' "$work/noise.out"
    local took=$(($(mono_ms) - from))
    ticks=$(($(metric ticks) - ticks)) skipped=$(($(metric ticks_skipped) - skipped))
    say "$ticks ticks and $skipped skipped in $took ms, $(($(metric ticks_late) - late)) times late;" \
        "$(metric socket_dropped) messages dropped"
    [ $((ticks + skipped)) -ge $((took / 100 - 5)) ] && [ $((skipped * 50)) -le "$ticks" ]
    timely $? "socket: the tick went on at its pace"
    runs_on && ! has_event 1007
    timely $? "socket: the junction did not notice"
    judge_lamps "socket" 0
}

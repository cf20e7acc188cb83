#!/bin/bash
# Names come from test_faults.sh and conditions go to eval: shellcheck cannot see either.
# shellcheck disable=SC2034,SC2154,SC2016,SC2181,SC2086,SC2119,SC2120
# What people and power do to a cabinet; and two who want it. Read by test_faults.sh.

hand_control() { # hand_control police|local EVENT-FLASHING
    say_hand "$1 on"
    until_true 3 has_event 1026 1
    ok $? "$1: event 1026 says that it begins"
    local leases
    leases=$(counter leases)
    sleep 3
    [ "$(counter leases)" -eq "$leases" ] && cabinet_has '"lease":false' && ! status_has '"mode":"normal"'
    ok $? "$1: the daemon does not fight for the cabinet"
    if [ "$1" = police ]; then cabinet_has '"channels":{"1":"R","2":"R","3":"R"}'; else cabinet_has '"flashing":true'; fi
    ok $? "$1: the lamps are those of the switch"
    say_hand "$1 off"
    cabinet_has '"flashing":true'
    ok $? "$1: given back, the cabinet flashes"
    comes_back "$1 given back"
    has_event 1026 0
    ok $? "$1: event 1026 says that it ended"
}

fault_cabinet_hand() {
    start_all "hand"
    say_hand "door on"
    until_true 3 status_has '"alarms":\[[^]]*"cabinet door"'
    ok $? "door: alarmed"
    say_hand "door off"
    until_true 3 eval "! status_has 'cabinet door'" && runs_on
    timely $? "door: and no longer; the junction ran on"
    hand_control police
    hand_control local
    judge_lamps "hand" 0
}

fault_cabinet_reboot() {
    start_all "reboot"
    say_hand reboot
    until_true 5 has_event 1012
    ok $? "reboot: event 1012 counts it"
    comes_back "reboot"
    say_hand reboot "police on"
    sleep 1
    say_hand "police off"
    comes_back "reboot into the police's hands"
    judge_lamps "reboot" 0
}

# The same junction twice, from two folders with two states: only the cabinet's lease keeps them apart.
fault_cabinet_twins() {
    start_all "twins"
    cp -r "$junction" "$work/twin"
    "$daemon" --no-realtime --socket "$work/twin.sock" --state "$work/twin-state" --journal-size 4 "$work/twin" \
        >>"$work/twin.log" 2>&1 &
    local twin_pid=$!
    twin_has() { "$tool" status --json --socket "$work/twin.sock" 2>/dev/null | grep -q -e "$1"; }
    until_true 5 twin_has '"mode":"flash"'
    sleep 4
    twin_has '"lease":"none"' && ! twin_has '"mode":"normal"'
    ok $? "twins: the second one commands nothing"
    twin_has '"alarms":\[[^]]*"cabinet link"'
    ok $? "twins: and is alarmed about it"
    runs_on && [ "$(counter leases)" -eq 1 ] && [ "$(counter writes_refused)" -eq 0 ]
    timely $? "twins: the first one did not notice"
    "$daemon" --no-realtime --socket "$work/third.sock" --state "$state" "$work/twin" 2>"$work/err"
    [ $? -eq 4 ] && grep -q "process $daemon_pid" "$work/err"
    ok $? "twins: one state directory for two is refused with 4 and the owner named"
    kill -9 "$daemon_pid"
    wait "$daemon_pid" 2>/dev/null
    until_true 3 cabinet_has '"flashing":true'
    ok $? "twins: the first one dies, the cabinet flashes"
    until_true 10 twin_has '"mode":"start-up"'
    ok $? "twins: the second one begins with start-up"
    until_true 20 twin_has '"mode":"normal"'
    ok $? "twins: and takes over"
    start_daemon
    sleep 4
    status_has '"lease":"none"' && [ "$(counter leases)" -eq 2 ]
    ok $? "twins: the first one, restarted, waits its turn"
    flashed_in_time "twins"
    kill -9 $twin_pid
    judge_lamps "twins" 0
}

# Both stopped, both started in the same moment, ten times: the epoch decides, never both.
fault_cabinet_race() {
    make_junction
    cp -r "$junction" "$work/twin"
    start_cabinet
    local i
    for i in 1 2 3 4 5; do
        start_daemon
        "$daemon" --no-realtime --socket "$work/twin.sock" --state "$work/twin-state" --journal-size 4 "$work/twin" \
            >>"$work/twin.log" 2>&1 &
        local twin_pid=$!
        until_true 5 cabinet_has '"lease":true'
        sleep 3
        [ "$(counter leases)" -le $((i * 2)) ] && cabinet_has '"lease":true'
        ok $? "race $i: one of two holds the cabinet"
        kill -9 "$daemon_pid" $twin_pid
        wait "$daemon_pid" $twin_pid 2>/dev/null
        until_true 3 cabinet_has '"lease":false'
    done
    say "five races: $(counter leases) leases, $(counter writes_refused) writes refused"
    judge_lamps "race" 0
}

#!/bin/bash
# Names come from test_faults.sh and conditions go to eval: shellcheck cannot see either.
# shellcheck disable=SC2034,SC2154,SC2016,SC2181,SC2086,SC2119,SC2120
# Faults of the Modbus link. Read by test_faults.sh.

fault_link_absent() {
    make_junction
    start_daemon
    until_true 5 status_has '"link":"unheard"'
    ok $? "absent: the daemon runs and says that nobody was heard"
    ! status_has '"mode":"normal"'
    ok $? "absent: without a cabinet nothing is signalled"
    start_cabinet
    comes_back "absent at the start"
    stop_cabinet
    until_true 5 status_has '"link":"lost"'
    ok $? "absent later: the link is declared lost"
    until_true 5 status_has '"alarms":\[[^]]*"cabinet link"'
    ok $? "absent later: and alarmed"
    sleep 1
    start_cabinet
    cabinet_has '"flashing":true'
    ok $? "absent later: the cabinet comes back in flash"
    comes_back "absent later"
    has_event 1006 && has_event 1007 && [ "$(event_count 1008)" -ge 2 ]
    ok $? "absent: journal has unconfirmed, lost, confirmed"
    judge_lamps "absent" 0
}

fault_link_slow() {
    start_all "slow"
    say_hand "delay 30"
    until_true 25 eval '[ "$(event_count 8)" -ge 2 ]' # yellows
    runs_on && ! has_event 1007
    timely $? "slow: answers 30 ms late change nothing"
    say "two yellows at 30 ms: $(event_count 1006) times unconfirmed"
    for ms in 80 200; do
        say_hand "delay $ms"
        until_true 5 status_has '"link":"lost"'
        ok $? "slow: at $ms ms, beyond the timeout, the link is declared lost"
        until_true 3 cabinet_has '"flashing":true'
        timely $? "slow: at $ms ms the cabinet flashes"
        say_hand "delay 0"
        comes_back "slow $ms"
    done
    [ "$(event_count 1007)" -eq 2 ]
    timely $? "slow: journal has two losses"
    judge_lamps "slow" 0
    # The judge itself: the same log, its first yellow a second shorter.
    awk '$4 == "lamp" && $5 == 2 && $6 == 0 { ended = 1 }
         ended && $4 == "lamp" && $5 == 1 && $6 == 0 { cut = 1000 }
         { $1 -= cut; print }' "$work/lamps-1.log" >"$work/cut.log"
    "$judge" "$junction" "$work/cut.log" >"$work/judge.out"
    [ $? -eq 1 ] && grep -q 'L5: group 1 left yellow' "$work/judge.out"
    ok $? "slow: the judge would have seen a yellow cut by a second"
}

fault_link_noise() {
    start_all "noise"
    local what end
    for what in "drop 1" "garbage 1" "exception 1" "stale 1"; do
        say_hand "$what"
        sleep 1
    done
    ! has_event 1007 && runs_on
    timely $? "noise: single losses are made up for"
    say "single losses: $(event_count 1006) times unconfirmed for three ticks"
    end=$((SECONDS + 24)) # a cycle and a half: every minimum and every yellow meets its share
    while [ $SECONDS -lt $end ]; do
        for what in "drop 5" "garbage 4" "exception 5" "stale 5" "drop 2" "drop 8"; do
            say_hand "$what"
            sleep 0.7
        done
    done
    ! has_event 1007 && runs_on
    timely $? "noise: a few in a row, all the time, lengthen what is shown and no more"
    say "a few in a row, all the time: $(event_count 1006) times unconfirmed for three ticks"
    for what in "drop 40" "garbage 40"; do
        before=$(event_count 1007)
        say_hand "$what"
        until_true 8 eval '[ "$(event_count 1007)" -gt $before ]'
        ok $? "noise: $what loses the link"
        say_hand "${what% *} 0"
        until_true 3 cabinet_has '"flashing":true'
        timely $? "noise: $what ends in flash"
        comes_back "noise, $what"
    done
    flashed_in_time "noise"
    judge_lamps "noise" 0
}

fault_link_reset() {
    cabinet_port=$((port + 1))
    "$peers" proxy "$port" "$cabinet_port" >"$work/proxy.out" &
    local proxy_pid=$!
    until_true 5 grep -q ready "$work/proxy.out"
    start_all "reset"
    kill -USR1 $proxy_pid
    sleep 3
    runs_on && ! has_event 1007
    timely $? "reset: one broken connection is made anew before the link is lost"
    say "one reset: $(event_count 1006) times unconfirmed for three ticks"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -USR1 $proxy_pid
        sleep 0.3
    done
    until_true 30 is_normal
    ok $? "reset: ten resets in three seconds are survived"
    say "ten resets: lost $(event_count 1007) times"
    kill -STOP $proxy_pid
    until_true 5 status_has '"link":"lost"'
    ok $? "reset: a gateway that hangs is a lost link"
    until_true 3 cabinet_has '"flashing":true'
    ok $? "reset: behind a gateway that hangs the cabinet flashes"
    kill -CONT $proxy_pid
    comes_back "a gateway that hung"
    judge_lamps "reset" 0
}

fault_link_foreign() {
    make_junction
    local hash
    hash=$(awk '$1 == "hash" { print $2 }' "$work/monitor.conf")
    make_monitor 78 "$hash" >"$work/site.conf"
    make_monitor 77 "0${hash#?}" >"$work/hash.conf"
    start_cabinet "$work/site.conf"
    start_daemon
    until_true 5 status_has '"alarms":\[[^]]*"safety file"'
    timely $? "foreign: a cabinet of another site is alarmed"
    "$tool" status --socket "$sock" | tee "$work/status.txt" | grep -q 'wrong cabinet'
    ok $? "foreign: and named as the reason"
    stop_cabinet
    start_cabinet "$work/hash.conf"
    sleep 3
    status_has '"alarms":\[[^]]*"safety file"' && [ "$(counter leases)" -eq 0 ] && [ "$(counter writes_accepted)" -eq 0 ]
    ok $? "foreign: a cabinet wired for another safety file is never commanded"
    stop_cabinet
    start_cabinet
    comes_back "the right cabinet"
    stop_cabinet
    start_cabinet "$work/site.conf"
    sleep 3
    [ "$(counter leases)" -eq 0 ] && cabinet_has '"flashing":true'
    ok $? "foreign: another cabinet on our port later is not commanded either"
    stop_cabinet
    start_cabinet
    comes_back "foreign, the right one again"
    judge_lamps "foreign" 0
}

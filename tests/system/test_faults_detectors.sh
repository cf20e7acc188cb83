#!/bin/bash
# Names come from test_faults.sh and conditions go to eval: shellcheck cannot see either.
# shellcheck disable=SC2034,SC2154,SC2016,SC2181,SC2086,SC2119,SC2120
# Detectors stuck on, dead, chattering, faulty by their own word, without a source. Read by test_faults.sh.
# The least times a plan can give them are a minute, so this is the longest of the tests.

detector_is() { status_has "\"number\":$1,\"occupied\":[a-z]*,\"health\":\"$2\""; }

press() { # press INPUT TIMES: actuations a second apart at most
    local i
    for ((i = 0; i < $2; i++)); do
        say_hand "input $1 on"
        sleep 0.3
        say_hand "input $1 off"
        sleep 0.3
    done
}

fault_detectors() {
    make_junction
    start_cabinet
    say_hand "input 0 on" # w1_stop is occupied from now on
    start_daemon
    until_true 20 is_normal
    ok $? "detectors: the junction runs"
    say_hand "input 3 faulty"
    until_true 3 has_event 84
    ok $? "hardware: event 84 when the source itself says faulty"
    local i from=$SECONDS
    for ((i = 0; i < 120 && SECONDS - from < 62; i++)); do # chatter; s1_stop allows 45 in a minute
        say_hand "input 1 pulse"
        sleep 0.35
    done
    until_true 25 has_event 1015 2
    ok $? "chatter: event 1015 names detector 2"
    until_true 10 has_event 1016 1
    ok $? "stuck on: event 1016 names detector 1"
    until_true 10 has_event 85 5
    ok $? "dead: event 85 names detector 5"
    status_has '"alarms":\[[^]]*"detector"'
    ok $? "detectors: alarmed"
    runs_on
    timely $? "detectors: the junction runs on"
    status_has '"strategy":"fixed"' && has_event 1001
    ok $? "detectors: so many failed that the strategy fell back to fixed, event 1001"
    local served
    served=$(event_count 1003 2)
    until_true 30 eval '[ "$(event_count 1003 2)" -gt '"$served"' ]'
    ok $? "detectors: the side road is served all the same"
    say_hand "input 0 off" "input 3 good"
    press 0 1
    sleep 2.5
    ! has_event 83 1
    ok $? "restore: one good actuation is not enough"
    press 0 3
    until_true 5 has_event 83 1
    ok $? "restore: with three and two seconds of good conduct detector 1 is trusted again"
    judge_lamps "detectors" 0
}

# The source is the cabinet's link: when it falls silent detectors go stale, each once, and come back.
fault_detectors_stale() {
    start_all "stale"
    stop_cabinet
    until_true 8 has_event 1017 1
    ok $? "stale: event 1017 when the source falls silent"
    [ "$(event_count 1017 1)" -eq 1 ]
    ok $? "stale: once"
    start_cabinet
    comes_back "stale"
    press 0 3
    until_true 6 has_event 83 1
    ok $? "stale: trusted again after three actuations"
    judge_lamps "stale" 0
}

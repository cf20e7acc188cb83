#!/bin/bash
# Names come from test_faults.sh and conditions go to eval: shellcheck cannot see either.
# shellcheck disable=SC2034,SC2154,SC2016,SC2181,SC2086,SC2119,SC2120
# Lamps that do not do what they are told, or are said not to. Read by test_faults.sh.

latched_until_reset() { # latched_until_reset NAME: a restart does not help, the button at the cabinet does
    kill -9 "$daemon_pid"
    wait "$daemon_pid" 2>/dev/null
    start_daemon
    until_true 5 status_has '"mode"'
    sleep 5
    cabinet_has '"latched":true' && cabinet_has '"flashing":true' && ! status_has '"mode":"normal"'
    ok $? "$1: a restart of the daemon does not end the latch"
    say_hand "press reset"
    comes_back "$1, reset pressed"
    cabinet_has '"latched":false'
    ok $? "$1: nothing is latched any more"
}

# A tick is 0.1 s in the journal: from the first lamp told otherwise to alarm and trip.
lie() { # lie NAME LAMP HOW
    start_all "$1"
    say_hand "readback $2 $3"
    until_true 30 cabinet_has '"latched":true'
    ok $? "$1: flash is latched"
    cabinet_has '"fault":6,'
    ok $? "$1: because the controller asked for it"
    until_true 3 has_event 1010
    ok $? "$1: event 1010 names the group"
    until_true 3 has_event 1005 || until_true 1 has_event 1000 5
    say_hand "readback $2 ok"
    events | awk -F, '$4 == 1010 || $4 == 1005 || ($4 == 1000)' | sed 's/^/# /'
    latched_until_reset "$1"
    judge_lamps "$1" 1
}

fault_lamps_lie_on() { lie "a read-back that lies on" 2 stuck-on; }

fault_lamps_lie_off() { lie "a read-back that lies off" 0 stuck-off; }

# A short lie is an alarm and no more: seven ticks are past five and short of ten.
fault_lamps_short_lie() {
    start_all "short lie"
    until_true 20 eval 'events | tail -n 8 | grep -q ",1004,1,"' # main is green for four seconds
    say_hand "readback 5 stuck-on"
    until_true 2 has_event 1010
    local alarmed=$?
    say_hand "readback 5 ok"
    timely $alarmed "short lie: alarmed within a second"
    sleep 2
    cabinet_has '"latched":false' && runs_on
    timely $? "short lie: no latch, the junction runs on"
    judge_lamps "short lie" 0
}

stuck() { # stuck NAME LAMP HOW FAULTS: a real lamp; the cabinet's monitor sees it as well
    start_all "$1"
    broken_from
    say_hand "lamp $2 $3"
    until_true 30 cabinet_has '"latched":true'
    ok $? "$1: flash is latched"
    say "$1: $(counter fault) $("$helper" hand "$hand" state | sed 's/.*"fault_name":"\([^"]*\)".*/(\1)/')"
    cabinet_has "\"fault\":\\($4\\),"
    ok $? "$1: for the right reason"
    until_true 3 eval 'has_event 1011 || has_event 1010'
    ok $? "$1: the journal has it"
    sleep 3
    cabinet_has '"flashing":true' && ! status_has '"mode":"normal"'
    ok $? "$1: the daemon follows and does not fight"
    say_hand "lamp $2 ok"
    broken_to
    latched_until_reset "$1"
    judge_lamps "$1" 1
}

fault_lamps_green_stuck() { stuck "a green stuck on" 2 stuck-on '1\|5'; }

fault_lamps_red_dead() { stuck "a red that is dead" 3 stuck-off '2\|6'; }

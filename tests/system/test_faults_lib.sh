#!/bin/bash
# Names come from test_faults.sh and conditions go to eval: shellcheck cannot see either.
# shellcheck disable=SC2034,SC2154,SC2016,SC2181,SC2086,SC2119,SC2120
# What every fault test needs: one junction, one cabinet, one daemon, all on loopback, each test with a folder
# and ports of its own. Read by test_faults.sh, which sets: daemon tool cabinet helper judge peers disk tile source work port.

sock=$work/sock hand=$work/hand junction=$work/junction state=$work/state
lives=0 broken=() first=''
# Other tests compute beside us; these wait, and what they wait for is a tick that comes in time.
if nice -n -10 true 2>/dev/null; then first='nice -n -10'; fi

ok() { # ok STATUS NAME
    if [ "$1" -eq 0 ]; then echo "ok - $2"; else
        echo "not ok - $2"
        tail -n 3 "$work/daemon.log" 2>/dev/null | sed 's/^/# /'
    fi
}

# What needs its time is excused on a machine that took the daemon's: it counts the ticks it was late for. What the
# lamps showed is never excused.
timely() { # timely STATUS NAME
    local skipped=0
    if [ "$1" -ne 0 ]; then
        events >"$work/events.csv"
        skipped=$(awk -F, '$4 == 1019 { n += $5 } END { print n + 0 }' "$work/events.csv")
    fi
    if [ "$skipped" -gt 0 ]; then
        echo "skip - $2 # SKIP this machine was too busy: $skipped ticks came late"
    else
        ok "$1" "$2"
    fi
}

say() { echo "# $*"; }

until_true() { # until_true SECONDS COMMAND...: five times a second; by the clock, because forks are slow under load
    local end=$((SECONDS + $1 + 1))
    shift
    while [ $SECONDS -lt $end ]; do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.2
    done
    return 1
}

status_has() { "$tool" status --json --socket "$sock" 2>/dev/null | grep -q -e "$1"; }
metric() { "$tool" status --metrics --json --socket "$sock" 2>/dev/null | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
say_hand() { "$helper" hand "$hand" "$@" >"$work/hand.out" && ! grep -q error "$work/hand.out"; }
cabinet_has() { "$helper" hand "$hand" state 2>/dev/null | grep -q -e "$1"; }
counter() { "$helper" hand "$hand" state 2>/dev/null | sed -n "s/.*\"$1\":\(-*[0-9]*\).*/\1/p"; }
mono_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }
gone() { ! kill -0 "$1" 2>/dev/null; }
is_normal() { status_has '"mode":"normal".*"link":"confirmed","lease":"held"'; }
runs_on() { until_true 2 is_normal; } # one answer may be late at any moment
events() { "$tool" log --journal "$state/journal" --csv 2>/dev/null; }
event_count() { events | awk -F, -v code="$1" -v param="${2:-}" '$4 == code && (param == "" || $5 == param)' | wc -l; }
has_event() { [ "$(event_count "$@")" -gt 0 ]; }

make_junction() { # a copy of the crossing, plugged into our port
    cp -r "$source/tests/system/crossing" "$junction"
    sed -i "s/port: [0-9]*/port: $port/" "$junction/site.yaml"
    make_monitor 77 "$("$tool" show "$junction" | sed -n 's/^safety file \([0-9a-f]*\).*/\1/p')" >"$work/monitor.conf"
}

make_monitor() { # make_monitor SITE HASH
    cat <<END
site $1
hash $2
heartbeat 1.0
min-yellow 2.7
channel 1 red 0 yellow 1 green 2 flash yellow
channel 2 red 3 yellow 4 green 5 flash yellow
channel 3 red 6 green 7 flash dark
conflict 1 2
conflict 1 3
END
}

start_cabinet() { # start_cabinet [MONITOR-FILE]: every life of it has a log of its own
    lives=$((lives + 1))
    mkdir -p "$work/cabinet"
    $first "$cabinet" --port "${cabinet_port:-$port}" --monitor "${1:-$work/monitor.conf}" --state "$work/cabinet" \
        --control "$hand" --log "$work/lamps-$lives.log" >>"$work/cabinet.out" 2>&1 &
    cabinet_pid=$!
    until_true 5 cabinet_has site
}

stop_cabinet() {
    kill -9 "$cabinet_pid"
    wait "$cabinet_pid" 2>/dev/null
}

start_daemon() { # start_daemon OPTION...
    $first "$daemon" --no-realtime --socket "$sock" --state "$state" --journal-size 4 "$@" "$junction" \
        >>"$work/daemon.log" 2>&1 &
    daemon_pid=$!
}

start_all() { # to the first green
    make_junction
    start_cabinet
    start_daemon
    until_true 20 is_normal
    timely $? "$1: the junction runs"
}

comes_back() { # comes_back NAME: through start-up to normal; says how long that took
    local from=$SECONDS
    until_true 12 status_has '"mode":"start-up"'
    ok $? "$1: the way back is start-up"
    until_true 20 is_normal
    timely $? "$1: normal again"
    say "$1: normal again after about $((SECONDS - from)) s"
}

broken_from() { broken_at=$(($(mono_ms) - 50)); }
broken_to() { broken+=("$broken_at:$(mono_ms)"); }

judge_lamps() { # judge_lamps NAME TRIPS: the cabinet's own log before the oracle, its monitor's count
    local log good=0
    for log in "$work"/lamps-*.log; do
        "$judge" "$junction" "$log" "${broken[@]}" >"$work/judge.out" 2>&1 || good=1
        sed 's/^/# /' "$work/judge.out"
    done
    ok $good "$1: no lamp broke a law"
    [ "$(cat "$work"/lamps-*.log | grep -c ' trip ')" -eq "$2" ]
    ok $? "$1: the cabinet's monitor tripped $2 times"
}

flashed_in_time() { # flashed_in_time NAME: from the last heartbeat; a loaded machine may look late
    local after
    after=$(counter flash_after_max_ms)
    say "$1: flash at most $after ms after the last heartbeat"
    [ "$after" -ge 0 ] && [ "$after" -le 1100 ]
    timely $? "$1: flash within the heartbeat time"
}

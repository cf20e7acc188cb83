#!/bin/bash
# The demo as a newcomer runs it, without a terminal: one JSON object on standard output, nothing left behind.
# usage: test_demo.sh SOURCE_DIR    (TAP on standard output)
set -u
cd "$1" || exit 1
work=$(mktemp -d /tmp/kavsak-test-demo-XXXXXX)
trap 'rm -rf "$work"' EXIT
count=0 failed=0

ok() { # ok STATUS NAME
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failed=1
        sed 's/^/# /' "$work/out"
        tail -n 8 "$work/err" | sed 's/^/# /'
    fi
}

refuses() { # refuses WORD ARGUMENTS...
    local word=$1
    shift
    ./demo.sh "$@" >"$work/out" 2>"$work/err" </dev/null
    [ $? -eq 2 ] && grep -q -- "$word" "$work/err" && [ ! -s "$work/out" ]
    ok $? "demo.sh $* is refused, and '$word' said"
}

refuses 'unknown option' --frobnicate
refuses 'needs a number' --headless --seconds
refuses 'needs a number' --headless --seconds 1m
refuses 'at least 40' --headless --seconds 39
refuses '--headless'

# In a session of its own: whoever is left in it afterwards was left behind.
setsid ./demo.sh --headless --seconds 60 >"$work/out" 2>"$work/err" </dev/null &
demo=$!
wait $demo
status=$?
has() { grep -q "$1" "$work/out"; }
[ $status -eq 0 ]
ok $? "60 seconds of the demo end with 0"
[ "$(wc -l <"$work/out")" -eq 1 ] && has '^{"ok":true,"seconds":60,.*}$'
ok $? "standard output is one JSON object and nothing else"
python3 - "$work/out" <<'END'
import json
import sys
s = json.load(open(sys.argv[1], encoding='utf-8'))
# Against the clock and not against 60: how long the start takes is the machine's affair.
due = s['ran_ms'] / 100
assert 0.97 * due <= s['ticks'] + s['ticks_skipped'] <= due + 20, 'ten ticks a second'
assert len(s['writes_accepted']) == 3 and min(s['writes_accepted']) >= 570
assert len(s['lamp_changes']) == 3 and min(s['lamp_changes']) >= 20
assert s['monitor_trips'] == 0 and s['guard_trips'] == 0 and s['junctions_normal'] == 3
assert s['junctions_over_mqtt'] == 3 and s['mqtt_messages'] >= 60
assert s['vehicles_through'] >= 3 and s['vehicles_due'] >= s['vehicles_through']
assert s['junctions_adaptive'] == 3 and s['delay_actuated_s'] > 0 and s['delay_adaptive_s'] > 0
assert abs(s['delay_adaptive_s'] - s['delay_actuated_s'] - s['delay_difference_s']) < 0.01
END
ok $? "every cabinet was driven, vehicles came through, the broker heard it, nothing tripped"
! pgrep -s $demo >/dev/null
ok $? "no process is left"

# Stopped half way, it tidies up at once.
setsid ./demo.sh --headless --seconds 600 >"$work/out" 2>"$work/err" </dev/null &
demo=$!
for _ in $(seq 300); do
    grep -q running "$work/err" && break
    sleep 0.1
done
sleep 1
folder=$(pgrep -s $demo -a kavsakd | grep -o '/tmp/kavsak-demo-[A-Za-z0-9]*' | head -n 1)
kill -TERM $demo
for _ in $(seq 30); do
    kill -0 $demo 2>/dev/null || break
    sleep 0.1
done
wait $demo
[ $? -eq 130 ] && ! pgrep -s $demo >/dev/null && [ -n "$folder" ] && [ ! -e "$folder" ] && [ ! -s "$work/out" ]
ok $? "SIGTERM ends the demo, its processes and its folder, without a summary"

echo "1..$count"
exit $failed

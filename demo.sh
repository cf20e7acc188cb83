#!/bin/bash
# Shows Kavsak at work on this machine: installs what is missing, builds, starts an emulated cabinet with
# traffic on its loops, the controller, and a live view of the junction.
#
#   ./demo.sh                          look, and try things from a second terminal
#   ./demo.sh --headless --seconds N   the same without a terminal: after N seconds (default 60, at
#                                      least 40) a JSON summary; exit 0 only if it really ran
set -uo pipefail
cd "$(dirname "$0")" || exit 3

readonly BUILD=build/demo
readonly JUNCTION=plans/examples/saat-kulesi
headless=no seconds=60 pids=() work=''

usage() {
    echo "demo.sh: $1" >&2
    sed -n '5,7s/^# //p' "$0" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --headless) headless=yes ;;
    --seconds)
        [ $# -gt 1 ] || usage "--seconds needs a number"
        seconds=$2
        shift
        ;;
    --help)
        sed -n '2,7s/^# //p' "$0"
        exit 0
        ;;
    *) usage "unknown option '$1'" ;;
    esac
    shift
done
case $seconds in
'' | *[!0-9]*) usage "--seconds must be a number, not '$seconds'" ;;
esac
[ "$seconds" -ge 40 ] || usage "start-up alone takes 25 s: at least 40 seconds"

# Whatever ends this script ends what it started. The controller first: it stops in order if it is given time.
cleanup() {
    trap - EXIT INT TERM HUP
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
    sleep 0.2
    for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null; done
    wait 2>/dev/null
    [ -z "$work" ] || rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

say() { echo "demo: $*" >&2; }

trouble() {
    say "$1"
    tail -n 5 "$work"/*.log 2>/dev/null >&2
    exit 3
}

prepare() {
    bash tests/install.sh build || exit 3
    say "building in $BUILD"
    [ -f $BUILD/build.ninja ] || meson setup $BUILD -Dtests=false >/dev/null || exit 3
    ninja -C $BUILD controller/daemon/kavsakd controller/cli/kavsak sim/kavsak-cabinet >"$BUILD/demo.log" || {
        tail -n 20 "$BUILD/demo.log" >&2
        exit 3
    }
}

# Vehicles arrive at random on each approach, pedestrians press buttons. Each vehicle crosses the loop 40 m
# before the stop line and three seconds later stands on the one at the line for a while. Channels are
# the cabinet's inputs, counted from 1.
make_traffic() {
    awk 'BEGIN {
        srand(7)
        print "TimeStamp,DeviceId,EventId,Parameter"
        split("2 0 5 0 8 10", far_loop, " "); split("1 3 4 6 7 9", stop_loop, " ")
        split("9 22 9 25 14 16", headway, " ")
        for (lane = 1; lane <= 6; lane++) {
            for (at = 2 + rand() * 9; at < 7200; at += 1.5 - headway[lane] * log(1 - rand())) {
                if (far_loop[lane] > 0) { pulse(at, far_loop[lane], 0.4) }
                pulse(at + 3, stop_loop[lane], 0.5 + rand() * 6)
            }
        }
        for (button = 11; button <= 14; button++) {
            for (at = 5 + rand() * 40; at < 7200; at += 30 - 40 * log(1 - rand())) { pulse(at, button, 0.3) }
        }
    }
    function pulse(at, channel, duration) {
        if (at < busy[channel]) { return }
        busy[channel] = at + duration + 0.3
        event(at, 82, channel); event(at + duration, 81, channel)
    }
    function event(at, code, channel) {
        printf "2026-01-05 %02d:%02d:%06.3f,1,%d,%d\n", 7 + int(at / 3600), int(at / 60) % 60, at % 60, code, channel
    }' >"$work/unsorted.csv"
    { head -n 1 "$work/unsorted.csv"; tail -n +2 "$work/unsorted.csv" | sort; } >"$work/traffic.csv"
}

start() {
    work=$(mktemp -d /tmp/kavsak-demo-XXXXXX) || exit 3
    make_traffic
    local port
    for port in 15021 $((20000 + $$ % 10000)) $((30000 + $$ % 10000)); do # the first may be taken
        $BUILD/sim/kavsak-cabinet --port "$port" --monitor $JUNCTION/monitor.conf --log "$work/lamps.log" \
            --control "$work/hand" --play "$work/traffic.csv" --play-at-once >"$work/cabinet.log" 2>&1 &
        cabinet=$!
        sleep 0.5
        kill -0 $cabinet 2>/dev/null && break
    done
    kill -0 $cabinet 2>/dev/null || trouble "the emulated cabinet did not start"
    pids=("$cabinet")
    cp -r $JUNCTION "$work/saat-kulesi"
    sed -i "s/port: 15021/port: $port/" "$work/saat-kulesi/site.yaml"
    $BUILD/controller/daemon/kavsakd --no-realtime --trust-clock --socket "$work/kavsakd.sock" --state "$work/state" \
        --journal-size 16 "$work/saat-kulesi" >"$work/kavsakd.log" 2>&1 &
    daemon=$!
    pids=("$daemon" "$cabinet")
    for _ in $(seq 50); do
        [ -S "$work/kavsakd.sock" ] && return
        kill -0 $daemon 2>/dev/null || trouble "kavsakd did not start"
        sleep 0.1
    done
    trouble "kavsakd does not open its socket"
}

number() { # NAME: from one line of JSON on standard input; 0 if it is not there
    sed -n "s/.*\"$1\":\(-*[0-9][0-9]*\).*/\1/p" | grep . || echo 0
}

headless() {
    say "running for $seconds seconds"
    sleep "$seconds"
    local metrics status events ticks modbus lamps greens trips detectors mode ok=false
    metrics=$($BUILD/controller/cli/kavsak status --metrics --socket "$work/kavsakd.sock")
    status=$($BUILD/controller/cli/kavsak status --json --socket "$work/kavsakd.sock")
    events=$($BUILD/controller/cli/kavsak log --json --journal "$work/state/journal")
    ticks=$(number ticks <<<"$metrics")
    modbus=$(number modbus_ok <<<"$metrics")
    lamps=$(grep -c ' lamp ' "$work/lamps.log")
    greens=$(grep -c '"name":"green begin"' <<<"$events")
    detectors=$(grep -c '"name":"detector on"' <<<"$events")
    trips=$(grep -c ' trip ' "$work/lamps.log")
    mode=$(grep -o '"mode":"[^"]*"' <<<"$status" | cut -d '"' -f 4)
    if [ "$ticks" -ge $((seconds * 9)) ] && [ "$modbus" -ge $((ticks * 9 / 10)) ] && [ "$lamps" -ge 20 ] &&
        [ "$greens" -ge 2 ] && [ "$detectors" -ge 5 ] && [ "$trips" -eq 0 ] && [ "$mode" = normal ]; then
        ok=true
    fi
    printf '{"ok":%s,"seconds":%d,"mode":"%s","ticks":%d,"ticks_skipped":%d,"modbus_transfers":%d,' \
        $ok "$seconds" "$mode" "$ticks" "$(number ticks_skipped <<<"$metrics")" "$modbus"
    printf '"modbus_failed":%d,"lamp_changes_seen_by_cabinet":%d,"greens":%d,"detections":%d,"monitor_trips":%d}\n' \
        "$(number modbus_failed <<<"$metrics")" "$lamps" "$greens" "$detectors" "$trips"
    [ $ok = true ] || trouble "not everything happened that should have"
}

live() {
    cat <<EOF

Saat Kulesi runs: a four-arm junction of three stages. The cabinet is emulated, with a conflict monitor of
its own, the traffic on its loops is random. First it flashes, then yellow, all red, and after 25 s the first
green. From a second terminal, in $PWD:

  $BUILD/controller/cli/kavsak log --follow --socket $work/kavsakd.sock
  $BUILD/controller/cli/kavsak cmd call-ped P2 --why demo --socket $work/kavsakd.sock
  $BUILD/controller/cli/kavsak cmd flash --for 30s --why demo --socket $work/kavsakd.sock
  kill -9 $daemon                    # the cabinet flashes by itself within a second

EOF
    read -r -p "Enter shows the junction live; q ends. "
    $BUILD/controller/cli/kavsak status --watch --socket "$work/kavsakd.sock"
}

prepare
start
if [ $headless = yes ]; then headless; else live; fi

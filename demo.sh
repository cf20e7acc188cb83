#!/bin/bash
# Shows Kavsak at work on this machine: installs what is missing, builds, starts a corridor of three
# junctions as emulated cabinets with simulated traffic between them, the controller, an MQTT broker that
# hears all of it, and a live view. All three run adaptive; what that is worth beside actuated control, an hour of
# the same traffic under each says first.
#
#   ./demo.sh                          look, and try things from a second terminal
#   ./demo.sh --headless --seconds N   the same without a terminal: after N seconds (default 60, at
#                                      least 40) a JSON summary; exit 0 only if it really ran
#   --seed N                           another morning's traffic (default 1)
#
# Everything listens on 127.0.0.1, lives in a folder of its own under /tmp and ends with the demo.
set -uo pipefail
cd "$(dirname "$0")" || exit 3

readonly BUILD=$PWD/build/demo
readonly CORRIDOR=(saat-kulesi cay-deresi pasaalani)
readonly PORT=15021 PORT_STEP=10 PORT_TRIES=10 # three cabinets each; the next ten if they are taken
readonly BROKER_PORT=18830 # the page: five above
readonly RESTART_AFTER=8
headless=no seconds=60 seed=1 work='' keeper='' nap='' cabinets='' broker='' broker_port='' link='' ear='' actuated=0 adaptive=0 has_page=no
started_ms=0

usage() {
    echo "demo.sh: $1" >&2
    sed -n '7,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

value_of() { # OPTION VALUE: a whole number
    case ${2:-} in
    '' | *[!0-9]*) usage "$1 needs a number" ;;
    esac
    echo "$2"
}

while [ $# -gt 0 ]; do
    case $1 in
    --headless) headless=yes ;;
    --seconds)
        seconds=$(value_of "$@") || exit 2
        shift
        ;;
    --seed)
        seed=$(value_of "$@") || exit 2
        shift
        ;;
    --help)
        sed -n '2,12s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) usage "unknown option '$1'" ;;
    esac
    shift
done
[ "$seconds" -ge 40 ] || usage "flash, yellow and all-red of the start-up take 24 s: at least 40 seconds"
[ $headless = yes ] || [ -t 0 ] || usage "without a terminal: --headless"

say() { echo "demo: $*" >&2; }

now_ms() {
    local now_us=${EPOCHREALTIME//[.,]/}
    echo $((now_us / 1000))
}

trouble() {
    say "$1"
    [ -z "$work" ] || tail -n 5 "$work"/*.log >&2
    exit 3
}

# Whatever ends this script ends what it started.
cleanup() {
    trap - EXIT INT TERM HUP
    local pid
    for pid in $nap $ear $link $keeper $cabinets $broker; do kill "$pid" 2>/dev/null; done
    wait 2>/dev/null
    [ -z "$work" ] || rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# Two demos of one clone may start at once; one of them builds.
prepare() {
    tests/install.sh build demo >&2 </dev/null || exit 3
    mkdir -p "$BUILD"
    say "building in $BUILD"
    (
        flock 9
        [ -f "$BUILD/build.ninja" ] ||
            meson setup "$BUILD" --buildtype=release -Dtests=false >&2 || exit 3
        ninja -C "$BUILD" controller/{daemon/kavsakd,link/kavsak-link,cli/kavsak} sim/kavsak-cabinet >&2
    ) 9>"$BUILD.lock" || trouble "the build failed"
    if prepare_page; then
        has_page=yes
    else
        say "going on without the operators' page: it needs the packages nodejs and npm, and npm its registry"
    fi
}

prepare_page() {
    tests/install.sh page >&2 </dev/null || return
    (
        flock 9
        node controller/dashboard/build.js "$BUILD/page" "$BUILD/npm" >&2
    ) 9>"$BUILD.lock"
}

# The junctions as they are in plans/examples, on ports of their own, and their free-running plan, by gaps as it
# stands there, adaptive at any hour.
copy_junctions() { # FIRST_PORT
    local port=$1 name
    for name in "${CORRIDOR[@]}"; do
        rm -rf "${work:?}/$name"
        cp -r "plans/examples/$name" "$work/$name" || exit 3
        sed -i "s/port: 1502[0-9]/port: $port/" "$work/$name/site.yaml"
        sed -Ei 's/strategy: actuated/strategy: adaptive/; s/^(    [a-z]+: \{"00:00": [a-z_]+).*/\1}/' \
            "$work/$name/plan.yaml"
        port=$((port + 1))
    done
}

# Control lines go through a FIFO that this side holds open, answers to cabinets.out.
start_cabinets() {
    local try port
    for try in $(seq 0 $((PORT_TRIES - 1))); do
        port=$((PORT + try * PORT_STEP))
        copy_junctions $port
        "$BUILD/sim/kavsak-cabinet" --street plans/examples/demand.csv --seed "$seed" --control - \
            --log "$work/lamps" "${folders[@]}" <>"$work/hand" >"$work/cabinets.out" 2>"$work/cabinets.log" &
        cabinets=$!
        for _ in $(seq 50); do
            grep -q ready "$work/cabinets.out" && return
            kill -0 $cabinets 2>/dev/null || break
            sleep 0.1
        done
        grep -q 'cannot listen' "$work/cabinets.log" || trouble "the emulated cabinets did not start"
        say "$(cat "$work/cabinets.log"); trying port $((port + PORT_STEP))"
    done
    trouble "no free ports between $PORT and $((port + 2))"
}

# The page and its MQTT over WebSocket come from one port. mosquitto 2.0.11 opens a listener of websockets to the whole
# network, whatever address it is given, unless socket_domain is there. Started by root it would become a user who may
# not read this folder.
write_broker_conf() {
    printf 'user %s\nper_listener_settings true\npersistence false\nlog_dest stderr\n' "$(id -un)"
    printf 'listener %d 127.0.0.1\nsocket_domain ipv4\nallow_anonymous true\n' "$broker_port"
    [ $has_page = yes ] || return
    printf '%s:%s\n' operator demo >"$work/passwords"
    mosquitto_passwd -U "$work/passwords"
    printf 'listener %d 127.0.0.1\nsocket_domain ipv4\nprotocol websockets\nhttp_dir %s\n' \
        $((broker_port + 5)) "$BUILD/page"
    printf 'allow_anonymous false\npassword_file %s\n' "$work/passwords"
}

# A broker of our own: the one that the package may have started is left alone.
start_broker() {
    local try
    for try in $(seq 0 $((PORT_TRIES - 1))); do
        broker_port=$((BROKER_PORT + try * PORT_STEP))
        write_broker_conf >"$work/broker.conf"
        PATH=$PATH:/usr/sbin mosquitto -c "$work/broker.conf" 2>"$work/broker.log" &
        broker=$!
        for _ in $(seq 50); do
            grep -q running "$work/broker.log" && return
            kill -0 $broker 2>/dev/null || break
            sleep 0.1
        done
        grep -q 'in use' "$work/broker.log" || trouble "the broker did not start"
        say "port $broker_port is taken; trying $((broker_port + PORT_STEP))"
    done
    trouble "no free port between $BROKER_PORT and $broker_port"
}

# Subscribed before anybody publishes: what is heard is what was sent.
start_link() {
    mosquitto_sub -h 127.0.0.1 -p "$broker_port" -t '#' -v >"$work/heard" 2>"$work/subscriber.log" &
    ear=$!
    "$BUILD/controller/link/kavsak-link" --socket "$work/kavsakd.sock" --broker 127.0.0.1 \
        --port "$broker_port" "${folders[@]}" >"$work/link.log" 2>&1 &
    link=$!
}

# One process drives all three junctions, so that one socket and one journal show the corridor. In the field
# each cabinet has a daemon of its own, because a bug that stops a process flashes all its junctions. It is
# started again as systemd would.
keep_daemon() {
    local child=''
    trap 'kill -9 $child; wait; exit' TERM
    while :; do
        "$BUILD/controller/daemon/kavsakd" --no-realtime --trust-clock --socket "$work/kavsakd.sock" \
            --state "$work/state" --journal-size 16 "${folders[@]}" &
        child=$!
        echo $child >"$work/kavsakd.pid"
        wait $child
        echo "demo: kavsakd ended with $?"
        sleep $RESTART_AFTER &
        child=$!
        wait $child
    done
}

start() {
    work=$(mktemp -d /tmp/kavsak-demo-XXXXXX) || exit 3
    folders=("${CORRIDOR[@]/#/$work/}")
    mkfifo "$work/hand" || exit 3
    start_cabinets
    start_broker
    keep_daemon >>"$work/kavsakd.log" 2>&1 &
    keeper=$!
    for _ in $(seq 50); do
        if [ -S "$work/kavsakd.sock" ]; then
            started_ms=$(now_ms)
            start_link
            return
        fi
        grep -q 'kavsakd ended' "$work/kavsakd.log" 2>/dev/null && trouble "kavsakd did not start"
        sleep 0.1
    done
    trouble "kavsakd does not open its socket"
}

# An hour of the same traffic, each vehicle and turn the same, under one strategy: its JSON summary.
hour_of() { # STRATEGY
    "$BUILD/controller/cli/kavsak" sim --strategy "$1" --json --quiet --seed "$seed" --demand plans/examples/demand.csv \
        "${folders[@]}" 2>/dev/null
}

# Tenths of a second, because the shell has no fractions.
delay_of() { grep -o '"delay_s":[0-9]*\.[0-9]' | head -n 1 | tr -dc 0-9 | grep . || echo 0; }

seconds_of() { # TENTHS
    local size=${1#-}
    printf '%s%d.%d' "${1%%[0-9]*}" $((size / 10)) $((size % 10))
}

compare() {
    say "an hour of this traffic under each strategy"
    actuated=$(hour_of actuated | delay_of)
    adaptive=$(hour_of adaptive | delay_of)
    say "mean delay of a vehicle: actuated $(seconds_of "$actuated") s, adaptive $(seconds_of "$adaptive") s," \
        "difference $(seconds_of $((adaptive - actuated))) s"
}

# What it was all for: numbers from four witnesses (daemon, journal, cabinets, a subscriber) as one JSON object.

number() { # NAME: first of that name on standard input; 0 if it is not there
    grep -o "\"$1\":-*[0-9][0-9]*" | head -n 1 | cut -d : -f 2 | grep . || echo 0
}

numbers() { # NAME: all of that name, with commas between
    grep -o "\"$1\":[0-9]*" | cut -d : -f 2 | paste -s -d ,
}

least() { tr , '\n' | sort -n | head -n 1 | grep . || echo 0; }

headless() {
    local metrics status events summary missing=()
    say "running for $seconds seconds"
    sleep "$seconds" &
    nap=$!
    wait $nap # and not "sleep" in the foreground: a signal shall end it at once
    metrics=$("$BUILD/controller/cli/kavsak" status --metrics --socket "$work/kavsakd.sock")
    local ran_ms=$(($(now_ms) - started_ms))
    status=$("$BUILD/controller/cli/kavsak" status --json --socket "$work/kavsakd.sock")
    events=$("$BUILD/controller/cli/kavsak" log --json --journal "$work/state/journal")
    local messages nodes=0 name
    messages=$(wc -l <"$work/heard")
    for name in "${CORRIDOR[@]}"; do
        grep -q "^balikesir/$name/presence " "$work/heard" &&
            [ "$(grep -c "^balikesir/$name/.*tlc.groups" "$work/heard")" -ge 2 ] && nodes=$((nodes + 1))
    done
    kill -TERM $cabinets # they print what they saw
    wait $cabinets
    summary=$(tail -n 1 "$work/cabinets.out")

    local ticks writes lamps through trips guard greens detections starts normal decided why
    ticks=$(number ticks <<<"$metrics")
    writes=$(numbers writes_accepted <<<"$summary")
    lamps=$(numbers lamp_changes <<<"$summary")
    through=$(number through <<<"$summary")
    trips=$(($(numbers trips <<<"$summary" | tr , +)))
    guard=$(grep -c '"guard":"[^p]' <<<"$status")
    normal=$(grep -c '"mode":"normal"' <<<"$status")
    greens=$(grep -c '"name":"green begin"' <<<"$events")
    detections=$(grep -c '"name":"detector on"' <<<"$events")
    decided=$(grep -o '"strategy":"adaptive"' <<<"$status" | wc -l)
    why=$(for name in "${CORRIDOR[@]}"; do
        "$BUILD/controller/cli/kavsak" why --json --socket "$work/kavsakd.sock" "$name"
    done | grep -c '"decision":{"number":[1-9]')
    starts=$(($(grep -c 'kavsakd ended' "$work/kavsakd.log") + 1))

    [ "$ticks" -ge $((ran_ms * 9 / 1000)) ] || missing+=("ticks")
    [ "$(least <<<"$writes")" -ge $((ticks * 9 / 10)) ] || missing+=("Modbus writes at each cabinet")
    [ "$(least <<<"$lamps")" -ge 20 ] || missing+=("lamp changes at each cabinet")
    [ "$greens" -ge 3 ] || missing+=("greens")
    [ "$detections" -ge 10 ] || missing+=("detections")
    [ "$through" -ge 1 ] || missing+=("vehicles through")
    [ "$trips" -eq 0 ] || missing+=("a quiet monitor")
    [ "$guard" -eq 0 ] || missing+=("a quiet guard")
    [ "$normal" -eq ${#CORRIDOR[@]} ] || missing+=("normal mode everywhere")
    [ "$decided" -eq ${#CORRIDOR[@]} ] || missing+=("adaptive control everywhere")
    [ "$why" -eq ${#CORRIDOR[@]} ] || missing+=("decisions of every junction")
    [ "$actuated" -gt 0 ] && [ "$adaptive" -gt 0 ] || missing+=("an hour under each strategy")
    [ $nodes -eq ${#CORRIDOR[@]} ] || missing+=("presence and lamps of every junction over MQTT")
    [ "$starts" -eq 1 ] || missing+=("a daemon that runs")

    printf '{"ok":%s,"seconds":%d,"ran_ms":%d,"ticks":%d,' \
        "$([ ${#missing[@]} -eq 0 ] && echo true || echo false)" "$seconds" "$ran_ms" "$ticks"
    printf '"ticks_skipped":%d,"modbus_transfers":%d,"modbus_failed":%d,' \
        "$(number ticks_skipped <<<"$metrics")" "$(number modbus_ok <<<"$metrics")" \
        "$(number modbus_failed <<<"$metrics")"
    printf '"writes_accepted":[%s],"lamp_changes":[%s],"monitor_trips":%d,"guard_trips":%d,' \
        "$writes" "$lamps" "$trips" "$guard"
    printf '"delay_actuated_s":%s,"delay_adaptive_s":%s,"delay_difference_s":%s,"junctions_adaptive":%d,' \
        "$(seconds_of "$actuated")" "$(seconds_of "$adaptive")" "$(seconds_of $((adaptive - actuated)))" "$why"
    printf '"mqtt_messages":%d,"junctions_over_mqtt":%d,' "$messages" "$nodes"
    printf '"junctions_normal":%d,"greens":%d,"detections":%d,"vehicles_due":%d,"vehicles_through":%d}\n' \
        "$normal" "$greens" "$detections" "$(number due <<<"$summary")" "$through"
    [ ${#missing[@]} -eq 0 ] || trouble "this did not happen: $(printf '%s; ' "${missing[@]}")"
}

# For the second terminal: short words for long paths.
write_commands() {
    cat >"$work/commands" <<END
kavsak() {
    case \${1:-} in
    status | log | why | cmd) "$BUILD/controller/cli/kavsak" "\$1" --socket "$work/kavsakd.sock" "\${@:2}" ;;
    *) "$BUILD/controller/cli/kavsak" "\$@" ;;
    esac
}
listen() { mosquitto_sub -h 127.0.0.1 -p $broker_port -v -t "\${1:-#}"; }
hand() {
    local lines try
    lines=\$(wc -l <"$work/cabinets.out")
    echo "\$*" >"$work/hand"
    for try in {1..20}; do
        [ "\$(wc -l <"$work/cabinets.out")" -gt "\$lines" ] && break
        sleep 0.1
    done
    tail -n 1 "$work/cabinets.out"
}
kill_daemon() { kill -9 "\$(cat "$work/kavsakd.pid")"; }
cd "$PWD" || return
END
}

live() {
    write_commands
    [ $has_page = no ] || printf '\nThe operators'"'"' page: http://127.0.0.1:%d/   user operator, password demo\n' $((broker_port + 5))
    cat <<END

Three junctions run: ${CORRIDOR[*]}. First their cabinets flash, then yellow,
all red, and after 24 s the first green. From a second terminal (bash):

  . $work/commands

  kavsak status saat-kulesi --watch           one junction whole
  kavsak why saat-kulesi                      the last decision: alternatives, costs, what bound it
  kavsak why --ended V1 saat-kulesi           how the last green of V1 ended
  kavsak log --follow                         what happens, event by event
  kavsak cmd call-ped P1 --junction saat-kulesi --why demo
                                              somebody wants to cross
  kavsak cmd strategy actuated --junction saat-kulesi --for 5m --why demo
                                              by gaps instead of adaptive
  kavsak cmd pattern 2 --junction saat-kulesi --for 5m --why demo
                                              another plan
  kavsak cmd flash --junction cay-deresi --for 30s --why demo
                                              flash, and back through start-up
  listen 'balikesir/cay-deresi/#'             what the broker hears of one junction
  kill_daemon                                 kill -9: all cabinets flash within a second;
                                              after $RESTART_AFTER s it is started again, as systemd would
  hand @1 police on                           the police take Saat Kulesi: all red ("police off")
  hand @2 lamp 5 stuck-on                     a green lamp burns on at Çay Deresi: its monitor
                                              sees it beside a red and latches flash
  hand @2 lamp 5 ok; hand @2 press reset      repaired, and reset by hand
  hand @3 state                               what the cabinet and the street know
  kavsak sim plans/examples/{saat-kulesi,cay-deresi,pasaalani}
                                              an hour of it in a second

END
    read -r -p "Enter shows the junctions live; q ends the demo. "
    "$BUILD/controller/cli/kavsak" status --watch --socket "$work/kavsakd.sock"
    say "ended; nothing is left running"
}

prepare
start
compare
if [ $headless = yes ]; then headless; else live; fi

#!/bin/sh
# kavsakd, kavsak and kavsak-cabinet as three processes on loopback: start, run, faults, kill, restart, stop.
# shellcheck disable=SC2181
# usage: test_daemon.sh KAVSAKD KAVSAK KAVSAK_CABINET HELPER SOURCE_DIR    (TAP on standard output)
set -u
daemon=$1 tool=$2 cabinet=$3 helper=$4 source=$5
port=$((20000 + $$ % 10000)) # of its own, so that two runs do not meet
work=$(mktemp -d /tmp/kavsak-daemon-XXXXXX)
state=$work/state sock=$work/kavsakd.sock hand=$work/hand junction=$work/saat-kulesi
daemon_pid='' cabinet_pid='' notify_pid='' count=0 failed=0

finish() {
    for pid in $daemon_pid $cabinet_pid $notify_pid; do
        kill -9 "$pid" 2>/dev/null
    done
    wait 2>/dev/null
    if [ "$failed" -eq 0 ]; then rm -rf "$work"; else echo "# files are kept in $work"; fi
}
trap finish EXIT
trap 'exit 1' INT TERM

ok() { # ok STATUS NAME
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failed=$((failed + 1))
        tail -n 3 "$work/daemon.log" 2>/dev/null | sed 's/^/# /'
    fi
}

skip() { # skip NAME REASON
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# until_true SECONDS COMMAND...: tries ten times a second.
until_true() {
    tries=$(($1 * 10))
    shift
    while [ "$tries" -gt 0 ]; do
        if "$@" >/dev/null 2>&1; then return 0; fi
        tries=$((tries - 1))
        sleep 0.1
    done
    return 1
}

status_has() { "$tool" status --json --socket "$sock" 2>/dev/null | grep -q "$1"; }
cabinet_has() { "$helper" hand "$hand" state 2>/dev/null | grep -q "$1"; }
logged() { grep -q "$1" "$work/daemon.log"; }
gone() { ! kill -0 "$1" 2>/dev/null; }

start_cabinet() {
    "$cabinet" --port $port --monitor "$junction/monitor.conf" --state "$work/cabinet" \
        --control "$hand" --log "$work/cabinet.log" >>"$work/cabinet.out" 2>&1 &
    cabinet_pid=$!
    until_true 5 cabinet_has site
}

start_daemon() { # start_daemon OPTION...
    NOTIFY_SOCKET=$work/notify "$daemon" --socket "$sock" --state "$state" --journal-size 4 "$@" "$junction" \
        >>"$work/daemon.log" 2>&1 &
    daemon_pid=$!
}

mkdir "$work/cabinet"
cp -r "$source/plans/examples/saat-kulesi" "$junction"
sed -i "s/port: [0-9]*, unit/port: $port, unit/" "$junction/site.yaml"
"$helper" notify "$work/notify" >"$work/notify.log" &
notify_pid=$!

# Before anything runs: what is refused, and how.

"$daemon" --frobnicate "$junction" 2>"$work/err"
[ $? -eq 2 ] && grep -q "unknown option '--frobnicate'" "$work/err"
ok $? "an unknown option is named and refused with 2"

"$daemon" --no-realtime --state "$state" --socket "$sock" "$work/nowhere" 2>"$work/err"
[ $? -eq 3 ] && [ -s "$work/err" ]
ok $? "a directory that is not there is refused with 3"

cp -r "$junction" "$work/broken"
sed -i 's/V1: {V2: 5.0,/V1: {V2: 1.0,/' "$work/broken/safety.yaml"
"$daemon" --no-realtime --state "$state" --socket "$sock" "$work/broken" 2>"$work/err"
[ $? -eq 1 ] && grep -q 'safety.yaml:.*error' "$work/err"
ok $? "a safety file with a short intergreen is refused with 1 and its line"

! readelf -d "$daemon" | grep NEEDED | grep -qiE 'paho|mqtt|json|cbor|xml|expat|sqlite|ncurses|ssl'
ok $? "no MQTT, JSON, CBOR or XML library is linked"
readelf -d "$daemon" | grep NEEDED | sed 's/.*\[/# needs /; s/\]//'

# Without a cabinet: declared lost, watchdog fed, no lamp to command.

start_daemon --no-realtime
until_true 5 grep -q READY=1 "$work/notify.log"
ok $? "READY=1 is notified although no cabinet answers"
until_true 5 status_has '"link":"\(lost\|unheard\)"'
ok $? "status says that the cabinet is not there"
sleep 2
[ "$(grep -c WATCHDOG=1 "$work/notify.log")" -ge 2 ]
ok $? "the watchdog is fed while the link is declared lost"

# The cabinet appears: start-up, first green.

start_cabinet
until_true 10 status_has '"mode":"start-up"'
ok $? "the cabinet is found and start-up begins"
until_true 45 status_has '"mode":"normal"'
ok $? "start-up ends in normal mode"
until_true 10 cabinet_has '"G'
ok $? "the cabinet shows a green"
status_has '"link":"confirmed","lease":"held"'
ok $? "link confirmed, lease held"
"$tool" status --socket "$sock" >"$work/status.txt"
grep -q UNSIGNED "$work/status.txt" && grep -q saat-kulesi "$work/status.txt"
ok $? "status shows the junction and that it is UNSIGNED"
sed 's/^/# /' "$work/status.txt"

# mono wall cabinet word number value: yellow on 1, then red on 0 with yellow off, then green on some group.
awk '$4 == "lamp" && $5 == 1 && $6 == 2 { flash = 1 }
     $4 == "lamp" && $5 == 1 && $6 == 1 && flash && !yellow { yellow = $1 }
     $4 == "lamp" && $5 == 0 && $6 == 1 && yellow && !red { red = $1 }
     $4 == "lamp" && $5 % 3 == 2 && $5 < 18 && $6 == 1 && red && !green { green = $1 }
     END { printf "# flash, then yellow %.1f s, all red %.1f s\n", (red - yellow) / 1000, (green - red) / 1000
           exit !(flash && yellow && red && green && red - yellow >= 2900 && green - red >= 13800) }' \
    "$work/cabinet.log"
ok $? "the cabinet saw flash, yellow of 3 s, all red of 14 s, green"

# One cabinet, one daemon.

"$daemon" --no-realtime --state "$work/other" --socket "$work/other.sock" "$junction" 2>"$work/err"
[ $? -eq 4 ] && grep -q 'another running kavsakd' "$work/err"
ok $? "a second daemon for this junction is refused with 4"
cp -r "$junction" "$work/copy"
"$daemon" --no-realtime --state "$state" --socket "$work/other.sock" "$work/copy" 2>"$work/err"
[ $? -eq 4 ] && grep -q "process $daemon_pid" "$work/err"
ok $? "a second daemon on this state directory is refused with 4 and told whose it is"
"$daemon" --no-realtime --state "$work/other" --socket "$sock" "$work/copy" 2>"$work/err"
[ $? -eq 4 ] && grep -q 'already listens' "$work/err"
ok $? "a second daemon on this socket is refused with 4"

# Commands and garbage on the socket.

"$tool" cmd call-ped P2 --why 'system test' --socket "$sock" >"$work/cmd.txt" 2>&1
result=$?
if status_has '"clock_synced":true'; then
    ok $result "a command is carried out"
else
    [ $result -eq 4 ] && grep -q 'clock is not synchronised' "$work/cmd.txt"
    ok $? "without a synchronised clock a command is refused with 4"
fi
"$tool" cmd call-ped P9 --why 'system test' --socket "$sock" >/dev/null 2>&1
[ $? -eq 2 ]
ok $? "a group that does not exist is refused"
"$helper" noise "$sock" >"$work/noise.txt" 2>&1 && status_has '"mode":"normal"'
ok $? "garbage on the socket changes nothing"
sed 's/^/# /' "$work/noise.txt"

# A poor link: what is lost is made up for, what is late is late, garbage is no news.

"$helper" hand "$hand" "drop 4" >/dev/null
sleep 1
"$helper" hand "$hand" "garbage 3" >/dev/null
sleep 1
"$helper" hand "$hand" "stale 3" "exception 3" >/dev/null
sleep 1
status_has '"mode":"normal"' && status_has '"link":"confirmed"'
ok $? "lost, garbled, foreign and refused answers are survived"
"$helper" hand "$hand" "delay 2000" >/dev/null
until_true 5 status_has '"link":"lost"'
ok $? "a cabinet that is too slow is declared lost"
"$helper" hand "$hand" "delay 0" >/dev/null
until_true 2 cabinet_has '"flashing":true'
ok $? "and flashes by itself"
until_true 10 status_has '"mode":"start-up"'
ok $? "the way back is start-up"

# kill -9 while lamps are green.

until_true 60 status_has '"mode":"normal"'
kill -9 "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
until_true 3 cabinet_has '"flashing":true'
ok $? "kill -9: the cabinet flashes"
"$helper" hand "$hand" state >"$work/state.json"
after=$(sed 's/.*"flash_after_ms":\(-*[0-9]*\).*/\1/' "$work/state.json")
echo "# flash $after ms after the last heartbeat"
[ "$after" -ge 0 ] && [ "$after" -le 1050 ]
ok $? "within its heartbeat time"
"$tool" log --journal "$state/journal" --json >"$work/journal.json" 2>"$work/err"
[ $? -eq 0 ] && grep -q '"name":"green begin"' "$work/journal.json"
ok $? "the journal of the killed daemon is readable"

start_daemon --no-realtime --trust-clock
until_true 10 status_has '"mode":"start-up"'
ok $? "the restarted daemon takes the socket over and begins with start-up"
until_true 60 status_has '"mode":"normal"'
ok $? "and comes to normal"
"$tool" cmd call-ped P2 --why 'system test' --socket "$sock" >"$work/cmd.txt" 2>&1
ok $? "a command is carried out"
sed 's/^/# /' "$work/cmd.txt"
until_true 3 sh -c "'$tool' log --socket '$sock' | grep -q 'command result.*done'"
ok $? "and is in the log with its result"

# An orderly end.

kill -TERM "$daemon_pid"
until_true 85 gone "$daemon_pid"
wait "$daemon_pid"
[ $? -eq 0 ]
ok $? "SIGTERM ends it with 0"
# When the heartbeat stopped (last flash), every red lamp of a vehicle group burned steadily.
awk '$4 == "lamp" { lamp[$5] = $6 }
     $4 == "flash" { red = lamp[0] == 1 && lamp[3] == 1 && lamp[6] == 1 && lamp[9] == 1 && lamp[12] == 1 && lamp[15] == 1
                     other = lamp[2] || lamp[5] || lamp[8] || lamp[11] || lamp[14] || lamp[17] }
     END { exit !(red && !other) }' "$work/cabinet.log"
ok $? "everything was red when the heartbeat stopped"
cabinet_has '"latched":false'
ok $? "nothing is latched"
! grep -q ' trip ' "$work/cabinet.log"
ok $? "the conflict monitor never tripped"
[ ! -e "$sock" ]
ok $? "the socket is gone"
"$tool" log --journal "$state/journal" --csv >"$work/journal.csv" 2>/dev/null
[ "$(grep -c 'power up' "$work/journal.csv")" -eq 2 ]
ok $? "the journal tells of both starts"
"$tool" measures --journal "$state/journal" --names "$junction" --junction 1 --better -o "$work/measures" 2>"$work/err" &&
    greens=$(awk -F, '$4 == 1 { n++ } END { print n + 0 }' "$work/journal.csv") && [ "$greens" -gt 0 ] &&
    ons=$(awk -F, '$4 == 82 { n++ } END { print n + 0 }' "$work/journal.csv") &&
    [ "$(awk -F, 'NR > 1 { n += $4 } END { print n + 0 }' "$work/measures/actuations.csv")" -eq "$ons" ] &&
    [ "$(awk -F, 'NR > 1' "$work/measures/detector_health.csv" | wc -l)" -gt 0 ]
ok $? "and is measured: $ons actuations, $greens greens"
logged 'stopped after'
ok $? "the last line has the figures"
grep 'stopped after' "$work/daemon.log" | sed 's/^/# /'
[ "$(tail -n 1 "$work/notify.log" | grep -c -e STOPPING -e WATCHDOG -e STATUS)" -eq 1 ] && grep -q STOPPING=1 "$work/notify.log"
ok $? "STOPPING=1 was notified"

# Real time, as far as this machine grants it.

start_daemon --priority 60
if until_true 5 status_has '"mode"'; then
    policies=$(for task in /proc/"$daemon_pid"/task/*; do
        echo "$(cat "$task/comm"):$(awk '{ print $41 ":" $40 }' "$task/stat")"
    done)
    echo "# threads (name:policy:priority): $(echo "$policies" | tr '\n' ' ')"
    echo "$policies" | grep -q '^tick:1:60$' && echo "$policies" | grep -q '^link-0:1:59$' &&
        echo "$policies" | grep -q '^disk:0:0$'
    ok $? "tick and link run under SCHED_FIFO, disk and service do not"
    if grep -q -a __asan_init "$daemon"; then
        skip "memory is locked" "sanitizers make locking do nothing"
    else
        [ "$(awk '/VmLck/ { print $2 }' "/proc/$daemon_pid/status")" -gt 10000 ]
        ok $? "memory is locked"
    fi
    kill -TERM "$daemon_pid"
    sleep 0.3
    kill -TERM "$daemon_pid"
    until_true 3 gone "$daemon_pid"
    ok $? "a second SIGTERM ends it at once"
elif tail -n 1 "$work/daemon.log" | grep -q -e 'may lock only' -e 'cannot'; then
    skip "real-time scheduling and locked memory" "this machine refuses: $(tail -n 1 "$work/daemon.log")"
else
    ok 1 "with real-time scheduling it starts or says why not"
    kill -9 "$daemon_pid"
fi

if [ "$(id -u)" -eq 0 ] && getent passwd nobody >/dev/null; then
    chmod 755 "$work"
    start_daemon --no-realtime --user nobody
    until_true 5 status_has '"mode"'
    grep -q '^Uid:.65534.65534.65534.65534' "/proc/$daemon_pid/status" &&
        grep -q '^CapEff:.0000000000000000' "/proc/$daemon_pid/status" &&
        grep -q '^NoNewPrivs:.1' "/proc/$daemon_pid/status"
    ok $? "--user nobody leaves no rights"
    ! tail -n 1 "$work/daemon.log" | grep -q journal
    ok $? "and can go on with a journal that root began"
    kill -9 "$daemon_pid"
else
    skip "--user leaves no rights" "needs root"
    skip "and can go on with a journal that root began" "needs root"
fi

echo "1..$count"
[ "$failed" -eq 0 ]

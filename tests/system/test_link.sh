#!/bin/sh
# kavsak-link between kavsakd and a real mosquitto on loopback: presence, lamps, alarms, commands, throttle, cameras,
# restarts of everybody, garbage.
# shellcheck disable=SC2181
# usage: test_link.sh KAVSAK_LINK KAVSAKD KAVSAK KAVSAK_CABINET HELPER SOURCE_DIR    (TAP on standard output)
set -u
link=$1 daemon=$2 tool=$3 cabinet=$4 helper=$5 source=$6
port=18950 cabinet_port=18951 bad_port=18952
work=$(mktemp -d /tmp/kavsak-link-XXXXXX)
sock=$work/kavsakd.sock hand=$work/hand junction=$work/saat-kulesi node=balikesir/saat-kulesi
broker_pid='' cabinet_pid='' daemon_pid='' link_pid='' second_pid='' sub_pid='' feed_pid='' notify_pid='' count=0 failed=0

finish() {
    for pid in $link_pid $second_pid $sub_pid $feed_pid $notify_pid $daemon_pid $cabinet_pid $broker_pid; do
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
        tail -n 3 "$work/link.log" 2>/dev/null | sed 's/^/# /'
    fi
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

gone() { ! kill -0 "$1" 2>/dev/null; }
status_has() { "$tool" status --json --socket "$sock" 2>/dev/null | grep -q "$1"; }
logged() { grep -q "$1" "$work/link.log"; }
heard() { grep -q "$1" "$work/sub.log"; }                          # since the last forget
forget() { cat "$work/sub.log" >>"$work/all.log"; : >"$work/sub.log"; } # mosquitto_sub appends
# retained TOPIC: what the broker keeps for it
retained() { mosquitto_sub -p $port -t "$1" --retained-only -W 1 -F '%p' 2>/dev/null; }
retained_is() { [ "$(retained "$1")" = "$2" ]; }
say() { mosquitto_pub -p $port "$@"; }
now() { date -u -d "@$(($(date +%s) + $1))" +%Y-%m-%dT%H:%M:%SZ; } # now SECONDS_FROM_NOW

# A complete command; each with a counter above the last.
envelope() { # envelope ID PLAN ROLE VALID_FOR
    printf '{"id":"%s","by":"system test","role":"%s","why":"test","valid_until":"%s","until":"%s","counter":%s,"values":{"plan":%s}}' \
        "$1" "$3" "$(now "$4")" "$(now 600)" "$(date +%s%6N)" "$2"
}

start_broker() {
    mosquitto -c "$work/mosquitto.conf" >>"$work/broker.log" 2>&1 &
    broker_pid=$!
    until_true 5 say -t probe -m x
}

start_cabinet() {
    "$cabinet" --port $cabinet_port --monitor "$junction/monitor.conf" --state "$work/cabinet" \
        --control "$hand" --log "$work/cabinet.log" >>"$work/cabinet.out" 2>&1 &
    cabinet_pid=$!
}

start_daemon() {
    "$daemon" --no-realtime --trust-clock --socket "$sock" --state "$work/state" --journal-size 4 "$junction" \
        >>"$work/daemon.log" 2>&1 &
    daemon_pid=$!
}

start_link() { # start_link OPTION...
    NOTIFY_SOCKET=$work/notify "$link" --socket "$sock" "$@" "$junction" >>"$work/link.log" 2>&1 &
    link_pid=$!
}

start_listener() {
    mosquitto_sub -p $port -t '#' -q 1 -F '%r %q %t %p' >>"$work/sub.log" 2>/dev/null &
    sub_pid=$!
}

mkdir "$work/cabinet"
: >"$work/sub.log"
printf 'listener %d 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n' $port >"$work/mosquitto.conf"
cp -r "$source/plans/examples/saat-kulesi" "$junction"
# Its last stop-line loop becomes two camera zones: one ONVIF, one Frigate count.
sed -i "s/port: 15021/port: $cabinet_port/; s/port: 1883}/port: $port}/; s/w1_stop: 8, w1_far: 9, //" "$junction/site.yaml"
cat >>"$junction/site.yaml" <<'EOF'

cameras:
  - {detector: w1_stop, format: onvif, topic: cam/west/onvif, zone: stop-line, max_age_s: 3.0}
  - {detector: w1_far, format: frigate, topic: frigate/west_far/car, zone: west_far, label: car, max_age_s: 3.0}
EOF
sed -i '/^  w1_\(stop\|far\): {number/s/lane:/type: camera, restore_actuations: 0, restore_s: 1.0, lane:/' "$junction/lanes.yaml"
"$tool" check "$junction" >"$work/check.txt" 2>&1
ok $? "a junction with two camera zones passes kavsak check"
[ -s "$work/check.txt" ] && sed 's/^/# /' "$work/check.txt"

# What is refused.

"$link" --frobnicate "$junction" 2>"$work/err"
[ $? -eq 2 ] && grep -q "unknown option '--frobnicate'" "$work/err"
ok $? "an unknown option is named and refused with 2"
"$link" "$work/nowhere" 2>"$work/err"
[ $? -eq 3 ] && [ -s "$work/err" ]
ok $? "a directory that is not there is refused with 3"
"$link" --user u --password-file "$work/nowhere" "$junction" 2>"$work/err"
[ $? -eq 3 ] && grep -q nowhere "$work/err"
ok $? "a password file that is not there is refused with 3"

# Neither broker nor daemon: it waits.

"$helper" notify "$work/notify" >"$work/notify.log" &
notify_pid=$!
until_true 3 test -S "$work/notify"
start_link
until_true 5 grep -q READY=1 "$work/notify.log"
ok $? "READY=1 is notified with neither broker nor daemon"
until_true 5 logged 'no broker answers'
ok $? "the absent broker is named in the log"
start_broker
start_listener
until_true 10 heard "^[01] 1 $node/presence \"offline\"$"
ok $? "with a broker and no daemon, presence says offline"
until_true 3 heard "alarm/tlc.comm .*\"controller\",\"active\":true"
ok $? "and an alarm says why"
retained_is "$node/channel/tlc.groups/live" '{"state":"stopped"}'
ok $? "its channels are stopped"

# Everything is there.

start_cabinet
start_daemon
until_true 10 heard "$node/presence \"online\""
ok $? "presence says online when the daemon answers"
until_true 3 retained_is "$node/presence" '"online"'
ok $? "and is retained"
retained "$node/alarm/tlc.comm" | grep -q '"entries":\[\],"full":true'
ok $? "the alarm is gone, and its full update is retained"
until_true 3 heard '"signalgroupstatus":{"sg/1":"[ef]"'
ok $? "tlc.groups/live shows start-up"
until_true 45 status_has '"mode":"normal"'
sleep 12
# Greens as the broker heard them and as the cabinet's lamps had them: a group is green in the last letters if and
# only if its lamp is.
grep 'status/tlc.groups/live' "$work/sub.log" | tail -n 3 | sed 's/^/# /'
heard '"sg/[0-9]*":"1"' && heard '"sg/[0-9]*":"0"'
ok $? "lamps change to red-yellow and minimum green on tlc.groups/live"
events=$(grep -c 'status/tlc.groups/live {' "$work/sub.log")
first=$(sed -n 's/.*status\/tlc.groups\/live.*"seq":\([0-9]*\)}.*/\1/p' "$work/sub.log" | head -n 1)
last=$(sed -n 's/.*status\/tlc.groups\/live.*"seq":\([0-9]*\)}.*/\1/p' "$work/sub.log" | tail -n 1)
echo "# $events entries, seq $first to $last"
[ "$events" -gt 3 ] && [ $((last - first + 1)) -eq "$events" ]
ok $? "seq counts every entry"
retained "$node/status/tlc.groups/live" | grep -q '"sg/1":.*"sg/10":.*"stage":'
ok $? "the full update is retained"
retained "$node/status/tlc.plan" | grep -q '"status":[0-9]*,"source":"\(startup\|calendar_clock\)"'
ok $? "tlc.plan shows the plan of the calendar"
# Commands.

plan=$(retained "$node/status/tlc.plan" | sed 's/.*"status":\([0-9]*\).*/\1/')
other=$(sed -n 's/.*number: \([0-9]*\).*/\1/p' "$junction/plan.yaml" | grep -vx "$plan" | head -n 1)
echo "# plan $plan is in force, asking for $other"
ask() { # ask PAYLOAD: answer on a topic of our own, with correlation
    mosquitto_rr -p $port -V 5 -t "$node/command/tlc.plan.set" -e tcc/result/tlc.plan.set -D publish correlation-data c-1 \
        -m "$1" -W 10 -F '%D %p' 2>"$work/err"
}
ask "$(envelope c1 "$other" operator 20)" >"$work/reply.txt"
sed 's/^/# /' "$work/reply.txt"
grep -q '"status":"ok","id":"c1","plan":'"$other"',"until"' "$work/reply.txt"
ok $? "tlc.plan.set is carried out and answered on the response topic"
until_true 10 heard "status/tlc.plan .*\"status\":$other,\"source\":\"forced\""
ok $? "tlc.plan shows the plan, forced"
status_has "\"plan\":$other"
ok $? "kavsak status shows it too"
ask "$(envelope c2 99 operator 20)" | grep -q '"status":"missing"'
ok $? "a plan that does not exist is missing"
ask "$(envelope c3 "$other" operator -5)" | grep -q '"status":"denied".*stale'
ok $? "a stale command is denied"
ask "$(envelope c4 "$other" observer 20)" | grep -q '"status":"denied".*operator'
ok $? "an observer's command is denied"
ask '{"values":{"plan":2}}' | grep -q '"status":"invalid","reason":"id is missing","plan":2'
ok $? "a command without its envelope is invalid"
ask '{{{' | grep -q '"status":"invalid"'
ok $? "garbage is invalid"
mosquitto_rr -p $port -V 5 -t "$node/command/tlc.frobnicate" -e tcc/result/x -m '{}' -W 5 | grep -q '"status":"missing"'
ok $? "an unknown command is missing"
# bid CODE ID ROLE VALUES: any other command, answered.
bid() {
    mosquitto_rr -p $port -V 5 -t "$node/command/$1" -e "tcc/result/$1" -W 10 -m "$(envelope "$2" 0 "$3" 20 |
        sed "s|\"values\":.*|\"values\":$4}|")" 2>"$work/err"
}
bid tlc.group.hold h1 operator '{"component":"sg/1"}' | grep -q '"status":"ok","id":"h1","until":"'
ok $? "tlc.group.hold is carried out until its time"
bid tlc.group.hold h2 technician '{"component":"sg/1"}' | grep -q '"status":"denied","reason":"needs the role operator'
ok $? "a technician holds nothing"
bid tlc.detector.force h3 technician '{"component":"dl/60","state":"on"}' | grep -q '"status":"missing"'
ok $? "a detector that does not exist is missing"
bid tlc.release h4 operator '{"code":"tlc.group.hold","component":"sg/1"}' | grep -q '"status":"ok"'
ok $? "tlc.release ends the hold"
bid tlc.release h5 operator '{"code":"tlc.group.hold"}' | grep -q '"status":"already"'
ok $? "and has nothing to end afterwards"
status_has "\"plan\":$other"
ok $? "the plan stays in force"
bid tlc.clock.set h6 operator '{}' | grep -q '"status":"denied","reason":"no command sets a clock.*"synced":true'
ok $? "no command sets the clock"
bid tlc.mode.set f1 operator '{"mode":"flash"}' | grep -q '"status":"denied","reason":"token is missing'
ok $? "flash in one step is denied"
token=$(bid tlc.mode.prepare f2 operator '{"mode":"flash"}' | sed -n 's/.*"token":"\([0-9a-f]*\)".*/\1/p')
bid tlc.mode.set f3 operator "{\"mode\":\"flash\",\"token\":\"$token\"}" | grep -q '"status":"ok"'
ok $? "flash in two steps is carried out"
until_true 10 status_has '"mode":"flash"\|"strategy":"flash"'
ok $? "and the junction flashes"
bid tlc.mode.set f4 operator "{\"mode\":\"flash\",\"token\":\"$token\"}" | grep -q '"status":"denied"'
ok $? "a token works once"
bid tlc.mode.set f5 operator '{"mode":"normal"}' | grep -q '"status":"ok"'
ok $? "mode normal ends the flash"
until_true 60 status_has '"mode":"normal"'
ok $? "and the junction starts again"
forget
say -t "$node/command/tlc.plan.set" -m "$(envelope c5 "$plan" operator 20)" -q 1
until_true 8 heard "^0 1 $node/result/tlc.plan.set .*\"id\":\"c5\""
ok $? "without a response topic the answer goes to the default one, not retained"
# Greens.

# Letters against the lamps of the cabinet.
forget
python3 - "$work/all.log" "$work/cabinet.log" <<'EOF'
import json, re, sys
letters, changes = {}, 0
for line in open(sys.argv[1]):
    match = re.search(r'status/tlc\.groups/live (\{.*)', line)
    if match:
        for entry in json.loads(match[1])['entries']:
            new = entry['values']['signalgroupstatus']
            changes += sum(1 for k, v in new.items() if (letters.get(k) in tuple('13456')) != (v in tuple('13456')))
            letters.update(new)
greens = 0
for line in open(sys.argv[2]):
    word = line.split()
    if len(word) >= 6 and word[3] == 'lamp' and int(word[4]) % 3 == 2:
        greens += 1
print(f'# changes of green: {changes} letters, {greens} lamps (flashing green counts in lamps only)')
sys.exit(not 4 <= changes <= greens + 2)
EOF
ok $? "greens of letters match greens of lamps in the cabinet"

# Throttle.

say -t "$node/throttle/tlc.groups/live" -m '{"action":"stop"}' -q 1
until_true 3 heard "channel/tlc.groups/live {\"state\":\"stopped\"}"
ok $? "throttle stop stops the channel"
[ -z "$(retained "$node/status/tlc.groups/live")" ]
ok $? "and clears what was retained"
say -t "$node/throttle/tlc.groups/live" -m '{"action":"start","timeout":3}' -q 1
until_true 3 retained_is "$node/channel/tlc.groups/live" '{"state":"running"}'
ok $? "throttle start starts it with a full update"
until_true 6 retained_is "$node/channel/tlc.groups/live" '{"state":"stopped"}'
ok $? "its timeout stops it again"
say -t "$node/throttle/tlc.groups/live" -m '{"action":"start"}' -q 1
say -t "$node/throttle/tlc.groups/live" -m '{"action":"dance"}' -q 1
say -t "$node/throttle/tlc.nothing" -m '{"action":"stop"}' -q 1
until_true 3 logged 'throttle/tlc.groups/live: action must be'
ok $? "throttles that make no sense are logged"

# Cameras.

# Detectors 9 and 10 of the status are the west stop line and the west far zone.
detector_is() { status_has "{\"number\":$1,\"occupied\":$2,\"health\":\"$3\"}"; }
onvif() { # onvif STATE
    say -t cam/west/onvif -m "{\"UtcTime\":\"$(now 0)\",\"Source\":{\"VideoSource\":\"v1\",\"Rule\":\"stop-line\"},\"Key\":{\"ObjectId\":\"7\"},\"Data\":{\"State\":\"$1\"}}"
}
keep_cameras() { # until it is killed: a camera says everything once a second
    while true; do
        onvif "$1"
        say -t frigate/west_far/car -m "$2"
        sleep 0.7
    done
}
keep_cameras false 0 &
feed_pid=$!
until_true 25 detector_is 9 false healthy
ok $? "a camera that speaks makes its detector healthy"
kill $feed_pid
keep_cameras true 2 &
feed_pid=$!
until_true 5 detector_is 9 true healthy
ok $? "an ONVIF state occupies its detector"
until_true 5 detector_is 10 true healthy
ok $? "a Frigate count occupies its detector"
kill $feed_pid
keep_cameras false 0 &
feed_pid=$!
until_true 5 detector_is 9 false healthy && until_true 5 detector_is 10 false healthy
ok $? "and both are free again"
say -t cam/west/onvif -m 'garbage'
say -t frigate/west_far/car -m '[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]'
head -c 300000 /dev/zero | tr '\0' '[' | mosquitto_pub -p $port -t cam/west/onvif -s
sleep 1
detector_is 9 false healthy && ! gone $link_pid
ok $? "garbage, nested and huge messages change nothing"
forget
kill $feed_pid
feed_pid=''
until_true 10 logged 'camera cam/west/onvif, zone stop-line: silent'
ok $? "a camera that stops is noticed"
until_true 10 status_has '{"number":9,"occupied":[a-z]*,"health":"silent source"}'
ok $? "and its detector is stale"
"$tool" status --json --socket "$sock" | tr '{' '\n' | grep '"number":\(9\|10\),' | sed 's/^/# /'
until_true 5 heard 'alarm/tlc.detector .*"dl/9","active":true,"values":{"message":"no message",'
ok $? "tlc.detector names it"

# The broker restarts.

forget
kill "$broker_pid"
wait "$broker_pid" 2>/dev/null
until_true 5 logged 'connection lost'
ok $? "a lost broker is noticed"
status_has '"mode":"normal"'
ok $? "the lamps do not notice"
sleep 2
kill $sub_pid 2>/dev/null
start_broker
start_listener
until_true 15 heard "$node/presence \"online\""
ok $? "the restarted broker hears online"
until_true 3 heard "alarm/tlc.safety {\"entries\":\[\],\"full\":true}"
ok $? "every alarm in full"
until_true 3 heard "channel/tlc.groups/live {\"state\":\"running\"}"
ok $? "the state of every channel"
until_true 3 heard "status/tlc.groups/live .*\"sg/10\""
ok $? "and full updates"

# The cabinet dies.

forget
kill -9 "$cabinet_pid"
wait "$cabinet_pid" 2>/dev/null
until_true 5 heard "alarm/tlc.hardware.error .*\"cabinet\",\"active\":true"
ok $? "a lost cabinet is an alarm"
retained "$node/alarm/tlc.hardware.error" | grep -q '"cabinet","active":true.*"full":true'
ok $? "kept in full for late subscribers"
start_cabinet
until_true 20 heard "alarm/tlc.hardware.error .*\"cabinet\",\"active\":false"
ok $? "and ends when it is back"

# The daemon dies.

forget
kill -9 "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
until_true 6 heard "$node/presence \"offline\""
ok $? "a lost daemon makes the node offline"
[ -z "$(retained "$node/status/tlc.groups/live")" ]
ok $? "old lamps are cleared"
ask "$(envelope c7 "$other" operator 20)" | grep -q '"status":"failed"'
ok $? "a command is answered: failed"
start_daemon
until_true 15 heard "$node/presence \"online\""
ok $? "and online when it is back"

# Two links with one id.

forget
NOTIFY_SOCKET='' "$link" --socket "$sock" "$junction" >"$work/second.log" 2>&1 &
second_pid=$!
until_true 20 grep -qs 'another client takes our id' "$work/link.log" "$work/second.log"
ok $? "a second link with the same id is named"
connects() { cat "$work/link.log" "$work/second.log" | grep -c 'connected, MQTT'; }
before=$(connects)
sleep 10
echo "# connected $before times until then, $(connects) times 10 s later"
[ $(($(connects) - before)) -le 2 ]
ok $? "and they do not fight for it"
kill -TERM "$second_pid"
until_true 5 gone "$second_pid"
second_pid=''

# MQTT 3.1.1, underscores, an orderly end, a sudden end.

kill -TERM "$link_pid"
until_true 5 gone "$link_pid"
wait "$link_pid"
[ $? -eq 0 ]
ok $? "SIGTERM ends it with 0"
until_true 3 retained_is "$node/presence" '"shutdown"'
ok $? "presence says shutdown"
forget
say -t "$node/command/tlc_plan_set" -m "$(envelope c9 "$other" operator 30)" -q 1 -r
start_link --mqtt 3 --underscores
until_true 10 retained_is "$node/presence" '"online"'
ok $? "MQTT 3.1.1 works too"
until_true 5 heard "$node/status/tlc_groups/live"
ok $? "--underscores writes codes without dots"
until_true 5 heard "$node/result/tlc_plan_set .*\"denied\",\"reason\":\"a retained command is never carried out\""
ok $? "a retained command is denied, and the denial is said"
say -t "$node/command/tlc_plan_set" -r -n
sleep 1 # this emptying is answered as well
mosquitto_rr -p $port -V 5 -t "$node/command/tlc_plan_set" -e "$node/result/tlc_plan_set" \
    -m "$(envelope c8 99 operator 20)" -W 10 | grep -q '"status":"missing","reason":".*","id":"c8"'
ok $? "commands are answered there on the default topic"
kill -9 "$link_pid"
wait "$link_pid" 2>/dev/null
until_true 5 retained_is "$node/presence" '"offline"'
ok $? "kill -9: the last will says offline"
status_has '"mode"'
ok $? "the daemon does not care"

# CBOR, and a question in JSON.

start_link --payload cbor
kept_is() { [ "$(mosquitto_sub -p $port -t "$1" --retained-only -W 1 -F %x 2>/dev/null)" = "$2" ]; } # in hex
until_true 10 kept_is "$node/presence" 666f6e6c696e65
ok $? "--payload cbor says presence as CBOR"
until_true 5 kept_is "$node/channel/tlc.plan" a16573746174656772756e6e696e67
ok $? "and the state of channels, byte for byte the draft's"
mosquitto_rr -p $port -V 5 -t "$node/fetch/tlc.dance" -e tcc/history/x -m '{}' -W 5 -F '%p' |
    grep -q '{"entries":\[\],"complete":true,"reason":"no such channel"}'
ok $? "a question in JSON is answered in JSON"
# ask_bytes CODE: mosquitto_rr 2.0.11 sends nothing of a file or of its standard input.
ask_bytes() {
    mosquitto_sub -p $port -t tcc/history/bytes -C 1 -W 6 -F %x >"$work/reply.txt" 2>/dev/null &
    second_pid=$!
    sleep 0.5
    say -V 5 -q 1 -t "$node/fetch/$1" -f "$work/question" -D publish response-topic tcc/history/bytes
    wait $second_pid
}
printf '\240' >"$work/question"
ask_bytes tlc.dance
grep -q '^a367656e7472696573' "$work/reply.txt"
ok $? "and one in CBOR in CBOR"
printf '\232\177\377\377\377' >"$work/question"
ask_bytes kavsak.events/live
grep -q '^a367656e747269657380' "$work/reply.txt" && ! gone "$link_pid"
ok $? "five bytes that claim 16 GB are answered at once"
kill -TERM "$link_pid"
until_true 5 gone "$link_pid"

# A broker that refuses.

printf 'listener %d 127.0.0.1\nallow_anonymous false\n' $bad_port >"$work/bad.conf"
mosquitto -c "$work/bad.conf" >"$work/bad.log" 2>&1 &
second_pid=$!
start_link --port $bad_port
until_true 10 logged 'ot authorized'
ok $? "a broker that refuses is named in the log"
sleep 2
! gone "$link_pid"
ok $? "and tried again with pauses"
kill -TERM "$link_pid"
until_true 5 gone "$link_pid"
ok $? "and given up in order"
grep 'connects, published' "$work/link.log" | sed 's/^/# /'

echo "1..$count"
[ "$failed" -eq 0 ]

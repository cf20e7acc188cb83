#!/bin/sh
# kavsak sim --sumo with a real SUMO on a network of two crossings that is made here: results against SUMO's own, yellows
# and greens in SUMO's own record, repeats, options, broken files, SUMO absent, SUMO killed, Ctrl-C.
# usage: test_sumo.sh KAVSAK SUMO_FACTS_PY    (TAP on standard output)
set -u
tool=$(realpath "$1") facts=$2
if ! command -v sumo >/dev/null || ! command -v netgenerate >/dev/null; then
    echo '1..0 # SKIP the package sumo is not installed'
    exit 0
fi
export SUMO_HOME="${SUMO_HOME:-/usr/share/sumo}"
work=$(mktemp -d /tmp/kavsak-sumo-test-XXXXXX)
tool_pid='' count=0 failed=0

finish() {
    if [ -n "$tool_pid" ]; then kill -9 "$tool_pid" 2>/dev/null; fi
    wait 2>/dev/null
    if [ "$failed" -eq 0 ]; then rm -rf "$work"; else echo "# files are kept in $work"; fi
}
trap finish EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1

ok() { # ok STATUS NAME
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failed=$((failed + 1))
        tail -n 3 log 2>/dev/null | sed 's/^/# /'
    fi
}
run() { timeout 120 "$tool" sim --quiet "$@" >out 2>log; }
fact() { python3 "$facts" "$@"; }
field() { fact value "$1/summary.json" "$2"; }
same() { [ "$1" = "$2" ] || { echo "# '$1' is not '$2'"; false; }; }

# name PROBABILITY END: a scenario NAME.sumocfg on net.net.xml
scenario() {
    {
        echo '<routes><vType id="car" length="5"/>'
        for pair in left0A0:A0right0 left0A0:A0B0 top0A0:A0bottom0 bottom1B0:B0top1 right0B0:B0A0 top1B0:B0A0; do
            from=${pair%%:*} to=${pair##*:}
            case $to in A0B0) to=B0right0 ;; B0A0) to=A0left0 ;; A0right0) to=A0bottom0 ;; esac
            echo "<flow id=\"$from$to\" type=\"car\" begin=\"0\" end=\"$3\" probability=\"$2\" from=\"$from\" to=\"$to\"/>"
        done
        echo '</routes>'
    } >"$1.rou.xml"
    echo "<configuration><input><net-file value=\"net.net.xml\"/><route-files value=\"$1.rou.xml\"/></input>
        <time><begin value=\"0\"/><end value=\"$3\"/></time></configuration>" >"$1.sumocfg"
}

netgenerate --grid --grid.x-number 2 --grid.y-number 1 --grid.length 200 --grid.attach-length 200 -L 2 \
    --default-junction-type traffic_light --turn-lanes 1 --no-turnarounds true --tls.yellow.time 3 --seed 1 -o net.net.xml >log 2>&1
ok $? 'a network is made'
scenario day 0.08 600
scenario full 1 300
scenario long 0.05 100000
echo '<additional><timedEvent type="SaveTLSStates" source="A0" dest="states.xml"/></additional>' >record.add.xml

run --sumo day.sumocfg --out one && same "$(field one complete)" True && same "$(field one objections)" 0
ok $? 'adaptive: a scenario runs to its end without an objection'
same "$(field one simulated_s)" 600 && [ "$(field one due)" -gt 150 ]
ok $? 'to its end, with its vehicles'
same "$(field one mean_delay_s)" "$(fact delay one/tripinfo.xml)"
ok $? 'the mean delay is that of the tripinfo file'
[ "$(field one messages)" -gt 1000 ]
ok $? 'the two crossings talk'
run --sumo day.sumocfg --out two --plans one/plans && same "$(field one mean_delay_s)" "$(field two mean_delay_s)"
ok $? 'the imported plans give the same once more'

sumo -c day.sumocfg -a record.add.xml --seed 1 --time-to-teleport -1 --no-step-log true --xml-validation never \
    --tripinfo-output own.xml --tripinfo-output.write-unfinished true --tripinfo-output.write-undeparted true >log 2>&1
fact states states.xml >own.states
run --sumo day.sumocfg --strategy fixed --out fixed -- -a record.add.xml
ok $? 'fixed: the network'\''s own programmes under our sequencer'
fact states states.xml >our.states
cmp own.states our.states >>log 2>&1
ok $? 'second by second the same letters as SUMO'\''s own programme'
same "$(fact delay own.xml)" "$(fact delay fixed/tripinfo.xml)"
ok $? 'and the same delay'

for strategy in actuated adaptive; do
    run --sumo day.sumocfg --strategy $strategy --yellow 3 --all-red 1 -- -a record.add.xml
    ok $? "$strategy: yellow and all-red of our own"
    same "$(fact yellows states.xml)" 3
    ok $? "$strategy: every yellow of 3 s is three steps"
    [ "$(fact greens states.xml)" -ge 5 ]
    ok $? "$strategy: no green is shorter than 5 steps"
done

run --sumo day.sumocfg --seed 5 --end 200 --out five && run --sumo day.sumocfg --out six -- --seed 5 --end=200 &&
    same "$(field five simulated_s)" 200 && same "$(field five mean_delay_s)" "$(field six mean_delay_s)"
ok $? 'options behind -- win over ours'
run --sumo day.sumocfg --sensor-noise --failed-detectors 20 --no-neighbours --decision-interval 10 --out noisy &&
    [ "$(field noisy dead_detectors)" -gt 0 ] && same "$(field noisy messages)" 0 && same "$(field noisy objections)" 0
ok $? 'noise, dead detectors, silence and slow decisions'
run --sumo full.sumocfg --out full && [ "$(field full undeparted)" -gt 0 ] && grep -q 'found no room' log
ok $? 'demand that never fits is counted and told'

run --sumo missing.sumocfg
same $? 3 && grep -q missing log
ok $? 'a file that is not there'
run --sumo day.rou.xml
same $? 1 && grep -q 'no SUMO configuration' log
ok $? 'a file that is something else'
netgenerate --grid --grid.number 2 -o dark.net.xml >/dev/null 2>&1
sed s/net.net.xml/dark.net.xml/ day.sumocfg >dark.sumocfg
run --sumo dark.sumocfg
same $? 1 && grep -q 'no traffic light' log
ok $? 'a network without lights'
run --sumo day.sumocfg --strategy sideways
same $? 2
ok $? 'a strategy that is none'
run --sumo day.sumocfg -- --no-such-option 1
same $? 3 && grep -q no-such-option log
ok $? 'an option that SUMO refuses is told in its words'
mkdir -p bin && env PATH="$work/bin" "$tool" sim --sumo day.sumocfg --quiet >out 2>log
same $? 3 && grep -q 'install the package sumo' log
ok $? 'SUMO is not installed: its package is named'

# start_long FOLDER: in the background, until it has been running for a second
start_long() {
    "$tool" sim --quiet --sumo long.sumocfg --strategy actuated --out "$1" >out 2>log &
    tool_pid=$!
    tries=100
    while [ $tries -gt 0 ] && ! pgrep -P $tool_pid -x sumo >/dev/null; do
        sleep 0.1
        tries=$((tries - 1))
    done
    sleep 1
}
end_long() {
    wait $tool_pid
    ended=$?
    tool_pid=''
}
start_long killed
kill -9 "$(pgrep -P $tool_pid -x sumo)"
end_long
same $ended 3 && same "$(field killed complete)" False && [ "$(field killed simulated_s)" -gt 0 ]
ok $? 'SUMO dies in the middle: exit 3, and what there is is kept'
start_long stopped
kill -INT $tool_pid
end_long
same $ended 0 && same "$(field stopped ended)" interrupted && [ "$(field stopped finished)" -gt 0 ]
ok $? 'Ctrl-C ends in order, with results so far'
echo "1..$count"
[ "$failed" -eq 0 ]

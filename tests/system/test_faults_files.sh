#!/bin/bash
# Names come from test_faults.sh and conditions go to eval: shellcheck cannot see either.
# shellcheck disable=SC2034,SC2154,SC2016,SC2181,SC2086,SC2119,SC2120
# Plans that are wrong, words that are wrong. Read by test_faults.sh.

refuses() { # refuses NAME STATUS TEXT COMMAND...: exit status and a sentence that says why
    local name=$1 status=$2 text=$3
    shift 3
    timeout 10 "$@" >"$work/out" 2>&1 </dev/null
    local got=$?
    if [ $got -eq "$status" ] && grep -q -e "$text" "$work/out"; then ok 0 "$name"; else
        ok 1 "$name"
        say "exit $got instead of $status, or not: $text"
        head -n 5 "$work/out" | sed 's/^/# /'
    fi
}

spoil() { # spoil NAME FILE SED: a copy of the junction with one line changed
    rm -rf "${work:?}/$1"
    cp -r "$junction" "$work/$1"
    sed -i "$3" "$work/$1/$2"
}

fault_plans_start() {
    make_junction
    local run=("$daemon" --no-realtime --socket "$sock" --state "$state")
    spoil unknown plan.yaml 's/recall/recal/'
    refuses "start: an unknown key is refused with its line" 1 'plan.yaml:[0-9]*:[0-9]*: .*recal.*P020' \
        "${run[@]}" "$work/unknown"
    spoil conflict plan.yaml 's/main: {groups: \[V1\]/main: {groups: [V1, V2]/'
    refuses "start: a stage with a conflict is refused" 1 'plan.yaml:[0-9]*:[0-9]*: .*P081' "${run[@]}" "$work/conflict"
    spoil yellow safety.yaml 's/yellow_s: 3.0/yellow_s: 0.5/'
    refuses "start: a short yellow is refused" 1 'safety.yaml:[0-9]*:[0-9]*: .*P039' "${run[@]}" "$work/yellow"
    spoil garbage lanes.yaml '1s/.*/{{{{ \x01/'
    refuses "start: what is no YAML is refused" 1 'lanes.yaml:1' "${run[@]}" "$work/garbage"
    spoil street site.yaml 's/host: 127.0.0.1/host: 192.168.7.7/'
    refuses "start: an unsigned file on a real link is refused for safety" 4 'P125\|P126\|signed' \
        "${run[@]}" "$work/street"
    spoil nothing plan.yaml ''
    rm "$work/nothing/plan.yaml"
    refuses "start: a missing file is named" 3 'plan.yaml' "${run[@]}" "$work/nothing"
    [ ! -e "$sock" ]
    ok $? "start: nothing of that opened a socket"
}

reload() { # reload WORDS: SIGHUP, and the log says WORDS; the running plan's hash before and after
    local lines
    lines=$(wc -l <"$work/daemon.log")
    kill -HUP "$daemon_pid"
    until_true 5 eval 'tail -n +'"$((lines + 1))"' "$work/daemon.log" | grep -q -e "'"$1"'"'
}

fault_plans_reload() {
    start_all "reload"
    cp -r "$junction" "$work/good"
    sed -i 's/max_s: 12.0/max_s: twelve/' "$junction/plan.yaml"
    reload 'plan.yaml:[0-9]*:[0-9]*: .*P0'
    ok $? "reload: a broken plan is refused with its finding"
    until_true 3 has_event 1023
    ok $? "reload: event 1023"
    cp "$work/good/plan.yaml" "$junction/plan.yaml"
    sed -i 's/main: {groups: \[V1\]/main: {groups: [V1, V2]/' "$junction/plan.yaml"
    reload 'P081'
    ok $? "reload: a plan that could conflict is refused"
    cp "$work/good/plan.yaml" "$junction/plan.yaml"
    sed -i 's/min_green_s: 4.0/min_green_s: 5.0/' "$junction/safety.yaml"
    reload 'safety.yaml has changed, which needs a restart'
    ok $? "reload: another safety file is refused with the reason"
    cp "$work/good/safety.yaml" "$junction/safety.yaml"
    rm "$junction/lanes.yaml"
    reload 'lanes.yaml'
    ok $? "reload: a missing file is named"
    cp "$work/good/lanes.yaml" "$junction/lanes.yaml"
    [ "$(event_count 1022)" -eq 1 ] && runs_on
    timely $? "reload: none of that changed the running plan"
    until_true 3 eval '[ "$(event_count 1023)" -eq 4 ]'
    ok $? "reload: four refusals in the journal"
    sed -i 's/max_s: 12.0/max_s: 14.0/' "$junction/plan.yaml"
    reload 'takes over at the next safe point'
    ok $? "reload: a good plan waits for a safe point"
    until_true 25 eval '[ "$(event_count 1022)" -eq 2 ]'
    ok $? "reload: event 1022 when it is taken"
    runs_on && [ "$(event_count 1000)" -eq 3 ]
    timely $? "reload: without leaving normal mode"
    local greens
    greens=$(event_count 1)
    until_true 25 eval '[ "$(event_count 1)" -ge '"$((greens + 2))"' ]'
    ok $? "reload: and the junction runs on with it"
    judge_lamps "reload" 0
}

fault_words() {
    make_junction
    local what
    refuses "kavsakd: an unknown option" 2 "unknown option '--frobnicate'" "$daemon" --frobnicate "$junction"
    refuses "kavsakd: no directory" 2 'director' "$daemon"
    refuses "kavsakd: a priority that is none" 2 'priority' "$daemon" --priority high "$junction"
    refuses "kavsakd: a journal of nothing" 2 'journal' "$daemon" --journal-size 0 "$junction"
    refuses "kavsakd: an option without its value" 2 'state' "$daemon" "$junction" --state
    refuses "kavsakd: a directory that is not there" 3 'nowhere' \
        "$daemon" --no-realtime --state "$state" --socket "$sock" "$work/nowhere"
    refuses "kavsakd: a state directory that cannot be" 3 'state directory' \
        "$daemon" --no-realtime --state /proc/kavsak --socket "$sock" "$junction"
    refuses "kavsakd: a socket that cannot be" 3 'socket' \
        "$daemon" --no-realtime --state "$state" --socket /proc/kavsak/sock "$junction"
    refuses "kavsak: no command" 2 'usage' "$tool"
    refuses "kavsak: an unknown command" 2 'frobnicate' "$tool" frobnicate
    for what in check show schema status log sim cmd; do
        refuses "kavsak $what: an unknown option" 2 'frobnicate' "$tool" "$what" --frobnicate
    done
    refuses "kavsak check: nothing to check" 2 '[a-z]' "$tool" check
    refuses "kavsak check: a directory that is not there" 3 'nowhere' "$tool" check "$work/nowhere"
    refuses "kavsak show: a directory that is not there" 3 'nowhere' "$tool" show "$work/nowhere"
    refuses "kavsak status: no daemon" 3 "$work/none" "$tool" status --socket "$work/none"
    refuses "kavsak log: no journal" 3 'nowhere' "$tool" log --journal "$work/nowhere"
    refuses "kavsak log: a time that is none" 2 'noon' "$tool" log --from noon --journal "$work"
    refuses "kavsak cmd: an order that is none" 2 'dance' "$tool" cmd dance --why test --socket "$work/none"
    refuses "kavsak cmd: without a reason" 2 'why' "$tool" cmd flash --socket "$work/none"
    refuses "kavsak sim: a directory that is not there" 3 'nowhere' "$tool" sim "$work/nowhere"
    refuses "kavsak sim: hours that are none" 2 'hours' "$tool" sim "$junction" --hours many
    spoil unknown plan.yaml 's/recall/recal/'
    refuses "kavsak check: findings" 1 'P020' "$tool" check "$work/unknown"
    refuses "kavsak show: findings" 1 'P020' "$tool" show "$work/unknown"
    refuses "kavsak sim: findings" 1 'P020' "$tool" sim "$work/unknown"
    spoil street site.yaml 's/host: 127.0.0.1/host: 192.168.7.7/'
    refuses "kavsak check: refused for safety" 4 'P12' "$tool" check "$work/street"
    refuses "kavsak-cabinet: an unknown option" 2 'frobnicate' "$cabinet" --frobnicate
    refuses "kavsak-cabinet: no cabinet" 2 'port' "$cabinet"
    refuses "kavsak-cabinet: a port that is none" 2 'port' "$cabinet" --port 70000 --monitor "$work/monitor.conf"
    refuses "kavsak-cabinet: a file that is not there" 3 'nowhere' "$cabinet" --port "$port" --monitor "$work/nowhere"
    echo 'channel 1 red 0 purple 1' >"$work/bad.conf"
    refuses "kavsak-cabinet: a monitor file with an error" 1 'bad.conf: line 1' \
        "$cabinet" --port "$port" --monitor "$work/bad.conf"
}

#!/bin/sh
# Three hours of a real controller's detectors through our core: the same phases are served nearly as often, as long, and end for
# the same reasons. And what the tool says of files that are no such log.
# usage: recorded_controller.sh KAVSAK SOURCE_DIR    (TAP on standard output)
# shellcheck disable=SC2181
set -u
tool=$1 source=$2
data=${KAVSAK_DATA:-$source/../shared/data}
log=$data/hires-oregon/events.csv.gz
junction=$source/plans/examples/oregon-227
work=$(mktemp -d /tmp/kavsak-replay-XXXXXX)
count=0
trap 'rm -rf "$work"' EXIT

ok() { # ok STATUS NAME
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; fi
}

value() { grep -o "\"$1\":[-0-9.]*" "$work/json" | head -n 1 | cut -d: -f2; }
within() { awk -v x="$(value "$1")" -v low="$2" -v high="$3" 'BEGIN { exit !(x != "" && x >= low && x <= high) }'; }

printf 'TimeStamp,DeviceId,EventId,Parameter\n2024-05-13T15:00:00Z,1,82,5\n2024-05-13T15:00:00Z,1,82\n' >"$work/short.csv"
"$tool" replay --events "$work/short.csv" "$junction" >"$work/out" 2>"$work/err"
[ $? -eq 1 ] && grep -q 'short.csv: line 3, column 26: expected a comma' "$work/err"
ok $? "a broken line is named with line, column and what was expected"

"$tool" replay --events "$junction/plan.yaml" "$junction" >"$work/out" 2>"$work/err"
[ $? -eq 1 ] && grep -q 'line 1, column 1: expected TimeStamp,DeviceId' "$work/err"
ok $? "a foreign file is refused"

"$tool" replay --events "$work/nowhere.csv" "$junction" >"$work/out" 2>"$work/err"
[ $? -eq 3 ] && grep -q 'nowhere.csv: cannot be opened' "$work/err"
ok $? "a file that is not there ends with 3"

"$tool" replay --journal "$work" --compare "$junction" >"$work/out" 2>"$work/err"
[ $? -eq 2 ]
ok $? "options that do not go together are wrong usage"

"$tool" replay --journal "$work" "$junction" >"$work/out" 2>"$work/err"
[ $? -eq 3 ] && grep -q 'no journal there' "$work/err"
ok $? "a folder without journal is said"

if [ ! -r "$log" ]; then
    for name in repeats served ends greens lamps; do
        count=$((count + 1))
        echo "ok $count - recorded hours: $name # SKIP no $log: set KAVSAK_DATA"
    done
    echo "1..$count"
    exit 0
fi

"$tool" replay --events "$log" --compare --quiet --out "$work/ours.csv" "$junction" >"$work/table"
ok $? "three hours are replayed and compared"
sed 's/^/# /' "$work/table"
"$tool" replay --events "$log" --compare --quiet --json --out "$work/again.csv" "$junction" >"$work/json" &&
    cmp -s "$work/ours.csv" "$work/again.csv"
ok $? "twice the same"
within served_pct 97 100
ok $? "greens served alike: $(value served_pct) %"
within ends_pct 95 100
ok $? "greens end alike: $(value ends_pct) %"
within mean_green_apart_s 0 1.0
ok $? "mean greens within $(value mean_green_apart_s) s"
within lamps_pct 90 100
ok $? "the same lamps $(value lamps_pct) % of the time"
"$tool" replay --events "$work/ours.csv" --compare --quiet --json "$junction" >"$work/json" && within lamps_pct 99.5 100
ok $? "our own log, replayed, repeats: $(value lamps_pct) %"
echo "1..$count"

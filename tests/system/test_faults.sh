#!/bin/bash
# Bad input and faults, each a test, on the real programs over loopback: what the journal says, what the lamps did.
# usage: test_faults.sh KAVSAKD KAVSAK KAVSAK_CABINET HELPER JUDGE PEERS DISK TILE SOURCE_DIR [FAULT...]
# Every fault_* function of test_faults_*.sh is one test with two ports, a folder and processes of its own;
# they wait much and compute little, so all run at once. TAP on standard output, docs/faults.md says what for.
# shellcheck disable=SC1090,SC2034
set -u
daemon=$1 tool=$2 cabinet=$3 helper=$4 judge=$5 peers=$6 disk=$7 tile=$8 source=$9
shift 9
here=$source/tests/system
base=$(mktemp -d /tmp/kavsak-faults-XXXXXX)
pids=''
readonly LONGEST_S=150

read_faults() { # with work and port set
    local file
    for file in "$here"/test_faults_*.sh; do . "$file"; done
}

run_fault() { # run_fault NAME PORT
    set +e
    work=$base/$1 port=$2
    mkdir "$work"
    read_faults
    trap 'kill -9 $(jobs -p) 2>/dev/null' EXIT
    "fault_$1"
    echo "ended"
}

# Several of these may run on one machine: a stretch of ports that nobody answers on.
free_ports() { # free_ports FIRST COUNT
    local i
    for ((i = $1; i < $1 + $2; i++)); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$i") 2>/dev/null; then return 1; fi
    done
}

first_port=$((12000 + $$ % 300 * 60))
until free_ports $first_port 60; do first_port=$((12000 + RANDOM % 300 * 60)); done
work=$base port=$first_port
read_faults
if [ $# -eq 0 ]; then
    mapfile -t names < <(declare -F | sed -n 's/^declare -f fault_//p')
    set -- "${names[@]}"
fi
set -m
for name in "$@"; do
    (run_fault "$name" "$port") >"$base/$name.tap" 2>"$base/$name.err" &
    pids="$pids $!"
    port=$((port + 2))
done
for pid in $pids; do # one that hangs must not hold up the report of the others
    while kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $LONGEST_S ]; do sleep 0.2; done
    kill -9 -- "-$pid" 2>/dev/null # its cabinets and daemons are of its group
    wait "$pid" 2>/dev/null
done
set +m
count=0 failed=0
for name in "$@"; do
    echo "# --- $name"
    if ! grep -q '^ended$' "$base/$name.tap"; then echo "not ok - $name: did not end" >>"$base/$name.tap"; fi
    while IFS= read -r line; do
        case $line in
        'ok - '*) count=$((count + 1)) line="ok $count - ${line#ok - }" ;;
        'skip - '*) count=$((count + 1)) line="ok $count - ${line#skip - }" ;;
        'not ok - '*) count=$((count + 1)) failed=$((failed + 1)) line="not ok $count - ${line#not ok - }" ;;
        ended) continue ;;
        esac
        echo "$line"
    done <"$base/$name.tap"
    sed 's/^/# /' "$base/$name.err" | grep -v 'Killed' | head -n 20
done
echo "1..$count"
if [ "$failed" -eq 0 ]; then rm -rf "$base"; else echo "# files are kept in $base"; fi
[ "$failed" -eq 0 ]

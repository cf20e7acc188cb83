#!/bin/bash
# Measures the figures of docs/figures.md: all of them, or those that are named.
#
#   tests/bench/run.sh [--short] [--json] [--build DIR] [tick|lockstep|daemon|latency|kill|measures|page]...
#
# Each prints what was measured, how, and on which machine under which load; --json: one object a line.
# --short takes five minutes in all instead of forty. Needs a built tree and, besides what ./test.sh needs:
# valgrind (tick), sumo (lockstep), rt-tests and the right to real time (daemon, latency), chromium and npm (page).
# Exit status: 0 every figure is within its limit, 1 one is not, 2 usage, 3 one could not be measured.
set -uo pipefail
cd "$(dirname "$0")" || exit 3

options=()
figures=()
while [ $# -gt 0 ]; do
    case $1 in
    --short | --json) options+=("$1") ;;
    --build) options+=("$1" "$(realpath "${2:?}")"); shift ;;
    tick | lockstep | daemon | latency | kill | measures | page) figures+=("$1") ;;
    --help) sed -n '2,/^set/s/^# \{0,1\}//p' run.sh | sed '$d'; exit 0 ;;
    *) echo "run.sh: unknown figure or option '$1' (--help)" >&2; exit 2 ;;
    esac
    shift
done
[ ${#figures[@]} -gt 0 ] || figures=(tick lockstep daemon latency kill measures page)

worst=0
for figure in "${figures[@]}"; do
    python3 "$figure.py" "${options[@]}"
    status=$?
    [ $status -le $worst ] || worst=$status
done
exit $worst

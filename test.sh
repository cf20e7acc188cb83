#!/bin/bash
# Installs what is missing, builds, tests. On a fresh Debian 12: git clone, ./test.sh.
#
#   ./test.sh          everything fast, one build
#   ./test.sh --ci     what a change must pass: four builds, analysers, coverage, longer campaigns
#   ./test.sh --long   that and what takes hours; started again, it goes on where it was stopped
#
# The last line counts test functions of all runs: "N passed, N failed, N skipped".
# Logs are in build/test.
set -uo pipefail
cd "$(dirname "$0")" || exit 3

readonly OUT=build/test
JOBS=$(nproc)
readonly JOBS

say() {
    printf '[%4d s] %s\n' "$SECONDS" "$*"
}

# Results of one step go into a file of its own, so that --long can keep those of an earlier start.
begin() { # NAME; false if its results are kept
    local results=$OUT/results/$1.tsv
    if [ -f "$results" ] && ! grep -q '^fail' "$results"; then
        say "$1: passed before, kept"
        return 1
    fi
    say "$1"
}

finish() { # NAME RESULT WHAT: the step as one test
    printf '%s\t%s\t%s\n' "$2" "$1" "$3" >"$OUT/results/$1.tsv"
}

show_failure() { # NAME LOG
    say "$1: FAILED, the end of $2:"
    tail -n 30 "$2"
}

# A command that passes or fails as a whole.
check() { # NAME COMMAND...
    local name=$1 log=$OUT/$1.log
    shift
    begin "$name" || return 0
    if "$@" >"$log" 2>&1 </dev/null; then
        finish "$name" pass check
    else
        finish "$name" fail check
        show_failure "$name" "$log"
    fi
}

build() { # DIR OPTION...
    local dir=$1
    shift
    if [ -f "$dir/build.ninja" ]; then
        meson configure "$dir" "$@" || return 1
    else
        meson setup "$dir" "$@" || return 1
    fi
    timeout 900 ninja -C "$dir" -j "$JOBS"
}

# The tests of a build that SETUP (tests/meson.build) names.
run_tests() { # NAME DIR SETUP
    local name=$1 dir=$2 setup=$3
    rm -f "$dir/meson-logs/$name-$setup.json"
    timeout 21600 meson test -C "$dir" --no-rebuild --setup "$setup" --timeout-multiplier 3 \
        --logbase "$name" >>"$OUT/$name.log" 2>&1 </dev/null
    tests/tally.py meson "$name" "$dir/meson-logs/$name-$setup.json" >"$OUT/results/$name.tsv" ||
        finish "$name" fail "meson test"
    say "$name: $(grep -c '^pass' "$OUT/results/$name.tsv") passed"
}

# A build of its own and its tests.
suite() { # NAME COMPILER SETUP OPTION...
    local name=$1 setup=$3 dir=$OUT/$1 log=$OUT/$1.log
    local -x CC=$2
    shift 3
    begin "$name" || return 0
    if ! build "$dir" "$@" >"$log" 2>&1 </dev/null; then
        finish "$name" fail build
        show_failure "$name" "$log"
        return
    fi
    say "$name: built, testing"
    run_tests "$name" "$dir" "$setup"
}

# The first build once more where numbers have a comma and an i keeps its dot: nothing of that may
# get into files, protocols and what scripts read.
turkish() {
    local -x LOCPATH=$PWD/$OUT/locale
    mkdir -p "$LOCPATH"
    check locale bash -c "localedef -i tr_TR -f UTF-8 '$LOCPATH/tr_TR.UTF-8' &&
        [ \"\$(LC_ALL=tr_TR.UTF-8 bash -c 'printf %.1f 1')\" = 1,0 ]"
    begin turkish || return 0
    : >"$OUT/turkish.log"
    LC_ALL=tr_TR.UTF-8 run_tests turkish "$OUT/gcc" modules
}

static_analysis() {
    local db=$OUT/clang
    check format bash -c "find controller plans hal sim tests -name '*.[ch]' -print0 |
        xargs -0 clang-format --dry-run -Werror"
    # The files that are built, as they are built.
    check clang-tidy bash -c "sed -n 's|.*\"file\": \"\(../\)*\(.*\)\".*|\2|p' \
        $db/compile_commands.json | sort -u | xargs -n 4 -P $JOBS clang-tidy -p $db --quiet"
    # Evaluation order: takes two compound literals for side effects; -Wsequence-point does not.
    check cppcheck cppcheck --project="$db/compile_commands.json" --std=c11 --quiet -j "$JOBS" \
        --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppress=missingIncludeSystem --suppress=unknownEvaluationOrder
    check yamllint yamllint --strict -c tests/tidy/yamllint.yaml plans tests
    check shellcheck bash -c "find . -name 'build*' -prune -o -name '*.sh' -print0 |
        xargs -0 shellcheck .ci/run"
}

# Branches of FILTER that tests took; no lines at all is no coverage either.
covered() { # FILTER LEAST_PCT
    gcovr -r . "$OUT/coverage" --filter "$1" --branches --fail-under-branch "$2" &&
        gcovr -r . "$OUT/coverage" --filter "$1" | grep -E '^TOTAL +[1-9]'
}

coverage() {
    find "$OUT/coverage" -name '*.gcda' -delete 2>/dev/null # counts of an earlier start
    suite coverage gcc modules -Db_coverage=true -Doptimization=0
    check coverage-core covered 'controller/core/' 90
    check coverage-guard covered 'controller/core/guard.c' 100
    grep -m 1 '^TOTAL' "$OUT"/coverage-*.log
}

run_ci() { # SETUP of the first build
    suite gcc gcc "$1" -Dwerror=true
    turkish
    suite clang clang modules -Dwerror=true
    suite sanitizers clang modules -Dwerror=true -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args=-fno-sanitize-recover=all
    static_analysis
    coverage
}

# An earlier --long counts only for the very same sources.
forget_older_results() {
    local now
    now=$(find . -name 'build*' -prune -o -name .git -prune -o -type f -print0 | sort -z |
        xargs -0 sha256sum | sha256sum)
    if [ "$1" != --long ] || [ "$now" != "$(cat "$OUT/sources" 2>/dev/null)" ]; then
        rm -rf "$OUT/results"
    fi
    mkdir -p "$OUT/results"
    echo "$now" >"$OUT/sources"
}

main() {
    local mode=${1:---fast} sets=(build test) strict=()
    case $mode in
    --fast) ;;
    --ci | --long) sets+=(ci) strict=(--strict) ;;
    *)
        sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
    tests/install.sh "${sets[@]}" || exit 3
    mkdir -p "$OUT"
    forget_older_results "$mode"
    case $mode in
    --fast) suite gcc gcc fast ;;
    --ci) run_ci ci ;;
    --long) run_ci long ;;
    esac
    tests/tally.py close "${strict[@]}" "$OUT"/results/*.tsv
}

main "$@"

#!/usr/bin/env python3
"""Counts test functions.

    tally.py meson RUN LOG.json             results of one meson run, as lines: result, run, test;
                                            what failing programs said goes to standard error
    tally.py close [--strict] FILE...       sums such lines up; --strict: unlisted skips fail

A TAP program counts each of its tests, any other counts as one. A program that dies counts as a
failure of its own, whatever its tests said before."""
import fnmatch
import json
import os
import re
import sys

TAP = re.compile(r'^(ok|not ok)\s+(\d+)\s*(?:-\s*)?(.*?)\s*(?:#\s*skip\b\s*(.*))?$', re.I)
PLAN = re.compile(r'^1\.\.(\d+)(?:\s*#\s*skip.*)?$', re.I)


def tap_results(stdout):
    """[(result, name)] of a TAP stream, None if it is none."""
    lines = stdout.splitlines()
    if not any(PLAN.match(line) for line in lines):
        return None
    found = []
    for line in lines:
        match = TAP.match(line)
        if match:
            verdict, number, name, skipped = match.groups()
            result = 'pass' if verdict == 'ok' else 'fail'
            # cmocka writes "not ok 3 # SKIP name", and meson calls such a program failed.
            if skipped is not None:
                result, name = 'skip', name or skipped
            found.append((result, name or number))
    return found


def program_results(entry):
    """[(result, name)] of one program of meson's log."""
    program = entry['name'].split(' / ')[-1]
    outcome = entry['result']
    tests = tap_results(entry.get('stdout', ''))
    if outcome == 'SKIP':
        return [('skip', program)]
    if not tests:
        return [('pass' if outcome in ('OK', 'EXPECTEDFAIL') else 'fail', program)]
    results = [(result, f'{program}: {name}') for result, name in tests]
    said = {result for result, _ in results}
    is_explained = 'fail' in said or (outcome == 'FAIL' and 'skip' in said)
    if outcome not in ('OK', 'EXPECTEDFAIL') and not is_explained:
        results.append(('fail', f'{program}: the program ended with {outcome}'))
    return results


def say_why(run, entry):
    """What a failing program printed, less the tests that passed; the end of it if it is long."""
    print(f'--- {run}: {entry["name"]}', file=sys.stderr)
    output = entry.get('stdout', '') + entry.get('stderr', '')
    lines = [line for line in output.splitlines() if not line.startswith('ok ')]
    print('\n'.join(lines[-40:]), file=sys.stderr)


def print_meson(run, path):
    with open(path, encoding='utf-8') as stream:
        for line in stream:
            entry = json.loads(line)
            results = program_results(entry)
            if any(result == 'fail' for result, _ in results):
                say_why(run, entry)
            for result, name in results:
                print(result, run, name, sep='\t')


def read_skips():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'skips.txt')
    with open(path, encoding='utf-8') as stream:
        return [line.split('  ')[0].strip() for line in stream if line.strip() and line[0] != '#']


def close(paths, is_strict, listed):
    count = {'pass': 0, 'fail': 0, 'skip': 0}
    for path in paths:
        with open(path, encoding='utf-8') as stream:
            for line in stream:
                result, run, name = line.rstrip('\n').split('\t')
                test = f'{run}: {name}'
                is_known = any(fnmatch.fnmatch(test, pattern) for pattern in listed)
                if result == 'skip' and is_strict and not is_known:
                    print(f'SKIPPED without a reason in tests/skips.txt  {test}')
                    result = 'fail'
                elif result != 'pass':
                    print(f'{"FAILED" if result == "fail" else "skipped"}  {test}')
                count[result] += 1
    print(f'{count["pass"]} passed, {count["fail"]} failed, {count["skip"]} skipped')
    return 0 if count['fail'] == 0 and count['pass'] > 0 else 1


def main(arguments):
    if arguments[:1] == ['meson'] and len(arguments) == 3:
        print_meson(*arguments[1:])
        return 0
    if arguments[:1] == ['close']:
        is_strict = '--strict' in arguments
        return close([a for a in arguments[1:] if a != '--strict'], is_strict, read_skips())
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""The tally decides whether a change passes, so its own judgement is tested. TAP."""
import contextlib
import io
import os
import sys
import tempfile

import tally


def entry(outcome, stdout):
    return {'name': 'kavsak:unit / phase', 'result': outcome, 'stdout': stdout}


def tests_of_a_tap_program_count_one_by_one():
    results = tally.program_results(entry('OK', '1..2\nok 1 - opens\nok 2 - closes\n# ok\n'))
    assert results == [('pass', 'phase: opens'), ('pass', 'phase: closes')], results


def a_failing_test_is_named():
    results = tally.program_results(entry('ERROR', '1..2\nok 1 - a\nnot ok 2 - b\n# why\n'))
    assert results == [('pass', 'phase: a'), ('fail', 'phase: b')], results


def a_program_that_dies_fails_whatever_its_tests_said():
    for said in ('ok 1 - a\n', 'ok 1 - a\nnot ok 2 # SKIP b\n'):
        results = tally.program_results(entry('ERROR', '1..3\n' + said))
        assert ('fail', 'phase: the program ended with ERROR') in results, results


def skips_are_skips_in_either_spelling():
    for said in ('ok 1 - b # SKIP no device\n', 'not ok 1 # SKIP b\n'):
        for outcome in ('OK', 'FAIL'):
            results = tally.program_results(entry(outcome, '1..1\n' + said))
            assert results == [('skip', 'phase: b')], results
    assert tally.program_results(entry('SKIP', '')) == [('skip', 'phase')]


def a_program_without_tap_is_one_test():
    assert tally.program_results(entry('OK', 'hello\n')) == [('pass', 'phase')]
    assert tally.program_results(entry('FAIL', 'ok 1 - not tap without a plan\n')) == [
        ('fail', 'phase')]
    assert tally.program_results(entry('TIMEOUT', '')) == [('fail', 'phase')]
    assert tally.program_results(entry('ERROR', '1..3\n')) == [('fail', 'phase')]


def closed(lines, is_strict=False, listed=()):
    """(exit code, last line)"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.tsv')
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write(lines)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = tally.close([path], is_strict, listed)
    return code, out.getvalue().splitlines()[-1]


def the_last_line_and_the_exit_code_tell_the_same():
    assert closed('pass\tgcc\ta\n') == (0, '1 passed, 0 failed, 0 skipped')
    assert closed('pass\tgcc\ta\nfail\tgcc\tb\n') == (1, '1 passed, 1 failed, 0 skipped')
    assert closed('') == (1, '0 passed, 0 failed, 0 skipped')


def skips_fail_in_ci_unless_they_are_listed():
    lines = 'pass\tgcc\ta\nskip\tgcc\tb: c\n'
    assert closed(lines) == (0, '1 passed, 0 failed, 1 skipped')
    assert closed(lines, True) == (1, '1 passed, 1 failed, 0 skipped')
    assert closed(lines, True, ['*: b: c']) == (0, '1 passed, 0 failed, 1 skipped')
    assert closed(lines, True, ['*: b: d']) == (1, '1 passed, 1 failed, 0 skipped')


TESTS = [tests_of_a_tap_program_count_one_by_one, a_failing_test_is_named,
         a_program_that_dies_fails_whatever_its_tests_said, skips_are_skips_in_either_spelling,
         a_program_without_tap_is_one_test, the_last_line_and_the_exit_code_tell_the_same,
         skips_fail_in_ci_unless_they_are_listed]


def main():
    print(f'1..{len(TESTS)}')
    failed = 0
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f'ok {number} - {test.__name__}')
        except AssertionError as error:
            failed = 1
            print(f'not ok {number} - {test.__name__}')
            print(f'# line {error.__traceback__.tb_next.tb_lineno}: {error}')
    return failed


if __name__ == '__main__':
    sys.exit(main())

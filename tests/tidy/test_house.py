#!/usr/bin/env python3
"""A check that checks nothing is a defect: every rule of house.py meets planted violations, which
it must name by line, and their lawful neighbours, which it must leave alone. TAP."""
import os
import subprocess
import sys
import tempfile

import house

HEADER = '/* {0}.h: what it decides. */\n#ifndef {1}\n#define {1}\n{2}#endif\n'


def header(name, body='', guard=None):
    return HEADER.format(name, guard or f'KAVSAK_{name.upper()}_H', body)


def found(rule, files):
    """{path: text} -> ['path:line'] of the violations."""
    tree = house.Tree([house.File(path, text) for path, text in files.items()])
    return [':'.join(v.split(':')[:2]) for v in tree.violations(rule)]


def includes(path, *lines):
    tree = {path: '\n'.join(lines) + '\n'}
    for known in ('controller/core/types.h', 'controller/core/frame.h', 'controller/core/guard.h',
                  'controller/core/sequencer.h', 'controller/core/event.h', 'plans/plan.h',
                  'plans/site.h', 'plans/load.h', 'hal/world.h', 'hal/cabinet.h', 'sim/street.h',
                  'controller/unit/step.h', 'controller/junction/junction.h', 'sim/oracle.h',
                  'controller/daemon/loop.h', 'controller/link/link.h'):
        tree.setdefault(known, '')
    return [v for v in found(house.rule_includes, tree) if v.startswith(path)]


def function(lines, name='f'):
    return f'int {name}(void)\n{{\n' + '    g();\n' * (lines - 3) + '}\n'


def lawful_includes():
    for path, line in [
            ('controller/core/phase.c', '#include "event.h"'),
            ('controller/core/phase.c', '#include "plan.h"'),
            ('controller/core/phase.c', '#include <string.h>'),
            ('controller/core/guard.c', '#include "guard.h"'),
            ('controller/core/guard.h', '#include "frame.h"'),
            ('sim/oracle.c', '#include "oracle.h"'),
            ('controller/junction/junction.c', '#include "guard.h"'),
            ('plans/check.c', '#include "types.h"'),
            ('plans/yaml.c', '#include <yaml.h>'),
            ('hal/modbus.c', '#include <modbus/modbus.h>'),
            ('hal/link.c', '#include "site.h"'),
            ('controller/unit/step.c', '#include "world.h"'),
            ('sim/street.c', '#include "step.h"'),
            ('controller/daemon/loop.c', '#include <time.h>'),
            ('tests/unit/test_guard.c', '#include "guard.h"')]:
        assert includes(path, line) == [], (path, line)


def forbidden_includes():
    for path, line in [
            ('controller/core/phase.c', '#include "world.h"'),
            ('controller/core/phase.c', '#include "site.h"'),
            ('controller/core/phase.c', '#include <time.h>'),
            ('controller/core/phase.c', '#include <stdio.h>'),
            ('controller/core/phase.c', '  #  include <pthread.h>'),
            ('controller/core/guard.c', '#include "sequencer.h"'),
            ('controller/core/guard.c', '#include "event.h"'),
            ('controller/core/guard.h', '#include "sequencer.h"'),
            ('sim/oracle.c', '#include "guard.h"'),
            ('sim/oracle.c', '#include "street.h"'),
            ('controller/junction/junction.c', '#include "world.h"'),
            ('plans/check.c', '#include "event.h"'),
            ('plans/check.c', '#include <yaml.h>'),
            ('hal/link.c', '#include "plan.h"'),
            ('hal/link.c', '#include <modbus.h>'),
            ('controller/unit/step.c', '#include "loop.h"'),
            ('sim/street.c', '#include "loop.h"'),
            ('controller/daemon/loop.c', '#include "street.h"'),
            ('controller/daemon/loop.c', '#include <MQTTAsync.h>'),
            ('controller/link/link.c', '#include "loop.h"'),
            ('controller/cli/main.c', '#include "loop.h"'),
            ('controller/cli/main.c', '#include "missing.h"'),
            ('somewhere/else.c', '#include "types.h"')]:
        assert includes(path, '', line) == [f'{path}:2'], (path, line)


def function_length():
    rule = house.rule_function_length
    assert found(rule, {'a.c': function(70)}) == []
    assert found(rule, {'a.c': function(30) + '\n' + function(71)}) == ['a.c:32']
    assert found(rule, {'a.c': 'int main(void)\n{\n' + 'g();\n' * 90 + '}\n'}) == ['a.c:1']
    assert found(rule, {'tests/a.c': function(90, 'main')}) == []
    assert found(rule, {'tests/a.c': function(90)}) == ['tests/a.c:1']
    table = 'static const int t[] = {\n' + '    1,\n' * 90 + '};\n'
    assert found(rule, {'a.c': table}) == []


def units():
    for good in ('int32_t timeout_ms;', 'int64_t now_ms, int32_t length_cm;',
                 'uint32_t yellow_count;', 'int32_t was_green[4];',
                 'int32_t actuations_in_red;', 'int32_t to_green;', 'int32_t walk_mode;',
                 'size_t distance;', 'sg_mask_t green;', '/* int32_t timeout; */'):
        assert found(house.rule_units, {'a.h': good + '\n'}) == [], good
    for bad in ('int32_t timeout;', 'int64_t max_delay = 0;', 'int32_t min_green[SG_MAX];',
                'void f(int32_t passage, int x)', 'double stop_distance;',
                'static uint32_t headway;'):
        assert found(house.rule_units, {'a.h': '\n' + bad + '\n'}) == ['a.h:2'], bad


def banned_calls():
    for good in ('snprintf(a, 2, "%d", 1);', 'my_strcpy(a, b);', 's.system(a);', 'p->gets(a);',
                 '/* strcpy(a, b) */', 'puts("strcpy(a, b)");', 'setlocale(LC_MESSAGES, "");',
                 'sscanf(a, "%*d%%%4d%2[a-b]%c%n", b);',
                 '_Static_assert(1 == 1, "");', 'assert_int_equal(1, 1);'):
        assert found(house.rule_banned, {'a.c': good + '\n'}) == [], good
    for bad in ('strcpy(a, b);', 'n = atoi(s);', 'sprintf (a, "x");', 'gets(a);', 'strtok(a, b);',
                'system("ls");', 'setlocale(LC_ALL, "");', 'setlocale( LC_NUMERIC, "");',
                'assert(x);', 'rand();', 'localtime(&t);', 'sscanf(a, "%4d%d", b);',
                'sscanf(a, "%[^,]", b);', 'alloca(3);'):
        assert found(house.rule_banned, {'a.c': '\n' + bad + '\n'}) == ['a.c:2'], bad
    assert found(house.rule_banned, {'tests/a.c': 'strcpy(a, b);\n'}) == []
    assert found(house.rule_banned, {'tests/a.c': 'atoi(a);\n'}) == ['tests/a.c:1']


def switches():
    def switch(subject):
        return ('int f(enum colour c, int32_t aspect)\n{\n    switch (' + subject + ') {\n'
                "    case RED:\n        switch (x) {\n        case 'a':\n            break;\n"
                '        default:\n            break;\n        }\n        break;\n'
                '    default:\n        break;\n    }\n}\n')
    assert found(house.rule_switch, {'a.c': switch('c')}) == ['a.c:12']
    assert found(house.rule_switch, {'a.c': switch('(enum aspect)aspect')}) == ['a.c:12']
    assert found(house.rule_switch, {'a.c': switch('aspect')}) == []
    fine = ('enum colour c;\n    switch (c) {\n    case RED:\n    case GREEN:\n        break;\n'
            '    }\n')
    assert found(house.rule_switch, {'a.c': fine}) == []


def headers():
    rule = house.rule_header
    assert found(rule, {'a/ring.h': header('ring')}) == []
    assert found(rule, {'a/ring.h': header('ring', guard='KAVSAK_RING')}) == ['a/ring.h:1']
    assert found(rule, {'a/ring.h': header('phase')}) == ['a/ring.h:1']
    assert found(rule, {'b/a/ring.h': header('ring', guard='KAVSAK_A_RING_H')}) == []
    assert found(rule, {'a/ring.h': header('ring')[len('/* ring.h: what it decides. */\n'):]}) == [
        'a/ring.h:1']
    assert found(rule, {'a/ring.h': header('ring') + 'int after;\n'}) == ['a/ring.h:1']
    assert found(rule, {'a/ring.c': 'int x;\n'}) == []


def columns():
    assert found(house.rule_columns, {'a.c': 'ş' * 100 + '\n'}) == []
    assert found(house.rule_columns, {'a.c': '\n' + 'x' * 101 + '\n'}) == ['a.c:2']
    wide = '/* clang-format off */\n' + 'x' * 101 + '\n/* clang-format on */\n' + 'x' * 101 + '\n'
    assert found(house.rule_columns, {'a.c': wide}) == ['a.c:4']
    assert found(house.rule_columns, {'a.sh': 'x' * 101 + '\n'}) == []


def white_space():
    assert found(house.rule_white_space, {'a.c': 'x\n\ny\n'}) == []
    assert found(house.rule_white_space, {'a.c': 'x \n'}) == ['a.c:1']
    assert found(house.rule_white_space, {'a.c': '\tx\n'}) == ['a.c:1']
    assert found(house.rule_white_space, {'a.c': 'x'}) == ['a.c:1']


def unfinished():
    for word in ('TO' 'DO', 'FIX' 'ME', 'XX' 'X', 'HA' 'CK'):
        assert found(house.rule_unfinished, {'a.c': f'/* {word}: later */\n'}) == ['a.c:1'], word
    assert found(house.rule_unfinished, {'a.c': '/* todos los santos */\n'}) == []


def packages():
    def listed(line, *names):
        return house.Tree([house.File('hal/meson.build', line)], names).violations(
            house.rule_packages) == []
    assert listed("x = dependency('yaml-0.1')", 'libyaml-dev')
    assert listed("x = dependency('libmodbus')", 'gcc', 'libmodbus-dev')
    assert listed("x = cc.find_library('paho-mqtt3as')", 'libpaho-mqtt-dev')
    assert listed("x = dependency('threads')")
    assert listed("x = dependency('zlib')", 'zlib1g-dev')
    assert not listed("x = dependency('yaml-0.1')", 'gcc', 'libyaml-0-2')
    assert not listed("x = cc.find_library('modbus')")


def symbols():
    """On real archives: one that keeps to itself and one that allocates and reads the clock."""
    with tempfile.TemporaryDirectory() as folder:
        def archive(name, code):
            source, out = (os.path.join(folder, name + suffix) for suffix in ('.c', '.a'))
            with open(source, 'w', encoding='ascii') as stream:
                stream.write(code)
            subprocess.run([os.environ.get('CC', 'cc'), '-w', '-c', source, '-o', source + '.o'],
                           check=True)
            subprocess.run(['ar', 'rc', out, source + '.o'], check=True)
            return out

        def foreign(*archives):
            return house.foreign_symbols(house.nm('-u', archives),
                                         house.nm('--defined-only', archives))
        low = archive('low', 'int low(void) { return 1; }')
        high = archive('high', 'int low(void); void *memcpy(void *, const void *, unsigned long);'
                       'int high(char *a, char *b) { memcpy(a, b, *b); return low(); }')
        leaky = archive('leaky', 'void *malloc(unsigned long); int clock_gettime(int, void *);'
                        'int leaky(void) { return clock_gettime(1, malloc(4)); }')
        assert foreign(low, high) == [], foreign(low, high)
        assert foreign(high) == ['low'], foreign(high)
        assert foreign(low, leaky) == ['clock_gettime', 'malloc'], foreign(low, leaky)


def every_rule_is_tested_here():
    with open(__file__, encoding='utf-8') as stream:
        text = stream.read()
    for _, rule in house.RULES:
        assert f'house.{rule.__name__}' in text, rule.__name__


TESTS = [lawful_includes, forbidden_includes, function_length, units, banned_calls, switches,
         headers, columns, white_space, unfinished, packages, symbols,
         every_rule_is_tested_here]


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

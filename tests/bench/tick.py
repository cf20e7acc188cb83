#!/usr/bin/env python3
"""Instructions of one tick of a junction with 16 groups and 32 detectors, by parts, counted by
callgrind: the same on every machine for the same compiler. Nothing may be allocated."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import figure

LIMIT = 40000
# Each function's own instructions, those inlined into it included, belong to the file it stands in.
PARTS = {'detector.c': 'detectors', 'call.c': 'calls', 'order.c': 'calls', 'ring.c': 'strategy',
         'phase.c': 'strategy', 'stage.c': 'strategy', 'coord.c': 'strategy', 'mode.c': 'strategy',
         'manual.c': 'strategy', 'sequencer.c': 'sequencer', 'relation.c': 'sequencer',
         'display.c': 'sequencer', 'guard.c': 'guard', 'witness.c': 'guard',
         'junction.c': 'protected copies', 'controller.c': 'controller and link',
         'lease.c': 'controller and link'}


def callgrind(program, arguments, out, *more):
    command = ['valgrind', '--quiet', '--tool=callgrind', f'--callgrind-out-file={out}',
               '--compress-strings=no', '--compress-pos=no', '--toggle-collect=junction_tick',
               *more, program, *arguments]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, timeout=900, check=False)
    report = json.loads(done.stdout)
    if done.returncode != 0:
        figure.fail(f'bench_tick: {done.stdout}')
    return report


def by_part(path):
    """Self cost of every function by the file of the function. A calls= line is followed by one
    with the cost of the called, which is counted there."""
    parts, part, own_file, skip = {}, 'rest', '', False
    with open(path, encoding='utf-8') as f:
        for line in f:
            if line.startswith('fl='):
                own_file = os.path.basename(line[3:].strip())
            elif line.startswith('fn='):
                part = PARTS.get(own_file, 'rest')
            elif line.startswith('calls='):
                skip = True
            elif re.match(r'[0-9*+-]', line):
                if not skip:
                    parts[part] = parts.get(part, 0) + int(line.split()[1])
                skip = False
    return parts


def total(path):
    with open(path, encoding='utf-8') as f:
        return int(re.search(r'^(?:totals|summary): (\d+)', f.read(), re.M).group(1))


def measure(f, plan, ticks, single_ticks):
    program = f.built('tests', 'bench', 'bench_tick')
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'out')
        report = callgrind(program, [plan, str(ticks)], out)
        if not report['all_were_green']:
            figure.fail(f'{plan}: some group was never green, so this is not a busy junction')
        mean = total(out) / ticks
        parts = {k: round(v / ticks) for k, v in by_part(out).items()}
        out = os.path.join(folder, 'each')
        callgrind(program, [plan, str(single_ticks)], out, '--dump-before=junction_tick')
        each = [total(path) for path in glob.glob(out + '.*')]
    f.add(f'{plan}: one tick, mean', round(mean), 'instructions', LIMIT,
          how=f'callgrind over {ticks:,} ticks of busy streets, start-up included, '
              f'each of {single_ticks:,} for the worst; -O2, no LTO')
    f.add(f'{plan}: one tick, worst', max(each), 'instructions', LIMIT)
    for part in sorted(parts, key=parts.get, reverse=True):
        f.add(f'{plan}:   {part}', parts[part], 'instructions')
    f.add(f'{plan}: allocations', report['allocations'], '', 0)
    f.detail[plan] = {**report, 'mean': round(mean), 'worst': max(each), 'parts': parts}


def main():
    f = figure.Figure('tick', __doc__)
    for plan in ('rings', 'staged'):
        measure(f, plan, 6000 if f.options.short else 36000, 600 if f.options.short else 6000)
    return f.tell()


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""The benchmark in a minute: one generated network for ten minutes, two seeds; adaptive control
must beat the network's fixed programme and our own actuated in the mean, without objections and
jams.

    short.py BUILD"""
import os
import shutil
import sys
import tempfile

import bench

STRATEGIES = 'fixed-sumo,kavsak-actuated,kavsak'
SCENARIO = 'asymmetric-mid'
SKIPPED = 77


def main():
    if shutil.which('sumo') is None or shutil.which('netconvert') is None:
        print('1..0 # SKIP no sumo (Debian package sumo)')
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        options = bench.complete(bench.parse([
            'run', '--results', os.path.join(folder, 'runs'), '--nets', folder, '--build',
            sys.argv[1], '--scenarios', SCENARIO, '--strategies', STRATEGIES, '--seeds', '1-2',
            '--end', '600', '--timeout', '50', '--nice', '0']))
        runs = bench.run_all(options)
    failed = [bench.told(r) for r in runs if r['exit'] != 0 or r.get('delay_s') is None]
    if failed:
        print('\n'.join(failed + [r.get('log', '') for r in runs]))
        return 1
    mean = {s: sum(r['delay_s'] for r in runs if r['strategy'] == s) / 2
            for s in STRATEGIES.split(',')}
    objections = sum(r['summary']['objections'] for r in runs if 'summary' in r)
    jams = [bench.told(r) for r in runs if r['strategy'] == 'kavsak' and r['jam']]
    print(f'{mean}, {objections} objections, jams {jams}')
    is_better = mean['kavsak'] < min(mean['fixed-sumo'], mean['kavsak-actuated'])
    return 0 if is_better and objections == 0 and not jams else 1


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""How much faster than real time a microsimulated junction runs with its controller, its guard and
the oracle, beside SUMO on the same junction and demand in the same run; and how fast the recorded
hours of an Oregon intersection run through it, if KAVSAK_DATA names the folder they lie in. Judged
by processor time of the whole process, start and end included, because machines are shared; wall
time is told as well."""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import figure
import sumo_junction

LEAST_SPEED = 10000
BOUNDED = ['timeout', '300', 'prlimit', '--as=2000000000']
OREGON_S = 3 * 3600
EXAMPLES = os.path.join(figure.SOURCE, 'plans', 'examples')


def timed(command):
    """Processor and wall seconds of one process, its children (timeout has one) included."""
    began = time.monotonic()
    with subprocess.Popen([*BOUNDED, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as process:
        said = process.stdout.read()
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode != 0:
        figure.fail(f'{command[0]}: {said}')
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, said


def speeds(runs, seconds):
    cpu = statistics.median(run[0] for run in runs)
    wall = statistics.median(run[1] for run in runs)
    return round(seconds / cpu), round(seconds / wall)


def compare(f, hours, rounds):
    ours = [f.built('controller', 'cli', 'kavsak'), 'sim', os.path.join(EXAMPLES, 'cay-deresi'),
            '--hours', str(hours), '--quiet', '--json']
    kavsak, sumo, sumo_fine = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        scenario = sumo_junction.make(folder, os.path.join(EXAMPLES, 'demand.csv'))
        theirs = ['sumo', *scenario, '--no-step-log', '--end', str(hours * 3600), '--seed', '1',
                  '--duration-log.statistics']
        for _ in range(rounds):  # in turn, so that a busy machine is busy for all of them
            kavsak.append(timed(ours))
            sumo.append(timed(theirs))
            sumo_fine.append(timed([*theirs, '--step-length', '0.1']))
    f.detail['kavsak'] = kavsak[-1][2].strip()
    f.detail['sumo'] = re.findall(r'Inserted: \d+|TimeLoss: [\d.]+', sumo[-1][2])
    ours, wall = speeds(kavsak, hours * 3600)
    coarse, _ = speeds(sumo, hours * 3600)
    fine, _ = speeds(sumo_fine, hours * 3600)
    how = (f'Çay Deresi alone, plans/examples/demand.csv, {hours} h, median of {rounds} runs in '
           'turn; Kavşak: 0.1 s steps, coordinated and actuated, pedestrians, guard and oracle on '
           'every step; SUMO: fixed time, no pedestrians')
    f.add('junction with its controller, processor time', ours, 'x', LEAST_SPEED, True, how)
    f.add('junction with its controller, wall time', wall, 'x')
    f.add('SUMO, 1 s steps, processor time', coarse, 'x')
    f.add('SUMO, 0.1 s steps, processor time', fine, 'x')
    f.add('faster than SUMO with 1 s steps', round(ours / coarse, 2), 'times', 1, True)
    f.add('faster than SUMO with 0.1 s steps', round(ours / fine, 2), 'times')


def replay(f, rounds):
    log = os.path.join(os.environ.get('KAVSAK_DATA', '.'), 'hires-oregon', 'events.csv.gz')
    junction = os.path.join(EXAMPLES, 'oregon-227')
    if not os.path.exists(log) or not os.path.isdir(junction):
        f.add('recorded hours of Oregon', 'not measured', '',
              how=f'{log} is not there: KAVSAK_DATA names the folder of the recording')
        return
    command = [f.built('controller', 'cli', 'kavsak'), 'replay', '--events', log, '--quiet',
               junction]
    cpu, wall = speeds([timed(command) for _ in range(rounds)], OREGON_S)
    f.add('recorded hours of Oregon, processor time', cpu, 'x', LEAST_SPEED, True,
          f'three hours of detectors of one dual-ring intersection, median of {rounds} runs')
    f.add('recorded hours of Oregon, wall time', wall, 'x')


def main():
    f = figure.Figure('lockstep', __doc__)
    compare(f, 1 if f.options.short else 6, 3)
    replay(f, 5)
    return f.tell()


if __name__ == '__main__':
    sys.exit(main())

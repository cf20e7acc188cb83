#!/usr/bin/env python3
"""How long kavsak measures takes for the day of a busy junction: 300,000 events of eight phases,
forty detectors and four crossings, made from a seed, with the edges that real detectors lose. All
tables, ours included, read from a packed file and written as files."""
import gzip
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

import figure

EVENTS = 300000
MOST_S = 1.0
DAY_DS = 864000  # tenths of a second
CYCLE_DS = 1000
GREENS = {1: (0, 120), 2: (180, 430), 4: (490, 700), 3: (760, 940),
          5: (0, 150), 6: (210, 430), 8: (490, 720), 7: (780, 940)}
ROLES = ['Advance', 'Advance', 'Presence', 'Stopbar Count', 'Yellow_Red']


def signals(add):
    for begin in range(0, DAY_DS, CYCLE_DS):
        add(begin, 132, 100)
        add(begin, 316, 100)
        add(begin, 318, 0)
        for phase, (green, end) in GREENS.items():
            called = begin - 300 + 7 * phase
            if called > 0:
                add(called, 43, phase)
                add(begin + green + 20, 44, phase)
            for after, code in ((0, 0), (0, 1)):
                add(begin + green + after, code, phase)
            for after, code in ((0, 4 if begin // CYCLE_DS % 3 else 6), (0, 7), (0, 8), (35, 9),
                                (35, 10), (50, 11)):
                add(begin + end + after, code, phase)
            add(begin + end + 50, 300 + phase - 1, (end - green) // 10 + 5)


def crossings(add, chance):
    for phase in (2, 4, 6, 8):
        for _ in range(300):
            pressed = chance.randrange(DAY_DS)
            add(pressed, 90, phase)
            add(pressed + 1, 45, phase)
            walk = (pressed // CYCLE_DS + 1) * CYCLE_DS + GREENS[phase][0]
            add(walk, 21, phase)
            add(walk + 70, 22, phase)
            add(walk + 200, 23, phase)


def detectors(add, chance, events):
    """Edges until the day is full; one in two hundred is lost."""
    channel = 0
    while len(events) < EVENTS:
        channel = channel % 40 + 1
        on = chance.randrange(DAY_DS)
        if chance.random() > 0.005:
            add(on, 82, channel)
        if chance.random() > 0.005:
            add(on + chance.randrange(1, 60), 81, channel)


def make(folder):
    chance = random.Random(20261123)
    events = set()

    def add(at, code, param):
        if at < DAY_DS and len(events) < EVENTS:
            events.add((at, code, param))

    signals(add)
    crossings(add, chance)
    detectors(add, chance, events)
    log = os.path.join(folder, 'day.csv.gz')
    with gzip.open(log, 'wt', compresslevel=6) as f:
        f.write('TimeStamp,DeviceId,EventId,Parameter\n')
        for at, code, param in sorted(events):
            second = at // 10
            f.write(f'2026-11-23T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}'
                    f'.{at % 10}00Z,7,{code},{param}\n')
    roles = os.path.join(folder, 'detectors.csv')
    with open(roles, 'w', encoding='ascii') as f:
        f.write('DeviceId,Phase,Function,Parameter\n')
        for channel in range(1, 41):
            f.write(f'7,{(channel - 1) // 5 + 1},{ROLES[(channel - 1) % 5]},{channel}\n')
    return log, roles


def timed(command):
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode != 0:
        figure.fail(f'{command[0]} ended with {process.returncode}')
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss


def main():
    f = figure.Figure('measures', __doc__)
    rounds = 3 if f.options.short else 11
    with tempfile.TemporaryDirectory() as folder:
        log, roles = make(folder)
        command = [f.built('controller', 'cli', 'kavsak'), 'measures', '--events', log,
                   '--detectors', roles, '-o', os.path.join(folder, 'out')]
        peers = [timed(command) for _ in range(rounds)]
        every = [timed([*command, '--better']) for _ in range(rounds)]
        one = [timed([*command[:-2], '--table', 'split_failures']) for _ in range(rounds)]
    how = f'{EVENTS:,} events, packed; median of {rounds} runs, start and end included'
    f.add('15 tables of a day, processor time', round(statistics.median(r[0] for r in peers), 3),
          's', MOST_S, how=how)
    f.add('15 tables of a day, wall time', round(statistics.median(r[1] for r in peers), 3), 's')
    f.add('21 tables of a day, processor time', round(statistics.median(r[0] for r in every), 3),
          's', MOST_S)
    f.add('split_failures alone, processor time', round(statistics.median(r[0] for r in one), 3),
          's')
    f.add('memory, most', round(max(r[2] for r in every) / 1024), 'MB')
    return f.tell()


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""Two latencies of a real-time kavsakd with emulated cabinets over Modbus TCP, in one run.

Wake-up: how late the tick begins, beside cyclictest at the daemon's priority and interval and one
above it at 1 ms, at the same time on the same processors. On a virtual machine all three are told,
not judged.

Wire to wire: the main street rests in green with its minimum over, nobody waits. A vehicle comes
upon the side street's detector. From the moment its input changes in the cabinet to the moment the
cabinet has and shows the image with the main street's yellow, in the cabinet's own log, in
milliseconds: at most one tick until the input is read, one until the tick that acts on it, and the
transfers."""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import daemon
import figure
import kill

PRIORITY = 70
SIDE_INPUT, MAIN_GREEN, MAIN_YELLOW = 1, 2, 1
RESTING_MS = 8000  # of main green before the edge: minimum 4 s, passage 2 s
SPACING_S = (26, 32)


def make_recording(path, seconds, seed):
    randoms = random.Random(seed)
    with open(path, 'w', encoding='ascii') as f:
        f.write('TimeStamp,DeviceId,EventId,Parameter\n')
        at = 30 + randoms.uniform(0, 5)
        while at < seconds:
            for code, when in ((82, at), (81, at + 0.6)):
                minutes, rest = divmod(when, 60)
                f.write(f'2026-01-05 {int(minutes // 60):02}:{int(minutes % 60):02}:{rest:06.3f},1,'
                        f'{code},{SIDE_INPUT + 1}\n')
            at += randoms.uniform(*SPACING_S)


def make_site(f, folder, n, port, seconds):
    """kill.py's crossing, but nobody recalls the side street."""
    own = os.path.join(folder, f'source{n}')
    shutil.copytree(kill.CROSSING, own)
    plan = os.path.join(own, 'plan.yaml')
    with open(plan, encoding='utf-8') as file:
        text = re.sub(r'(side: {.*)recall: \[min\], ', r'\1', file.read())
    with open(plan, 'w', encoding='utf-8') as file:
        file.write(text.replace('test/crossing', f'test{n}/crossing'))
    recording = os.path.join(folder, f'edges{n}.csv')
    make_recording(recording, seconds, n + 1)
    return kill.Site(f, folder, n, port, recording, own)


def reactions(site):
    """Milliseconds from each edge that met a resting main street to its yellow."""
    green_at, edge_at, found = None, None, []
    for wall, word, number, value in site.lines(0):
        if word == 'lamp' and number == MAIN_GREEN and value == 1:
            green_at = wall
        elif word == 'input' and number == SIDE_INPUT and value == 1:
            rested = green_at is not None and wall - green_at >= RESTING_MS
            edge_at = wall if rested else None
        elif word == 'lamp' and number == MAIN_YELLOW and value == 1:
            if edge_at is not None:
                found.append(wall - edge_at)
            green_at, edge_at = None, None
    return found


def cyclictest(priority, interval_us, seconds):
    return subprocess.Popen(['cyclictest', '-m', '-q', '-p', str(priority), '-i', str(interval_us),
                             '-D', str(seconds), '-h', '50000'], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


def quantiles_of(process):
    """50 %, 99 %, 99.9 % and the longest, in microseconds."""
    said, _ = process.communicate(timeout=60)
    rows = [(int(a), int(b)) for a, b in re.findall(r'^(\d{6}) (\d+)', said, re.M)]
    longest = int(re.search(r'Max Latencies: *(\d+)', said).group(1))
    count = sum(n for _, n in rows)
    found = []
    for share in (0.5, 0.99, 0.999):
        left = share * count
        for us, n in rows:
            left -= n
            if left <= 0:
                found.append(us)
                break
        else:
            found.append(longest)
    return [*found, longest]


def told(values, unit='us'):
    return ' / '.join(f'{v:,}' for v in values) + f' {unit}'


def report(f, sites, sock, seconds, tests):
    steal = figure.cpu_times()[2] - f.before[2]
    metrics = daemon.metrics(f, sock)
    histogram = metrics['wake_histogram_us']
    ours = [daemon.quantile_us(histogram, q) for q in (0.5, 0.99, 0.999)]
    ours.append(metrics['wake_max_us'])
    how = (f'virtual machine; {seconds} s, SCHED_FIFO {PRIORITY}, 50 / 99 / 99.9 % and longest; '
           f'ours in powers of two; steal {steal} jiffies on all processors')
    f.add('wake-up of the tick', told(ours), '', how=how)
    f.add(f'cyclictest, priority {PRIORITY}, 100 ms', told(quantiles_of(tests[0])), '')
    f.add(f'cyclictest, priority {PRIORITY + 1}, 1 ms', told(quantiles_of(tests[1])), '')
    f.add('ticks missed', metrics['ticks_skipped'], f"of {metrics['ticks']:,}")
    f.add('longest tick', metrics['compute_max_us'], 'us')
    times = sorted(ms for site in sites for ms in reactions(site))
    if not times:
        figure.fail('no edge met a resting main street')
    middle = times[len(times) // 2]
    f.add('detector edge to lamp command, least / median / most',
          told((times[0], middle, times[-1]), 'ms'), '',
          how=f'{len(times)} edges at random moments on {len(sites)} emulated cabinets')
    f.add('detector edge to lamp command, median', middle, 'ms', 200)
    f.detail = {'metrics': metrics, 'reactions_ms': times}


def main():
    def add_arguments(p):
        p.add_argument('--port', type=int, default=15350)
        p.add_argument('--seconds', type=int)
    f = figure.Figure('latency', __doc__, add_arguments)
    seconds, count = (75, 4) if f.options.short else (600, 8)
    seconds = f.options.seconds or seconds
    with tempfile.TemporaryDirectory(prefix='kavsak-latency-') as folder:
        sock, log = os.path.join(folder, 'sock'), os.path.join(folder, 'log')
        os.mkdir(os.path.join(folder, 'state'))
        sites, process = [], None
        try:
            for n in range(count):
                sites.append(make_site(f, folder, n, f.options.port + n, seconds + 20))
            with open(log, 'wb') as out:
                process = subprocess.Popen(
                    [f.built('controller', 'daemon', 'kavsakd'), '--priority', str(PRIORITY),
                     '--socket', sock, '--state', os.path.join(folder, 'state'), '--journal-size',
                     '4', *(site.junction for site in sites)], stdout=out, stderr=out)
            daemon.wait_for(lambda: daemon.answers(f, sock), 30, process, log)
            tests = cyclictest(PRIORITY, 100000, seconds), cyclictest(PRIORITY + 1, 1000, seconds)
            time.sleep(seconds)
            report(f, sites, sock, seconds, tests)
        finally:
            for site in sites:
                site.stop()
            if process is not None:
                process.kill()
                process.wait()
    return f.tell()


if __name__ == '__main__':
    sys.exit(main())

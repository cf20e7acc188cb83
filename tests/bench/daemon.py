#!/usr/bin/env python3
"""One kavsakd with 1,000 junctions on null cabinets, ten ticks a second: ticks missed and processor
time. In real time if that is allowed here; where it is not, or with --no-realtime, missed ticks are
told and not judged."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import figure

EXAMPLE = os.path.join(figure.SOURCE, 'plans', 'examples', 'cay-deresi')
WARM_UP_S = 35  # start-up is over: all junctions serve phases


def make_junctions(folder, count):
    with open(os.path.join(EXAMPLE, 'site.yaml'), encoding='utf-8') as f:
        site = re.sub(r'(cabinet): {kind: tcp.*', r'\1: {kind: simulator, duty: cabinet}', f.read())
    paths = []
    for n in range(count):
        path = os.path.join(folder, f'j{n:04}')
        os.mkdir(path)
        for name in ('safety.yaml', 'lanes.yaml', 'plan.yaml'):
            shutil.copy(os.path.join(EXAMPLE, name), path)
        with open(os.path.join(path, 'site.yaml'), 'w', encoding='utf-8') as f:
            f.write(site)
        paths.append(path)
    return paths


def cpu_seconds(pid):
    """Of the process, and of each of its threads by name."""
    def of(path):
        with open(path, encoding='ascii') as f:
            text = f.read()
        fields = text[text.rindex(')') + 2:].split()
        name = text[text.index('(') + 1:text.rindex(')')]
        return name, (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
    threads = {}
    for tid in os.listdir(f'/proc/{pid}/task'):
        name, seconds = of(f'/proc/{pid}/task/{tid}/stat')
        threads[name] = threads.get(name, 0) + seconds
    return of(f'/proc/{pid}/stat')[1], threads


def metrics(f, sock):
    return json.loads(figure.run([f.built('controller', 'cli', 'kavsak'), 'status', '--metrics',
                                  '--socket', sock], timeout=20, stderr=subprocess.DEVNULL))


def normal_count(f, sock):
    told = figure.run([f.built('controller', 'cli', 'kavsak'), 'status', '--json', '--socket',
                       sock], timeout=900)
    return sum('"mode":"normal"' in line for line in told.splitlines())


def may_run_in_real_time():
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except PermissionError:
        return False
    return True


def wait_for(ready, seconds, process, log):
    end = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            with open(log, encoding='utf-8') as text:
                figure.fail('kavsakd did not start: ' + ''.join(text.readlines()[-5:]))
        time.sleep(0.2)


def answers(f, sock):
    try:
        return metrics(f, sock)['ticks'] > 0
    except (subprocess.SubprocessError, json.JSONDecodeError):
        return False


def quantile_us(histogram, share):
    """Upper edge of the bucket that holds this share."""
    left = share * sum(histogram)
    for k, n in enumerate(histogram):
        left -= n
        if left <= 0:
            return 2 ** k
    return 2 ** len(histogram)


def observe(f, sock, process, seconds):
    time.sleep(WARM_UP_S)
    was, cpu_was, at = metrics(f, sock), cpu_seconds(process.pid), time.monotonic()
    steal_was = figure.cpu_times()
    time.sleep(seconds)
    now, cpu_now = metrics(f, sock), cpu_seconds(process.pid)
    took = time.monotonic() - at
    steal = figure.cpu_times()[2] - steal_was[2]
    cores = (cpu_now[0] - cpu_was[0]) / took
    class_of = 'no real time' if f.options.no_realtime else 'SCHED_FIFO, locked memory'
    how = (f'{f.options.junctions} x Çay Deresi (13 groups, 2 rings), null cabinets, '
           f'{took:.0f} s after start-up, {class_of}; '
           f'processor time from /proc, ticks from kavsak status --metrics; steal {steal} jiffies')
    f.add('ticks missed', now['ticks_skipped'] - was['ticks_skipped'], 'ticks',
          None if f.options.no_realtime else 0, how=how)
    f.add('ticks run', now['ticks'] - was['ticks'], 'ticks')
    if not f.options.short:  # the socket answers one question a tick: minutes for a thousand
        f.add('junctions that run normally', normal_count(f, sock), '', f.options.junctions, True)
    f.add('processor use', round(cores, 3), 'cores', 0.5)
    f.add('longest tick since start', now['compute_max_us'] / 1000, 'ms', 100)
    f.add('latest wake-up since start', now['wake_max_us'] / 1000, 'ms')
    waked = [b - a for a, b in zip(was['wake_histogram_us'], now['wake_histogram_us'])]
    f.add('99 % of wake-ups within', quantile_us(waked, 0.99), 'us')
    f.detail = {'metrics': now, 'threads_s': {k: round(v - cpu_was[1].get(k, 0), 2)
                                              for k, v in cpu_now[1].items()}}


def main():
    def add_arguments(p):
        p.add_argument('--junctions', type=int, default=1000)
        p.add_argument('--seconds', type=int)
        p.add_argument('--no-realtime', action='store_true')
    f = figure.Figure('daemon', __doc__, add_arguments)
    f.options.no_realtime = f.options.no_realtime or not may_run_in_real_time()
    seconds = f.options.seconds or (60 if f.options.short else 600)
    with tempfile.TemporaryDirectory(prefix='kavsak-bench-') as folder:
        sock, log = os.path.join(folder, 'sock'), os.path.join(folder, 'log')
        command = [f.built('controller', 'daemon', 'kavsakd'), '--socket', sock, '--state',
                   os.path.join(folder, 'state'), '--journal-size', '64', '--trust-clock']
        command += ['--no-realtime'] if f.options.no_realtime else []
        os.mkdir(os.path.join(folder, 'state'))
        with open(log, 'wb') as out:
            process = subprocess.Popen(command + make_junctions(folder, f.options.junctions),
                                       stdout=out, stderr=out)
        try:
            wait_for(lambda: answers(f, sock), 180, process, log)
            observe(f, sock, process, seconds)
        finally:
            process.kill()
            process.wait()
    return f.tell()


if __name__ == '__main__':
    sys.exit(main())

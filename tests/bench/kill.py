#!/usr/bin/env python3
"""kill -9 of the daemon at random moments, many times, several daemons with a cabinet each at once:
every time the cabinet must flash within its heartbeat time, the journal must be readable and lack
at most the last second, and the next life must come back by the start-up sequence.

The cabinet's own log is the witness: its input changes (a recording plays some four edges a second)
say what the journal must hold, its lamps are judged by the oracle."""
import concurrent.futures
import datetime
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import figure

CROSSING = os.path.join(figure.SOURCE, 'tests', 'system', 'crossing')
MONITOR = '''site 77
hash {hash}
heartbeat 1.0
min-yellow 2.7
channel 1 red 0 yellow 1 green 2 flash yellow
channel 2 red 3 yellow 4 green 5 flash yellow
channel 3 red 6 green 7 flash dark
conflict 1 2
conflict 1 3
'''
HEARTBEAT_MS = 1000
CABINET_SLACK_MS = 100   # the emulated cabinet is a process on the same busy machine
LIFE_MAX_S = 16.0        # start-up takes 9 s, so half of the moments lie in service
LONG_LIFE_S = 13.0
MATCH_MS = 400           # of one edge in both logs
JOURNAL_LOSS_MS = 1000


def make_recording(path, seconds):
    """Two detectors, an edge every half second each, never at the same time."""
    start = datetime.datetime(2026, 1, 5)
    with open(path, 'w', encoding='ascii') as f:
        f.write('TimeStamp,DeviceId,EventId,Parameter\n')
        for n in range(int(seconds * 4)):
            at = start + datetime.timedelta(milliseconds=250 * n)
            is_on = n // 2 % 2 == 0
            f.write(f'{at:%Y-%m-%d %H:%M:%S.%f},1,{82 if is_on else 81},{4 + n % 2}\n')


class Site:
    """A junction with its cabinet, which lives through all the kills."""

    def __init__(self, f, folder, number, port, recording, source=CROSSING):
        self.f, self.folder, self.number = f, os.path.join(folder, str(number)), number
        self.junction = os.path.join(self.folder, 'junction')
        self.log = os.path.join(self.folder, 'lamps.log')
        shutil.copytree(source, self.junction)
        site = os.path.join(self.junction, 'site.yaml')
        with open(site, encoding='utf-8') as file:
            text = re.sub(r'port: \d+', f'port: {port}', file.read())
        with open(site, 'w', encoding='utf-8') as file:
            file.write(text)
        self.tool = f.built('controller', 'cli', 'kavsak')
        shown = figure.run([self.tool, 'show', self.junction])
        monitor = os.path.join(self.folder, 'monitor.conf')
        with open(monitor, 'w', encoding='ascii') as file:
            file.write(MONITOR.format(
                hash=re.search(r'^safety file ([0-9a-f]+)', shown, re.M).group(1)))
        self.cabinet = subprocess.Popen(
            [f.built('sim', 'kavsak-cabinet'), '--port', str(port), '--monitor', monitor, '--log',
             self.log, '--play', recording, '--play-at-once'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def lines(self, after_ms):
        """(wall ms, word, number, value) of the cabinet's log since then."""
        with open(self.log, encoding='ascii') as file:
            for line in file:
                _, wall, _, word, *rest = line.split()
                if int(wall) >= after_ms:
                    yield int(wall), word, *(int(n) for n in (rest + ['0', '0'])[:2])

    def journal(self):
        """Its events; None: it cannot be read, or not without complaint."""
        done = subprocess.run([self.tool, 'log', '--json', '--from', '2020-01-01', '--journal',
                               os.path.join(self.folder, 'state', 'journal')],
                              text=True, timeout=60, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        if done.returncode != 0 or done.stderr != '':
            return None
        return [json.loads(line) for line in done.stdout.splitlines()]

    def one_life(self, life_s):
        command = [self.f.built('controller', 'daemon', 'kavsakd'), '--no-realtime', '--socket',
                   os.path.join(self.folder, 'sock'), '--state', os.path.join(self.folder, 'state'),
                   '--journal-size', '4', self.junction]
        os.makedirs(os.path.join(self.folder, 'state'), exist_ok=True)
        began_ms = int(time.time() * 1000)
        with open(os.path.join(self.folder, 'daemon.log'), 'ab') as out:
            daemon = subprocess.Popen(command, stdout=out, stderr=out)
        time.sleep(life_s)
        killed_ms = int(time.time() * 1000)
        daemon.kill()
        daemon.wait()
        time.sleep((HEARTBEAT_MS + 3 * CABINET_SLACK_MS) / 1000)
        return self.look(began_ms, killed_ms)

    def look(self, began_ms, killed_ms):
        lines = list(self.lines(began_ms))
        had_lease = any(word == 'lease' and value == 1 for _, word, _, value in lines)
        flashes = [value for wall, word, _, value in lines if word == 'flash' and wall >= killed_ms]
        events = self.journal()
        loss_ms = None if events is None else self.loss_ms(lines, events, killed_ms)
        was_green = any(word == 'lamp' and number in (2, 5) and value == 1
                        for _, word, number, value in lines)
        return {'life_s': round((killed_ms - began_ms) / 1000, 1), 'had_lease': had_lease,
                'was_green': was_green, 'flash_after_ms': flashes[-1] if flashes else None,
                'trips': sum(word == 'trip' for _, word, *_ in lines), 'loss_ms': loss_ms}

    def loss_ms(self, lines, events, killed_ms):
        """How long before the kill the first edge lies that the journal lacks, of those that the
        daemon was connected for."""
        kept = {}
        for event in events:
            if event['code'] in (81, 82):
                kept.setdefault((event['code'], event['param']), []).append(event['wall_ms'])
        leases = [wall for wall, word, _, value in lines if word == 'lease' and value == 1]
        for wall, word, number, value in lines:
            if word != 'input' or not leases or not leases[0] <= wall < killed_ms:
                continue
            ours = kept.get((82 if value else 81, number + 1), [])
            if not any(abs(at - wall) <= MATCH_MS for at in ours):
                return killed_ms - wall
        return 0

    def judge(self):
        done = subprocess.run([self.f.built('tests', 'system', 'test_faults_judge'), self.junction,
                               self.log], text=True, timeout=60, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode == 0, done.stdout

    def stop(self):
        self.cabinet.kill()
        self.cabinet.wait()


def report(f, sites, lives, seed):
    told = [life for life in lives if life['had_lease']]
    flashes = [life['flash_after_ms'] for life in told]
    losses = [life['loss_ms'] for life in lives]
    judged = [site.judge() for site in sites]
    f.add('kills', len(lives), '', how=f'{len(sites)} daemons at once, each with an emulated '
          f'cabinet over Modbus TCP, random moments in {LIFE_MAX_S} s of life, seed {seed}; '
          'start-up 9 s')
    f.add('of these while the lease was held', len(told), '')
    f.add('cabinets that did not flash', sum(v is None for v in flashes), '', 0)
    f.add('flash after the last heartbeat, longest', max((v for v in flashes if v is not None),
                                                         default=-1),
          'ms', HEARTBEAT_MS + CABINET_SLACK_MS)
    f.add('journals that could not be read', sum(v is None for v in losses), '', 0)
    f.add('journal lacks of the end, longest',
          max((v for v in losses if v is not None), default=-1), 'ms', JOURNAL_LOSS_MS)
    f.add('lives with a green', sum(life['was_green'] for life in lives), '')
    f.add('lives long enough for one, without', sum(
        life['life_s'] >= LONG_LIFE_S and not life['was_green'] for life in lives), '', 0)
    f.add('cabinets with a lamp against the laws', sum(not ok for ok, _ in judged), '', 0)
    f.add('monitor trips', sum(life['trips'] for life in lives), '', 0)
    f.detail = {'lives': lives, 'judge': [text for _, text in judged]}


def main():
    def add_arguments(p):
        p.add_argument('--kills', type=int)
        p.add_argument('--sites', type=int)
        p.add_argument('--port', type=int, default=15300)
        p.add_argument('--seed', type=int, default=1)
    f = figure.Figure('kill', __doc__, add_arguments)
    o = f.options
    kills = o.kills or (10 if o.short else 200)
    count = o.sites or (5 if o.short else 10)
    randoms = random.Random(o.seed)
    moments = [[randoms.uniform(0.3, LIFE_MAX_S) for _ in range(-(-kills // count))]
               for _ in range(count)]
    with tempfile.TemporaryDirectory(prefix='kavsak-kill-') as folder:
        recording = os.path.join(folder, 'edges.csv')
        make_recording(recording, len(moments[0]) * (LIFE_MAX_S + 4) + 60)
        sites = []
        try:
            for n in range(count):
                sites.append(Site(f, folder, n, o.port + n, recording))
            time.sleep(1)
            with concurrent.futures.ThreadPoolExecutor(count) as pool:
                lives = [life for lives in pool.map(
                    lambda site: [site.one_life(s) for s in moments[site.number]], sites)
                         for life in lives]
            report(f, sites, lives, o.seed)
        finally:
            for site in sites:
                site.stop()
    return f.tell()


if __name__ == '__main__':
    sys.exit(main())

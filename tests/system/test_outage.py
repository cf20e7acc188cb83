#!/usr/bin/python3
"""Nothing lost: broker, kavsak-link, kavsakd and the subscriber are killed at random, and who uses
live messages, replays and fetches ends with exactly the journal's events.

    test_outage.py KAVSAK_LINK KAVSAKD KAVSAK KAVSAK_CABINET SOURCE_DIR [ROUNDS [SEED]]

TAP on standard output; files are kept if something fails.
"""
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

PORT, CABINET_PORT = 18970, 18971
NODE = 'balikesir/saat-kulesi'
CHANNEL = 'kavsak.events/live'
WAIT_S = 120  # for the last replay: the link stays away for 30 s from a broker that drops it often


class Subscriber:
    """What one who listens knows: events by number, and where nothing is missing."""

    def __init__(self):
        self.lock = threading.Lock()
        self.events = {}
        self.whole = []  # (after, last): all events in between are here
        self.messages = collections.Counter()
        self.repeated = 0
        self.conflicts = []
        self.pages = {}
        self.process = None
        self.is_ending = False
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while not self.is_ending:
            self.process = subprocess.Popen(
                [
                    'mosquitto_sub',
                    '-p',
                    str(PORT),
                    '-q',
                    '1',
                    '-t',
                    f'{NODE}/#',
                    '-t',
                    'test/#',
                    '-F',
                    '%t %p',
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for line in self.process.stdout:
                self.take(line)
            self.process.wait()
            time.sleep(0.2)

    def take(self, line):
        topic, _, payload = line.strip().partition(' ')
        kind = topic.split('/')[1 if topic.startswith('test/') else 2]
        if not topic.startswith('test/history/') and not topic.endswith(CHANNEL):
            return
        if kind not in ('status', 'replay', 'history') or not payload.startswith('{'):
            return
        message = json.loads(payload)
        with self.lock:
            self.messages[kind] += 1
            for entry in message['entries']:
                self.keep(entry)
            if 'after' in message and message['entries']:
                self.whole.append((message['after'], message['entries'][-1]['seq']))
            if kind == 'history':
                self.pages.setdefault(topic, []).append(message)
            if message.get('done'):
                self.messages['done'] += 1

    def keep(self, entry):
        values = entry['values']
        event = (entry['ts'], values['code'], values['param'], values.get('detail', 0))
        known = self.events.setdefault(entry['seq'], event)
        self.repeated += 1 if known is not event else 0
        if known != event:
            self.conflicts.append((entry['seq'], known, event))

    def holes(self):
        """Pairs of numbers between which something may be missing."""
        with self.lock:
            spans = sorted(self.whole)
        found, reach = [], spans[0][1] if spans else 0
        for after, last in spans[1:]:
            if after > reach:
                found.append((reach, after))
            reach = max(reach, last)
        return found

    def fill(self, low, high):
        """Asks for the time of a hole, as any subscriber would. True: the answer is whole."""
        with self.lock:
            before = [seq for seq in self.events if seq <= low]
            beyond = [seq for seq in self.events if seq > high]
            start = self.events[max(before)][0] if before else '1970-01-01T00:00:00.000Z'
            end = self.events[min(beyond)][0] if beyond else '2999-01-01T00:00:00.000Z'
        topic = f'test/history/{low}-{high}-{time.time_ns()}'
        # The end is exclusive, so the last millisecond is asked for as well.
        end = re.sub(r'\.(\d{3})Z', lambda m: f'.{m[1]}9Z', end)
        ask = subprocess.run(
            [
                'mosquitto_pub',
                '-V',
                '5',
                '-p',
                str(PORT),
                '-q',
                '1',
                '-t',
                f'{NODE}/fetch/{CHANNEL}',
                '-m',
                json.dumps({'from': start, 'to': end}),
                '-D',
                'publish',
                'response-topic',
                topic,
            ],
            stderr=subprocess.DEVNULL,
            check=False,
        )
        deadline = time.time() + 20
        while ask.returncode == 0 and time.time() < deadline:
            with self.lock:
                pages = list(self.pages.get(topic, []))
            if pages and pages[-1]['complete']:
                is_good = 'reason' not in pages[-1]
                if is_good:
                    with self.lock:
                        self.whole.append((low, high))
                return is_good
            time.sleep(0.1)
        return False

    def end(self):
        self.is_ending = True
        self.process.terminate()


class Rig:
    def __init__(self, programs, source):
        self.link, self.daemon, self.tool, self.cabinet = programs
        self.work = tempfile.mkdtemp(prefix='kavsak-outage-')
        self.junction = f'{self.work}/saat-kulesi'
        self.running = {}
        shutil.copytree(f'{source}/plans/examples/saat-kulesi', self.junction)
        path = f'{self.junction}/site.yaml'
        with open(path, encoding='utf-8') as file:
            text = file.read()
        text = re.sub(r'port: 1502\d', f'port: {CABINET_PORT}', text).replace(
            'port: 1883', f'port: {PORT}'
        )
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        with open(f'{self.work}/mosquitto.conf', 'w', encoding='utf-8') as file:
            file.write(f'listener {PORT} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n')
        os.mkdir(f'{self.work}/cabinet')
        os.mkdir(f'{self.work}/memory')
        self.commands = {
            'broker': ['mosquitto', '-c', f'{self.work}/mosquitto.conf'],
            'cabinet': [
                self.cabinet,
                '--street',
                f'{source}/plans/examples/demand.csv',
                '--seed',
                '1',
                '--state',
                f'{self.work}/cabinet',
                '--log',
                f'{self.work}/cabinet.log',
                self.junction,
            ],
            'daemon': [
                self.daemon,
                '--no-realtime',
                '--trust-clock',
                '--socket',
                f'{self.work}/sock',
                '--state',
                f'{self.work}/state',
                '--journal-size',
                '4',
                self.junction,
            ],
            'link': [
                self.link,
                '--socket',
                f'{self.work}/sock',
                '--state',
                f'{self.work}/memory',
                self.junction,
            ],
        }

    def start(self, name):
        with open(f'{self.work}/{name}.out', 'a', encoding='utf-8') as log:
            self.running[name] = subprocess.Popen(
                self.commands[name], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def kill(self, name, how):
        process = self.running.pop(name, None)
        if process is not None:
            process.send_signal(how)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def end(self):
        for name in list(self.running):
            self.kill(name, signal.SIGKILL)

    def journal(self):
        """What is on disk, of our junction or of the process as a whole."""
        out = subprocess.run(
            [
                self.tool,
                'log',
                '--json',
                '--from',
                '2000-01-01',
                '--journal',
                f'{self.work}/state/journal',
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return [json.loads(line) for line in out.stdout.splitlines()]


def stamp(wall_ms):
    return (
        time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(wall_ms // 1000))
        + f'.{wall_ms % 1000:03d}Z'
    )


def disturb(rig, subscriber, rounds):
    """Kills and starts again, at random, sometimes two at once."""
    kills = collections.Counter()
    for _ in range(rounds):
        names = random.sample(
            ['broker', 'link', 'daemon', 'subscriber'], random.choice([1, 1, 1, 2])
        )
        for name in names:
            kills[name] += 1
            if name == 'subscriber':
                subscriber.process.kill()  # it comes back by itself, and has missed something
                continue
            # The daemon finishes its greens when asked to end, which takes too long here.
            how = (
                signal.SIGKILL
                if name == 'daemon'
                else random.choice([signal.SIGKILL, signal.SIGTERM])
            )
            rig.kill(name, how)
        time.sleep(random.uniform(0.1, 0.8))
        for name in names:
            if name != 'subscriber':
                rig.start(name)
        time.sleep(random.uniform(0.3, 2.4))
    return kills


def settle(subscriber):
    """Until live data comes again, all holes are filled, and replays are over."""
    deadline = time.time() + WAIT_S
    fetched = 0
    with subscriber.lock:
        status = subscriber.messages['status']
    while time.time() < deadline:
        time.sleep(1)
        with subscriber.lock:
            is_live = subscriber.messages['status'] > status + 2
        if not is_live:
            continue
        holes = subscriber.holes()
        if not holes:
            return True, fetched
        for low, high in holes:
            fetched += 1 if subscriber.fill(low, high) else 0
    return False, fetched


def conclude(rig, results):
    """Ends what runs, says what was found, keeps the files of a failure."""
    rig.end()
    for i, (is_good, name) in enumerate(results):
        print(f"{'ok' if is_good else 'not ok'} {i + 1} - {name}")
    print(f'1..{len(results)}')
    is_good = bool(results) and all(good for good, _ in results)
    if is_good:
        shutil.rmtree(rig.work)
    else:
        print(f'# files are kept in {rig.work}')
    return is_good


def main():
    programs, source = [os.path.abspath(p) for p in sys.argv[1:5]], os.path.abspath(sys.argv[5])
    rounds = int(sys.argv[6]) if len(sys.argv) > 6 else 24
    seed = int(sys.argv[7]) if len(sys.argv) > 7 else int.from_bytes(os.urandom(3), 'little')
    random.seed(seed)
    print(f'# seed {seed}, {rounds} rounds')
    rig = Rig(programs, source)
    results = []
    try:
        rig.start('broker')
        time.sleep(0.5)
        subscriber = Subscriber()
        for name in ('cabinet', 'daemon', 'link'):
            rig.start(name)
            time.sleep(0.5)
        deadline = time.time() + 60
        while not subscriber.whole and time.time() < deadline:
            time.sleep(0.1)
        results.append((bool(subscriber.whole), 'events arrive before anything is killed'))
        kills = disturb(rig, subscriber, rounds)
        print('# killed: ' + ', '.join(f'{name} {n} times' for name, n in sorted(kills.items())))
        is_settled, fetched = settle(subscriber)
        results.append((is_settled, 'live data comes again and every hole is filled'))
        rig.kill('daemon', signal.SIGKILL)
        time.sleep(5)
        subscriber.end()
        compare(rig, subscriber, fetched, results)
    finally:
        is_good = conclude(rig, results)
    return 0 if is_good else 1


def compare(rig, subscriber, fetched, results):
    """From the first message to the last one: exactly the journal's events."""
    low = min(after for after, _ in subscriber.whole)
    high = max(last for _, last in subscriber.whole)
    truth = {
        e['seq']: (stamp(e['wall_ms']), e['code'], e['param'], e['detail'])
        for e in rig.journal()
        if low < e['seq'] <= high
    }
    heard = {seq: event for seq, event in subscriber.events.items() if low < seq <= high}
    missing = sorted(set(truth) - set(heard))
    extra = sorted(set(heard) - set(truth))
    different = [seq for seq in truth if seq in heard and truth[seq] != heard[seq]]
    print(
        f'# {len(truth)} events in the journal from {low} to {high}; messages: live '
        f"{subscriber.messages['status']}, replay {subscriber.messages['replay']}, history "
        f"{subscriber.messages['history']}; {fetched} holes fetched, "
        f'{subscriber.repeated} entries came twice'
    )
    for name, wrong in (
        ('missing', missing),
        ('not in the journal', extra),
        ('different', different),
    ):
        if wrong:
            first = [(seq, truth.get(seq) or heard.get(seq)) for seq in wrong[:5]]
            print(f'# {name}: {len(wrong)}, first {first}')
    results.append((len(truth) > 50, 'the journal has something to compare with'))
    results.append((not missing, 'no event of the journal is missing'))
    results.append((not extra, 'no event was told that the journal does not have'))
    results.append(
        (
            not different and not subscriber.conflicts,
            'what came twice is the same, by the same number',
        )
    )


if __name__ == '__main__':
    sys.exit(main())

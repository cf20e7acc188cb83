#!/usr/bin/env python3
"""The operators' page in Chromium without a screen, its frames drawn by the processor.

Lamp to pixel: a junction of the demo on its emulated cabinet, through kavsakd, kavsak-link and
mosquitto. From the moment that the cabinet's own log gives a green or red lamp to the first moment
after the frame in which the page's head shows it, both on one clock.

City: a thousand junctions that tell their lamps once a second each, and one of which every second
goes to flash or back. Frames a second, and the memory of the page, after a while."""
import json
import os
import socket
import struct
import sys
import threading
import time

import figure

sys.path.insert(0, os.path.join(figure.SOURCE, 'tests', 'system'))
import browser  # noqa: E402
import test_page  # noqa: E402

VEHICLE_GROUPS = 6  # of saat-kulesi; their lamps are red, yellow, green, from 0 on
LIMIT_MS, LIMIT_FPS, LIMIT_MIB = 300, 30, 300
COUNT = 1000

WATCH = '''(() => {
    window.seen = [];
    const kinds = {};
    const look = () => {
        const at = {};
        for (const e of document.querySelectorAll('[data-sg]')) {
            const kind = e.querySelector('.head').getAttribute('class').split(' ')[1];
            if (kinds[e.dataset.sg] !== kind) {
                kinds[e.dataset.sg] = at[e.dataset.sg] = kind;
            }
        }
        const shown = () => {
            const now = performance.timeOrigin + performance.now();
            Object.entries(at).forEach(([sg, kind]) => window.seen.push([now, Number(sg), kind]));
        };
        requestAnimationFrame(() => setTimeout(shown));
    };
    const options = { subtree: true, childList: true, attributes: true };
    new MutationObserver(look).observe(document.querySelector('.plan'), options);
})()'''

FRAMES = '''new Promise((resolve) => {
    const times = [];
    const frame = (now) => {
        times.push(now);
        if (now - times[0] < SECONDS * 1000) {
            requestAnimationFrame(frame);
        } else {
            resolve(times.slice(1).map((t, i) => t - times[i]));
        }
    };
    requestAnimationFrame(frame);
})'''


def lamp_changes(path):
    """(wall ms, group, kind) of the first cabinet's log."""
    with open(path, encoding='ascii') as file:
        for line in file:
            _, wall, cabinet, word, *rest = line.split()
            if word == 'lamp' and cabinet == '1' and rest[1] == '1':
                group, lamp = divmod(int(rest[0]), 3)
                if group < VEHICLE_GROUPS and lamp != 1:
                    yield int(wall), group + 1, 'red' if lamp == 0 else 'green'


def delays(changes, seen):
    """Milliseconds from each lamp to the next time that the page shows it so."""
    found = []
    for wall, group, kind in changes:
        later = [at - wall for at, sg, shown in seen if sg == group and shown == kind and at > wall]
        if later and later[0] < 5000:
            found.append(later[0])
    return sorted(found)


def served_rig(f):
    build = f.options.build
    programs = [f.built('controller', 'link', 'kavsak-link'),
                f.built('controller', 'daemon', 'kavsakd'), f.built('controller', 'cli', 'kavsak'),
                f.built('sim', 'kavsak-cabinet')]
    page = test_page.make_page(figure.SOURCE, os.path.join(build, 'controller', 'dashboard'))
    return test_page.Rig(programs, figure.SOURCE, page)


def open_page(address):
    page = browser.Browser(1366, 768, '--lang=en')
    page.open(f'http://127.0.0.1:{test_page.PAGE_PORT}/')
    test_page.sign_in(page, 'right')
    test_page.go(page, address)
    return page


def measure_latency(f, rig, seconds):
    rig.start_all()
    page = open_page(f'#/junction/{test_page.NODE}')
    try:
        page.wait('document.querySelectorAll("[data-sg]").length >= 6', 60)
        until_normal = 60  # flash, yellow and all red of the start
        time.sleep(until_normal)
        page.run(WATCH)
        began = time.time() * 1000
        time.sleep(seconds)
        seen = page.run('window.seen')
        ended = time.time() * 1000 - 5000
        changes = [c for c in lamp_changes(f'{rig.work}/lamps') if began < c[0] < ended]
        times = delays(changes, seen)
    finally:
        page.close()
        for name in list(rig.running):
            rig.stop(name)
    if len(times) < len(changes) * 0.9 or not times:
        figure.fail(f'{len(changes)} lamps changed, {len(times)} were shown')
    how = f'{len(times)} changes of {len(changes)} in {seconds} s'
    f.add('lamp to pixel, median', round(times[len(times) // 2]), 'ms', how=how)
    f.add('lamp to pixel, 95 %', round(times[int(len(times) * 0.95)]), 'ms', LIMIT_MS)
    f.add('lamp to pixel, longest', round(times[-1]), 'ms')
    f.detail = {'lamp_to_pixel_ms': [round(ms, 1) for ms in times]}


class Crowd(threading.Thread):
    """A thousand junctions in one MQTT 3.1.1 connection that only sends, QoS 0."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.socket = socket.create_connection(('127.0.0.1', port))
        self.socket.sendall(self.packet(0x10, b'\0\4MQTT\4\2\0\0' + self.text('crowd')))
        self.socket.recv(4)
        self.is_over = threading.Event()
        self.sent = 0

    @staticmethod
    def text(words):
        return struct.pack('!H', len(words)) + words.encode()

    @staticmethod
    def packet(kind, body):
        length, size = bytearray(), len(body)
        while True:
            size, low = divmod(size, 128)
            length.append(low | (128 if size else 0))
            if not size:
                return bytes([kind]) + bytes(length) + body

    def publish(self, n, topic, value, is_retained=True):
        body = self.text(f'city/j{n:04}/{topic}') + json.dumps(value).encode()
        self.socket.sendall(self.packet(0x31 if is_retained else 0x30, body))
        self.sent += 1

    def entry(self, n, code, seq, values, is_retained=True):
        now = time.time()
        ts = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now)) + f'.{int(now * 1000) % 1000:03}Z'
        entries = {'entries': [{'ts': ts, 'values': values, 'seq': seq}]}
        self.publish(n, f'status/{code}', entries, is_retained)

    def mode(self, n, seq, mode):
        self.entry(n, 'tlc.mode', seq, {'mode': mode, 'strategy': 'adaptive', 'fault_at_ms': 0,
                                        'scheduled': 'adaptive', 'reason': 'schedule',
                                        'fault': 'none'})

    def introduce(self):
        for n in range(COUNT):
            self.publish(n, 'presence', 'online')
            self.mode(n, 0, 'normal')
            way = {'turn': 'through', 'sg': [1], 'exit_length_cm': 40000}
            if n % 40 != 39:
                way['exit'] = f'j{n + 1:04}/w'
            self.entry(n, 'tlc.config/lanes', 0, {'lanes': [
                {'lane': 1, 'name': 'w', 'approach_deg': 270, 'length_cm': 9000,
                 'speed_cmps': 1389, 'movements': [way]}]})

    def run(self):
        seq, flashing = 0, 0
        while not self.is_over.is_set():
            seq += 1
            began = time.monotonic()
            self.mode(flashing, seq, 'normal')
            flashing = (flashing + 371) % COUNT
            self.mode(flashing, seq, 'flash')
            for n in range(COUNT):
                green = (seq + n) % 10 + 1
                lamps = {f'sg/{g}': '1' if g == green else 'A' for g in range(1, 11)}
                self.entry(n, 'tlc.groups/live', seq, {
                    'signalgroupstatus': lamps, 'stage': green, 'cyclecounter': seq % 90,
                    'basecyclecounter': seq % 90}, False)
                late = began + n / COUNT - time.monotonic()
                if late > 0.005:
                    time.sleep(late)
            time.sleep(max(0, began + 1 - time.monotonic()))

    def end(self):
        self.is_over.set()
        if self.is_alive():
            self.join()
        self.socket.close()


def memory_mib(page):
    """JavaScript's heap, and what the largest renderer holds for itself."""
    page.call('HeapProfiler.collectGarbage')
    page.call('Performance.enable')
    metrics = {m['name']: m['value'] for m in page.call('Performance.getMetrics')['metrics']}
    held = [0]
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/cmdline', 'rb') as file:
                line = file.read().decode(errors='replace')
            if '--type=renderer' in line and page.profile.split('/')[-1] in line:
                with open(f'/proc/{name}/smaps_rollup', encoding='ascii') as file:
                    sizes = dict(row.split()[:2] for row in file if row.startswith('Private_'))
                held.append(sum(map(int, sizes.values())) / 1024)
        except OSError:
            continue
    return metrics['JSHeapUsedSize'] / 2**20, max(held)


def measure_city(f, rig, seconds):
    rig.start_broker()
    time.sleep(2)
    crowd = Crowd(test_page.PORT)
    crowd.introduce()
    page = open_page('#/city')
    try:
        page.wait(f'document.querySelector(".tiles").innerText.includes("{COUNT} in order")', 120)
        crowd.start()
        time.sleep(10)
        sent = crowd.sent
        frames = page.run(FRAMES.replace('SECONDS', str(seconds)))
        sent = crowd.sent - sent
        heap, held = memory_mib(page)
        rank = page.run('document.querySelector("tbody tr").className')
    finally:
        crowd.end()
        page.close()
        rig.stop('broker')
    if 'rank0' not in rank:
        figure.fail('the page does not follow')
    how = f'{COUNT} junctions, {sent / seconds:.0f} messages a second for {seconds} s'
    f.add('city, frames a second', round(1000 * len(frames) / sum(frames), 1), '/s', LIMIT_FPS,
          at_least=True, how=how)
    f.add('city, longest frame', round(max(frames)), 'ms')
    f.add('city, heap of the page', round(heap, 1), 'MiB')
    f.add('city, private memory of the renderer', round(held, 1), 'MiB', LIMIT_MIB)


def main():
    f = figure.Figure('page', __doc__)
    if not browser.program():
        figure.fail('chromium is not installed')
    rig = served_rig(f)
    is_good = False
    try:
        measure_latency(f, rig, 60 if f.options.short else 240)
        measure_city(f, rig, 15 if f.options.short else 60)
        is_good = True
    finally:
        rig.end(is_good)
    return f.tell()


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/python3
"""What a junction costs on MQTT in normal operation: messages and bytes an hour, by channel, in
JSON and in CBOR. Two kavsak-links beside each other tell the same daemon's junction to two brokers.

    mqtt_cost.py KAVSAK_LINK KAVSAKD KAVSAK KAVSAK_CABINET SOURCE_DIR [SECONDS]

Prints the table of docs/rsmp.md. Start-up, when everything is said once, is not counted.
"""
import collections
import os
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'system'))
import test_outage as outage  # noqa: E402  the rig of the system tests

PORTS = {'json': 18960, 'cbor': 18961}
CABINET_PORT = 18962
STARTUP_S = 60
QOS_1 = (
    'tlc.plan',
    'tlc.plans',
    'tlc.mode',
    'tlc.detectors/health',
    'tlc.health',
    'traffic.count',
    'kavsak.events',
    'tlc.config',
    'alarm',
)


class Ear:
    def __init__(self, port):
        self.cost = collections.defaultdict(lambda: [0, 0, 0])  # messages, payload, on the wire
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            ['mosquitto_sub', '-p', str(port), '-q', '1', '-t', f'{outage.NODE}/#', '-F', '%l %t'],
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            size, _, topic = line.strip().partition(' ')
            name = topic.split('/', 2)[2].replace('status/', '', 1)
            name = 'alarm' if name.startswith('alarm/') else name
            # Fixed header, length of the topic, topic, packet id of QoS 1 and its PUBACK.
            acknowledged = name.startswith(QOS_1)
            rest = 2 + len(topic) + (2 if acknowledged else 0) + int(size)
            wire = rest + (2 if rest < 128 else 3) + (4 if acknowledged else 0)
            with self.lock:
                cost = self.cost[name]
                cost[0] += 1
                cost[1] += int(size)
                cost[2] += wire

    def take(self):
        with self.lock:
            cost, self.cost = self.cost, collections.defaultdict(lambda: [0, 0, 0])
        return cost


def say(what, row, ix, decimals):
    kib = [f'{row[form][ix] / 1024:.{decimals}f}' for form in ('json', 'cbor')]
    print(f"| {what} | {row['json'][0]:.0f} | {kib[0]} | {kib[1]} |")


def show(costs, seconds):
    names = sorted(costs['json'], key=lambda name: -costs['json'][name][1])
    print('| channel | messages/h | JSON, KiB/h | CBOR, KiB/h |\n|---|---|---|---|')
    total = {form: [0, 0, 0] for form in costs}
    for name in names:
        row = {form: [value * 3600 / seconds for value in costs[form][name]] for form in costs}
        for form, values in row.items():
            total[form] = [a + b for a, b in zip(total[form], values)]
        say(f'`{name}`', row, 1, 1)
    say('payloads together', total, 1, 0)
    say('on the wire, with topics and acknowledgements', total, 2, 0)


def main():
    programs, source = [os.path.abspath(p) for p in sys.argv[1:5]], os.path.abspath(sys.argv[5])
    seconds = int(sys.argv[6]) if len(sys.argv) > 6 else 900
    outage.PORT, outage.CABINET_PORT = PORTS['json'], CABINET_PORT
    rig = outage.Rig(programs, source)
    try:
        link = rig.commands['link']
        for form, port in PORTS.items():
            path = f'{rig.work}/{form}.conf'
            with open(path, 'w', encoding='utf-8') as file:
                file.write(f'listener {port} 127.0.0.1\nallow_anonymous true\n')
            rig.commands[f'broker-{form}'] = ['mosquitto', '-c', path]
            folder = f'{rig.work}/memory-{form}'
            os.mkdir(folder)
            rig.commands[f'link-{form}'] = [
                link[0],
                '--payload',
                form,
                '--port',
                str(port),
                '--state',
                folder,
                '--socket',
                f'{rig.work}/sock',
                rig.junction,
            ]
            rig.start(f'broker-{form}')
        time.sleep(1)
        ears = {form: Ear(port) for form, port in PORTS.items()}
        for name in ('cabinet', 'daemon', 'link-json', 'link-cbor'):
            rig.start(name)
            time.sleep(0.5)
        time.sleep(STARTUP_S)
        for ear in ears.values():
            ear.take()
        time.sleep(seconds)
        show({form: ear.take() for form, ear in ears.items()}, seconds)
        for ear in ears.values():
            ear.process.terminate()
    finally:
        rig.end()
        shutil.rmtree(rig.work)
    return 0


if __name__ == '__main__':
    sys.exit(main())

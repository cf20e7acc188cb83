#!/usr/bin/python3
"""docs/asyncapi.yaml is what kavsak-link does: its examples fit its schemas; all that a running
node publishes is described and fits; the examples of what a node hears are answered as described.

    test_contract.py --document SOURCE_DIR                                     the document alone
    test_contract.py KAVSAK_LINK KAVSAKD KAVSAK KAVSAK_CABINET SOURCE_DIR      and a running node

TAP on standard output; files are kept if something fails.
"""
import collections
import copy
import json
import os
import re
import subprocess
import sys
import threading
import time

import jsonschema
import yaml

import test_outage as outage

PORT, CABINET_PORT = 18995, 18996
LISTEN_S = 35


class Contract:
    def __init__(self, source):
        with open(f'{source}/docs/asyncapi.yaml', encoding='utf-8') as file:
            self.document = yaml.safe_load(file)
        self.resolver = jsonschema.RefResolver('', self.document)
        self.messages = self.document['components']['messages']
        self.patterns = []
        for channel, item in self.document['channels'].items():
            what = 'subscribe' if 'subscribe' in item else 'publish'
            name = item[what]['message']['$ref'].rsplit('/', 1)[1]
            pattern = re.escape(channel).replace(r'\{node\}', '(?P<node>[^/]+/[^/]+)')
            pattern = pattern.replace(r'\{code\}', '(?P<code>.+)')
            self.patterns.append((re.compile(f'^{pattern}$'), what, name))

    def schemas(self, name):
        """The schema of a message, and that of the values in its entries if it has one."""
        payload = copy.copy(self.messages[name]['payload'])
        values = payload.pop('x-values', None)
        return payload, values

    def faults(self, name, payload):
        schema, values = self.schemas(name)
        found = list(self.check(schema, payload))
        for entry in payload['entries'] if values is not None and not found else []:
            found += self.check(values, entry['values'])
        return [f'{name}: {fault}' for fault in found]

    def check(self, schema, instance):
        validator = jsonschema.Draft7Validator(schema, resolver=self.resolver)
        return [error.message[:200] for error in validator.iter_errors(instance)]

    def find(self, topic, what):
        return next(
            (
                name
                for pattern, kind, name in self.patterns
                if kind == what and pattern.match(topic)
            ),
            None,
        )

    def examples(self, name):
        return self.messages[name].get('examples', [])


def check_document(contract, results):
    faults, count = [], 0
    for name, message in contract.messages.items():
        jsonschema.Draft7Validator.check_schema(contract.schemas(name)[0])
        for example in message.get('examples', []):
            faults += contract.faults(name, example['payload'])
            count += 1
    print(f'# {count} examples of {len(contract.messages)} messages')
    for fault in faults:
        print(f'# {fault}')
    results.append((count > 30 and not faults, 'every example fits its schema'))
    used = {name for _, _, name in contract.patterns}
    bare = [name for name in used if not contract.examples(name)]
    results.append((not bare, f'every message has an example {bare or ""}'.strip()))
    spoiled = copy.deepcopy(contract.examples('mode')[0]['payload'])
    spoiled['entries'][0]['values']['mode'] = 'dancing'
    results.append((bool(contract.faults('mode', spoiled)), 'a wrong word is noticed'))


class Ear:
    def __init__(self):
        self.heard = []
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            ['mosquitto_sub', '-p', str(PORT), '-q', '1', '-t', '#', '-F', '%t %p'],
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            topic, _, payload = line.strip().partition(' ')
            with self.lock:
                self.heard.append((topic, payload))

    def all(self):
        with self.lock:
            return list(self.heard)


def say(topic, payload, *options):
    subprocess.run(
        [
            'mosquitto_pub',
            '-V',
            '5',
            '-p',
            str(PORT),
            '-q',
            '1',
            '-t',
            topic,
            '-m',
            json.dumps(payload),
            *options,
        ],
        check=True,
    )


def fresh(payload):
    """An example's envelope as of now."""
    payload = copy.deepcopy(payload)
    stamp = '%Y-%m-%dT%H:%M:%SZ'
    payload['valid_until'] = time.strftime(stamp, time.gmtime(time.time() + 20))
    payload['counter'] = time.time_ns() // 1000
    if 'until' in payload:
        payload['until'] = time.strftime(stamp, time.gmtime(time.time() + 3600))
    return payload


def send_examples(contract):
    """Every example of what a node hears. Returns the answers' topics that are to be expected."""
    expected = []
    for pattern, what, name in contract.patterns:
        if what != 'publish':
            continue
        for i, example in enumerate(contract.examples(name)):
            topic = re.sub(r'\\(.)', r'\1', pattern.pattern)[1:-1].replace(
                '(?P<node>[^/]+/[^/]+)', outage.NODE
            )
            topic = topic.replace('(?P<code>.+)', example.get('name', ''))
            payload, options = example['payload'], []
            if '/command/' in topic:
                payload = fresh(payload)
            if name != 'throttle':
                answer = f"tcc/{'history' if name == 'fetch' else 'result'}/{name}/{i}"
                options = ['-D', 'publish', 'response-topic', answer]
                expected.append(answer)
            say(topic, payload, *options)
    return expected


def judge(contract, heard, expected, results):
    kinds, faults, strange = collections.Counter(), [], []
    for topic, payload in heard:
        if payload == '' or topic == 'probe':
            continue  # a retained message is cleared
        name = contract.find(topic, 'subscribe')
        if topic.startswith('tcc/'):
            name = topic.split('/')[1]
        if name is None:
            strange += [topic] if contract.find(topic, 'publish') is None else []
            continue
        if '/status/kavsak.' in topic and 'events' not in topic:
            continue
        kinds[name] += 1
        faults += contract.faults(name, json.loads(payload))
    print('# ' + ', '.join(f'{name} {n}' for name, n in sorted(kinds.items())))
    for fault in sorted(set(faults))[:10]:
        print(f'# {fault}')
    results.append(
        (sum(kinds.values()) > 60 and not faults, 'all that is published fits its schema')
    )
    strange = sorted(
        {t for t in strange if '/status/kavsak.inflow' not in t and '/status/kavsak.room' not in t}
    )
    results.append((not strange, f'no topic is missing in the document {strange or ""}'.strip()))
    answered = {topic for topic, _ in heard}
    silent = [topic for topic in expected if topic not in answered]
    results.append((not silent, f'every request is answered {silent or ""}'.strip()))
    status = {
        name
        for _, _, name in contract.patterns
        if 'entries' in json.dumps(contract.examples(name))
    }
    unheard = sorted(
        status - set(kinds) - {'count', 'decision', 'measures'}
    )  # these need a quarter of an hour, an adaptive plan
    results.append((not unheard, f'every kind of message was heard {unheard or ""}'.strip()))


def run(contract, programs, source, results):
    outage.PORT, outage.CABINET_PORT = PORT, CABINET_PORT
    rig = outage.Rig(programs, source)
    try:
        rig.start('broker')
        time.sleep(0.7)
        ear = Ear()
        for name in ('cabinet', 'daemon', 'link'):
            rig.start(name)
            time.sleep(0.5)
        time.sleep(10)
        expected = send_examples(contract)
        time.sleep(LISTEN_S)
        heard = ear.all()
        ear.process.terminate()
        judge(contract, heard, expected, results)
    finally:
        is_good = outage.conclude(rig, results)
    return is_good


def main():
    results = []
    is_alone = sys.argv[1] == '--document'
    contract = Contract(os.path.abspath(sys.argv[2] if is_alone else sys.argv[5]))
    check_document(contract, results)
    if is_alone:
        for i, (is_good, name) in enumerate(results):
            print(f"{'ok' if is_good else 'not ok'} {i + 1} - {name}")
        print(f'1..{len(results)}')
        return 0 if all(good for good, _ in results) else 1
    programs = [os.path.abspath(p) for p in sys.argv[1:5]]
    return 0 if run(contract, programs, os.path.abspath(sys.argv[5]), results) else 1


if __name__ == '__main__':
    sys.exit(main())

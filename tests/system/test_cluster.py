#!/usr/bin/python3
"""kavsak-link on a cluster of three nats-servers: MQTT 3.1.1, no dots in topics, QoS 1 and retained
messages alone; a node of the cluster is killed, then the one that the link itself is connected to.

    test_cluster.py KAVSAK_LINK KAVSAKD KAVSAK KAVSAK_CABINET SOURCE_DIR

TAP on standard output; files are kept if something fails.
"""
import os
import shutil
import signal
import subprocess
import sys
import time

import test_outage as outage

FIRST = 18980  # per server: clients, routes, MQTT
CABINET_PORT = 18990
# nats-server chooses new leaders of its streams in seconds, on a busy machine in minutes or never;
# until then it drops those who wait for it. Its part is judged by messages of our own, before the
# link's part is.
ELECTION_S = 150
LINK_S = 90  # the link stays away for 30 s from a broker that drops it often
CONFIG = '''
server_name: s{me}
listen: 127.0.0.1:{clients}
jetstream {{ store_dir: "{work}/s{me}", max_memory_store: 64MB, max_file_store: 256MB }}
mqtt {{ listen: 127.0.0.1:{mqtt}, stream_replicas: 3 }}
cluster {{ name: kavsak, listen: 127.0.0.1:{cluster}, routes: [{others}] }}
'''


def ports(server):
    return {'clients': FIRST + server, 'cluster': FIRST + 3 + server, 'mqtt': FIRST + 6 + server}


def mqtt(server):
    return ports(server)['mqtt']


def add_server(rig, server):
    path = f'{rig.work}/s{server}.conf'
    others = ', '.join(
        f"nats-route://127.0.0.1:{ports(i)['cluster']}" for i in range(3) if i != server
    )
    with open(path, 'w', encoding='utf-8') as file:
        file.write(CONFIG.format(me=server, work=rig.work, others=others, **ports(server)))
    rig.commands[f'server{server}'] = ['nats-server', '-c', path]


def retained(server, topic):
    out = subprocess.run(
        ['mosquitto_sub', '-p', str(mqtt(server)), '-q', '1', '-t', topic, '-C', '1', '-W', '5'],
        capture_output=True,
        text=True,
        check=False,
    )
    return out.stdout.strip()


def until(seconds, condition):
    deadline = time.time() + seconds
    while time.time() < deadline:
        if condition():
            return True
        time.sleep(0.3)
    return False


def told_count(subscriber):
    with subscriber.lock:
        return subscriber.messages['status'] + subscriber.messages['replay']


def goes_on(subscriber, seconds):
    before = told_count(subscriber)
    return until(seconds, lambda: told_count(subscriber) > before + 1)


def takes_messages(server):
    """A message of QoS 1 is acknowledged, and retained."""
    message = ['-q', '1', '-r', '-t', f'probe/{server}', '-m', 'kept']
    try:
        done = subprocess.run(
            ['mosquitto_pub', '-p', str(mqtt(server)), *message],
            capture_output=True,
            timeout=20,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def works(servers):
    """Each of these nodes takes messages, and each other one knows what it retained."""
    return all(takes_messages(i) for i in servers) and all(
        retained(i, f'probe/{j}') == 'kept' for i in servers for j in servers
    )


def fetched(server):
    """A fetch without a Response Topic is answered on the default one."""
    topic = f'{outage.NODE}/history/{outage.CHANNEL}'
    with subprocess.Popen(
        ['mosquitto_sub', '-p', str(mqtt(server)), '-q', '1', '-t', topic, '-C', '1', '-W', '10'],
        stdout=subprocess.PIPE,
        text=True,
    ) as ear:
        time.sleep(1)
        subprocess.run(
            [
                'mosquitto_pub',
                '-p',
                str(mqtt(server)),
                '-q',
                '1',
                '-m',
                '{"from":"2020-01-01T00:00:00Z"}',
                '-t',
                f'{outage.NODE}/fetch/{outage.CHANNEL}',
            ],
            check=False,
        )
        return '"entries":[{' in ear.communicate()[0]


def run(rig, results):
    def judge(is_good, name):
        results.append((bool(is_good), name))

    for i in range(3):
        add_server(rig, i)
        rig.start(f'server{i}')
    judge(until(ELECTION_S, lambda: works(range(3))), 'three nats-servers form a cluster')
    subscriber = outage.Subscriber()
    for name in ('cabinet', 'daemon', 'link'):
        rig.start(name)
        time.sleep(0.5)
    presence = f'{outage.NODE}/presence'
    judge(
        until(40, lambda: retained(1, presence) == '"online"'),
        'presence is retained on another node',
    )
    judge(
        until(60, lambda: subscriber.whole),
        'events arrive on a third one, with underscores in topics',
    )
    rig.kill('server1', signal.SIGKILL)
    names = ['a node is killed: events go on', 'and what was retained is still there']
    if until(ELECTION_S, lambda: works((0, 2))):
        judge(goes_on(subscriber, LINK_S), names[0])
        judge(until(LINK_S, lambda: retained(2, presence) == '"online"'), names[1])
    else:
        results.extend((True, f'{name} # SKIP nats-server chose no new leaders') for name in names)
    rig.start('server1')
    judge(until(ELECTION_S, lambda: works(range(3))), 'the node comes back')
    rig.kill('server0', signal.SIGKILL)
    time.sleep(4)
    rig.start('server0')
    judge(
        goes_on(subscriber, ELECTION_S + LINK_S),
        'the node of the link is killed and comes back: so does the link',
    )
    is_settled = until(ELECTION_S, lambda: not subscriber.holes())
    judge(is_settled and subscriber.messages['replay'] > 0, 'what was missed was replayed')
    judge(fetched(2), 'a fetch is answered on the default topic')
    rig.kill('daemon', signal.SIGKILL)
    time.sleep(4)
    subscriber.end()
    outage.compare(rig, subscriber, 0, results)


def main():
    programs, source = [os.path.abspath(p) for p in sys.argv[1:5]], os.path.abspath(sys.argv[5])
    if shutil.which('nats-server') is None and not os.path.exists('/usr/sbin/nats-server'):
        print('ok 1 - cluster # SKIP nats-server is not installed\n1..1')
        return 0
    os.environ['PATH'] += ':/usr/sbin'
    outage.PORT, outage.CABINET_PORT, outage.CHANNEL = mqtt(2), CABINET_PORT, 'kavsak_events/live'
    rig = outage.Rig(programs, source)
    rig.commands['link'][1:1] = ['--underscores', '--port', str(mqtt(0))]
    results = []
    try:
        run(rig, results)
    finally:
        is_good = outage.conclude(rig, results)
    return 0 if is_good else 1


if __name__ == '__main__':
    sys.exit(main())

"""What all figures share: the machine they were measured on, and how they are told.

A figure is a program tests/bench/NAME.py. It prints lines for people, or with --json one object:
    {"figure": NAME, "ok": bool, "results": [{"what", "value", "unit", "limit", "ok", "how"}...],
     "machine": {...}, "detail": {...}}
and ends with 0 if every result is within its limit, with 1 if one is not."""
import argparse
import json
import os
import platform
import subprocess
import sys
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def cpu_times():
    """Jiffies of all processors since boot: (all, idle, steal)."""
    with open('/proc/stat', encoding='ascii') as f:
        numbers = [int(n) for n in f.readline().split()[1:]]
    return sum(numbers[:8]), numbers[3] + numbers[4], numbers[7]


def processor():
    with open('/proc/cpuinfo', encoding='utf-8', errors='replace') as f:
        for line in f:
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return platform.machine()


def run(command, timeout=600, **options):
    return subprocess.run(command, timeout=timeout, check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


class Figure:
    def __init__(self, name, description, add_arguments=None):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument('--build', default=os.path.join(SOURCE, 'build'))
        parser.add_argument('--json', action='store_true')
        parser.add_argument('--short', action='store_true', help='a quick version of it')
        if add_arguments is not None:
            add_arguments(parser)
        self.name = name
        self.options = parser.parse_args()
        self.results = []
        self.detail = {}
        self.before = cpu_times()
        self.began = time.monotonic()

    def built(self, *path):
        return os.path.join(self.options.build, *path)

    def add(self, what, value, unit, limit=None, at_least=False, how=''):
        """limit: at most, or at_least; None: told, not judged."""
        is_ok = limit is None or (value >= limit if at_least else value <= limit)
        self.results.append({'what': what, 'value': value, 'unit': unit, 'limit': limit,
                             'at_least': at_least, 'ok': is_ok, 'how': how})

    def machine(self):
        every, idle, steal = (b - a for a, b in zip(self.before, cpu_times()))
        return {'processor': processor(), 'processors': os.cpu_count(),
                'kernel': platform.release(), 'date': time.strftime('%Y-%m-%d'),
                'load_1_min': os.getloadavg()[0],
                'busy_pct': round(100 * (every - idle) / max(every, 1), 1),
                'steal_pct': round(100 * steal / max(every, 1), 2),
                'seconds': round(time.monotonic() - self.began, 1)}

    def tell(self):
        ok = all(r['ok'] for r in self.results)
        machine = self.machine()
        if self.options.json:
            print(json.dumps({'figure': self.name, 'ok': ok, 'results': self.results,
                              'machine': machine, 'detail': self.detail}))
        else:
            self.print_text(machine)
        return 0 if ok else 1

    def print_text(self, machine):
        print(f'{self.name}')
        for r in self.results:
            side = 'at least' if r['at_least'] else 'at most'
            limit = '' if r['limit'] is None else f"   ({side} {r['limit']:,})"
            mark = '  ' if r['ok'] else '! '
            value = r['value'] if isinstance(r['value'], str) else f"{r['value']:,}"
            print(f"{mark}{r['what']:<52} {value:>12} {r['unit']}{limit}")
        for how in dict.fromkeys(r['how'] for r in self.results if r['how']):
            print(f'    {how}')
        print('    {processors} x {processor}, Linux {kernel}, load {load_1_min:.1f}, machine busy '
              '{busy_pct} %, steal {steal_pct} %, {seconds} s, {date}'.format(**machine))


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(3)

#!/usr/bin/env python3
"""Benchmark under SUMO: scenarios x strategies x seeds x rows, each run judged by judge.py.

    bench.py run --results FILE [--scenarios A,B | --set data|tuning|holdout] [--strategies ...]
                 [--seeds 1-10] [--rows A,B,C] [--scales 1,1.15] [--teleport -1] [--jobs 1]
    bench.py table --results FILE [--markdown FILE] [--svg FILE] [--row A] [--scale 1]

A run that the results file has is not run again, so a campaign can be stopped at any time and goes
on where it was. A result belongs to the program that made it: what kavsak runs is keyed by a hash
of the binary (or --version), the baselines by SUMO's version and BASELINES below.

Scenarios named in --set data are those of KAVSAK_DATA (default ../shared/data); the others come
from nets.py.

Exit status: 0 all runs gave a result, 1 some did not, 2 usage, 3 something is missing."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import judge
import lights
import nets
import report

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
DATA = os.environ.get('KAVSAK_DATA', os.path.join(SOURCE, '..', 'shared', 'data'))
DATA_SCENARIOS = ('cologne1', 'cologne3', 'ingolstadt1', 'grid4x4')
BASELINES = 1  # counted up when a baseline changes what it does
PLAIN = {'fixed-sumo': 'static', 'sumo-actuated': 'actuated', 'sumo-delay_based': 'delay_based'}
TRACI = ('maxpressure', 'longestqueue')
OURS = {
    'kavsak-fixed': ['--strategy', 'fixed'],
    'kavsak-actuated': ['--strategy', 'actuated'],
    'kavsak': ['--strategy', 'adaptive'],
    'kavsak-10s': ['--strategy', 'adaptive', '--decision-interval', '10'],
    'kavsak-noise': ['--strategy', 'adaptive', '--sensor-noise'],
    'kavsak-failed10': ['--strategy', 'adaptive', '--failed-detectors', '10'],
}
STRATEGIES = [*PLAIN, *TRACI, *OURS]
NO_SCHEMAS = ['--xml-validation', 'never', '--xml-validation.net', 'never',
              '--xml-validation.routes', 'never']
KEY = ('scenario', 'strategy', 'seed', 'scale', 'row', 'options', 'version')


SUMMARY_KEPT = ('complete', 'ended', 'wall_s', 'controller_s', 'speed', 'decisions',
                'cut_decisions', 'decision_p99_us', 'decision_max_us', 'nodes_max', 'messages',
                'messages_refused', 'dead_detectors', 'objections', 'first_objection',
                'memory_per_junction_bytes', 'left_to_sumo', 'longest_wait_s', 'persons')


class Scenario:
    def __init__(self, name, config):
        self.name, self.config = name, config
        with open(config, encoding='utf-8') as f:
            net = re.search(r'<net-file\s+value="([^"]+)"', f.read()).group(1)
        self.net_path = os.path.join(os.path.dirname(config), net)
        self._net = None

    @property
    def net(self):
        self._net = self._net or lights.Net(self.net_path)
        return self._net


def find_scenarios(options):
    names = options.scenarios.split(',') if options.scenarios else {
        'data': DATA_SCENARIOS, 'tuning': nets.TUNING, 'holdout': nets.HOLDOUT}[options.set]
    found = []
    for name in names:
        if name in DATA_SCENARIOS:
            config = os.path.join(DATA, 'sumo', name, name + '.sumocfg')
            if not os.path.exists(config):
                print(f'{name}: skipped, no {config} (KAVSAK_DATA)', file=sys.stderr)
                continue
        else:
            config = nets.make(name, options.nets)
        found.append(Scenario(name, config))
    return found


def sumo_command(run, scenario, folder):
    """Options for sumo that every strategy has."""
    words = ['--time-to-teleport', str(run['teleport']), '--no-step-log', '--no-warnings',
             *NO_SCHEMAS, *judge.options(folder)]
    if run['scale'] != 1:
        words += ['--scale', f"{run['scale']:g}"]
    return words


def command_of(run, scenario, folder, options, **parameters):
    extra = sumo_command(run, scenario, folder)
    strategy = run['strategy']
    if strategy in OURS:
        words = [os.path.join(options.build, 'controller', 'cli', 'kavsak'), 'sim', '--sumo',
                 scenario.config, *OURS[strategy], '--seed', str(run['seed']), '--out', folder]
        yellow_s, all_red_s = lights.ROW_YELLOW_S[run['row']], lights.ROW_ALL_RED_S[run['row']]
        if yellow_s is not None:
            words += ['--yellow', str(yellow_s)]
        if all_red_s is not None:
            words += ['--all-red', str(all_red_s)]
        if options.end is not None:
            words += ['--end', str(options.end)]
        return words + options.kavsak + ['--'] + extra
    words = ['-c', scenario.config, '--seed', str(run['seed']),
             *judge.tripinfo_options(folder), *extra]
    if options.end is not None:
        words += ['--end', str(options.end)]
    if strategy in TRACI:
        return [sys.executable, os.path.join(HERE, 'baselines.py'), strategy, run['row'],
                scenario.net_path, *words]
    if strategy != 'fixed-sumo' or run['row'] != 'B':
        words += ['--additional-files', lights.write_programs(
            scenario.net, run['row'], PLAIN[strategy], os.path.join(folder, 'programs.add.xml'),
            **parameters)]
    return ['sumo', *words]


def add_summary(result, folder):
    """What kavsak itself says of the run."""
    path = os.path.join(folder, 'summary.json')
    try:
        with open(path, encoding='utf-8') as f:
            summary = json.load(f)
    except (OSError, ValueError):
        return
    result['summary'] = {k: v for k, v in summary.items() if k in SUMMARY_KEPT}
    below = [j['name'] for j in summary.get('junctions', []) if j['seconds_below_strategy'] > 0]
    result['summary']['below_strategy'] = below


def execute(command, folder, options):
    """Exit code, negative for a signal, or 'timeout'. The group dies with it: sumo is a child."""
    limit = options.memory_gb * 10**9

    def limited():
        os.nice(options.nice)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with open(os.path.join(folder, 'log'), 'wb') as log:
        with subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                              preexec_fn=limited, cwd=folder, start_new_session=True) as child:
            try:
                return child.wait(options.timeout)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                return 'timeout'


def run_one(run, scenario, options):
    folder = tempfile.mkdtemp(prefix='kavsak-bench-')
    result = dict(run)
    began = time.monotonic()
    try:
        code = execute(command_of(run, scenario, folder, options), folder, options)
        for range_m in lights.RETRY_RANGES_M:
            if code == -signal.SIGABRT and run['strategy'] == 'sumo-delay_based':
                code = execute(command_of(run, scenario, folder, options, detectorRange=range_m),
                               folder, options)
        result['exit'] = code
        result['wall_s'] = round(time.monotonic() - began, 1)
        try:
            result.update(judge.read(folder, scenario.net))
        except OSError as problem:
            result['problem'] = str(problem)
        add_summary(result, folder)
        if code != 0:
            with open(os.path.join(folder, 'log'), encoding='utf-8', errors='replace') as f:
                result['log'] = f.read()[-600:]
    finally:
        if options.keep:
            print(f'kept {folder}', file=sys.stderr)
        else:
            shutil.rmtree(folder)
    return result


def key_of(run):
    return tuple(run.get(k) for k in KEY)


def load(path):
    """Results by key; of two with one key, the later. A line cut short by a kill is left out."""
    found = {}
    try:
        with open(path, encoding='utf-8') as f:
            for line in f:
                try:
                    run = json.loads(line)
                except ValueError:
                    continue
                found[key_of(run)] = run
    except FileNotFoundError:
        pass
    return found


def versions(options):
    sumo = subprocess.run(['sumo', '--version'], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split('\n', maxsplit=1)[0].split()[-1]
    of = {s: f'sumo-{sumo}/{BASELINES}' for s in [*PLAIN, *TRACI]}
    program = os.path.join(options.build, 'controller', 'cli', 'kavsak')
    if options.version is None and any(s in OURS for s in options.strategies.split(',')):
        with open(program, 'rb') as f:
            options.version = hashlib.sha256(f.read()).hexdigest()[:12]
    of.update({s: options.version for s in OURS})
    return of


def numbers(text):
    """'1-3,7' as a list."""
    found = []
    for part in text.split(','):
        low, _, high = part.partition('-')
        found += range(int(low), int(high or low) + 1)
    return found


def wanted(options, scenarios):
    """Every run asked for, seeds outermost: a campaign cut short has some seeds of everything."""
    version = versions(options)
    words = ([] if options.teleport == -1 else [f'teleport={options.teleport}']) + (
        [] if options.end is None else [f'end={options.end}'])
    for seed in numbers(options.seeds):
        for scale in (float(s) for s in options.scales.split(',')):
            for scenario in scenarios:
                for row in options.rows.split(','):
                    for strategy in options.strategies.split(','):
                        ours = options.kavsak if strategy in OURS else []
                        yield {'scenario': scenario.name, 'strategy': strategy, 'seed': seed,
                               'scale': scale, 'row': row, 'options': ' '.join(words + ours),
                               'version': version[strategy], 'teleport': options.teleport}


def told(run):
    delay = run.get('delay_s')
    jam = f" jam {run['jam']} at {run['jam_at_s']:.0f} {run['jam_where']}" if run.get('jam') else ''
    objections = run.get('summary', {}).get('objections')
    jam += f' OBJECTIONS {objections}' if objections else ''
    return (f"{run['scenario']:<18} {run['strategy']:<16} {run['row']} x{run['scale']:<4g} seed "
            f"{run['seed']:<3} {'-' if delay is None else f'{delay:8.2f}'} s"
            f" never {run.get('never', '-')}{jam}"
            f"{'' if run.get('exit') == 0 else ' EXIT ' + str(run.get('exit'))}"
            f" ({run.get('wall_s')} s)")


def run_all(options, tell=print):
    """Runs what is missing; returns the results of everything asked for, in order."""
    scenarios = {s.name: s for s in find_scenarios(options)}
    done = load(options.results)
    runs = list(wanted(options, scenarios.values()))
    missing = [r for r in runs if key_of(r) not in done]
    lock = threading.Lock()

    def work(run):
        result = run_one(run, scenarios[run['scenario']], options)
        with lock:
            done[key_of(run)] = result
            with open(options.results, 'a', encoding='utf-8') as f:
                f.write(json.dumps(result) + '\n')
            tell(told(result))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(work, missing))
    return [done[key_of(r)] for r in runs]


def add_run_arguments(p):
    p.add_argument('--results', required=True)
    p.add_argument('--set', choices=['data', 'tuning', 'holdout'], default='data')
    p.add_argument('--scenarios')
    p.add_argument('--strategies', default=','.join(STRATEGIES))
    p.add_argument('--seeds', default='1-10')
    p.add_argument('--rows', default='A')
    p.add_argument('--scales', default='1')
    p.add_argument('--teleport', type=int, default=-1)
    p.add_argument('--end', type=int, help='stop at this second of the scenario')
    p.add_argument('--jobs', type=int, default=1)
    p.add_argument('--nice', type=int, default=10)
    p.add_argument('--timeout', type=float, default=1800)
    p.add_argument('--memory-gb', type=int, default=6)
    p.add_argument('--build', type=os.path.abspath, default=os.path.join(SOURCE, 'build'))
    p.add_argument('--nets', type=os.path.abspath,
                   help='where networks of nets.py are made and kept (default: BUILD/sumo-nets)')
    p.add_argument('--version', help='of kavsak, instead of a hash of the program')
    p.add_argument('--kavsak', type=str.split, default=[], help='more options for kavsak sim')
    p.add_argument('--keep', action='store_true', help='leave the files of each run')


def complete(options):
    options.nets = options.nets or os.path.join(options.build, 'sumo-nets')
    unknown = [s for s in options.strategies.split(',') if s not in STRATEGIES]
    if unknown:
        print(f"bench.py: unknown strategy {', '.join(unknown)}; one of {', '.join(STRATEGIES)}",
              file=sys.stderr)
        sys.exit(2)
    if shutil.which('sumo') is None:
        print('bench.py: no sumo; install the Debian packages sumo and sumo-tools',
              file=sys.stderr)
        sys.exit(3)
    os.environ.setdefault('SUMO_HOME', '/usr/share/sumo')
    return options


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    add_run_arguments(commands.add_parser('run'))
    report.add_arguments(commands.add_parser('table'))
    return parser.parse_args(words)


def main():
    options = parse(sys.argv[1:])
    if options.command == 'table':
        return report.main(options, load(options.results).values())
    results = run_all(complete(options), lambda line: print(line, flush=True))
    if not results:
        return 3
    failed = [r for r in results if r['exit'] != 0 or r.get('delay_s') is None]
    print(f'{len(results)} runs, {len(failed)} without a result')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

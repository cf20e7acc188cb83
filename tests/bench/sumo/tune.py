#!/usr/bin/env python3
"""One number for a set of parameters, on networks of our own and never on the public scenarios:
the mean over scenarios and seeds of log(delay of the candidate / delay of our own actuated), as a
ratio: 0.8 is a fifth less delay. A jam that actuated did not have costs JAM_COSTS, an objection or
a run without result more than any delay.

    tune.py score --results FILE [--kavsak 'OPTION...'] [--seeds 101-102] [--set tuning]
    tune.py search --results FILE --space FILE --draws 24 [--random-seed 1]

score prints the number and its parts. search draws settings at random from the space, a JSON file
{"option": [value, ...]} whose options are given to kavsak sim as --option value, and halves: all
on one seed of few scenarios, the better half on more, until the best have seen everything. Results
are kept in the file as bench.py keeps them, so both can be stopped and go on. Sensors are noisy
here, as they are in the street."""
import json
import math
import random
import sys

import bench
import nets

JAM_COSTS = math.log(1.5)
BROKEN = math.log(20)
FLOOR_S = 2.0  # below it a difference is noise
CANDIDATE = 'kavsak-noise'
REFERENCE = 'kavsak-actuated'
# First the ones that told most about each other's order in a minute of computing, then the rest.
FIRST = ['asymmetric-mid', 'tee-mid', 'grid3x3-mid', 'short60-high']


def is_good(run):
    return (run.get('exit') == 0 and run.get('delay_s') is not None
            and not run.get('summary', {}).get('objections', 0))


def loss(candidate, reference):
    if not is_good(candidate):
        return BROKEN
    if not is_good(reference):
        return 0.0
    ratio = (candidate['delay_s'] + FLOOR_S) / (reference['delay_s'] + FLOOR_S)
    jam = JAM_COSTS if candidate.get('jam') and not reference.get('jam') else 0.0
    return math.log(ratio) + jam


def runs_of(options, strategy, extra, scenarios, seeds):
    options.strategies, options.kavsak = strategy, extra
    options.scenarios, options.seeds = ','.join(scenarios), seeds
    found = bench.run_all(options, lambda line: print(line, file=sys.stderr, flush=True))
    return {(r['scenario'], r['seed']): r for r in found}


def score(options, extra, scenarios, seeds):
    """(ratio, {(scenario, seed): ratio})"""
    reference = runs_of(options, REFERENCE, [], scenarios, seeds)
    candidate = runs_of(options, CANDIDATE, extra, scenarios, seeds)
    parts = {key: loss(run, reference[key]) for key, run in candidate.items()}
    mean = sum(parts.values()) / len(parts)
    return math.exp(mean), {key: math.exp(part) for key, part in parts.items()}


def drawn(space, rng):
    words = []
    for option, values in space.items():
        words += [f'--{option}', str(rng.choice(values))]
    return words


def search(options, everything):
    with open(options.space, encoding='utf-8') as f:
        space = json.load(f)
    rng = random.Random(options.random_seed)
    left = [[]] + [drawn(space, rng) for _ in range(options.draws)]
    rest = [s for s in everything if s not in FIRST]
    first, last = bench.numbers(options.seeds)[0], options.seeds
    rungs = [(FIRST, str(first)), (FIRST + rest[:len(rest) // 2], str(first)),
             (FIRST + rest, str(first)), (FIRST + rest, last)]
    for scenarios, seeds in rungs:
        told = sorted((score(options, extra, scenarios, seeds)[0], extra) for extra in left)
        for value, extra in told:
            print(f"{value:.4f} {' '.join(extra) or '(as built)'}", flush=True)
        print(f'-- {len(scenarios)} scenarios, seeds {seeds}', flush=True)
        left = [extra for _, extra in told[:max(2, len(told) // 2)]]


def parse():
    parser = bench.argparse.ArgumentParser(
        description=__doc__, formatter_class=bench.argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    for name in ('score', 'search'):
        p = commands.add_parser(name)
        bench.add_run_arguments(p)
        # Seeds of the reported table are 1 to 10: others here.
        p.set_defaults(set='tuning', seeds='101-102', strategies=CANDIDATE)
        p.add_argument('--space')
        p.add_argument('--draws', type=int, default=24)
        p.add_argument('--random-seed', type=int, default=1)
    return bench.complete(parser.parse_args())


def main():
    options = parse()
    if options.set == 'data' or any(s in bench.DATA_SCENARIOS
                                    for s in (options.scenarios or '').split(',')):
        print('tune.py: never on the public scenarios', file=sys.stderr)
        return 2
    everything = options.scenarios.split(',') if options.scenarios else (
        nets.HOLDOUT if options.set == 'holdout' else nets.TUNING)
    if options.command == 'search':
        search(options, everything)
        return 0
    value, parts = score(options, options.kavsak, everything, options.seeds)
    for (scenario, seed), part in sorted(parts.items()):
        print(f'{part:7.3f}  {scenario} seed {seed}')
    print(f'{value:.4f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())

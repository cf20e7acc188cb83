#!/usr/bin/env python3
"""What the files of a run under SUMO say, for test_sumo.sh.

    sumo_facts.py value SUMMARY FIELD...       the fields of a summary.json, one a line
    sumo_facts.py delay TRIPINFO               mean delay of all vehicles due, three decimals
    sumo_facts.py states RECORD                a light's states, one a second
    sumo_facts.py yellows RECORD               lengths of all yellows, in steps, without doubles
    sumo_facts.py greens RECORD                the shortest green, in steps"""
import itertools
import json
import sys
import xml.etree.ElementTree as tree


def states(path):
    return [s.get('state') for s in tree.parse(path).getroot().iter('tlsState')]


def runs(path, letters):
    """Lengths of the runs of some letters on each link, but for those that the record cuts off."""
    record = states(path)
    found = []
    for link in zip(*record):
        groups = [(is_one, len(list(g)))
                  for is_one, g in itertools.groupby(link, lambda c: c in letters)]
        found += [length for is_one, length in groups[1:-1] if is_one]
    return found


def delay(path):
    trips = list(tree.parse(path).getroot().iter('tripinfo'))
    spent = sum(max(0, float(t.get(name))) for t in trips for name in ('timeLoss', 'departDelay'))
    return spent / len(trips)


def main(what, path, *fields):
    if what == 'value':
        with open(path, encoding='utf-8') as stream:
            summary = json.load(stream)
        for field in fields:
            print(summary[field])
    elif what == 'delay':
        print(f'{delay(path):.3f}')
    elif what == 'states':
        print('\n'.join(states(path)))
    elif what == 'yellows':
        print(*sorted(set(runs(path, 'y'))))
    elif what == 'greens':
        print(min(runs(path, 'gG')))


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

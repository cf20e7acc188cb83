"""Çay Deresi for SUMO: the same approaches, lanes, demand and splits as plans/examples/cay-deresi,
written as plain nodes, edges, connections and programme and made into a network by netconvert.

What differs, and in whose favour: the short turning lanes are as long as their approach; nobody
walks (in SUMO's favour); lights are fixed-time and see nothing (in SUMO's favour); steps are as
asked."""
import csv
import os

import figure

# Or both look for schemas on the network.
NO_SCHEMAS = ['--xml-validation', 'never', '--xml-validation.net', 'never']
LENGTH_M = {'w': 250, 'e': 250, 's': 120, 'n': 120}
TOWARDS = {'w': (-1, 0), 'e': (1, 0), 's': (0, -1), 'n': (0, 1)}
SPEED_MPS = {'w': 16.67, 'e': 16.67, 's': 13.89, 'n': 13.89}
# Lane of ours: approach, lane of SUMO from the right, and (exit, share, phase) of each movement.
LANES = {
    'w1': ('w', 0, [('e', 0.85, 2), ('s', 0.15, 2)]),
    'w2': ('w', 1, [('n', 1.0, 5)]),
    'e1': ('e', 0, [('w', 0.85, 6), ('n', 0.15, 6)]),
    'e2': ('e', 1, [('s', 1.0, 1)]),
    's1': ('s', 1, [('n', 1.0, 8)]),
    's2': ('s', 2, [('w', 1.0, 3)]),
    's3': ('s', 0, [('e', 1.0, 8)]),
    'n1': ('n', 0, [('s', 0.75, 4), ('w', 0.25, 4)]),
    'n2': ('n', 1, [('e', 1.0, 7)]),
}
SPLIT_S = [((1, 5), 18), ((1, 6), 2), ((2, 6), 46), ((3, 7), 18), ((4, 8), 36)]
CYCLE_S, YELLOW_S, ALL_RED_S = 120, 3, 2


def links():
    """Every movement with its index in the light's state."""
    n = 0
    for lane, (approach, place, movements) in LANES.items():
        for leaves, share, phase in movements:
            yield n, lane, approach, place, leaves, share, phase
            n += 1


def phases():
    """Greens of both rings at once; yellow and all-red where a phase is not in the next row."""
    for i, (green, seconds) in enumerate(SPLIT_S):
        after = SPLIT_S[(i + 1) % len(SPLIT_S)][0]
        ends = [p for p in green if p not in after]

        def state(ending, ends=ends, green=green):
            return ''.join((ending if p in ends else 'G') if p in green else 'r'
                           for *_, p in links())
        cleared = YELLOW_S + ALL_RED_S
        if seconds > cleared:
            yield seconds - cleared, state('G')
            yield YELLOW_S, state('y')
            yield ALL_RED_S, state('r')
        else:
            yield seconds, state('y')


def write(folder, name, root, lines):
    with open(os.path.join(folder, name), 'w', encoding='ascii') as f:
        f.write(f'<{root}>\n' + ''.join(f'  {line}\n' for line in lines) + f'</{root}>\n')
    return os.path.join(folder, name)


def write_demand(folder, demand_csv):
    """A chance each second, which is how SUMO draws random arrivals."""
    with open(demand_csv, encoding='utf-8') as f:
        rows = list(csv.DictReader(line for line in f if not line.startswith('#')))
    flows = []
    for row in rows:
        node, _, lane = row['node'].partition('/')
        if node != 'cay-deresi' or row['kind'] == 'pedestrian':
            continue
        approach, place, movements = LANES[lane]
        for leaves, share, _ in movements:
            rate = float(row['per_hour']) * share / 3600
            flows.append(f'<flow id="{lane}{leaves}{row["kind"]}" type="{row["kind"]}" begin="0" '
                         f'end="{row["to_s"]}" probability="{rate:.6f}" from="{approach}_in" '
                         f'to="{leaves}_out" departLane="{place}" departSpeed="max"/>')
    types = ['<vType id="vehicle"/>', '<vType id="bus" vClass="bus" length="12"/>']
    return write(folder, 'demand.rou.xml', 'routes', types + flows)


def make(folder, demand_csv):
    """Files of the scenario in this folder; returns arguments for sumo."""
    nodes = ['<node id="c" x="0" y="0" type="traffic_light" tl="c"/>']
    edges = []
    for a, (x, y) in TOWARDS.items():
        lanes = sum(1 for approach, *_ in LANES.values() if approach == a)
        nodes.append(f'<node id="{a}" x="{x * LENGTH_M[a]}" y="{y * LENGTH_M[a]}"/>')
        edges.append(f'<edge id="{a}_in" from="{a}" to="c" numLanes="{lanes}" '
                     f'speed="{SPEED_MPS[a]}"/>')
        edges.append(f'<edge id="{a}_out" from="c" to="{a}" numLanes="1" speed="13.89"/>')
    connect = [f'from="{a}_in" to="{b}_out" fromLane="{place}" toLane="0"'
               for _, _, a, place, b, _, _ in links()]
    program = [f'<phase duration="{seconds}" state="{state}"/>' for seconds, state in phases()]
    paths = {
        'node-files': write(folder, 'nodes.xml', 'nodes', nodes),
        'edge-files': write(folder, 'edges.xml', 'edges', edges),
        'connection-files': write(folder, 'connections.xml', 'connections',
                                  [f'<connection {c}/>' for c in connect]),
        'tllogic-files': write(folder, 'lights.xml', 'tlLogics', [
            '<tlLogic id="c" type="static" programID="peak" offset="0">', *program, '</tlLogic>',
            *(f'<connection {c} tl="c" linkIndex="{n}"/>' for n, c in enumerate(connect))]),
    }
    net = os.path.join(folder, 'net.xml')
    figure.run(['netconvert', *(f'--{k}={v}' for k, v in paths.items()), '--no-turnarounds',
                '--output-file', net, '--no-warnings', *NO_SCHEMAS], timeout=60)
    return ['--net-file', net, '--route-files', write_demand(folder, demand_csv),
            *NO_SCHEMAS, '--xml-validation.routes', 'never']

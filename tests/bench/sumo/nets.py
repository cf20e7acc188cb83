#!/usr/bin/env python3
"""Networks and demands of our own, made by netconvert and netgenerate: TUNING to choose parameters
on, HOLDOUT of other shapes and seeds to see whether the choice holds.

    nets.py FOLDER [NAME...]      makes them (default: all); names are SHAPE-LEVEL

The same name always gives the same bytes. Demand is a chance each second between pairs of ends, in
four quarters of different strength, so that a peak builds up and clears; one vehicle in twenty is a
lorry. Levels: low, mid (the fixed programme is busy), high (it is at its limit)."""
import os
import random
import subprocess
import sys
import xml.etree.ElementTree as ET

NO_SCHEMAS = ['--xml-validation', 'never']
LEVELS = {'low': 0.55, 'mid': 1.0, 'high': 1.3}
END_S = 2400
QUARTERS = (0.7, 1.1, 1.3, 0.8)
LORRIES = 0.05
DRAWN_RATE = 100  # vehicles an hour and lane of an end of a random network, at level mid
VERSION = '1'  # counted up when a network changes: folders of another version are made anew


class Plan:
    """Nodes, edges and demand as they are collected, then written for netconvert."""
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.nodes = {}
        self.edges = []
        self.pairs = []  # (from edge, to edge, vehicles an hour)
        self.walks = []
        self.options = ['--no-turnarounds.tls', 'true', '--no-turnarounds.geometry', 'true']
        self.quarters = QUARTERS

    def node(self, name, x, y, is_light=False):
        self.nodes[name] = (x, y, 'traffic_light' if is_light else 'priority')

    def road(self, a, b, lanes, speed=13.89, pocket_m=0):
        """One direction. A pocket is a lane to the left over the last metres before b."""
        split = '' if not pocket_m else '<split pos="-{}" lanes="{}"/>'.format(
            pocket_m, ' '.join(str(i) for i in range(lanes + 1)))
        count = lanes + 1 if pocket_m else lanes
        begin = ''
        if pocket_m:  # before the split the leftmost lane is not there
            begin = '<split pos="0" lanes="{}"/>'.format(' '.join(str(i) for i in range(lanes)))
        self.edges.append(f'<edge id="{a}_{b}" from="{a}" to="{b}" numLanes="{count}" '
                          f'speed="{speed}">{begin}{split}</edge>')

    def street(self, a, b, lanes, **more):
        self.road(a, b, lanes, **more)
        self.road(b, a, lanes, **more)

    def arm(self, end, light, lanes, **more):
        """A street to an end of the network: pockets only towards the light."""
        self.road(end, light, lanes, **more)
        self.road(light, end, lanes, speed=more.get('speed', 13.89))

    def flow(self, a, b, per_hour):
        self.pairs.append((a, b, per_hour))

    def between_ends(self, ends, rate_of, favour=None):
        """Every end sends its vehicles to all others, in shares drawn once."""
        for a, entry in ends.items():
            share = {b: (favour or {}).get((a, b), self.rng.uniform(0.5, 1.5))
                     for b in ends if b != a}
            whole = sum(share.values())
            for b, part in share.items():
                self.flow(f'{a}_{entry}', f'{ends[b]}_{b}', rate_of(a) * part / whole)


def arterial(seed, lights=5, spacing=(250, 420), main_rate=620, side_rate=150):
    p = Plan(seed)
    x = 0
    ends = {'w': 'j0'}
    for i in range(lights):
        x += p.rng.randint(*spacing)
        p.node(f'j{i}', x, 0, True)
        if i:
            p.street(f'j{i - 1}', f'j{i}', 2, pocket_m=60)
        for side, y in (('s', -200), ('n', 220)):
            p.node(f'{side}{i}', x, y)
            p.arm(f'{side}{i}', f'j{i}', 1, pocket_m=35, speed=11.11)
            ends[f'{side}{i}'] = f'j{i}'
    p.node('w', -50, 0)
    p.node('e', x + 300, 0)
    p.arm('w', 'j0', 2, pocket_m=60)
    p.arm('e', f'j{lights - 1}', 2, pocket_m=60)
    ends['e'] = f'j{lights - 1}'
    favour = {('w', 'e'): 8.0, ('e', 'w'): 8.0}
    for end in ends:
        if end not in 'we':
            favour[(end, {'s': 'n', 'n': 's'}[end[0]] + end[1:])] = 4.0
    p.between_ends(ends, lambda end: main_rate if end in 'we' else
                   side_rate * p.rng.uniform(0.6, 1.4), favour)
    return p


def grid(seed, columns=3, rows=3, spacing_m=200, lanes=2, rate=330):
    p = Plan(seed)
    ends = {}
    for c in range(columns):
        for r in range(rows):
            p.node(f'c{c}r{r}', c * spacing_m, r * spacing_m, True)
            if c:
                p.street(f'c{c - 1}r{r}', f'c{c}r{r}', lanes)
            if r:
                p.street(f'c{c}r{r - 1}', f'c{c}r{r}', lanes)
    for c in range(columns):
        for name, r, y in ((f's{c}', 0, -180), (f'n{c}', rows - 1, (rows - 1) * spacing_m + 180)):
            p.node(name, c * spacing_m, y)
            p.arm(name, f'c{c}r{r}', lanes)
            ends[name] = f'c{c}r{r}'
    for r in range(rows):
        for name, c, x in ((f'w{r}', 0, -180),
                           (f'e{r}', columns - 1, (columns - 1) * spacing_m + 180)):
            p.node(name, x, r * spacing_m)
            p.arm(name, f'c{c}r{r}', lanes)
            ends[name] = f'c{c}r{r}'
    opposite = {'s': 'n', 'n': 's', 'w': 'e', 'e': 'w'}
    favour = {(end, opposite[end[0]] + end[1:]): 5.0 for end in ends}
    p.between_ends(ends, lambda end: rate * p.rng.uniform(0.6, 1.4), favour)
    return p


def asymmetric(seed, rates=(950, 620, 220, 360), bend=40):
    """One light: a main road with two lanes and pockets, whose left turns wait for gaps; a small
    road that comes at a slant; four different flows."""
    p = Plan(seed)
    p.node('j', 0, 0, True)
    ends = {'w': (-400, 0), 'e': (350, 30), 's': (bend, -260), 'n': (-bend, 300)}
    for name, (x, y) in ends.items():
        p.node(name, x, y)
    p.arm('w', 'j', 2, pocket_m=70, speed=16.67)
    p.arm('e', 'j', 2, pocket_m=45, speed=16.67)
    p.arm('s', 'j', 1, pocket_m=30, speed=11.11)
    p.arm('n', 'j', 1)
    p.options += ['--tls.left-green.time', '0']
    rate = dict(zip('wesn', rates))
    p.between_ends({e: 'j' for e in ends}, lambda end: rate[end],
                   {('w', 'e'): 6.0, ('e', 'w'): 5.0, ('s', 'n'): 2.0, ('n', 's'): 1.5})
    return p


def stub(seed, rates, short, lanes=(1, 1, 1, 1), options=(), side_rate=50):
    """One light, of whose approaches those in short begin a car or two before the stop line: there
    a side street joins, so that detectors may not go further."""
    p = Plan(seed)
    p.node('j', 0, 0, True)
    ends = {}
    way = {'w': (-1, 0.05), 'e': (1, 0.1), 's': (0.08, -1), 'n': (-0.06, 1)}
    rate = dict(zip('wesn', rates))
    for (name, (x, y)), count in zip(way.items(), lanes):
        length_m = p.rng.randint(220, 380)
        p.node(name, x * length_m, y * length_m)
        if name not in short:
            p.arm(name, 'j', count, pocket_m=40 if count > 1 else 0)
            ends[name] = 'j'
            continue
        at_m = short[name]
        knee, side = f'{name}k', f'{name}x'
        p.node(knee, x * at_m, y * at_m)
        p.node(side, x * at_m + 130 * abs(y) + 20 * x, y * at_m + 130 * abs(x) + 20 * y)
        p.street(name, knee, count)
        p.street(knee, 'j', count)
        p.street(side, knee, 1, speed=8.33)
        ends[name], ends[side] = knee, knee
        rate[side] = side_rate
    p.options += options
    p.between_ends(ends, lambda end: rate[end],
                   {('w', 'e'): 5.0, ('e', 'w'): 5.0, ('s', 'n'): 3.0, ('n', 's'): 3.0})
    return p


def tee(seed, rates=(430, 430, 300)):
    p = Plan(seed)
    p.node('j', 0, 0, True)
    for name, x, y in (('w', -300, 0), ('e', 280, 0), ('s', 0, -240)):
        p.node(name, x, y)
    p.arm('w', 'j', 1)
    p.arm('e', 'j', 1, pocket_m=40)
    p.arm('s', 'j', 1, pocket_m=25)
    rate = dict(zip('wes', rates))
    p.between_ends({e: 'j' for e in 'wes'}, lambda end: rate[end])
    return p


def oversaturated(seed):
    """One light that gets for twenty minutes more than it can serve, and then recovers."""
    p = asymmetric(seed, rates=(1300, 1150, 420, 600), bend=10)
    p.options = p.options[:-2]  # with left turns of their own
    p.quarters = (0.6, 1.4, 1.4, 0.4)
    return p


def walkers(seed, lights=3):
    """An arterial with pavements and crossings, and people who walk."""
    p = arterial(seed, lights=lights, spacing=(200, 300), main_rate=560, side_rate=150)
    p.options += ['--sidewalks.guess', 'true', '--crossings.guess', 'true']
    for i in range(lights):
        for a, b in (('s', 'n'), ('n', 's')):
            p.walks.append((f'{a}{i}_j{i}', f'j{i}_{b}{i}', 60))
    p.walks.append(('w_j0', f'j{lights - 1}_e', 60))
    p.walks.append((f'e_j{lights - 1}', 'j0_w', 60))
    return p


def mixed(seed):
    """What netgenerate draws: bent streets, odd angles, one to three lanes, three to five arms."""
    return Plan(seed)


# name -> (maker, arguments). Rates are such that at level mid the fixed programmes are busy.
SHAPES = {
    'arterial5': (arterial, {'seed': 11}),
    'grid3x3': (grid, {'seed': 12}),
    'mixed': (mixed, {'seed': 13}),
    'asymmetric': (asymmetric, {'seed': 14}),
    'tee': (tee, {'seed': 15}),
    'oversaturated': (oversaturated, {'seed': 16}),
    'short60': (grid, {'seed': 17, 'spacing_m': 60, 'lanes': 1, 'rate': 200}),
    'walkers': (walkers, {'seed': 18}),
    'stub': (stub, {'seed': 19, 'rates': (620, 480, 170, 220), 'short': {'w': 26},
                    'lanes': (2, 2, 1, 1)}),
    'stub-shared': (stub, {'seed': 20, 'rates': (250, 420, 170, 110), 'short': {'w': 27, 'n': 28},
                           'options': ('--tls.left-green.time', '0')}),
    'stub-arms': (stub, {'seed': 21, 'rates': (620, 380, 150, 260), 'short': {'w': 25},
                         'lanes': (2, 2, 1, 1), 'options': ('--tls.layout', 'incoming')}),
    'h-arterial4': (arterial, {'seed': 71, 'lights': 4, 'spacing': (150, 500),
                               'main_rate': 680, 'side_rate': 140}),
    'h-grid2x4': (grid, {'seed': 72, 'columns': 4, 'rows': 2, 'spacing_m': 260, 'rate': 380}),
    'h-mixed': (mixed, {'seed': 77}),
    'h-asymmetric': (asymmetric, {'seed': 74, 'rates': (450, 950, 400, 220), 'bend': -70}),
    'h-tee': (tee, {'seed': 75, 'rates': (340, 520, 240)}),
    'h-short80': (grid, {'seed': 76, 'spacing_m': 80, 'lanes': 1, 'columns': 4, 'rows': 2,
                         'rate': 210}),
    'h-walkers': (walkers, {'seed': 78, 'lights': 2}),
    'h-stub': (stub, {'seed': 79, 'rates': (400, 560, 260, 150), 'short': {'e': 27},
                      'lanes': (1, 2, 1, 1)}),
    'h-stub-arms': (stub, {'seed': 80, 'rates': (300, 420, 260, 330), 'short': {'s': 25, 'e': 26},
                           'options': ('--tls.layout', 'incoming')}),
}
ONE_LEVEL = ('oversaturated',)
TUNING = [f'{shape}-{level}' for shape in SHAPES if not shape.startswith('h-')
          for level in (['high'] if shape in ONE_LEVEL else LEVELS)]
HOLDOUT = [f'{shape}-{level}' for shape in SHAPES if shape.startswith('h-')
           for level in LEVELS]


def run(command):
    done = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-400:]}")


def write(folder, name, root, lines):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='ascii') as f:
        f.write(f'<{root}>\n' + ''.join(f'  {line}\n' for line in lines) + f'</{root}>\n')
    return path


def build(plan, folder, net):
    nodes = [f'<node id="{n}" x="{x}" y="{y}" type="{t}"/>'
             for n, (x, y, t) in plan.nodes.items()]
    run(['netconvert', '--node-files', write(folder, 'n.nod.xml', 'nodes', nodes),
         '--edge-files', write(folder, 'n.edg.xml', 'edges', plan.edges),
         '--output-file', net, '--no-warnings', 'true', *NO_SCHEMAS, *plan.options])


def draw(plan, seed, net):
    """Random network, and demand between the ends that it happens to have."""
    run(['netgenerate', '--rand', '--rand.iterations', '22', '--rand.min-distance', '140',
         '--rand.max-distance', '260', '--rand.min-angle', '50', '--seed', str(seed),
         '--default.lanenumber', '2', '--random-lanenumber', 'true', '--tls.guess', 'true',
         '--tls.guess.threshold', '50', '--no-turnarounds.tls', 'true', '--output-file', net,
         '--no-warnings', 'true', *NO_SCHEMAS])
    root = ET.parse(net).getroot()
    edges = [e for e in root.iter('edge') if e.get('function') is None]
    into = [e.get('to') for e in edges]
    ends = {e.get('from') for e in edges if into.count(e.get('from')) <= 1}
    leaves = [e for e in edges if e.get('to') in ends]
    for enter in (e for e in edges if e.get('from') in ends):
        rate = DRAWN_RATE * len(enter.findall('lane')) * plan.rng.uniform(0.5, 1.5)
        share = {e.get('id'): plan.rng.uniform(0.3, 1.7) for e in leaves
                 if e.get('to') != enter.get('from')}
        for edge, part in share.items():
            plan.flow(enter.get('id'), edge, rate * part / sum(share.values()))


def demand(plan, factor):
    """Flows in four quarters; what enters by one edge never exceeds a vehicle a second."""
    lines = ['<vTypeDistribution id="traffic">',
             f'  <vType id="car" probability="{1 - LORRIES}" speedDev="0.1"/>',
             f'  <vType id="lorry" vClass="truck" probability="{LORRIES}" length="9" accel="1.5" '
             'maxSpeed="25"/>', '</vTypeDistribution>']
    quarter_s = END_S // len(plan.quarters)
    for k, strength in enumerate(plan.quarters):
        when = f'begin="{k * quarter_s}" end="{(k + 1) * quarter_s}"'
        for i, (a, b, per_hour) in enumerate(plan.pairs):
            lines.append(f'<flow id="f{k}.{i}" type="traffic" {when} from="{a}" to="{b}" '
                         f'probability="{per_hour * factor * strength / 3600:.6f}" '
                         'departLane="best" departSpeed="max"/>')
        for i, (a, b, per_hour) in enumerate(plan.walks):
            lines.append(f'<personFlow id="p{k}.{i}" {when} '
                         f'probability="{per_hour * factor * strength / 3600:.6f}">'
                         f'<walk from="{a}" to="{b}"/></personFlow>')
    return lines


def make(name, parent):
    """Path of the scenario's .sumocfg, made if it is not there."""
    shape, _, level = name.rpartition('-')
    if shape not in SHAPES or level not in LEVELS:
        print(f'nets.py: no network {name}; one of {", ".join(TUNING + HOLDOUT)}',
              file=sys.stderr)
        sys.exit(2)
    folder = os.path.join(parent, name)
    config = os.path.join(folder, f'{name}.sumocfg')
    made = os.path.join(folder, f'made-{VERSION}')
    if os.path.exists(made):
        return config
    os.makedirs(folder, exist_ok=True)
    maker, arguments = SHAPES[shape]
    plan = maker(**arguments)
    net = os.path.join(folder, f'{name}.net.xml')
    if maker is mixed:
        draw(plan, arguments['seed'], net)
    else:
        build(plan, folder, net)
    write(folder, f'{name}.rou.xml', 'routes', demand(plan, LEVELS[level]))
    write(folder, f'{name}.sumocfg', 'configuration', [
        f'<input><net-file value="{name}.net.xml"/><route-files value="{name}.rou.xml"/></input>',
        f'<time><begin value="0"/><end value="{END_S}"/></time>'])
    with open(made, 'w', encoding='ascii'):
        pass
    return config


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith('-'):
        print(__doc__)
        return 0 if '--help' in sys.argv else 2
    os.environ.setdefault('SUMO_HOME', '/usr/share/sumo')
    for name in sys.argv[2:] or TUNING + HOLDOUT:
        print(make(name, sys.argv[1]))
    return 0


if __name__ == '__main__':
    sys.exit(main())

"""What a run of SUMO was worth, from files that SUMO wrote: the same for every strategy.

Delay: mean over all vehicles due of time loss and departure delay, with those that did not arrive
and those that never got in. Jams: vehicles that stand for more than 240 s, told apart as
    swap   two vehicles on lanes of one short edge, each of which needs the other's lane: SUMO
           cannot resolve it and no signal can
    box    a vehicle inside a junction
    other  the rest: an exit full from outside, or a red that is never ended
A run's jam is named after what stood first; queues behind a swap or a box are 'other' and count
only where there is neither."""
import os
import xml.etree.ElementTree as ET

STANDS_S = 240
SAMPLE_S = 15
SHORT_EDGE_M = 50  # on longer ones a vehicle changes lanes in time, or waits for a gap and gets it


def options(folder):
    """What SUMO must write for read(); on top of tripinfo, which kavsak asks for by itself."""
    return ['--fcd-output', os.path.join(folder, 'fcd.xml'),
            '--fcd-output.attributes', 'lane,pos,speed', '--device.fcd.period', str(SAMPLE_S),
            '--vehroute-output', os.path.join(folder, 'routes.xml'),
            '--vehroute-output.write-unfinished', 'true',
            '--vehroute-output.last-route', 'true',
            '--statistic-output', os.path.join(folder, 'statistics.xml')]


def tripinfo_options(folder):
    return ['--tripinfo-output', os.path.join(folder, 'tripinfo.xml'),
            '--tripinfo-output.write-unfinished', 'true',
            '--tripinfo-output.write-undeparted', 'true']


def elements(path, tag):
    """Elements of a file as long as it can be read: a run that was killed leaves half of one."""
    try:
        root = None
        for event, element in ET.iterparse(path, events=('start', 'end')):
            if root is None:
                root = element
            if event == 'end' and element.tag == tag:
                yield element
                root.clear()
    except ET.ParseError:
        return


def read_trips(path):
    delay_s = []
    never = unfinished = 0
    for trip in elements(path, 'tripinfo'):
        is_in = float(trip.get('depart')) >= 0
        never += not is_in
        unfinished += is_in and float(trip.get('arrival')) < 0
        loss_s = float(trip.get('timeLoss')) if is_in else 0.0
        delay_s.append(max(loss_s, 0.0) + max(float(trip.get('departDelay')), 0.0))
    due = len(delay_s)
    return {'due': due, 'never': never, 'unfinished': unfinished,
            'delay_s': round(sum(delay_s) / due, 3) if due else None,
            'delay_max_s': round(max(delay_s, default=0), 1)}


def standing(path):
    """(since, until, vehicle, lane, pos) of every stand of more than STANDS_S."""
    now_at = {}
    stands = []

    def close(vehicle):
        lane, pos, since_s, until_s = now_at.pop(vehicle)
        if until_s - since_s > STANDS_S:
            stands.append((since_s, until_s, vehicle, lane, float(pos)))
    for step in elements(path, 'timestep'):
        time_s = float(step.get('time'))
        for v in step.iter('vehicle'):
            name, lane, pos = v.get('id'), v.get('lane'), v.get('pos')
            if float(v.get('speed')) < 0.1 and lane is not None:
                seen = now_at.get(name)
                if seen is not None and seen[0] == lane and abs(float(seen[1]) - float(pos)) < 0.5:
                    now_at[name] = (lane, seen[1], seen[2], time_s)
                    continue
                if seen is not None:
                    close(name)
                now_at[name] = (lane, pos, time_s, time_s)
            elif name in now_at:
                close(name)
    for name in list(now_at):
        close(name)
    return sorted(stands)


def routes(path, wanted):
    found = {}
    for v in elements(path, 'vehicle'):
        if v.get('id') in wanted:
            for route in v.iter('route'):  # the last one counts
                found[v.get('id')] = route.get('edges').split()
    return found


def follows(net, lane, route, at):
    """Can the route be followed from this lane until an edge that is long enough to change on?"""
    lanes = {lane}
    for nxt in route[at + 1:]:
        lanes = {to for name in lanes for edge, to in net.next_lanes.get(name, []) if edge == nxt}
        if not lanes:
            return False
        if any(net.lane_length_m[name] > SHORT_EDGE_M for name in lanes):
            return True
    return True


def needs_other_lane(net, stand, other, route):
    edge = stand[3].rpartition('_')[0]
    if edge not in route:
        return False
    at = route.index(edge)
    return not follows(net, stand[3], route, at) and follows(net, other[3], route, at)


def swaps(net, stands, route_of):
    """Since when, where: pairs that wait for each other's lane."""
    heads = {}
    for stand in stands:
        edge = stand[3].rpartition('_')[0]
        if not edge.startswith(':') and net.lane_length_m[stand[3]] <= SHORT_EDGE_M:
            heads.setdefault(edge, []).append(stand)
    for edge, on_edge in heads.items():
        for i, a in enumerate(on_edge):
            for b in on_edge[i + 1:]:
                is_beside = a[3] != b[3] and min(a[1], b[1]) - max(a[0], b[0]) > STANDS_S
                if (is_beside and needs_other_lane(net, a, b, route_of.get(a[2], []))
                        and needs_other_lane(net, b, a, route_of.get(b[2], []))):
                    yield max(a[0], b[0]), edge


def read_jams(folder, net):
    stands = standing(os.path.join(folder, 'fcd.xml'))
    if not stands:
        return {'jam': None, 'standing': 0}
    route_of = routes(os.path.join(folder, 'routes.xml'), {s[2] for s in stands})
    kinds = [(since_s, 'swap', edge) for since_s, edge in swaps(net, stands, route_of)]
    kinds += [(s[0], 'box', s[3]) for s in stands if s[3].startswith(':')]
    since_s, kind, where = min(kinds, default=(stands[0][0], 'other', stands[0][3]))
    return {'jam': kind, 'jam_at_s': since_s, 'jam_where': where,
            'standing': len({s[2] for s in stands})}


def read(folder, net):
    """Everything of a run as a dictionary; 'delay_s' is None if SUMO wrote no vehicle."""
    found = read_trips(os.path.join(folder, 'tripinfo.xml'))
    if net.crossings:
        walks = [float(w.get('timeLoss')) for w in elements(os.path.join(folder, 'tripinfo.xml'),
                                                            'walk') if w.get('timeLoss')]
        found['walk_delay_s'] = round(sum(walks) / len(walks), 2) if walks else None
    found.update(read_jams(folder, net))
    for what in ('teleports', 'safety'):
        for element in elements(os.path.join(folder, 'statistics.xml'), what):
            found['teleports' if what == 'teleports' else 'collisions'] = int(
                element.get('total' if what == 'teleports' else 'collisions'))
    return found

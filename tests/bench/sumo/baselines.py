#!/usr/bin/env python3
"""Max pressure and longest queue first, which see every vehicle within 200 m and decide every ten
seconds, as RESCO's (Ault and Sharon, NeurIPS 2021): started by bench.py, one run a process.

    baselines.py maxpressure|longestqueue ROW NET SUMO-OPTION...

A vehicle is queued once it was seen standing, until it leaves the lane at the light. Pressure of a
stage: over its movements from edge to edge, vehicles queued on the incoming lanes less those
queued on the edge they lead to; right turns do not count, as in RESCO's phase pairs (without them
grid4x4 gives RESCO's own figure, with them 61 s). Longest queue: all vehicles on the stage's
incoming lanes. Pedestrians who wait count like vehicles. A stage that starves is not served, as
published."""
import os
import sys

import lights

sys.path.append(os.path.join(os.environ.get('SUMO_HOME', '/usr/share/sumo'), 'tools'))
import traci  # noqa: E402

RANGE_M = 200
DECISION_S = 10
DEFAULT_YELLOW_S = 3


class Street:
    """Vehicles whose next light is near, looked at once a decision."""
    def __init__(self, net):
        self.net = net
        self.lane_at = {(light.name, link.index): link.lane for light in net.lights.values()
                        for link in light.links}
        self.watched = set(self.lane_at.values())
        self.stood = {}
        self.near, self.queued, self.queued_on = {}, {}, {}

    def look(self):
        """near, queued: vehicles by the lane at the light; queued_on: by the lane they are on."""
        stood = {}
        self.near, self.queued, self.queued_on = {}, {}, {}
        for vehicle in traci.vehicle.getIDList():
            lights_ahead = traci.vehicle.getNextTLS(vehicle)
            if not lights_ahead or lights_ahead[0][2] > RANGE_M:
                continue
            on = traci.vehicle.getLaneID(vehicle)
            at = on if on in self.watched else self.lane_at.get(lights_ahead[0][:2])
            self.near[at] = self.near.get(at, 0) + 1
            if self.stood.get(vehicle) == at or traci.vehicle.getWaitingTime(vehicle) > 0:
                stood[vehicle] = at
                self.queued[at] = self.queued.get(at, 0) + 1
                self.queued_on[on] = self.queued_on.get(on, 0) + 1
        self.stood = stood

    def pressure(self, links):
        """Of movements, each from edge to edge; right turns count only where nothing else goes."""
        links = [link for link in links if not link.is_right] or links
        lanes_of = {}
        for link in links:
            edges = edge_of(link.lane), edge_of(link.to_lane)
            lanes_of.setdefault(edges, set()).add(link.lane)
        return sum(sum(self.queued.get(lane, 0) for lane in lanes)
                   - sum(self.queued_on.get(lane, 0) for lane in self.net.lanes_of[to_edge])
                   for (_, to_edge), lanes in lanes_of.items())


def edge_of(lane):
    return lane.rpartition('_')[0]


def waiting_persons(link):
    return sum(1 for person in traci.edge.getLastStepPersonIDs(edge_of(link.lane))
               if traci.person.getNextEdge(person) == edge_of(link.to_lane))


class Controller:
    def __init__(self, light, row, street, rule):
        self.light, self.street, self.rule = light, street, rule
        self.stages = light.stages()
        own_s = min((p.duration_s for p in light.phases if p.is_yellow), default=DEFAULT_YELLOW_S)
        self.yellow_s = lights.ROW_YELLOW_S[row] or own_s
        reds_s = [p.duration_s for p in light.phases if p.is_all_red]
        self.all_red_s = lights.ROW_ALL_RED_S[row]
        if self.all_red_s is None:
            self.all_red_s = min(reds_s, default=0)
        self.state = self.stages[0]
        self.todo = []  # (second, state)
        self.green_at_s = 0
        traci.trafficlight.setRedYellowGreenState(light.name, self.state)

    def weight(self, stage):
        links = [link for link in self.light.links if stage[link.index] in 'gG']
        people = sum(waiting_persons(link) for link in links if link.is_crossing)
        links = [link for link in links if not link.is_crossing]
        if self.rule == 'maxpressure':
            return people + self.street.pressure(links)
        return people + sum(self.street.near.get(lane, 0) for lane in {k.lane for k in links})

    def decide(self, now_s):
        if now_s - self.green_at_s < lights.LEAST_GREEN_S or self.todo:
            return
        best = max(self.stages, key=lambda s: (self.weight(s), s == self.state))
        if best == self.state:
            return
        ending = [a in 'gG' and b not in 'gG' for a, b in zip(self.state, best)]
        if any(ending):
            self.show(''.join('y' if e else a for e, a in zip(ending, self.state)))
            lost_s = self.yellow_s + self.all_red_s
            if self.all_red_s:
                self.todo.append((now_s + self.yellow_s, ''.join(
                    'r' if e else a for e, a in zip(ending, self.state))))
            self.todo.append((now_s + lost_s, best))
            self.green_at_s = now_s + lost_s
        else:
            self.show(best)
            self.green_at_s = now_s
        self.state = best

    def step(self, now_s):
        while self.todo and self.todo[0][0] <= now_s:
            self.show(self.todo.pop(0)[1])

    def show(self, state):
        traci.trafficlight.setRedYellowGreenState(self.light.name, state)


def main():
    rule, row, path = sys.argv[1:4]
    net = lights.Net(path)
    traci.start(['sumo', *sys.argv[4:]])
    begin_s = traci.simulation.getTime()
    end_s = float(traci.simulation.getOption('end'))
    street = Street(net)
    controllers = [Controller(light, row, street, rule) for light in net.lights.values()
                   if light.stages()]
    now_s = begin_s
    while now_s < end_s:
        if (now_s - begin_s) % DECISION_S == 0:
            street.look()
            for c in controllers:
                c.decide(now_s)
        for c in controllers:
            c.step(now_s)
        traci.simulationStep()
        now_s = traci.simulation.getTime()
    traci.close()
    return 0


if __name__ == '__main__':
    sys.exit(main())

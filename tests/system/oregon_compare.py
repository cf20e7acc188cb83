#!/usr/bin/env python3
"""What the emulated cabinet saw, what the daemon's journal holds and what a subscriber heard,
event for event.

usage: oregon_compare.py CABINET_LOG JOURNAL_JSON [SUBSCRIBER_LOG]  (one JSON object on stdout)

Detectors: each edge that the cabinet gave to its inputs is an event 82, 81, 90 or 89 of the
journal, in the same order on each input. Lamps of vehicle groups: each change to red, yellow or
green that the cabinet sensed is an event 1002 of the journal, and a letter that the subscriber
heard (S0001). Exit status 1: something differs or is later than allowed.
"""
import json
import sys

# An edge waits up to a tick for the next exchange and a tick for the next step, and a tick more
# where a busy machine is late. One in a hundred may take longer, where it skipped a tick.
LATE_MS = {"input": 300, "lamp": 200, "heard": 700}
LATEST_MS = 1000
VEHICLE_GROUPS = 6  # groups 1 to 6 have lamps 3 g - 3 (red), 3 g - 2 (yellow) and 3 g - 1 (green)
ASPECT_COLOUR = {1: "red", 3: "green", 5: "yellow"}


def read_cabinet(path):
    """Edges of inputs and colours of groups, as lists of (ms, value)."""
    inputs, colours, lit = {}, {}, {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            _, wall, _, word, number, value = line.split()
            wall, number, value = int(wall), int(number), int(value)
            if word == "input":
                inputs.setdefault(number, []).append((wall, value))
            elif word == "lamp" and number < 3 * VEHICLE_GROUPS:
                lit.setdefault(wall, []).append((number, value))
    state = [0] * (3 * VEHICLE_GROUPS)
    for wall in sorted(lit):
        for number, value in lit[wall]:
            state[number] = value
        for group in range(1, VEHICLE_GROUPS + 1):
            lamps = tuple(state[3 * group - 3:3 * group])
            colour = {(1, 0, 0): "red", (0, 1, 0): "yellow", (0, 0, 1): "green"}.get(lamps)
            add_colour(colours, group, wall, colour)
    return inputs, colours


def add_colour(colours, group, wall, colour):
    seen = colours.setdefault(group, [])
    if colour is not None and (not seen or seen[-1][1] != colour):
        seen.append((wall, colour))


def read_journal(path):
    inputs, colours = {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            code, param, wall = event["code"], event["param"], event["wall_ms"]
            if code in (81, 82):
                inputs.setdefault(param - 1, []).append((wall, code - 81))
            elif code in (89, 90):
                inputs.setdefault(49 + param, []).append((wall, code - 89))
            elif code == 1002 and param <= VEHICLE_GROUPS:
                add_colour(colours, param, wall, ASPECT_COLOUR.get(event["detail"]))
    return inputs, colours


def colour_of(letter):
    if letter.isdigit() and letter != "0":
        return "green"
    return "yellow" if letter == "N" else "red" if letter in "ABCDEFGgh" else None


def read_subscriber(path):
    colours, messages = {}, 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            when, topic, payload = (line.rstrip("\n").split(" ", 2) + [""])[:3]
            messages += 1
            if not topic.endswith("/status/tlc.groups/live") or not payload:
                continue
            for entry in json.loads(payload).get("entries", []):
                for component, letter in entry["values"].get("signalgroupstatus", {}).items():
                    group = int(component.split("/")[1])
                    if group <= VEHICLE_GROUPS:
                        add_colour(colours, group, int(float(when) * 1000), colour_of(letter))
    return colours, messages


def last_of(table):
    return max((events[-1][0] for events in table.values() if events), default=0)


def first_green(table):
    greens = [ms for events in table.values() for ms, what in events if what == "green"]
    return min(greens, default=0)


def compare(left, right, from_ms, until_ms, late_ms):
    """Same values in the same order on each channel, and how much later the right side has them."""
    result = {"compared": 0, "missing": 0, "extra": 0, "late": 0}
    lateness = []
    for channel in sorted(set(left) | set(right)):
        a = [e for e in left.get(channel, []) if from_ms <= e[0] <= until_ms]
        b = [e for e in right.get(channel, []) if from_ms - LATEST_MS <= e[0]]
        k = 0
        for ms, what in a:
            while k < len(b) and (b[k][1] != what or b[k][0] < ms - LATEST_MS) and b[k][0] < ms:
                result["extra"] += b[k][0] >= from_ms
                k += 1
            if k < len(b) and b[k][1] == what:
                lateness.append(b[k][0] - ms)
                k += 1
            else:
                result["missing"] += 1
        result["extra"] += len([e for e in b[k:] if e[0] <= until_ms])
    result["compared"] = len(lateness)
    if lateness:
        lateness.sort()
        late = sum(abs(ms) > late_ms for ms in lateness)
        latest = max(abs(ms) for ms in lateness)
        result["late"] = late if late * 100 > len(lateness) or latest > LATEST_MS else 0
        result["mean_ms"] = round(sum(lateness) / len(lateness), 1)
        result["p99_ms"] = lateness[len(lateness) * 99 // 100]
        result["most_ms"], result["least_ms"] = max(lateness), min(lateness)
    return result


def main():
    cabinet_inputs, cabinet_lamps = read_cabinet(sys.argv[1])
    journal_inputs, journal_lamps = read_journal(sys.argv[2])
    # What was still under way when the programs were stopped is not judged.
    until = min(last_of(cabinet_inputs), last_of(journal_inputs)) - 1000
    start = first_green(cabinet_lamps)
    result = {"inputs": compare(cabinet_inputs, journal_inputs, 0, until, LATE_MS["input"]),
              "lamps": compare(cabinet_lamps, journal_lamps, start, until, LATE_MS["lamp"])}
    if len(sys.argv) > 3:
        heard, messages = read_subscriber(sys.argv[3])
        result["heard"] = compare(cabinet_lamps, heard, start, until, LATE_MS["heard"])
        result["messages"] = messages
    print(json.dumps(result))
    parts = [part for part in result.values() if isinstance(part, dict)]
    wrong = sum(part["missing"] + part["extra"] + part["late"] for part in parts)
    return 0 if wrong == 0 and all(part["compared"] > 0 for part in parts) else 1


if __name__ == "__main__":
    sys.exit(main())

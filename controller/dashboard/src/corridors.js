// Ways through several junctions, from what each says of its exits: [{name, stops: [{node, sg, at, cmps}]}], at in metres from the
// first stop line, cmps the speed of the lane that leads to the stop. Longest first.

function throughOf(lane) {
    return lane.movements.find((movement) => movement.turn === 'through');
}

function lanesOf(junction) {
    return junction?.get('tlc.config/lanes').lanes || [];
}

// The way on from a lane, whichever movement leads to another junction; straight on if there is a choice.
function onwards(lane) {
    const leading = lane.movements.filter((movement) => movement.exit);
    return leading.find((movement) => movement.turn === 'through') || leading[0];
}

function follow(byName, city, junction, lane) {
    const stops = [];
    let at = 0;
    let here = { junction, lane };
    while (here.lane && !stops.some((stop) => stop.node === here.junction.node)) {
        const next = onwards(here.lane);
        const movement = next || throughOf(here.lane) || here.lane.movements[0];
        stops.push({ node: here.junction.node, name: here.junction.name, sg: movement.sg[0], at, cmps: here.lane.speed_cmps || 1389 });
        if (!next) {
            break;
        }
        const [name, to] = next.exit.split('/');
        const there = byName.get(`${city}/${name}`);
        at += (next.exit_length_cm || 0) / 100;
        here = { junction: there, lane: lanesOf(there).find((one) => one.name === to) };
    }
    return stops;
}

export function corridorsOf(list) {
    const byName = new Map(list.map((junction) => [junction.node, junction]));
    const ways = new Map();
    for (const junction of list) {
        for (const lane of lanesOf(junction).filter(onwards)) {
            const stops = follow(byName, junction.node.split('/')[0], junction, lane);
            const name = stops.map((stop) => stop.name).join(' → ');
            const isThrough = onwards(lane).turn === 'through';
            if (stops.length > 1 && (isThrough || !ways.has(name))) {
                ways.set(name, { name, stops });
            }
        }
    }
    return [...ways.values()].sort((a, b) => b.stops.length - a.stops.length || a.name.localeCompare(b.name));
}

// Bars of a group out of a history of lamps: [{kind, from, to}], milliseconds.
export function barsOfLamps(history, sg, nowMs) {
    const bars = [];
    for (const { ts, letters } of history) {
        const letter = letters[`sg/${sg}`];
        if (bars.at(-1)?.letter !== letter) {
            bars.push({ letter, from: ts });
        }
    }
    return bars.map((bar, i) => ({ ...bar, to: bars[i + 1]?.from ?? nowMs }));
}

// Where junctions lie on the schematic map, in metres, east and north: neighbours from the bearings and lengths of the
// exits between them, what has no neighbour beside it in rows.

const TURN_DEG = { through: 180, left: 90, right: 270, uturn: 0 };
const ROW_M = 500;

// The exits of a junction that lead to another one: [{to, east, north}].
export function exitsOf(junction) {
    const city = junction.node.split('/')[0];
    const lanes = junction.get('tlc.config/lanes').lanes || [];
    return lanes.flatMap((lane) => lane.movements.filter((movement) => movement.exit).map((movement) => {
        const heading = ((lane.approach_deg + (TURN_DEG[movement.turn] ?? 180)) * Math.PI) / 180;
        const length = (movement.exit_length_cm || ROW_M * 100) / 100;
        return { to: `${city}/${movement.exit.split('/')[0]}`, east: Math.sin(heading) * length, north: Math.cos(heading) * length };
    }));
}

function spread(start, links, places) {
    const queue = [start];
    for (let i = 0; i < queue.length; i++) {
        const from = places.get(queue[i]);
        for (const link of links.get(queue[i]) || []) {
            if (!places.has(link.to) && links.has(link.to)) {
                places.set(link.to, { east: from.east + link.east, north: from.north + link.north });
                queue.push(link.to);
            }
        }
    }
    return queue;
}

// node -> {east, north}
export function layout(list) {
    const links = new Map(list.map((junction) => [junction.node, []]));
    for (const junction of list) {
        for (const exit of exitsOf(junction)) {
            links.get(junction.node).push(exit);
            links.get(exit.to)?.push({ to: junction.node, east: -exit.east, north: -exit.north });
        }
    }
    const places = new Map();
    const perRow = Math.ceil(Math.sqrt(list.length));
    let count = 0;
    let top = 0;
    for (const node of links.keys()) {
        if (!places.has(node)) {
            places.set(node, { east: (count % perRow) * ROW_M, north: top - Math.floor(count / perRow) * ROW_M });
            const placed = spread(node, links, places);
            count += placed.length > 1 ? perRow - (count % perRow) : 1;
            if (placed.length > 1) {
                top = Math.min(...placed.map((name) => places.get(name).north)) - ROW_M;
                count = 0;
            }
        }
    }
    return places;
}

// The schematic map on a canvas: streets, and a sign of its own shape for each state. One canvas instead of a thousand
// elements, drawn only when something that it shows has changed.
import { exitsOf, layout } from './layout.js';
import { trouble } from './worst.js';

const MARGIN = 46;
const COLOURS = ['--bad', '--bad', '--quiet', '--quiet', '--warn', '--accent', '--good'];
let places = new Map();
let placedFor = '';
let drawnAs = '';
let points = []; // [{node, x, y}] as last drawn

// Streets are known anew when a junction or its lanes are.
function place(list) {
    const key = list.map((junction) => junction.node + (junction.get('tlc.config/lanes').lanes?.length || 0)).join();
    if (key !== placedFor) {
        placedFor = key;
        places = layout(list);
    }
}

function scaleOf(width, height) {
    const all = [...places.values()];
    const range = (key) => [Math.min(...all.map((p) => p[key])), Math.max(...all.map((p) => p[key]))];
    const [west, east] = range('east');
    const [south, north] = range('north');
    const scale = Math.min((width - 2 * MARGIN) / (east - west || 1), (height - 2 * MARGIN) / (north - south || 1), 1.5);
    return (p) => ({
        x: width / 2 + (p.east - (west + east) / 2) * scale,
        y: height / 2 - (p.north - (south + north) / 2) * scale,
    });
}

function drawSign(c, x, y, rank, size) {
    c.beginPath();
    if (rank < 2) {
        c.rect(x - size, y - size, 2 * size, 2 * size);
    } else if (rank === 4 || rank === 5) {
        c.moveTo(x, y - size * 1.3);
        c.lineTo(x + size * 1.2, y + size);
        c.lineTo(x - size * 1.2, y + size);
        c.closePath();
    } else {
        c.arc(x, y, size, 0, 7);
    }
    if (rank === 2 || rank === 3) {
        c.setLineDash([3, 3]);
        c.stroke();
        c.setLineDash([]);
    } else {
        c.fill();
    }
}

export function drawMap(canvas, list) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ranks = list.map((junction) => trouble(junction).rank);
    place(list);
    const look = document.documentElement.dataset.theme + width + height + ranks.join('') + placedFor;
    if (look === drawnAs && canvas.width === width * devicePixelRatio) {
        return;
    }
    drawnAs = look;
    const style = getComputedStyle(canvas);
    const c = canvas.getContext('2d');
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    c.scale(devicePixelRatio, devicePixelRatio);
    const at = scaleOf(width, height);
    points = list.map((junction) => ({ node: junction.node, ...at(places.get(junction.node)) }));
    drawStreets(c, list, at, style);
    drawSigns(c, list, ranks, style);
}

function drawStreets(c, list, at, style) {
    c.strokeStyle = style.getPropertyValue('--road');
    c.lineWidth = 9;
    c.lineCap = 'round';
    for (const junction of list) {
        const from = at(places.get(junction.node));
        for (const exit of exitsOf(junction).filter((one) => places.has(one.to))) {
            const to = at(places.get(exit.to));
            c.beginPath();
            c.moveTo(from.x, from.y);
            c.lineTo(to.x, to.y);
            c.stroke();
        }
    }
}

function drawSigns(c, list, ranks, style) {
    const size = list.length > 200 ? 5 : 11;
    c.lineWidth = 2;
    c.font = '13px system-ui, sans-serif';
    c.textAlign = 'center';
    list.forEach((junction, i) => {
        const { x, y } = points[i];
        c.fillStyle = style.getPropertyValue(COLOURS[ranks[i]]);
        c.strokeStyle = c.fillStyle;
        drawSign(c, x, y, ranks[i], size);
        if (list.length <= 60) {
            c.fillStyle = style.getPropertyValue('--text');
            c.fillText(junction.name, x, y + 28);
        }
    });
}

export function nearest(x, y) {
    const byDistance = points.map((point) => ({ ...point, d: Math.hypot(point.x - x, point.y - y) }));
    return byDistance.sort((a, b) => a.d - b.d).find((point) => point.d < 24)?.node;
}

// Marks over time: uPlot has the axes, the zoom and the cursor; marks are drawn here, because many may lie on one moment.
// A mark is its colour and its shape. Dragging zooms, a double click shows all again.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const COLOURS = ['--accent', '--yellow', '--green', '--red', '--violet', '--text'];

export function colourOf(element, i) {
    return getComputedStyle(element).getPropertyValue(COLOURS[i % COLOURS.length]);
}

function drawMark(c, mark, x, y, r) {
    c.beginPath();
    if (mark === 'square') {
        c.rect(x - r, y - r, 2 * r, 2 * r);
    } else if (mark === 'diamond') {
        [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]].forEach(([dx, dy]) => c.lineTo(x + dx * r, y + dy * r));
    } else if (mark === 'triangle') {
        [[0, -1.3], [1.3, 1], [-1.3, 1]].forEach(([dx, dy]) => c.lineTo(x + dx * r, y + dy * r));
    } else if (mark === 'cross') {
        [[-1, -1], [1, 1]].forEach(([dx, dy], i) => (i ? c.lineTo(x + dx * r, y + dy * r) : c.moveTo(x + dx * r, y + dy * r)));
        [[-1, 1], [1, -1]].forEach(([dx, dy], i) => (i ? c.lineTo(x + dx * r, y + dy * r) : c.moveTo(x + dx * r, y + dy * r)));
        c.stroke();
        return;
    } else {
        c.arc(x, y, r, 0, 7);
    }
    c.fill();
}

export function drawSeries(u, { points, kind, mark, isAbove }, colour, binMs) {
    const c = u.ctx;
    const r = 2.6 * devicePixelRatio;
    c.fillStyle = c.strokeStyle = colour;
    c.lineWidth = 1.5 * devicePixelRatio;
    const places = points.map(([ms, y]) => [u.valToPos(ms / 1000, 'x', true), u.valToPos(y, 'y', true)]);
    if (kind === 'points') {
        const { top, height } = u.bbox;
        for (const [x, y] of places) {
            if (mark === 'bar') {
                c.globalAlpha = 0.35;
                c.fillRect(x - r / 2, top, r, height);
                c.globalAlpha = 1;
            } else {
                drawMark(c, mark, x, isAbove ? y - 3.4 * r : y, r);
            }
        }
        return;
    }
    c.beginPath();
    places.forEach(([x, y], i) => {
        c.lineTo(x, y);
        if (kind === 'step') { // holds until the next one, or for its bin
            c.lineTo(places[i + 1]?.[0] ?? u.valToPos((points[i][0] + binMs) / 1000, 'x', true), y);
        }
    });
    c.stroke();
    if (mark) {
        places.forEach(([x, y]) => drawMark(c, mark, x, y, r));
    }
}

function optionsOf(box, props) {
    const { unit, ticks } = props.current;
    const axis = { stroke: colourOf(box, 5), grid: { stroke: getComputedStyle(box).getPropertyValue('--line'), width: 1 }, ticks: { width: 0 } };
    const clock = (u, splits, axisIx, space, step) => splits.map((s) => new Date(s * 1000).toLocaleTimeString('sv').slice(0, step < 60 ? 8 : 5));
    return {
        width: box.clientWidth, height: props.current.height || 340, legend: { show: false }, pxAlign: 0,
        scales: { x: { time: true, range: (u, min, max) => [min, max] },
            y: { range: () => [props.current.bottom ?? 0, props.current.top] } },
        axes: [{ ...axis, values: clock }, {
            ...axis, label: unit, size: props.current.leftSize || 52, labelSize: unit ? 18 : 0,
            ...(ticks ? { splits: () => ticks.map((tick) => tick.at), values: () => ticks.map((tick) => tick.name) } : {}),
        }],
        series: [{}, { paths: () => null, points: { show: false } }],
        cursor: { y: true, points: { show: false } },
        hooks: { draw: [(u) => {
            const { left, top: above, width, height } = u.bbox;
            u.ctx.save();
            u.ctx.beginPath();
            u.ctx.rect(left, above, width, height);
            u.ctx.clip();
            props.current.draw(u, box);
            u.ctx.restore();
        }] },
    };
}

// draw(u, box) is called whenever uPlot draws. isMoving: from and to change all the time, and nobody zooms.
export function Chart(given) {
    const box = useRef(null);
    const plot = useRef(null);
    const props = useRef(given);
    props.current = given;
    const { from, to, top } = given;
    useEffect(() => {
        const data = [[from / 1000, to / 1000], [null, null]];
        const place = box.current;
        const own = new uPlot(optionsOf(place, props), data, place);
        plot.current = own;
        const fit = new ResizeObserver(() => place.clientWidth && own.setSize({ width: place.clientWidth, height: given.height || 340 }));
        fit.observe(place);
        return () => {
            fit.disconnect();
            own.destroy();
        };
    }, [given.isMoving ? '' : `${from} ${to}`, top, given.unit, JSON.stringify(given.ticks), document.documentElement.dataset.theme]);
    useEffect(() => {
        if (given.isMoving) {
            plot.current?.setScale('x', { min: from / 1000, max: to / 1000 });
        } else {
            plot.current?.redraw(false);
        }
    });
    return <div class="chart" ref={box} role="img" aria-label={given.label} data-marks={given.marks} />;
}

const SIGNS = { circle: '●', square: '■', diamond: '◆', triangle: '▲', cross: '✕', bar: '▮' };

export function Legend({ series }) {
    return (
        <p class="legend">{series.map(({ name, colour, mark, points }) => (
            <span key={name}><b style={{ color: `var(${COLOURS[colour % COLOURS.length]})` }}>{SIGNS[mark] || '━'}</b> {name} ({points.length})</span>
        ))}</p>
    );
}

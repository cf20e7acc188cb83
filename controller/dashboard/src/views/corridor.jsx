// Time and distance along a way through several junctions: what each shows to those who drive it, live from the lamps or in the
// past from its measures, and where a green lets one drive at the speed of the road.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { fetchPast, need } from '../connection.js';
import { barsOfLamps, corridorsOf } from '../corridors.js';
import { phrase, t } from '../i18n.js';
import { kindOf } from '../lamps.js';
import { find, junctions, now, nowOf, watch } from '../store.js';
import { tablesOf } from '../tables.js';
import { Chart } from './chart.jsx';
import { localTime } from './measures.jsx';

const MINUTES = [3, 5, 10];
const COLOURS = { green: '--green', 'green-flash': '--green', yellow: '--yellow', 'red-yellow': '--yellow', red: '--red' };
const HOUR_MS = 3600000;

function phaseOf(stop) {
    const groups = find(stop.node)?.get('tlc.config/groups').groups || [];
    return groups.find((group) => group.sg === stop.sg)?.phase;
}

function nameOf(stop) {
    const groups = find(stop.node)?.get('tlc.config/groups').groups || [];
    return `${stop.name} ${groups.find((group) => group.sg === stop.sg)?.name ?? ''}`;
}

function barsLive(stop) {
    return barsOfLamps(find(stop.node)?.lamps || [], stop.sg, nowOf(stop.node)).map((bar) => ({ ...bar, kind: kindOf(bar.letter) }));
}

function barsPast(stop, tables) {
    const cycles = (tables[stop.node]?.phase_cycles || []).filter((row) => row.Phase === phaseOf(stop));
    return cycles.flatMap((row) => [
        { kind: 'green', from: row.TimeStamp, to: row.Yellow_Begin }, { kind: 'yellow', from: row.Yellow_Begin, to: row.Red_Begin },
        { kind: 'red', from: row.Red_Begin, to: row.Next_Green },
    ]);
}

// A green at one stop line, carried to the next by those who leave on it.
function drawBands(u, stops, bars, colour) {
    const c = u.ctx;
    const x = (ms) => u.valToPos(ms / 1000, 'x', true);
    c.fillStyle = colour;
    c.globalAlpha = 0.16;
    stops.slice(0, -1).forEach((stop, i) => {
        const next = stops[i + 1];
        const takesMs = ((next.at - stop.at) * 100000) / next.cmps;
        const [low, high] = [u.valToPos(stop.at, 'y', true), u.valToPos(next.at, 'y', true)];
        for (const { from, to } of bars[i].filter((bar) => bar.kind === 'green')) {
            c.beginPath();
            c.moveTo(x(from), low);
            c.lineTo(x(to), low);
            c.lineTo(x(to + takesMs), high);
            c.lineTo(x(from + takesMs), high);
            c.fill();
        }
    });
    c.globalAlpha = 1;
}

function draw(u, box, stops, bars, arrivals) {
    const c = u.ctx;
    const style = getComputedStyle(box);
    const x = (ms) => u.valToPos(ms / 1000, 'x', true);
    drawBands(u, stops, bars, style.getPropertyValue('--green'));
    stops.forEach((stop, i) => {
        const y = u.valToPos(stop.at, 'y', true);
        for (const { kind, from, to } of bars[i]) {
            const half = (kind === 'red' ? 2 : 5) * devicePixelRatio; // thin is red: not by colour alone
            c.fillStyle = style.getPropertyValue(COLOURS[kind] || '--dark');
            c.fillRect(x(from), y - half, x(to) - x(from), 2 * half);
        }
        c.fillStyle = style.getPropertyValue('--text');
        for (const ms of arrivals[i]) {
            c.fillRect(x(ms), y - 12 * devicePixelRatio, devicePixelRatio, 6 * devicePixelRatio);
        }
    });
}

function useLamps(way) {
    useEffect(() => {
        const ends = (way?.stops || []).flatMap((stop) => [watch(stop.node), need(stop.node, 'tlc.groups/live')]);
        return () => ends.forEach((end) => end());
    }, [way?.name]);
}

async function fetchWay(way, from, to, past) {
    past.value = { from, to, tables: {}, text: t('events.fetching') };
    try {
        const tables = {};
        await Promise.all(way.stops.map(async ({ node }) => {
            const cycles = await fetchPast(node, 'tlc.measures/phase_cycles', from, to);
            tables[node] = tablesOf([...cycles, ...await fetchPast(node, 'tlc.measures/arrivals', from, to)]);
        }));
        past.value = { from, to, tables, text: '' };
    } catch (error) {
        past.value = { from, to, tables: {}, text: phrase('refused', t(error.message)), isBad: true };
    }
}

function Choices({ ways, way, chosen, minutes, past }) {
    const submit = (event) => {
        event.preventDefault();
        const from = Date.parse(new FormData(event.target).get('from'));
        fetchWay(way, from, from + HOUR_MS / 4, past);
    };
    return (
        <form class="toolbar" onSubmit={submit}>
            <select name="way" value={way.name} onChange={(event) => { chosen.value = event.target.value; past.value = null; }} aria-label={t('corridor.which')}>
                {ways.map(({ name }) => <option key={name} value={name}>{name}</option>)}
            </select>
            {MINUTES.map((n) => (
                <button key={n} type="button" aria-pressed={!past.value && minutes.value === n} onClick={() => { minutes.value = n; past.value = null; }}>
                    {t('corridor.live')}: {t('corridor.minutes', n)}</button>
            ))}
            <label>{t('events.from')} <input type="datetime-local" name="from" defaultValue={localTime(Date.now() - HOUR_MS / 4)} required /></label>
            <button>{t('corridor.past')} ({t('span.minutes', 15)})</button>
        </form>
    );
}

export function Corridor() {
    const ways = corridorsOf(junctions.value);
    const chosen = useSignal('');
    const minutes = useSignal(3);
    const past = useSignal(null);
    const way = ways.find(({ name }) => name === chosen.value) || ways[0];
    useLamps(way);
    if (!way) {
        return <p class="quiet">{t('corridor.none')}</p>;
    }
    const { stops } = way;
    const isLive = past.value === null;
    const tables = past.value?.tables;
    const to = isLive ? now.value && nowOf(stops[0].node) : past.value.to;
    const from = isLive ? to - minutes.value * 60000 : past.value.from;
    const bars = stops.map((stop) => (isLive ? barsLive(stop) : barsPast(stop, tables)));
    const arrivals = stops.map((stop) => (isLive ? [] : (tables[stop.node]?.arrivals || [])
        .filter((row) => row.Phase === phaseOf(stop)).map((row) => row.TimeStamp)));
    const length = stops.at(-1).at;
    const marks = bars.reduce((sum, list) => sum + list.length, 0);
    return (
        <div class={`panel corridor ${stops.every(({ node }) => find(node).isLive) || !isLive ? '' : 'stale'}`}>
            <Choices ways={ways} way={way} chosen={chosen} minutes={minutes} past={past} />
            <h2>{t('corridor.diagram')} <span class="quiet small">{t('corridor.about', stops.map(nameOf).join(', '))}</span></h2>
            {past.value?.text && <p class={past.value.isBad ? 'answer bad' : 'quiet'} role="status">{past.value.text}</p>}
            {!past.value?.text && <Chart from={from} to={to} bottom={-0.1 * length} top={1.15 * length} height={460} isMoving={isLive} marks={marks} leftSize={110}
                unit={t('corridor.metres')} label={t('corridor.diagram')} ticks={stops.map((stop) => ({ at: stop.at, name: `${stop.name} ${Math.round(stop.at)}` }))}
                draw={(u, box) => draw(u, box, stops, bars, arrivals)} />}
        </div>
    );
}

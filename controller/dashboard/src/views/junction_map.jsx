// The junction from above, drawn from the geometry in its files: approaches by bearing, lanes, stop lines, detectors, heads.
// Each approach is drawn as if it came from the north and turned to its bearing. Traffic keeps right.
import { say, t } from '../i18n.js';
import { kindOf, LIT } from '../lamps.js';

const LANE = 15;
const REACH = 112; // of the longest lane
const TURN_ORDER = { left: 0, uturn: 0, through: 1, right: 2 };

function approachesOf(lanes) {
    const byBearing = new Map();
    for (const lane of lanes) {
        byBearing.set(lane.approach_deg, [...(byBearing.get(lane.approach_deg) || []), lane]);
    }
    const leftmost = (lane) => Math.min(...lane.movements.map((movement) => TURN_ORDER[movement.turn] ?? 1));
    return [...byBearing].map(([deg, own]) => ({ deg, lanes: own.sort((a, b) => leftmost(a) - leftmost(b)) }));
}

function Head({ kind, x, y, upright }) {
    return (
        <g class={`head ${kind}`} transform={`translate(${x} ${y})`}>
            <rect x="-5.5" y="-15" width="11" height="30" rx="3" />
            {['red', 'yellow', 'green'].map((lamp, i) => {
                const isLit = LIT[kind].includes(lamp);
                return (
                    <g key={lamp} class={`lamp ${isLit ? lamp : ''}`}>
                        <circle cy={i * 9.5 - 9.5} r="4.3" />
                        {isLit && <text transform={`translate(0 ${i * 9.5 - 9.5}) rotate(${upright})`} y="2.6">{t(`lamp.${lamp}`)}</text>}
                    </g>
                );
            })}
            {kind === 'unknown' && <text transform={`rotate(${upright})`} y="3">?</text>}
        </g>
    );
}

function Arrow({ turn, x, y }) {
    const paths = { through: 'v12 l-3 -4 m3 4 l3 -4', left: 'v7 q0 4 5 4 l-3 -3 m3 3 l-3 3', right: 'v7 q0 4 -5 4 l3 -3 m-3 3 l3 3' };
    return <path class="arrow" d={`M${x} ${y} ${paths[turn] || paths.through}`} />;
}

function Detector({ detector, state, x, y }) {
    const isOn = state.occupied?.[`dl/${detector.dl}`];
    const health = state.health?.[`dl/${detector.dl}`] || 'healthy';
    return (
        <g class={`detector ${isOn ? 'on' : ''} ${health === 'healthy' ? '' : 'failed'}`} data-dl={detector.dl}>
            <title>{`${detector.name}: ${say('health', health)}`}</title>
            <rect x={x - 5} y={y - 3} width="10" height="6" />
            {health !== 'healthy' && <path d={`M${x - 5} ${y - 3} l10 6 m0 -6 l-10 6`} />}
        </g>
    );
}

// Vehicles that the optimiser believes to stand, from the stop line on, and those that come, as a number.
function Queue({ queue, x, top }) {
    if (!queue) {
        return null;
    }
    const cars = Math.min(queue.standing, 12);
    return (
        <g class="queue">
            {Array.from({ length: cars }, (_, i) => <rect key={i} x={x - 3.5} y={top - 8 - i * 8} width="7" height="6" rx="1.5" />)}
        </g>
    );
}

function Lane({ lane, i, edge, scale, state, deg }) {
    const x = -LANE / 2 - i * LANE;
    const end = -edge - (lane.length_cm / 100) * scale;
    const groups = [...new Set(lane.movements.flatMap((movement) => movement.sg))];
    const queue = state.queues?.find((one) => one.lane === lane.lane);
    return (
        <g class="lane">
            <path class="edge" d={`M${x - LANE / 2} ${end} V${-edge}`} />
            <path class="stop" d={`M${x - LANE / 2 + 1} ${-edge} h${LANE - 2}`} />
            {lane.movements.map((movement) => <Arrow key={movement.turn} turn={movement.turn} x={x} y={-edge - 19} />)}
            <Queue queue={queue} x={x} top={-edge} />
            {state.detectors.filter((one) => one.lane === lane.lane).map((one) => (
                <Detector key={one.dl} detector={one} state={state} x={x} y={-edge - (one.distance_cm / 100) * scale} />
            ))}
            {groups.map((sg, n) => (
                <g key={sg} data-sg={sg}>
                    <title>{`${state.names[sg]}: ${say('lampword', kindOf(state.lamps[`sg/${sg}`]))}`}</title>
                    <Head kind={kindOf(state.lamps[`sg/${sg}`])} x={x} y={-edge + 17 + n * 32} upright={-deg} />
                </g>
            ))}
            <text class="label" transform={`translate(${x} ${-edge - REACH - 9 - (i % 2) * 11}) rotate(${-deg})`}>
                {lane.name}{queue ? ` ${queue.standing}+${queue.coming}` : ''}
            </text>
        </g>
    );
}

export function JunctionMap({ lanes, state }) {
    const approaches = approachesOf(lanes);
    const most = Math.max(1, ...approaches.map((approach) => approach.lanes.length));
    const edge = LANE * most + 34;
    const scale = REACH / Math.max(1, ...lanes.map((lane) => lane.length_cm / 100));
    const size = edge + REACH + 32;
    return (
        <svg class="plan" viewBox={`${-size - 14} ${-size} ${2 * size + 28} ${2 * size}`} role="img" aria-label={t('junction.map')}>
            <circle class="asphalt" r={edge + 2} />
            {approaches.map(({ deg, lanes: own }) => (
                <g key={deg} transform={`rotate(${deg})`}>
                    <rect class="asphalt" x={-LANE * own.length} y={-edge - REACH} width={2 * LANE * own.length} height={REACH + edge} />
                    <path class="middle" d={`M0 ${-edge - REACH} V${-edge}`} />
                    {own.map((lane, i) => <Lane key={lane.lane} lane={lane} i={i} edge={edge} scale={scale} state={state} deg={deg} />)}
                </g>
            ))}
            <text class="north" x={size - 14} y={-size + 18}>N ↑</text>
        </svg>
    );
}

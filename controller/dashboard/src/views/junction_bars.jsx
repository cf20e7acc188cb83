// The last minute of every signal group as an engineer draws it, the line of now, and beyond it what the optimiser means
// to do next; above it the plan's cycle where there is one.
import { t } from '../i18n.js';
import { kindOf } from '../lamps.js';
import { nowOf } from '../store.js';

const PAST_S = 75;
const AHEAD_S = 45;
const ROW = 17;
const LEFT = 46;
const WIDTH = 640;

const xOf = (second) => LEFT + ((second + PAST_S) / (PAST_S + AHEAD_S)) * (WIDTH - LEFT);

// [{kind, from, to}] of one group, seconds from now, out of the history of all.
function spansOf(history, key, nowMs) {
    const spans = [];
    for (const { ts, letters } of history) {
        const kind = kindOf(letters[key]);
        const from = Math.max(-PAST_S, (ts - nowMs) / 1000);
        if (spans.at(-1)?.kind !== kind) {
            spans.push({ kind, from });
        }
    }
    return spans.map((span, i) => ({ ...span, to: Math.min(0, spans[i + 1]?.from ?? 0) })).filter((span) => span.to > -PAST_S);
}

function GroupRow({ group, i, spans, call }) {
    const y = ROW * (i + 1);
    return (
        <g>
            <text class="name" x="2" y={y + 12}>{group.name}{call ? ' •' : ''}</text>
            {spans.map((span, n) => (
                <rect key={n} class={`span ${span.kind}`} x={xOf(span.from)} width={Math.max(0, xOf(span.to) - xOf(span.from))}
                    y={span.kind === 'red' ? y + 7 : y + 2} height={span.kind === 'red' ? 3 : ROW - 5} />
            ))}
        </g>
    );
}

function Ahead({ decision, about, stages, nowMs, height }) {
    const lateS = about.ts ? (nowMs - about.ts) / 1000 : 0;
    const steps = (decision.timeline || []).map((step) => ({ ...step, at: Math.max(0, step.from_s - lateS) }));
    const nameOf = (step) => stages.find((stage) => stage.stage === step.stage)?.name ?? (step.phases || []).join('+');
    return (
        <g class="ahead">
            {steps.map((step, i) => {
                const to = Math.min(AHEAD_S, steps[i + 1]?.at ?? AHEAD_S);
                return step.at < to && (
                    <g key={i}>
                        <rect class={i % 2 ? 'odd' : 'even'} x={xOf(step.at)} width={xOf(to) - xOf(step.at)} y="1" height={height - 2} />
                        <text x={xOf(step.at) + 4} y="13">{nameOf(step)}</text>
                    </g>
                );
            })}
        </g>
    );
}

export function Bars({ junction, groups, stages, calls }) {
    const nowMs = nowOf(junction.node);
    const height = ROW * (groups.length + 1) + 4;
    return (
        <svg class="bars" viewBox={`0 0 ${WIDTH} ${height + 14}`} role="img" aria-label={t('junction.bars')}>
            <Ahead decision={junction.get('tlc.decision')} about={junction.about('tlc.decision')} stages={stages} nowMs={nowMs} height={height} />
            {groups.map((group, i) => (
                <GroupRow key={group.sg} group={group} i={i} call={calls?.[`sg/${group.sg}`]}
                    spans={spansOf(junction.lamps, `sg/${group.sg}`, nowMs)} />
            ))}
            <path class="now" d={`M${xOf(0)} 0 V${height}`} />
            {[-60, -30, 0, 30].map((second) => <text key={second} class="scale" x={xOf(second)} y={height + 11}>{`${second} s`}</text>)}
        </svg>
    );
}

// Steps of the running plan over its cycle with a cursor.
export function Cycle({ junction, plan, stages }) {
    const cycle = junction.get('tlc.cycle');
    if (!plan || !cycle.cycle_ms) {
        return null;
    }
    const atMs = (cycle.at_ms + nowOf(junction.node) - junction.about('tlc.cycle').ts) % cycle.cycle_ms;
    const share = (ms) => (ms / cycle.cycle_ms) * WIDTH;
    let from = 0;
    return (
        <svg class="bars" viewBox={`0 0 ${WIDTH} 24`} role="img" aria-label={t('junction.cycle')}>
            {plan.steps.map(([stage, durationMs], i) => {
                const x = share(from);
                from += durationMs;
                return (
                    <g key={i} class="ahead">
                        <rect class={i % 2 ? 'odd' : 'even'} x={x} y="2" width={share(durationMs)} height="20" />
                        <text x={x + 4} y="16">{stages.find((one) => one.stage === stage)?.name ?? stage} {durationMs / 1000} s</text>
                    </g>
                );
            })}
            <path class="now" d={`M${share(atMs)} 0 V24`} />
        </svg>
    );
}

// Measures of a junction over any time: fetched as tables that the controller's side has computed, and drawn as they are.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { fetchPast } from '../connection.js';
import { momentOf, phrase, t } from '../i18n.js';
import { go } from '../router.js';
import { find, junctions, nowOf } from '../store.js';
import { DIAGRAMS, phasesOf, tablesOf } from '../tables.js';
import { Chart, colourOf, drawSeries, Legend } from './chart.jsx';

const HOURS = [1, 3, 6, 12, 24, 72, 168];
const BINS = [5, 15, 30, 60];
const ROWS_MAX = 300;

export const localTime = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString().slice(0, 16);

// Asks for one table after the other: an answer comes in pages, and four at a time is all that a node gives.
async function fetchTables(node, { diagram, from, to, bin }, told) {
    const entries = [];
    for (const [table, more] of diagram.fetch) {
        const page = (list) => told(t('measures.so_far', table, list.length));
        entries.push(...await fetchPast(node, `tlc.measures/${table}`, from, to, page, { bin_min: bin, ...more }));
    }
    return tablesOf(entries);
}

function cellOf(key, cell) {
    if (/Time|Begin|Next_Green/.test(key) && cell > 1e11) {
        return momentOf(cell);
    }
    return typeof cell === 'number' && !Number.isInteger(cell) ? cell.toFixed(2) : String(cell);
}

function Table({ rows }) {
    const columns = Object.keys(rows[0] || {});
    return rows.length > 0 && (
        <div class="scroll">
            <table class="small">
                <thead><tr>{columns.map((key) => <th key={key} class="num">{key.replaceAll('_', ' ')}</th>)}</tr></thead>
                <tbody>{rows.slice(-ROWS_MAX).map((row, i) => (
                    <tr key={i}>{columns.map((key) => <td key={key} class="num">{cellOf(key, row[key])}</td>)}</tr>))}</tbody>
            </table>
        </div>
    );
}

function nameOfPhase(junction, phase) {
    const groups = (junction.get('tlc.config/groups').groups || []).filter((group) => group.phase === phase);
    return groups.length ? `${phase} ${groups.map((group) => group.name).join('+')}` : `${phase}`;
}

function Drawing({ junction, diagram, tables, phase, span }) {
    const nameOf = (one) => nameOfPhase(junction, one);
    const series = diagram.series(tables, phase, nameOf).map((one) => ({ ...one, name: one.name ?? t(one.word) })).filter((one) => one.points.length);
    const phases = phasesOf(tables);
    const isByPhase = diagram.y === 'Phase';
    const most = series.flatMap((one) => one.points).reduce((top, [, y]) => Math.max(top, y), 0);
    const rows = (tables[diagram.below] || []).filter((row) => !diagram.isOfPhase || row.Phase === phase);
    const count = series.reduce((sum, one) => sum + one.points.length, 0);
    return (
        <>
            {count > 0 && <Legend series={series} />}
            {count > 0 && <Chart from={span.from} to={span.to} marks={count} label={t(`measures.${diagram.key}`)} unit={isByPhase ? '' : t(`unit.${diagram.y}`)}
                top={isByPhase ? Math.max(...phases) + 1 : diagram.y === 'share' ? 1.05 : most * 1.08 || 1} leftSize={isByPhase ? 92 : 52}
                ticks={isByPhase ? phases.map((one) => ({ at: one, name: nameOf(one) })) : undefined}
                draw={(u, box) => series.forEach((one) => drawSeries(u, one, colourOf(box, one.colour), span.bin * 60000))} />}
            {count === 0 && rows.length === 0 && <p class="quiet">{t('measures.none')}</p>}
            <Table rows={rows} />
        </>
    );
}

function Choices({ junction, diagram, phase, phases, ask, chosen }) {
    const submit = (event) => {
        event.preventDefault();
        const form = new FormData(event.target);
        const from = Date.parse(form.get('from'));
        ask({ from, to: from + Number(form.get('hours')) * 3600000, bin: Number(form.get('bin')) });
    };
    return (
        <form class="toolbar" onSubmit={submit}>
            <select value={junction.node} onChange={(event) => go('measures', event.target.value, { show: diagram.key })} aria-label={t('view.junction')}>
                {junctions.value.map((one) => <option key={one.node}>{one.node}</option>)}
            </select>
            <select name="diagram" value={diagram.key} onChange={(event) => go('measures', junction.node, { show: event.target.value })} aria-label={t('view.measures')}>
                {DIAGRAMS.map(({ key }) => <option key={key} value={key}>{t(`measures.${key}`)}</option>)}
            </select>
            {diagram.isOfPhase && phases.length > 0 && (
                <select name="phase" value={phase} onChange={(event) => (chosen.value = Number(event.target.value))} aria-label={t('measures.phase')}>
                    {phases.map((one) => <option key={one} value={one}>{nameOfPhase(junction, one)}</option>)}
                </select>
            )}
            <label>{t('events.from')} <input type="datetime-local" name="from" defaultValue={localTime(Date.now() - 3600000)} required /></label>
            <select name="hours" aria-label={t('command.for')}>{HOURS.map((hours) => <option key={hours} value={hours}>{t('span.hours', hours)}</option>)}</select>
            <select name="bin" defaultValue="15" aria-label={t('measures.bin')}>{BINS.map((bin) => <option key={bin} value={bin} selected={bin === 15}>{t('measures.bins', bin)}</option>)}</select>
            <button class="main">{t('events.fetch')}</button>
        </form>
    );
}

function latest(junction) {
    const to = nowOf(junction.node);
    return { from: to - 3600000, to, bin: 15 };
}

// Of two questions the later one counts.
function useTables(junction, diagram) {
    const state = useSignal({ tables: {}, text: '', isBad: false, span: { from: 0, to: 1 } });
    const ask = async (span) => {
        const mine = { tables: {}, text: t('events.fetching'), isBad: false, span };
        state.value = mine;
        const tell = (more) => (state.value.span === span ? (state.value = { ...state.value, ...more }) : null);
        try {
            const tables = await fetchTables(junction.node, { diagram, ...span }, (text) => tell({ text }));
            tell({ tables, text: '' });
        } catch (error) {
            tell({ text: phrase('refused', t(error.message)), isBad: true });
        }
    };
    useEffect(() => {
        if (junction) {
            const { from, to, bin } = state.value.span.bin ? state.value.span : latest(junction);
            ask({ from, to, bin });
        }
    }, [junction?.node, diagram.key]);
    return { state: state.value, ask };
}

export function Measures({ node, query }) {
    const junction = find(node) || junctions.value[0];
    const diagram = DIAGRAMS.find((one) => one.key === query.get('show')) || DIAGRAMS[0];
    const chosen = useSignal(0);
    const { state, ask } = useTables(junction, diagram);
    if (!junction) {
        return <p class="quiet">{t('city.none')}</p>;
    }
    const phases = phasesOf(state.tables);
    const phase = phases.includes(chosen.value) ? chosen.value : phases[0];
    return (
        <div class="panel measures">
            <Choices junction={junction} diagram={diagram} phase={phase} phases={phases} ask={ask} chosen={chosen} />
            <h2>{t(`measures.${diagram.key}`)} <span class="quiet small">{t(`about.${diagram.key}`)}</span></h2>
            {state.text && <p class={state.isBad ? 'answer bad' : 'quiet'} role="status">{state.text}</p>}
            {!state.text && <Drawing junction={junction} diagram={diagram} tables={state.tables} phase={phase} span={state.span} />}
        </div>
    );
}

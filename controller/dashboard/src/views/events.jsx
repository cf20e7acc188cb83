// What happened at a junction, out of its journal: the last minutes live, or any time that is asked for.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { fetchPast, need } from '../connection.js';
import { csvOf, subjectOf, wordOf } from '../events.js';
import { language, t } from '../i18n.js';
import { go } from '../router.js';
import { find, junctions, nowOf } from '../store.js';

const ROWS_MAX = 400;
const LIVE_MS = 300000;
// prettier-ignore
const KINDS = { all: () => true, signals: (c) => c < 32 || [1002, 1003, 1004].includes(c), detectors: (c) => (c >= 81 && c <= 92) || (c >= 1015 && c <= 1018),
    calls: (c) => c >= 41 && c <= 53, plans: (c) => (c >= 131 && c <= 152) || [1000, 1001, 1022, 1023].includes(c),
    faults: (c) => (c >= 83 && c <= 88) || c === 91 || (c >= 173 && c <= 201) || (c >= 1005 && c <= 1012) || c >= 1019, commands: (c) => c === 1013 || c === 1014 };

const localTime = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString().slice(0, 16);

function save(junction, entries) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([csvOf(junction, entries)], { type: 'text/csv' }));
    link.download = `${junction.name}-events.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
}

function Table({ junction, entries }) {
    return (
        <table class="small">
            <thead><tr>{['time', 'code', 'what', 'of', 'param', 'detail', 'seq'].map((key) => <th key={key}>{t(`events.${key}`)}</th>)}</tr></thead>
            <tbody>{entries.slice(-ROWS_MAX).reverse().map((entry) => (
                <tr key={entry.seq}>
                    <td>{new Date(entry.ts).toLocaleDateString('sv')} {new Date(entry.ts).toLocaleTimeString('sv')}.{entry.ts.slice(20, 21)}</td>
                    <td class="num">{entry.values.code}</td>
                    <td>{wordOf(entry.values.code)}</td>
                    <td>{subjectOf(junction, entry.values)}</td>
                    <td class="num">{entry.values.param}</td>
                    <td class="num">{entry.values.detail ?? ''}</td>
                    <td class="num">{entry.seq}</td>
                </tr>
            ))}</tbody>
        </table>
    );
}

// Live events of a junction begin with what its journal has of the last minutes.
function useEvents(node, past, state) {
    const ask = async (from, to) => {
        state.value = t('events.fetching');
        past.value = [];
        try {
            past.value = [...await fetchPast(node, 'kavsak.events/live', from, to, (entries) => (state.value = t('events.so_far', entries.length)))];
            state.value = '';
        } catch (error) {
            state.value = t(error.message);
        }
    };
    useEffect(() => {
        if (!node) {
            return undefined;
        }
        ask(nowOf(node) - LIVE_MS, nowOf(node));
        return need(node, 'kavsak.events/live');
    }, [node]);
    return ask;
}

export function Events({ node }) {
    const junction = find(node) || junctions.value[0];
    const past = useSignal([]);
    const state = useSignal('');
    const words = useSignal('');
    const kind = useSignal('all');
    const isPast = useSignal(false);
    const ask = useEvents(junction?.node, past, state);
    if (!junction) {
        return <p class="quiet">{t('city.none')}</p>;
    }
    const submit = (event) => {
        event.preventDefault();
        const form = new FormData(event.target);
        isPast.value = true;
        ask(Date.parse(form.get('from')), Date.parse(form.get('to')));
    };
    const lastSeq = past.value.at(-1)?.seq ?? -1;
    const live = isPast.value ? [] : junction.events.value.filter((entry) => entry.seq > lastSeq);
    const matches = (entry) => KINDS[kind.value](entry.values.code) && words.value.toLowerCase().split(' ').every((word) =>
        `${entry.values.code} ${wordOf(entry.values.code)} ${subjectOf(junction, entry.values)}`.toLowerCase().includes(word));
    const entries = [...past.value, ...live].filter(matches);
    return (
        <div class="panel events" lang={language.value}>
            <form class="toolbar" onSubmit={submit}>
                <select value={junction.node} onChange={(event) => go('events', event.target.value)} aria-label={t('view.junction')}>
                    {junctions.value.map((one) => <option key={one.node}>{one.node}</option>)}
                </select>
                <input type="search" placeholder={t('events.search')} aria-label={t('events.search')} value={words.value} onInput={(event) => (words.value = event.target.value)} />
                <select value={kind.value} onChange={(event) => (kind.value = event.target.value)} aria-label={t('events.kind')}>
                    {Object.keys(KINDS).map((key) => <option key={key} value={key}>{t(`events.${key}`)}</option>)}
                </select>
                <input type="datetime-local" name="from" defaultValue={localTime(Date.now() - 3600000)} aria-label={t('events.from')} required />
                <input type="datetime-local" name="to" defaultValue={localTime(Date.now())} aria-label={t('events.to')} required />
                <button>{t('events.fetch')}</button>
                <button type="button" aria-pressed={!isPast.value} onClick={() => { isPast.value = false; ask(nowOf(junction.node) - LIVE_MS, nowOf(junction.node)); }}>{t('events.live')}</button>
                <button type="button" onClick={() => save(junction, entries)}>{t('events.csv')}</button>
            </form>
            <p class="quiet" role="status">{state.value || t('events.count', entries.length)}{entries.length > ROWS_MAX && ` ${t('events.shown', ROWS_MAX)}`}</p>
            <Table junction={junction} entries={entries} />
        </div>
    );
}

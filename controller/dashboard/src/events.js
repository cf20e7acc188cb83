// Events in words, and as the CSV that analysers of high-resolution logs read.
import { EVENTS } from './event_words.js';
import { language } from './i18n.js';

function rowOf(code) {
    const base = code >= 134 && code < 150 ? 134 : code >= 300 && code < 1000 ? 300 : code;
    return EVENTS[base];
}

export function wordOf(code) {
    return rowOf(code)?.[language.value === 'tr' ? 1 : 0] ?? `${code}`;
}

function namesOf(list, test) {
    return (list || []).filter(test).map((one) => one.name).join('+');
}

export function subjectOf(junction, { code, param }) {
    const groups = junction.get('tlc.config/groups').groups;
    const detectors = junction.get('tlc.config/detectors').detectors;
    const isPed = (group) => group.type === 'pedestrian';
    switch (rowOf(code)?.[2]) {
        case 'phase':
            return namesOf(groups, (group) => group.phase === param && !isPed(group));
        case 'ped':
            return namesOf(groups, (group) => group.phase === param && isPed(group));
        case 'group':
            return namesOf(groups, (group) => group.sg === param);
        case 'stage':
            return namesOf(junction.get('tlc.config/stages').stages, (stage) => stage.stage === param);
        case 'plan':
            return namesOf(junction.get('tlc.config/plans').plans, (plan) => plan.plan === param);
        case 'detector':
            return namesOf(detectors, (detector) => detector.channel === param && detector.type !== 'button');
        case 'button':
            return namesOf(detectors, (detector) => detector.channel === param && detector.type === 'button');
        default:
            return '';
    }
}

// The four columns of others, and two of ours behind them. Names could begin with a sign that a spreadsheet obeys; numbers
// and our own words cannot.
export function csvOf(junction, entries) {
    const head = 'TimeStamp,DeviceId,EventId,Parameter,Detail,Seq';
    const rows = entries.map(({ ts, values, seq }) => [ts, junction.name, values.code, values.param, values.detail ?? '', seq].join(','));
    return `${[head, ...rows].join('\r\n')}\r\n`;
}

// Tables of measures as they are fetched, and what of them each diagram shows. Computed by controller/measures: here cells are
// only sorted into marks.

export const ENDS = { GapOut: 'circle', MaxOut: 'square', ForceOff: 'diamond', Unknown: 'cross' };
export const SIGNALS = { Green: 'circle', Yellow: 'diamond', Red: 'square' };
const MARKS = ['circle', 'square', 'diamond', 'triangle', 'cross'];

// Entries of tlc.measures to {table: [row, ...]}, a row being {column: cell}. A bin that goes on in the next page is two entries.
export function tablesOf(entries) {
    const tables = {};
    for (const { values } of entries) {
        for (const [name, { columns, rows }] of Object.entries(values?.tables || {})) {
            tables[name] = (tables[name] || []).concat(rows.map((row) => Object.fromEntries(columns.map((key, i) => [key, row[i]]))));
        }
    }
    return tables;
}

export function phasesOf(tables) {
    const all = Object.values(tables).flat().map((row) => row.Phase).filter((phase) => phase !== undefined);
    return [...new Set(all)].sort((a, b) => a - b);
}

const points = (rows, x, y) => rows.map((row) => [row[x], row[y]]);
const ofPhase = (rows, phase) => (rows || []).filter((row) => row.Phase === phase);

function byKey(rows, key, x, y, kind, nameOf = String) {
    const keys = [...new Set((rows || []).map((row) => row[key]))].sort((a, b) => a - b);
    return keys.map((one, i) => ({
        name: nameOf(one), colour: i, mark: MARKS[i % MARKS.length], kind, points: points(rows.filter((row) => row[key] === one), x, y),
    }));
}

function terminations({ phase_cycles: rows = [] }) {
    const ends = Object.entries(ENDS).map(([end, mark], i) => ({
        word: `end.${end}`, colour: [2, 3, 0, 5][i], mark, kind: 'points', points: points(rows.filter((row) => row.End === end), 'Yellow_Begin', 'Phase'),
    }));
    const walks = rows.filter((row) => row.Walk > 0).map((row) => [row.Yellow_Begin, row.Phase]);
    return [...ends, { word: 'end.walk', colour: 4, mark: 'triangle', kind: 'points', isAbove: true, points: walks }];
}

function coordination({ phase_cycles, arrivals }, phase) {
    const cycles = ofPhase(phase_cycles, phase);
    const seen = ofPhase(arrivals, phase);
    return [
        ...Object.entries(SIGNALS).map(([signal, mark], i) => ({
            word: `arrived.${signal}`, colour: [2, 1, 3][i], mark, kind: 'points', points: points(seen.filter((row) => row.Signal === signal), 'TimeStamp', 'Second'),
        })),
        { word: 'cycle.Green', colour: 1, kind: 'line', points: points(cycles, 'TimeStamp', 'Green') },
        { word: 'cycle.Red_At', colour: 3, kind: 'line', points: points(cycles, 'TimeStamp', 'Red_At') },
        { word: 'cycle.Cycle', colour: 5, kind: 'line', points: points(cycles, 'TimeStamp', 'Cycle') },
    ];
}

function splits({ phase_cycles }, phase) {
    const cycles = ofPhase(phase_cycles, phase);
    return [
        ...Object.entries(ENDS).map(([end, mark], i) => ({
            word: `end.${end}`, colour: [2, 3, 0, 5][i], mark, kind: 'points', points: points(cycles.filter((row) => row.End === end), 'TimeStamp', 'Split'),
        })),
        { word: 'split.programmed', colour: 5, kind: 'step', points: points(cycles.filter((row) => row.Programmed_Split > 0), 'TimeStamp', 'Programmed_Split') },
    ];
}

function failures({ split_failures }, phase) {
    const rows = ofPhase(split_failures, phase);
    return [
        { word: 'failure.green', colour: 2, mark: 'circle', kind: 'points', points: points(rows, 'TimeStamp', 'Green_Occupancy') },
        { word: 'failure.red', colour: 3, mark: 'square', kind: 'points', points: points(rows, 'TimeStamp', 'Red_Occupancy') },
        { word: 'failure.both', colour: 3, mark: 'bar', kind: 'points', points: points(rows.filter((row) => row.Split_Failure > 0), 'TimeStamp', 'Green_Occupancy') },
    ];
}

const perPhase = (table, x, y, kind) => (tables, phase, nameOf) => byKey(tables[table], 'Phase', x, y, kind, nameOf);
const perFunction = (tables, phase) => byKey(ofPhase(tables.volumes, phase), 'Function', 'TimeStamp', 'Per_Hour', 'step');
const perDetector = (tables) => byKey(tables.detector_health, 'Detector', 'TimeStamp', 'Actuations', 'step', (n) => `${n}`);

// fetch: tables, with what else is asked; isOfPhase: one phase at a time; below: the table that is shown beneath.
export const DIAGRAMS = [
    { key: 'terminations', fetch: [['phase_cycles']], series: terminations, y: 'Phase' },
    { key: 'coordination', fetch: [['phase_cycles'], ['arrivals'], ['arrival_on_green_better']], series: coordination, y: 's', isOfPhase: true,
        below: 'arrival_on_green_better' },
    { key: 'splits', fetch: [['phase_cycles'], ['split_monitor']], series: splits, y: 's', isOfPhase: true, below: 'split_monitor' },
    { key: 'failures', fetch: [['split_failures', { by: 'cycle' }]], series: failures, y: 'share', isOfPhase: true, below: 'split_failures' },
    { key: 'volumes', fetch: [['volumes']], series: perFunction, y: 'veh/h', isOfPhase: true, below: 'volumes' },
    { key: 'pedestrians', fetch: [['ped_waits'], ['ped_delay_better']], series: perPhase('ped_waits', 'TimeStamp', 'Waited', 'points'), y: 's', below: 'ped_delay_better' },
    { key: 'waits', fetch: [['phase_wait_better']], series: perPhase('phase_wait_better', 'TimeStamp', 'AvgPhaseWait', 'step'), y: 's', below: 'phase_wait_better' },
    { key: 'detectors', fetch: [['detector_health']], series: perDetector, y: '/bin', below: 'detector_health' },
    { key: 'yellow_red', fetch: [['yellow_red']], series: () => [], y: '', below: 'yellow_red' },
    { key: 'gaps', fetch: [['data_gaps'], ['has_data']], series: () => [], y: '', below: 'data_gaps' },
];

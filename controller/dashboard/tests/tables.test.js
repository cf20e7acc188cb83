import assert from 'node:assert/strict';
import test from 'node:test';
import { corridorsOf } from '../src/corridors.js';
import { DIAGRAMS, phasesOf, tablesOf } from '../src/tables.js';
import { WORDS } from '../src/words.js';

const entry = (table, columns, rows) => ({ values: { from: '', seconds: 900, tables: { [table]: { columns, rows } } } });

test('bins and pages of one table become its rows, cell by cell', () => {
    const tables = tablesOf([entry('volumes', ['TimeStamp', 'Phase'], [[1, 2]]), entry('volumes', ['TimeStamp', 'Phase'], [[1, 4], [3, 2]]), {}]);
    assert.deepEqual(tables.volumes, [{ TimeStamp: 1, Phase: 2 }, { TimeStamp: 1, Phase: 4 }, { TimeStamp: 3, Phase: 2 }]);
    assert.deepEqual(phasesOf(tables), [2, 4]);
});

test('a diagram shows the cells as they came', () => {
    const columns = ['TimeStamp', 'Phase', 'Yellow_Begin', 'Green', 'End', 'Walk'];
    const tables = tablesOf([entry('phase_cycles', columns, [[1000, 2, 8000, 7.0, 'GapOut', 1], [2000, 4, 9000, 7.5, 'MaxOut', 0]])]);
    const series = DIAGRAMS.find(({ key }) => key === 'terminations').series(tables);
    assert.deepEqual(series.map(({ points }) => points), [[[8000, 2]], [[9000, 4]], [], [], [[8000, 2]]]);
});

test('every diagram has its words, and draws nothing out of nothing', () => {
    for (const { key, series, y } of DIAGRAMS) {
        for (const word of [`measures.${key}`, `about.${key}`, ...(y === 'Phase' ? [] : [`unit.${y}`])]) {
            assert.ok(word in WORDS, word);
        }
        assert.equal(series({}, 1, String).flatMap(({ points }) => points).length, 0);
    }
});

function junction(name, lanes) {
    return { node: `c/${name}`, name, get: () => ({ lanes }) };
}

test('a corridor is where exits lead, and ends where they come back', () => {
    const a = junction('a', [{ name: 'w', speed_cmps: 1000, movements: [{ turn: 'through', sg: [4], exit: 'b/w', exit_length_cm: 32000 }] }]);
    const b = junction('b', [{ name: 'w', speed_cmps: 1200, movements: [{ turn: 'through', sg: [2], exit: 'a/w', exit_length_cm: 100 }] }]);
    const [way] = corridorsOf([a, b]);
    assert.equal(way.name, 'a → b');
    assert.deepEqual(way.stops.map(({ sg, at }) => [sg, at]), [[4, 0], [2, 320]]);
    assert.deepEqual(corridorsOf([a]), []);
});

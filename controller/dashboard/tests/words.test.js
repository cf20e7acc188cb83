import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { COMMANDS } from '../src/command_table.js';
import { EVENTS } from '../src/event_words.js';
import { WORDS } from '../src/words.js';

test('every word has both languages, with the same gaps to fill', () => {
    for (const [key, row] of Object.entries(WORDS)) {
        assert.equal(row.length, 2, key);
        const gaps = row.map((text) => (text.match(/\{\d\}/g) || []).sort().join());
        assert.equal(gaps[0], gaps[1], key);
    }
});

test('every word that the page asks for is there', () => {
    const files = ['src', 'src/views'].flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
    for (const file of files.filter((name) => /\.jsx?$/.test(name))) {
        for (const [, key] of readFileSync(file, 'utf8').matchAll(/\bt\('([\w.-]+)'/g)) {
            assert.ok(key in WORDS, `${file}: ${key}`);
        }
    }
});

test('every command of the interface is on the page, with its words', () => {
    const source = readFileSync('../link/remote_codes.c', 'utf8').split('remote_code codes[]')[1];
    const elsewhere = ['tlc.mode.prepare', 'tlc.clock.set', 'alarm.acknowledge', 'alarm.suspend'];
    const codes = [...source.matchAll(/\{ "([a-z.-]+)", REMOTE_/g)].map((match) => match[1]).filter((code) => !elsewhere.includes(code));
    assert.ok(codes.length >= 14);
    assert.deepEqual(COMMANDS.map((row) => row.code).sort(), codes.sort());
    for (const { code, fields } of COMMANDS) {
        [`code.${code}`, `hint.${code}`, ...fields.map((field) => `command.${field}`)].forEach((key) => assert.ok(key in WORDS, key));
    }
});

test('every event of the core has its words, and no other has', () => {
    const header = readFileSync('../core/event.h', 'utf8');
    const codes = [...header.matchAll(/EVENT_\w+\s*=\s*(\d+)/g)].map((match) => Number(match[1]));
    assert.ok(codes.length > 70);
    assert.deepEqual(Object.keys(EVENTS).map(Number).sort((a, b) => a - b), codes.sort((a, b) => a - b));
});

test('every mode, strategy, reason and fault of the interface has its words', () => {
    const source = readFileSync('../unit/words.c', 'utf8');
    const tables = { modes: 'mode', strategies: 'strategy', reasons: 'reason', healths: 'health', guards: 'guard', links: 'cabinet',
        leases: 'lease', coords: 'coordination', monitors: 'monitor', bindings: 'binding' };
    for (const [table, kind] of Object.entries(tables)) {
        const body = source.split(`const ${table}[`)[1].split('};')[0];
        for (const [, word] of body.matchAll(/"([^"]+)"/g)) {
            assert.ok(`${kind}.${word}` in WORDS, `${kind}.${word}`);
        }
    }
});

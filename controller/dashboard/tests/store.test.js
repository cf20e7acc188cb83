import assert from 'node:assert/strict';
import test from 'node:test';
import * as store from '../src/store.js';

const NODE = 'city/one';
const entry = (values, seq, ts = new Date().toISOString()) => ({ ts, values, seq });
const hear = (code, ...entries) => hearOf(NODE, code, ...entries);
const hearOf = (node, code, ...entries) => store.take(`${node}/status/${code}`, { entries }, false);

test('an event changes what it names, a map member by member', () => {
    hear('tlc.groups/live', entry({ signalgroupstatus: { 'sg/1': 'A', 'sg/2': '1' }, stage: 1 }, 0));
    hear('tlc.groups/live', entry({ signalgroupstatus: { 'sg/1': '1' } }, 1));
    assert.deepEqual(store.find(NODE).get('tlc.groups/live'), { signalgroupstatus: { 'sg/1': '1', 'sg/2': '1' }, stage: 1 });
});

test('a hole in seq makes a channel patchy until the next full entry', () => {
    hear('tlc.groups/live', entry({ signalgroupstatus: { 'sg/1': 'N' } }, 4));
    assert.equal(store.find(NODE).about('tlc.groups/live').isPatchy, true);
    assert.deepEqual(store.find(NODE).get('tlc.groups/live').signalgroupstatus, { 'sg/1': 'N' }, 'sg/2 is not known any more');
    hear('tlc.groups/live', entry({ signalgroupstatus: { 'sg/1': 'N', 'sg/2': 'A' }, stage: 2 }, 5));
    assert.equal(store.find(NODE).about('tlc.groups/live').isPatchy, false);
});

test('a decision leaves nothing of the one before', () => {
    hear('tlc.decision', entry({ binding_sg: 3, timeline: [] }, 0));
    hear('tlc.decision', entry({ timeline: [] }, 1));
    assert.equal(store.find(NODE).get('tlc.decision').binding_sg, undefined);
});

test('an alarm that a full update leaves out has ended', () => {
    const alarm = { ts: new Date(0).toISOString(), component: 'dl/7', active: true, values: { message: 'm', acknowledged: false } };
    store.take(`${NODE}/alarm/tlc.detector`, { entries: [alarm], full: true }, true);
    assert.equal(store.find(NODE).alarms.value.length, 1);
    store.take(`${NODE}/alarm/tlc.detector`, { entries: [], full: true }, true);
    assert.equal(store.find(NODE).alarms.value.length, 0);
    assert.equal(store.cleared.value[0].component, 'dl/7');
});

test('a junction that is silent, or whose line is lost, is not live', () => {
    store.take(`${NODE}/presence`, 'online', false);
    assert.equal(store.find(NODE).isLive, true);
    store.greyAll();
    assert.equal(store.find(NODE).isLive, false);
});

test('the clock is taken from the least late message', () => {
    const late = (ms) => new Date(Date.now() - ms).toISOString();
    hearOf('city/two', 'tlc.stage', entry({ stage: 1 }, 0, late(5400)));
    hearOf('city/two', 'tlc.stage', entry({ stage: 2 }, 1, late(5000)));
    hearOf('city/two', 'tlc.stage', entry({ stage: 3 }, 2, late(9000)));
    assert.ok(Math.abs(store.find('city/two').skewMs - 5060) < 100);
});

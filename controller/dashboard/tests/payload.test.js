import assert from 'node:assert/strict';
import test from 'node:test';
import { decode, decodeCbor } from '../src/payload.js';

const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
const ascii = (text) => new TextEncoder().encode(text);

test('both forms say the same', () => {
    assert.deepEqual(decode(ascii('{"a":[1,-2,true,null]}')), { a: [1, -2, true, null] });
    assert.deepEqual(decode(bytes('a16161840121f5f6')), { a: [1, -2, true, null] });
});

test('a bare text is presence, in both forms', () => {
    assert.equal(decode(ascii('"offline"')), 'offline');
    assert.equal(decode(bytes('676f66666c696e65')), 'offline');
});

test('nothing is null: a retained message was cleared', () => {
    assert.equal(decode(bytes('')), null);
});

test('numbers of every size', () => {
    assert.deepEqual(decodeCbor(bytes('8518ff19ffff1affffffff1b000000010000000038ff')),
        [255, 65535, 4294967295, 4294967296, -256]);
    assert.equal(decodeCbor(bytes('fb3ff8000000000000')), 1.5);
});

test('lies and garbage are refused before memory is asked for', () => {
    for (const hex of ['9bffffffffffffffff', 'bbffffffffffffffff', '7bffffffffffffffff', '5f', '41', '81', 'a161', 'ff']) {
        assert.throws(() => decodeCbor(bytes(hex)), hex);
    }
    assert.throws(() => decodeCbor(bytes('81'.repeat(40) + '00')), /deep/);
    assert.throws(() => decodeCbor(bytes('0000')), /after the end/);
    assert.throws(() => decode(ascii('{"a":')));
});

// Payloads in either form that docs/rsmp.md allows. The page answers in JSON, which every node understands.

const text = new TextDecoder('utf-8', { fatal: true });
const LEVELS_MAX = 16;

// JSON as we are sent it begins with one of { [ " and blanks; none of these begins a CBOR map,
// array or short text, so that the first byte decides, with or without a Content Type.
export function decode(bytes) {
    if (bytes.length === 0) {
        return null;
    }
    return '{["\t\n\r '.includes(String.fromCharCode(bytes[0]))
        ? JSON.parse(text.decode(bytes))
        : decodeCbor(bytes);
}

export function decodeCbor(bytes) {
    const reader = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset), at: 0 };
    const value = readItem(reader, LEVELS_MAX);
    if (reader.at !== bytes.length) {
        throw new Error('bytes after the end');
    }
    return value;
}

function take(reader, count) {
    const from = reader.at;
    if (count > reader.bytes.length - from) {
        throw new Error('cut off');
    }
    reader.at += count;
    return from;
}

function readCount(reader, info) {
    switch (info) {
        case 24:
            return reader.bytes[take(reader, 1)];
        case 25:
            return reader.view.getUint16(take(reader, 2));
        case 26:
            return reader.view.getUint32(take(reader, 4));
        case 27:
            return Number(reader.view.getBigUint64(take(reader, 8)));
        default:
            if (info > 27) {
                throw new Error('endless or reserved');
            }
            return info;
    }
}

function readFloat(reader, info) {
    const bytes = { 26: 4, 27: 8 }[info];
    if (!bytes) {
        throw new Error('no such simple value');
    }
    const at = take(reader, bytes);
    return bytes === 4 ? reader.view.getFloat32(at) : reader.view.getFloat64(at);
}

function readMembers(reader, count, levels) {
    if (count > reader.bytes.length - reader.at || levels === 0) {
        throw new Error('too large or too deep');
    }
    return Array.from({ length: count }, () => readItem(reader, levels - 1));
}

function readMap(reader, count, levels) {
    const flat = readMembers(reader, count * 2, levels);
    return Object.fromEntries(flat.flatMap((_, i) => (i % 2 ? [] : [[flat[i], flat[i + 1]]])));
}

function readItem(reader, levels) {
    const first = reader.bytes[take(reader, 1)];
    const info = first & 31;
    const simple = { 20: false, 21: true, 22: null };
    if (first >> 5 === 7) {
        return info in simple ? simple[info] : readFloat(reader, info);
    }
    const count = readCount(reader, info);
    switch (first >> 5) {
        case 0:
            return count;
        case 1:
            return -1 - count;
        case 3: {
            const from = take(reader, count);
            return text.decode(reader.bytes.subarray(from, from + count));
        }
        case 4:
            return readMembers(reader, count, levels);
        case 5:
            return readMap(reader, count, levels);
        case 6:
            return readItem(reader, levels);
        default:
            throw new Error('byte strings are not spoken here');
    }
}

// What is known of each junction, as signals. Fed by connection.js alone, read by views. Nothing is worked out here but
// how old a thing is and whether something of it is missing.
import { signal } from '@preact/signals';

export const junctions = signal([]); // in order of their names
export const now = signal(Date.now()); // once a second, for ages
export const unreadable = signal(0); // messages that are neither JSON nor CBOR
export const cleared = signal([]); // alarms that ended while we listened, newest first
export const deeds = signal([]); // who acknowledged, suspended, commanded while we listened, newest first

// A full entry comes each minute; a quarter of a minute is the broker's to be late.
export const STALE_MS = 75000;
const LIST_MAX = 500;
const EVENTS_MAX = 2000;
const LAMPS_MAX = 300;
const known = new Map();

class Junction {
    constructor(node) {
        this.node = node;
        this.name = node.split('/').pop();
        this.presence = signal({ word: 'unknown', since: 0 });
        this.heardAt = signal(0); // by this computer's clock; 0: not since the line was lost
        this.alarms = signal([]);
        this.channels = new Map();
        this.running = new Map();
        this.events = signal([]); // newest last, while a view needs kavsak.events/live
        this.skewMs = null; // this computer's clock minus the controller's, the least of late
        this.gaps = 0;
        this.lamps = []; // [{ts, letters}] of the last while, only while somebody watches
        this.watchers = 0;
    }

    // The signal of a channel: its attributes with maps merged, or null before the first entry.
    channel(code) {
        if (!this.channels.has(code)) {
            this.channels.set(code, { value: signal(null), ts: 0, seq: -1, shape: null, isPatchy: false });
        }
        return this.channels.get(code).value;
    }

    // ts: since when the values are so; shape: the last full entry; isPatchy: something was missed since, and what has not been
    // told again is left out.
    about(code) {
        this.channel(code);
        return this.channels.get(code);
    }

    get isLive() {
        return this.presence.value.word === 'online' && now.value - this.heardAt.value < STALE_MS;
    }

    get(code) {
        return this.channel(code).value || {};
    }
}

export function junctionOf(node) {
    if (!known.has(node)) {
        known.set(node, new Junction(node));
        junctions.value = [...known.values()].sort((a, b) => a.node.localeCompare(b.node));
    }
    return known.get(node);
}

export function find(node) {
    return known.get(node);
}

// The controller's time, as far as its messages let us know it.
export function nowOf(node) {
    return Date.now() - (known.get(node)?.skewMs || 0);
}

// Keeps a history of lamps while a view draws it: const release = watch(node);
export function watch(node) {
    const junction = junctionOf(node);
    junction.watchers += 1;
    keepLamps(junction);
    return () => {
        junction.watchers -= 1;
        junction.lamps = junction.watchers ? junction.lamps : [];
    };
}

function keepLamps(junction) {
    const about = junction.about('tlc.groups/live');
    const letters = about.value.peek()?.signalgroupstatus;
    if (letters) {
        junction.lamps = [...junction.lamps, { ts: about.ts, letters }].slice(-LAMPS_MAX);
    }
}

export function forgetAll() {
    known.clear();
    junctions.value = [];
    cleared.value = [];
}

// Set by connection.js: asks a node to tell a channel whole.
export const ask = { whole: () => {} };

export function greyAll() {
    for (const junction of known.values()) {
        junction.heardAt.value = 0;
    }
}

export function note(deed) {
    deeds.value = [{ at: Date.now(), ...deed }, ...deeds.value].slice(0, LIST_MAX);
}

// N/kind/code...; N is two words.
export function take(topic, value, isRetained) {
    const [city, name, kind, ...rest] = topic.split('/');
    const junction = junctionOf(`${city}/${name}`);
    const code = rest.join('/');
    if (kind === 'presence') {
        takePresence(junction, value);
    } else if (kind === 'channel') {
        junction.running.set(code, value?.state === 'running');
    } else if (kind === 'alarm') {
        takeAlarms(junction, code, value);
    } else if (kind === 'status' && Array.isArray(value?.entries)) {
        takeEntries(junction, code, value.entries, isRetained);
    } else if (kind === 'status' && value === null) {
        junction.channel(code).value = null; // cleared: lamps of a minute ago are not a state
    }
}

function takePresence(junction, word) {
    if (junction.presence.peek().word !== word) {
        junction.presence.value = { word, since: Date.now() };
    }
    if (word === 'online') {
        junction.heardAt.value = Date.now();
    }
}

function takeEntries(junction, code, entries, isRetained) {
    if (!isRetained) {
        junction.heardAt.value = Date.now();
    }
    if (code === 'kavsak.events/live') {
        takeEvents(junction, entries);
        return;
    }
    for (const entry of entries) {
        takeEntry(junction, code, entry);
    }
    if (!isRetained) {
        watchClock(junction, entries[entries.length - 1]);
    }
}

function takeEvents(junction, entries) {
    const last = junction.events.peek().at(-1)?.seq ?? -1;
    const fresh = entries.filter((entry) => entry.seq > last);
    junction.events.value = [...junction.events.peek(), ...fresh].slice(-EVENTS_MAX);
}

function isMap(value) {
    return value !== null && typeof value === 'object' && !Array.isArray(value);
}

// A map of an event has only the members that changed; maps that come whole are not harmed by merging.
export function merge(old, values) {
    const merged = { ...old };
    for (const [key, value] of Object.entries(values)) {
        merged[key] = isMap(value) && isMap(merged[key]) ? { ...merged[key], ...value } : value;
    }
    return merged;
}

export function isFull(old, values) {
    return Object.keys(old || {}).every((key) =>
        key in values && (!isMap(old[key]) || Object.keys(old[key]).every((member) => member in values[key])));
}

function takeEntry(junction, code, entry) {
    const about = junction.about(code);
    const isWhole = isFull(about.shape, entry.values);
    // A retained entry is up to a minute old: the first live one after it shows what was missed in between.
    const isMissing = !isWhole && entry.seq !== about.seq + 1;
    const old = isMissing ? null : about.value.peek();
    about.isPatchy = !isWhole && (isMissing || about.isPatchy);
    about.shape = isWhole ? entry.values : about.shape;
    junction.gaps += isMissing ? 1 : 0;
    about.seq = entry.seq;
    about.ts = Date.parse(entry.ts);
    // Decisions are told whole; a merge would keep what the next one left out.
    about.value.value = code === 'tlc.decision' ? entry.values : merge(old, entry.values);
    if (code === 'tlc.groups/live' && junction.watchers > 0) {
        keepLamps(junction);
        if (isMissing) {
            ask.whole(junction.node, code);
        }
    }
}

// A message cannot come before it was sent: the least difference is nearest to that of the clocks. It may grow again,
// slowly, because clocks drift.
function watchClock(junction, entry) {
    const differenceMs = Date.now() - Date.parse(entry.ts);
    const old = junction.skewMs ?? differenceMs;
    junction.skewMs = Math.min(differenceMs, old + Math.max(0, differenceMs - old) / 64);
}

// Alarms of a code: an event changes one, a full update says them all.
function takeAlarms(junction, code, value) {
    const others = junction.alarms.peek().filter((alarm) => alarm.code !== code);
    const old = junction.alarms.peek().filter((alarm) => alarm.code === code);
    const told = (value?.entries || []).map((entry) => ({
        node: junction.node, code, component: entry.component || '', since: Date.parse(entry.ts),
        isActive: entry.active, ...entry.values,
    }));
    const isSame = (a, b) => a.component === b.component;
    const kept = value?.full ? [] : old.filter((alarm) => !told.some((other) => isSame(alarm, other)));
    const active = told.filter((alarm) => alarm.isActive);
    for (const alarm of old) {
        noteChange(alarm, active.concat(kept).find((other) => isSame(alarm, other)));
    }
    junction.alarms.value = [...others, ...kept, ...active];
}

function noteChange(alarm, next) {
    if (!next) {
        cleared.value = [{ ...alarm, until: Date.now() }, ...cleared.peek()].slice(0, LIST_MAX);
    } else if (next.acknowledged && !alarm.acknowledged) {
        note({ node: alarm.node, by: next.acknowledged_by, what: 'deed.acknowledged', about: alarm });
    } else if (next.suspended_until !== alarm.suspended_until) {
        note({ node: alarm.node, by: next.suspended_by, what: 'deed.suspended', about: alarm });
    }
}

setInterval(() => (now.value = Date.now()), 1000).unref?.(); // in tests nothing waits for it

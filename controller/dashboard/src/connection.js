// The broker: signing in, staying connected, and the four things that the page says: "I need this channel", "do this",
// "what was then", and nothing else. What is heard goes to the store.
import { signal } from '@preact/signals';
import mqtt from 'mqtt';
import { decode } from './payload.js';
import * as store from './store.js';

// state: out (nobody is signed in), connecting, live, away. why: a key of the word table.
export const link = signal({ state: 'out', since: Date.now(), why: '' });
export const user = signal('');

const ALWAYS = ['presence', 'channel/#', 'alarm/#'].concat(
    ['groups/live', 'stage', 'plan', 'plans', 'mode', 'cycle', 'health', 'detectors/health', 'config/#']
        .map((code) => `status/tlc.${code}`));
const OFF_AT_START = ['tlc.detectors/live', 'tlc.decision', 'traffic.count/1min'];
const THROTTLE_S = 60;
const RENEW_MS = 25000;
const ANSWER_MS = 12000;
const VALID_MS = 20000;
// CONNACK of MQTT 5 and 3.1.1: wrong name or password, not authorised, banned.
const REFUSED = [4, 5, 134, 135, 138];

let client = null;
let answers = '';
let lastCounter = 0;
const waiting = new Map(); // correlation -> what to do with an answer
const needs = new Map(); // "node channel" -> how many views need it

function become(state, why = '') {
    link.value = { state, since: Date.now(), why };
}

function brokerUrl(config) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    return config.broker || `${scheme}://${location.host}/mqtt`;
}

// The password stays in this tab: a reload keeps it, closing the tab forgets it.
export function signIn(name, password, config) {
    signOut();
    const id = `page-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`;
    sessionStorage.setItem('login', JSON.stringify({ name, password }));
    user.value = name;
    answers = `tcc/result/${id}`;
    become('connecting');
    client = mqtt.connect(brokerUrl(config), {
        protocolVersion: 5, clientId: id, clean: true, keepalive: 10, reconnectPeriod: 1000, connectTimeout: 5000,
        ...(name ? { username: name, password } : {}), // a broker without names takes no password either
    });
    client.on('connect', onConnect);
    client.on('message', onMessage);
    client.on('error', onError);
    client.on('close', () => link.value.state === 'live' && lose());
}

export function signInAgain(config) {
    const kept = JSON.parse(sessionStorage.getItem('login') || 'null');
    if (kept) {
        signIn(kept.name, kept.password, config);
    }
}

export function signOut(why = '') {
    sessionStorage.removeItem('login');
    client?.end(true);
    client = null;
    store.forgetAll();
    become('out', why);
}

function lose() {
    become('away', 'link.away');
    store.greyAll();
}

function onConnect() {
    become('live');
    const options = { qos: 1 };
    client.subscribe([...ALWAYS.map((topic) => `+/+/${topic}`), answers], options);
    for (const key of needs.keys()) {
        ask(key);
    }
}

function onError(error) {
    if (REFUSED.includes(error.code)) {
        signOut(link.value.state === 'connecting' ? 'link.refused' : 'link.expired');
    } else if (link.value.state === 'connecting') {
        become('connecting', 'link.away');
    }
}

function onMessage(topic, bytes, packet) {
    let value = null;
    try {
        value = decode(bytes);
    } catch (error) {
        store.unreadable.value += 1;
        return;
    }
    if (topic === answers) {
        waiting.get(String(packet.properties?.correlationData))?.(value);
    } else {
        store.take(topic, value, packet.retain);
    }
}

// A view that needs a channel says so while it is shown: const release = need(node, code); ... release();
// A channel that is always heard is asked for once, whole: what is retained of it may be minutes old.
// Starts are never undone by a stop, because a colleague may be looking too: they end by themselves.
export function need(node, code) {
    const key = `${node} ${code}`;
    needs.set(key, (needs.get(key) || 0) + 1);
    ask(key);
    return () => {
        const left = needs.get(key) - 1;
        if (left > 0) {
            needs.set(key, left);
            return;
        }
        needs.delete(key);
        if (!isAlwaysHeard(code)) {
            client?.unsubscribe(`${node}/status/${code}`);
        }
    };
}

function isAlwaysHeard(code) {
    return ALWAYS.includes(`status/${code}`);
}

function ask(key) {
    const [node, code] = key.split(' ');
    if (!client?.connected) {
        return;
    }
    if (isAlwaysHeard(code)) {
        store.ask.whole(node, code);
    } else {
        client.subscribe(`${node}/status/${code}`, { qos: 1 });
        start(node, code);
    }
}

// A start of a channel that runs changes nothing and is answered with a full update.
store.ask.whole = (node, code) => client?.connected && say(`${node}/throttle/${code}`, { action: 'start' });

function start(node, code) {
    if (OFF_AT_START.includes(code) && client?.connected) {
        say(`${node}/throttle/${code}`, { action: 'start', timeout: THROTTLE_S });
    }
}

setInterval(() => [...needs.keys()].forEach((key) => start(...key.split(' '))), RENEW_MS);

function say(topic, value, properties = {}, onDone = () => {}) {
    client.publish(topic, JSON.stringify(value), {
        qos: 1, properties: { contentType: 'application/json', ...properties },
    }, onDone);
}

// Publishes and hears answers until onAnswer returns false. Fails if ANSWER_MS pass in silence.
function request(topic, value, onAnswer) {
    const correlation = crypto.getRandomValues(new Uint32Array(2)).join('-');
    return new Promise((resolve, reject) => {
        let timer = 0;
        const end = (settle, result) => {
            clearTimeout(timer);
            waiting.delete(correlation);
            settle(result);
        };
        const wait = () => {
            clearTimeout(timer);
            timer = setTimeout(() => end(reject, new Error('answer.none')), ANSWER_MS);
        };
        if (!client?.connected) {
            reject(new Error('answer.away'));
            return;
        }
        waiting.set(correlation, (answer) => {
            wait();
            if (!onAnswer(answer)) {
                end(resolve, answer);
            }
        });
        wait();
        say(topic, value, { responseTopic: answers, correlationData: correlation }, (error) => {
            if (error) {
                end(reject, new Error(error.code === 135 ? 'answer.forbidden' : 'answer.none'));
            }
        });
    });
}

// Resolves to the node's answer, {status, reason...}; options: why, until (milliseconds, left out: none).
export function command(node, code, values, { why, until }) {
    const now = store.nowOf(node);
    lastCounter = Math.max(lastCounter + 1, now);
    const envelope = {
        id: `p-${lastCounter}-${Math.floor(Math.random() * 1e6)}`, by: user.value || 'page', role: 'operator', why,
        counter: lastCounter, valid_until: new Date(now + VALID_MS).toISOString(), node, values,
    };
    if (until) {
        envelope.until = new Date(until).toISOString();
    }
    return request(`${node}/command/${code}`, envelope, () => false);
}

// All entries of a channel in [from, to), milliseconds. onPage(entries so far) as they come, 64 at a time. more: what else the
// channel can be asked.
export async function fetchPast(node, code, from, to, onPage = () => {}, more = {}) {
    const entries = [];
    const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...more };
    const last = await request(`${node}/fetch/${code}`, times, (page) => {
        entries.push(...(page.entries || []));
        onPage(entries);
        return !page.complete;
    });
    if (last.reason) {
        throw new Error(last.reason);
    }
    return entries;
}

// Every word on the page, English and Turkish beside each other. {0}, {1} are filled in.
import { signal } from '@preact/signals';
import { WORDS } from './words.js';

const LANGUAGES = ['en', 'tr'];

function preferred() {
    const kept = localStorage.getItem('language');
    return LANGUAGES.includes(kept) ? kept : navigator.language.startsWith('tr') ? 'tr' : 'en';
}

export const language = signal(preferred());
document.documentElement.lang = language.value;

export function switchLanguage() {
    language.value = language.value === 'en' ? 'tr' : 'en';
    localStorage.setItem('language', language.value);
    document.documentElement.lang = language.value;
}

export function t(key, ...values) {
    const row = WORDS[key];
    const text = row ? row[LANGUAGES.indexOf(language.value)] : key;
    return values.reduce((filled, value, i) => filled.replaceAll(`{${i}}`, value), text);
}

// A word of the interface, such as a mode. One that is not in the table is shown as it came: the page is then older
// than the interface, and unknownWords says so.
export const unknownWords = signal(new Set());

export function say(kind, word) {
    const key = `${kind}.${word}`;
    if (word !== undefined && word !== null && !(key in WORDS) && !unknownWords.peek().has(key)) {
        queueMicrotask(() => (unknownWords.value = new Set([...unknownWords.peek(), key])));
    }
    return key in WORDS ? t(key) : String(word ?? '–');
}

// A text that a node may also word otherwise: translated if it is known.
export function phrase(kind, text) {
    return `${kind}.${text}` in WORDS ? t(`${kind}.${text}`) : text;
}

export function timeOf(ms) {
    return new Date(ms).toLocaleTimeString(language.value === 'tr' ? 'tr-TR' : 'en-GB');
}

export function momentOf(ms) {
    const isToday = new Date(ms).toDateString() === new Date().toDateString();
    return isToday ? timeOf(ms) : new Date(ms).toLocaleString(language.value === 'tr' ? 'tr-TR' : 'en-GB');
}

export function spanOf(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 120) {
        return t('span.seconds', seconds);
    }
    if (seconds < 7200) {
        return t('span.minutes', Math.floor(seconds / 60));
    }
    return seconds < 172800 ? t('span.hours', Math.floor(seconds / 3600)) : t('span.days', Math.floor(seconds / 86400));
}

// Two short tones while an alarm waits to be acknowledged, every ten seconds, unless muted.
import { signal } from '@preact/signals';
import { junctions } from './store.js';
import { isSuspended } from './worst.js';

const EVERY_MS = 10000;
export const isMuted = signal(localStorage.getItem('muted') === 'yes');

export function switchSound() {
    isMuted.value = !isMuted.value;
    localStorage.setItem('muted', isMuted.value ? 'yes' : 'no');
}

function tone(context, hertz, atS) {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    gain.gain.value = 0.08;
    oscillator.frequency.value = hertz;
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(context.currentTime + atS);
    oscillator.stop(context.currentTime + atS + 0.15);
}

// A browser lets a page sound only after somebody has touched it; signing in does.
export function startSound() {
    let context = null;
    setInterval(() => {
        const isWaiting = junctions.peek().some((junction) =>
            junction.alarms.peek().some((alarm) => !alarm.acknowledged && !isSuspended(alarm)));
        if (!isWaiting || isMuted.peek()) {
            return;
        }
        context ??= new AudioContext();
        tone(context, 880, 0);
        tone(context, 660, 0.2);
    }, EVERY_MS);
}

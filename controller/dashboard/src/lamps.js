// Letters of RSMP S0001 to what a head shows. Colour, place in the head and a letter say the same thing three times.
const KINDS = {
    a: 'dark', b: 'dark', c: 'flash-yellow', d: 'flash-red', e: 'flash-yellow', f: 'yellow', g: 'red', h: 'red',
    0: 'red-yellow', 9: 'green-flash', N: 'yellow',
};

export function kindOf(letter) {
    if (letter === undefined) {
        return 'unknown';
    }
    return KINDS[letter] || (/[A-I]/.test(letter) ? 'red' : /[1-8]/.test(letter) ? 'green' : 'unknown');
}

export const LIT = {
    red: ['red'], yellow: ['yellow'], green: ['green'], 'red-yellow': ['red', 'yellow'], 'green-flash': ['green'],
    'flash-yellow': ['yellow'], 'flash-red': ['red'], dark: [], unknown: [],
};

// What an operator may ask of a junction, as in controller/link/remote_codes.c: a new command is one row here. Not here:
// tlc.clock.set, which is always denied, and those of alarms, which belong to their view.

const always = () => true;
const never = () => false;
const unless = (key, word) => (values) => values[key] !== word;

// fields: what has to be said; lasts(values): whether it needs an end.
export const COMMANDS = [
    { code: 'tlc.plan.set', fields: ['plan'], lasts: unless('plan', 0) },
    { code: 'tlc.strategy.set', fields: ['strategy'], lasts: unless('strategy', 'scheduled') },
    { code: 'tlc.stage.call', fields: ['stage'], lasts: always },
    { code: 'tlc.group.call', fields: ['group'], lasts: never },
    { code: 'tlc.group.hold', fields: ['group'], lasts: always },
    { code: 'tlc.group.force-off', fields: ['group'], lasts: never },
    { code: 'tlc.group.omit', fields: ['group'], lasts: always },
    { code: 'tlc.group.recall', fields: ['group', 'recall'], lasts: unless('recall', 'scheduled') },
    { code: 'tlc.detector.force', fields: ['detector', 'state'], lasts: unless('state', 'auto') },
    { code: 'tlc.manual.set', fields: [], lasts: always },
    { code: 'tlc.manual.advance', fields: [], lasts: never },
    { code: 'tlc.time.stop', fields: [], lasts: always },
    { code: 'tlc.mode.set', fields: ['mode'], lasts: unless('mode', 'normal') },
    { code: 'tlc.release', fields: ['code'], lasts: never },
];

const WORDS = {
    strategy: ['adaptive', 'coordinated', 'actuated', 'fixed', 'scheduled'],
    recall: ['none', 'min', 'max', 'ped', 'soft', 'scheduled'],
    state: ['on', 'off', 'auto'],
    mode: ['flash', 'all-red', 'normal'],
};

// Of a field: [{value, name}], name left out where it is a word that the table of words has.
export function choicesOf(junction, field) {
    const config = (what) => junction.get(`tlc.config/${what}`)[what] || [];
    switch (field) {
        case 'plan':
            return [...config('plans').map((one) => ({ value: one.plan, name: `${one.plan} ${one.name}` })), { value: 0 }];
        case 'stage':
            return config('stages').map((one) => ({ value: one.stage, name: one.name }));
        case 'group':
            return config('groups').map((one) => ({ value: `sg/${one.sg}`, name: one.name }));
        case 'detector':
            return config('detectors').map((one) => ({ value: `dl/${one.dl}`, name: one.name }));
        case 'code':
            return ['', ...COMMANDS.filter(({ lasts }) => lasts !== never).map((one) => one.code)].map((value) => ({ value }));
        default:
            return WORDS[field].map((value) => ({ value }));
    }
}

// {field: chosen} as the interface names it.
export function valuesOf(chosen) {
    const values = {};
    for (const [field, value] of Object.entries(chosen)) {
        if (field === 'group' || field === 'detector') {
            values.component = value;
        } else if (value !== '') {
            values[field] = value;
        }
    }
    return values;
}

// Who stops all traffic says so twice: the answer to the first step has a token for the second.
export function needsPreparing(code, values) {
    return code === 'tlc.mode.set' && values.mode !== 'normal';
}

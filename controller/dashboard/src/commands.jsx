// The panel of commands. Everything ends by itself, everything has a reason, and what stops all traffic is asked twice.
import { useSignal } from '@preact/signals';
import { choicesOf, COMMANDS, needsPreparing, valuesOf } from './command_table.js';
import { command } from './connection.js';
import { momentOf, say, t } from './i18n.js';
import { refusalOf } from './refusals.js';
import { note, now, nowOf } from './store.js';

const MINUTES = [5, 15, 30, 60, 120, 240, 720, 1440];

function sentenceOf(code, values, result) {
    const named = Object.entries(values).filter(([key]) => key !== 'token').map(([, value]) => value);
    return [`${t(`code.${code}`)}:`, ...named, '–', say('result', result.status)].join(' ');
}

// Sends, tells the answer in words, and keeps it in the list of who did what. Resolves to the answer, or null.
export async function order(junction, code, values, { why, until }, answer) {
    answer.value = { kind: '', text: () => t('command.sent') };
    try {
        const result = await command(junction.node, code, values, { why, until });
        const isDone = ['ok', 'already'].includes(result.status);
        const untilMs = isDone && result.until ? Date.parse(result.until) : 0;
        answer.value = {
            kind: isDone ? 'good' : 'bad',
            text: () => `${say('result', result.status)}${result.reason ? `: ${refusalOf(result.reason)}` : ''}${
                untilMs ? ` ${t('command.until', momentOf(untilMs))}` : ''}`,
        };
        note({ node: junction.node, by: '', what: 'deed.command', text: () => sentenceOf(code, values, result), why });
        return result;
    } catch (error) {
        answer.value = { kind: 'bad', text: () => t(error.message) };
        return null;
    }
}

export function Answer({ answer }) {
    return answer.value && <p class={`answer ${answer.value.kind}`} role="status">{answer.value.text()}</p>;
}

function nameOf(field, { value, name }) {
    if (name !== undefined) {
        return name;
    }
    if (field === 'code') {
        return value ? t(`code.${value}`) : t('command.all');
    }
    return value === 0 || value === 'scheduled' ? t('command.calendar') : say(field, value);
}

function Field({ junction, field, chosen }) {
    const choices = choicesOf(junction, field);
    const change = (event) => (chosen.value = { ...chosen.value, [field]: choices[event.target.selectedIndex].value });
    return (
        <label>{t(`command.${field}`)}
            <select name={field === 'code' ? 'release' : field} value={chosen.value[field]} onChange={change}>
                {choices.map((choice) => <option key={choice.value} value={choice.value}>{nameOf(field, choice)}</option>)}
            </select>
        </label>
    );
}

function SecondStep({ junction, armed, answer }) {
    const { mode, why, until, token, tokenUntil } = armed.value;
    const leftS = now.value && Math.ceil((tokenUntil - nowOf(junction.node)) / 1000);
    const confirm = (event) => {
        event.preventDefault();
        armed.value = null;
        order(junction, 'tlc.mode.set', { mode, token }, { why, until }, answer);
    };
    return (
        <div class="second" role="alertdialog" aria-label={t('command.second')}>
            <p><b>{t('command.second')}</b> {t(`command.second.${mode}`, junction.name, momentOf(until))}</p>
            <button type="button" class="danger" disabled={leftS <= 0} onClick={confirm}>{say('mode', mode)}: {t('command.confirm')}</button>
            <button type="button" onClick={() => { armed.value = null; answer.value = null; }}>{t('command.cancel')}</button>
            <span class="quiet">{leftS > 0 ? t('command.left', leftS) : t('command.late')}</span>
        </div>
    );
}

async function submit(event, { junction, row, values, answer, armed }) {
    event.preventDefault();
    const form = new FormData(event.target);
    const why = form.get('why').trim();
    const until = row.lasts(values) ? nowOf(junction.node) + Number(form.get('minutes')) * 60000 : 0;
    if (!needsPreparing(row.code, values)) {
        await order(junction, row.code, values, { why, until }, answer);
        return;
    }
    const result = await order(junction, 'tlc.mode.prepare', { mode: values.mode }, { why, until }, answer);
    if (result?.token) {
        answer.value = null;
        armed.value = { mode: values.mode, why, until, token: result.token, tokenUntil: Date.parse(result.token_until) };
    }
}

export function Commands({ junction }) {
    const answer = useSignal(null);
    const code = useSignal(COMMANDS[0].code);
    const picked = useSignal({});
    const armed = useSignal(null);
    const offered = COMMANDS.filter(({ fields }) => fields.every((field) => choicesOf(junction, field).length > 0));
    const row = offered.find((one) => one.code === code.value) || offered[0];
    const chosen = Object.fromEntries(row.fields.map((field) => [field, picked.value[field] ?? choicesOf(junction, field)[0].value]));
    const values = valuesOf(chosen);
    const pick = (event) => {
        code.value = event.target.value;
        answer.value = armed.value = null;
    };
    return (
        <form class="commands" onSubmit={(event) => submit(event, { junction, row, values, answer, armed })}>
            <h2>{t('command.title')}</h2>
            <label>{t('command.what')}
                <select name="code" value={row.code} onChange={pick}>
                    {offered.map((one) => <option key={one.code} value={one.code}>{t(`code.${one.code}`)}</option>)}
                </select>
            </label>
            {row.fields.map((field) => (
                <Field key={row.code + field} junction={junction} field={field}
                    chosen={{ get value() { return chosen; }, set value(next) { picked.value = { ...picked.value, ...next }; } }} />
            ))}
            {row.lasts(values) && <label>{t('command.for')}
                <select name="minutes">{MINUTES.map((minutes) => (
                    <option key={minutes} value={minutes}>{minutes < 120 ? t('span.minutes', minutes) : t('span.hours', minutes / 60)}</option>))}</select>
            </label>}
            <label class="wide">{t('command.why')}<input name="why" required maxLength="95" pattern=".*\S.*" autocomplete="off" /></label>
            <button class="main" disabled={!junction.isLive || armed.value !== null}>{t(needsPreparing(row.code, values) ? 'command.prepare' : 'command.send')}</button>
            <p class="what hint">{t(`hint.${row.code}`)}</p>
            {armed.value && <SecondStep junction={junction} armed={armed} answer={answer} />}
            <Answer answer={answer} />
            {!junction.isLive && <p class="quiet">{t('command.away')}</p>}
        </form>
    );
}

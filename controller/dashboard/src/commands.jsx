// What an operator may ask of a junction. Everything ends by itself, and everything has a reason.
import { useSignal } from '@preact/signals';
import { command } from './connection.js';
import { say, t } from './i18n.js';
import { note, nowOf } from './store.js';

const MINUTES = [5, 15, 30, 60, 120, 240];

// Sends, tells the answer in words, and keeps it in the list of who did what.
export async function order(junction, code, values, { why, until }, answer) {
    answer.value = { kind: '', text: t('command.sent') };
    try {
        const result = await command(junction.node, code, values, { why, until });
        const isDone = ['ok', 'already'].includes(result.status);
        answer.value = { kind: isDone ? 'good' : 'bad', text: `${say('result', result.status)}${result.reason ? `: ${result.reason}` : ''}` };
        note({ node: junction.node, by: '', what: 'deed.command', text: `${code} ${JSON.stringify(values)}: ${result.status}`, why });
    } catch (error) {
        answer.value = { kind: 'bad', text: t(error.message) };
    }
}

export function Answer({ answer }) {
    return answer.value && <p class={`answer ${answer.value.kind}`} role="status">{answer.value.text}</p>;
}

export function Commands({ junction, plans }) {
    const answer = useSignal(null);
    const submit = (event) => {
        event.preventDefault();
        const form = new FormData(event.target);
        const plan = Number(form.get('plan'));
        const until = plan ? nowOf(junction.node) + Number(form.get('minutes')) * 60000 : 0;
        order(junction, 'tlc.plan.set', { plan }, { why: form.get('why'), until }, answer);
    };
    return (
        <form class="commands" onSubmit={submit}>
            <h2>{t('command.title')}</h2>
            <label>{t('command.plan')}
                <select name="plan">
                    {plans.map((plan) => <option key={plan.plan} value={plan.plan}>{plan.plan} {plan.name} ({say('strategy', plan.strategy)})</option>)}
                    <option value="0">{t('command.calendar')}</option>
                </select>
            </label>
            <label>{t('command.for')}
                <select name="minutes">{MINUTES.map((minutes) => <option key={minutes} value={minutes}>{t('span.minutes', minutes)}</option>)}</select>
            </label>
            <label class="wide">{t('command.why')}<input name="why" required maxLength="95" autocomplete="off" /></label>
            <button class="main" disabled={!junction.isLive}>{t('command.send')}</button>
            <Answer answer={answer} />
            {!junction.isLive && <p class="quiet">{t('command.away')}</p>}
        </form>
    );
}


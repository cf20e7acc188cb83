// Alarms as an operator works them off: unacknowledged, acknowledged, suspended, ended; and who did what about them.
import { useSignal } from '@preact/signals';
import { Answer, order } from '../commands.jsx';
import { momentOf, phrase, say, spanOf, t } from '../i18n.js';
import { address } from '../router.js';
import { isMuted, switchSound } from '../sound.js';
import { cleared, deeds, find, junctions, now, nowOf } from '../store.js';
import { isSuspended } from '../worst.js';

const HOURS = [1, 8, 24, 168];

function Actions({ alarm, why, answer }) {
    const junction = find(alarm.node);
    const target = alarm.component ? { code: alarm.code, component: alarm.component } : { code: alarm.code };
    const ask = (code, until) => order(junction, code, target, { why: why.value || t('alarms.seen'), until }, answer);
    const suspend = (event) => {
        const hours = Number(event.target.value);
        event.target.value = '';
        ask('alarm.suspend', hours > 0 ? nowOf(alarm.node) + hours * 3600000 : undefined);
    };
    return (
        <span class="actions">
            {!alarm.acknowledged && <button onClick={() => ask('alarm.acknowledge')}>{t('alarms.acknowledge')}</button>}
            <select onChange={suspend} aria-label={t('alarms.suspend')}>
                <option value="">{t('alarms.suspend')}</option>
                {HOURS.map((hours) => <option key={hours} value={hours}>{t('span.hours', hours)}</option>)}
                {isSuspended(alarm) && <option value="-1">{t('alarms.resume')}</option>}
            </select>
        </span>
    );
}

function Row({ alarm, why, answer }) {
    return (
        <tr class={find(alarm.node)?.isLive ? '' : 'stale'}>
            <td><a href={address('junction', alarm.node)}>{alarm.node}</a></td>
            <td>{say('alarm', alarm.code)} {alarm.component}<div class="what">{phrase('message', alarm.message)}</div></td>
            <td>{momentOf(alarm.since)}<div class="quiet">{alarm.until ? momentOf(alarm.until) : spanOf(now.value - alarm.since)}</div></td>
            <td>{alarm.acknowledged_by}{isSuspended(alarm) &&
                <div class="quiet">{t('alarms.until', momentOf(Date.parse(alarm.suspended_until)), alarm.suspended_by)}</div>}</td>
            <td>{!alarm.until && <Actions alarm={alarm} why={why} answer={answer} />}</td>
        </tr>
    );
}

function Section({ title, list, why, answer, kind = '' }) {
    return (
        <section class="panel">
            <h2 class={list.length ? kind : 'quiet'}>{t(title)} ({list.length})</h2>
            {list.length > 0 && <table>
                <thead><tr>{['junction', 'what', 'since', 'who'].map((key) => <th key={key}>{t(`alarms.${key}`)}</th>)}<th /></tr></thead>
                <tbody>{list.slice(0, 200).map((alarm) => (
                    <Row key={`${alarm.node} ${alarm.code} ${alarm.component} ${alarm.since}`} alarm={alarm} why={why} answer={answer} />
                ))}</tbody>
            </table>}
        </section>
    );
}

function Deeds() {
    return (
        <section class="panel">
            <h2>{t('alarms.deeds')}</h2>
            <ul class="deeds">{deeds.value.slice(0, 50).map((deed) => (
                <li key={deed.at}>{momentOf(deed.at)} <b>{deed.by}</b> {t(deed.what)} {deed.node} {deed.text ? deed.text() : `${say('alarm', deed.about.code)} ${deed.about.component}`} {deed.why && `(${deed.why})`}</li>
            ))}</ul>
        </section>
    );
}

export function Alarms({ node }) {
    const answer = useSignal(null);
    const why = useSignal('');
    const all = junctions.value.filter((junction) => !node || junction.node === node)
        .flatMap((junction) => junction.alarms.value).sort((a, b) => b.since - a.since);
    const awake = all.filter((alarm) => !isSuspended(alarm));
    const common = { why, answer };
    return (
        <div class="alarms">
            <div class="toolbar panel">
                {node && <a href={address('alarms')}>{t('alarms.all')}</a>}
                <input placeholder={t('command.why')} aria-label={t('command.why')} maxLength="95" value={why.value} onInput={(event) => (why.value = event.target.value)} />
                <button onClick={switchSound} aria-pressed={isMuted.value}>{isMuted.value ? '–' : '♪'} {t(isMuted.value ? 'page.muted' : 'page.sound')}</button>
                <Answer answer={answer} />
            </div>
            <Section title="alarms.unacknowledged" kind="bad" list={awake.filter((alarm) => !alarm.acknowledged)} {...common} />
            <Section title="alarms.acknowledged" list={awake.filter((alarm) => alarm.acknowledged)} {...common} />
            <Section title="alarms.suspended" list={all.filter(isSuspended)} {...common} />
            <Section title="alarms.cleared" list={cleared.value.filter((alarm) => !node || alarm.node === node)} {...common} />
            <Deeds />
        </div>
    );
}

// One junction whole: what it shows, why, and what an operator may ask of it.
import { useEffect } from 'preact/hooks';
import { Commands } from '../commands.jsx';
import { need } from '../connection.js';
import { say, spanOf, t } from '../i18n.js';
import { go } from '../router.js';
import { junctions, now, watch } from '../store.js';
import { trouble, worstFirst } from '../worst.js';
import { Bars, Cycle } from './junction_bars.jsx';
import { JunctionMap } from './junction_map.jsx';
import { Why } from './junction_why.jsx';

const CHANNELS = ['tlc.groups/live', 'tlc.mode', 'tlc.plan', 'tlc.cycle', 'tlc.health', 'tlc.decision', 'tlc.detectors/live'];

function useChannels(node) {
    useEffect(() => {
        if (!node) {
            return undefined;
        }
        const unwatch = watch(node);
        const ends = CHANNELS.map((code) => need(node, code));
        return () => [unwatch, ...ends].forEach((end) => end());
    }, [node]);
}

function Facts({ junction, plan }) {
    const mode = junction.get('tlc.mode');
    const cycle = junction.get('tlc.cycle');
    const health = junction.get('tlc.health');
    const rows = [
        ['fact.mode', say('mode', mode.mode)],
        ['fact.strategy', `${say('strategy', mode.strategy)} (${say('reason', mode.reason)})`],
        ['fact.plan', plan ? `${plan.plan} ${plan.name}, ${say('source', junction.get('tlc.plan').source)}` : '–'],
        ['fact.cycle', cycle.cycle_ms ? `${say('coordination', cycle.coordination)}, ${cycle.cycle_ms / 1000} s` : say('coordination', cycle.coordination)],
        ['fact.cabinet', `${say('cabinet', health.cabinet_link)}, ${say('lease', health.lease)}`],
        ['fact.safety', `${say('guard', health.guard)}; ${say('monitor', health.monitor)}`],
    ];
    return (
        <dl class="facts">
            {rows.map(([key, value]) => <div key={key}><dt>{t(key)}</dt><dd>{value}</dd></div>)}
            {health.signed === false && <div class="warn"><dt>{t('fact.file')}</dt><dd>{t('fact.unsigned')}</dd></div>}
        </dl>
    );
}

function Title({ junction }) {
    const state = trouble(junction);
    const about = junction.about('tlc.groups/live');
    return (
        <div class={`title rank${state.rank}`}>
            <select value={junction.node} onChange={(event) => go('junction', event.target.value)} aria-label={t('view.junction')}>
                {junctions.value.map(({ node }) => <option key={node}>{node}</option>)}
            </select>
            <b>{t(state.key)}</b>
            {state.alarm && <span>{say('alarm', state.alarm.code)} {state.alarm.component} {spanOf(now.value - state.since)}</span>}
            <span class="filler" />
            {about.isPatchy && <span class="warn">{t('junction.patchy')}</span>}
            <span class="quiet">{t('junction.age')} {junction.heardAt.value ? spanOf(now.value - junction.heardAt.value) : '–'}</span>
        </div>
    );
}

function stateOf(junction, groups) {
    const live = junction.get('tlc.detectors/live');
    return {
        lamps: junction.isLive ? junction.get('tlc.groups/live').signalgroupstatus || {} : {},
        occupied: junction.isLive ? live.occupied : {},
        health: junction.get('tlc.detectors/health').health || {},
        detectors: junction.get('tlc.config/detectors').detectors || [],
        queues: junction.isLive ? junction.get('tlc.decision').lanes : [],
        names: Object.fromEntries(groups.map((group) => [group.sg, group.name])),
    };
}

export function Junction({ node }) {
    const list = junctions.value;
    const shown = list.find((junction) => junction.node === node) || worstFirst(list)[0]?.junction;
    useChannels(shown?.node);
    if (!shown) {
        return <p class="quiet">{t('city.none')}</p>;
    }
    const groups = shown.get('tlc.config/groups').groups || [];
    const stages = shown.get('tlc.config/stages').stages || [];
    const plans = shown.get('tlc.config/plans').plans || [];
    const plan = plans.find((one) => one.plan === shown.get('tlc.plan').status);
    const state = stateOf(shown, groups);
    return (
        <div class={`junction ${shown.isLive ? '' : 'stale'}`}>
            <Title junction={shown} />
            <div class="column">
                <div class="panel"><JunctionMap lanes={shown.get('tlc.config/lanes').lanes || []} state={state} /></div>
            </div>
            <div class="column">
                <div class="panel">
                    <Facts junction={shown} plan={plan} />
                    <Cycle junction={shown} plan={plan} stages={stages} />
                    <Bars junction={shown} groups={groups} stages={stages} calls={shown.get('tlc.detectors/live').calls} />
                </div>
                <div class="panel"><Why junction={shown} groups={groups} stages={stages} /></div>
                <div class="panel"><Commands junction={shown} key={shown.node} /></div>
            </div>
        </div>
    );
}

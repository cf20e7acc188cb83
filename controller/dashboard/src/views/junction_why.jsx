// Why it is as it is: the optimiser's last decision in words, and what else there was, as the controller told it.
import { say, t } from '../i18n.js';

const ROWS = 4;

function nameOf(option, stages) {
    if (!option) {
        return '–';
    }
    return stages.find((stage) => stage.stage === option.stage)?.name ?? (option.phases || []).join('+') ?? '–';
}

function sentences(decision, stages, groups) {
    const was = nameOf(decision.was, stages);
    const chosen = nameOf(decision.chosen, stages);
    const first = decision.alternatives[0];
    const lines = [was === chosen
        ? t('why.stays', chosen, first?.leave_in_s ?? '–')
        : t('why.changes', was, chosen)];
    const group = groups.find((one) => one.sg === decision.binding_sg)?.name ?? '';
    if (decision.binding !== 'none') {
        lines.push(t('why.binding', say('binding', decision.binding), group));
    }
    if (decision.oversaturated) {
        lines.push(t('why.oversaturated'));
    }
    lines.push(t('why.load', decision.load_pct));
    return lines;
}

function Alternative({ option, stages, most }) {
    return (
        <tr>
            <td>{nameOf(option, stages)}</td>
            <td class="num">{option.leave_in_s} s</td>
            <td class="num">{Math.round(option.cost_cs / 100)}<div class="cost" style={{ width: `${(100 * option.cost_cs) / most}%` }} /></td>
            {['delay_cs', 'stops_cs', 'waits_cs', 'pedestrians_cs', 'blocked_cs'].map((key) => (
                <td class="num" key={key}>{Math.round(option[key] / 100)}</td>
            ))}
        </tr>
    );
}

export function Why({ junction, groups, stages }) {
    const decision = junction.get('tlc.decision');
    const mode = junction.get('tlc.mode');
    if (mode.strategy !== 'adaptive' || !decision.number) {
        return <><h2>{t('why.title')}</h2><p>{t('why.other', say('strategy', mode.strategy), say('reason', mode.reason))}</p></>;
    }
    const options = decision.alternatives.slice(0, ROWS);
    const most = Math.max(1, ...options.map((option) => option.cost_cs));
    return (
        <>
            <h2>{t('why.title')} <span class="quiet">#{decision.number}</span></h2>
            {sentences(decision, stages, groups).map((line) => <p key={line} class="line">{line}</p>)}
            <table class="small">
                <thead><tr>{['next', 'after', 'cost', 'delay', 'stops', 'waits', 'pedestrians', 'blocked'].map((key, i) => (
                    <th key={key} class={i ? 'num' : ''}>{t(`why.${key}`)}</th>))}</tr></thead>
                <tbody>{options.map((option, i) => <Alternative key={i} option={option} stages={stages} most={most} />)}</tbody>
            </table>
        </>
    );
}

// What is wrong with a junction, in the order in which an operator wants to hear it. Ranks only order what the interface
// already says.
import { now } from './store.js';

const GRAVE = ['tlc.safety', 'tlc.hardware.error', 'tlc.lamp.error', 'tlc.config.error', 'tlc.deadlock'];

export function isSuspended(alarm) {
    return Date.parse(alarm.suspended_until || 0) > now.value;
}

// {rank: 0 (worst) to 6 (well), key: word of what is wrong, since: milliseconds or 0, alarm}
export function trouble(junction) {
    const mode = junction.get('tlc.mode');
    const alarms = junction.alarms.value.filter((alarm) => !isSuspended(alarm));
    const bySince = [...alarms].sort((a, b) => a.since - b.since);
    const grave = bySince.find((alarm) => GRAVE.includes(alarm.code));
    const fresh = bySince.find((alarm) => !alarm.acknowledged);
    const presence = junction.presence.value;
    if (mode.mode === 'flash' && junction.isLive) {
        return { rank: 0, key: 'trouble.flash', since: mode.fault_at_ms || grave?.since || 0, alarm: grave };
    }
    if (grave) {
        return { rank: 1, key: 'trouble.grave', since: grave.since, alarm: grave };
    }
    if (presence.word !== 'online') {
        return { rank: 2, key: 'trouble.offline', since: presence.since };
    }
    if (!junction.isLive) {
        return { rank: 3, key: 'trouble.stale', since: junction.heardAt.value };
    }
    if (fresh) {
        return { rank: 4, key: 'trouble.alarm', since: fresh.since, alarm: fresh };
    }
    if (mode.mode !== 'normal' || mode.strategy !== mode.scheduled) {
        return { rank: 5, key: 'trouble.other', since: mode.fault_at_ms || 0 };
    }
    return { rank: 6, key: 'trouble.none', since: 0, alarm: bySince[0] };
}

export function worstFirst(list) {
    return list.map((junction) => ({ junction, trouble: trouble(junction) }))
        .sort((a, b) => a.trouble.rank - b.trouble.rank || a.junction.node.localeCompare(b.junction.node));
}

// The first screen: what is wrong, since when, what can I do. Left the map, right the junctions, worst first.
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { momentOf, phrase, say, spanOf, t } from '../i18n.js';
import { drawMap, nearest } from '../map.js';
import { address, go } from '../router.js';
import { junctions, now } from '../store.js';
import { worstFirst } from '../worst.js';

const ROWS_MAX = 60;
const SIGNS = ['✖', '▲', '◌', '◌', '!', '◆', '✓'];

function AlarmWords({ alarm }) {
    return <>{say('alarm', alarm.code)}{alarm.component && ` ${alarm.component}`}: {phrase('message', alarm.message)}</>;
}

function Row({ junction, trouble }) {
    const mode = junction.get('tlc.mode');
    return (
        <tr class={`rank${trouble.rank}${junction.isLive ? '' : ' stale'}`} data-node={junction.node}
            onClick={() => go('junction', junction.node)}>
            <td class="sign" title={t(trouble.key)}>{SIGNS[trouble.rank]}</td>
            <td><a href={address('junction', junction.node)}>{junction.name}</a>
                <div class="what">{t(trouble.key)}{trouble.alarm && <> · <AlarmWords alarm={trouble.alarm} /></>}</div>
            </td>
            <td title={trouble.since ? momentOf(trouble.since) : ''}>{trouble.since ? spanOf(now.value - trouble.since) : ''}</td>
            <td>{say('mode', mode.mode)}<div class="quiet">{say('strategy', mode.strategy)}</div></td>
            <td class="num">{junction.heardAt.value ? spanOf(now.value - junction.heardAt.value) : '–'}</td>
            <td>{trouble.alarm && <a class="act" href={address('alarms', junction.node)} onClick={(e) => e.stopPropagation()}>{t('city.alarms')}</a>}</td>
        </tr>
    );
}

function Summary({ rows }) {
    const count = (test) => rows.filter((row) => test(row.trouble.rank)).length;
    const tiles = [['city.grave', count((rank) => rank < 2), 'bad'], ['city.away', count((rank) => rank === 2 || rank === 3), 'warn'],
        ['city.attention', count((rank) => rank === 4 || rank === 5), 'warn'], ['city.well', count((rank) => rank === 6), 'good']];
    return (
        <div class="tiles">
            {tiles.map(([key, number, kind]) => (
                <div class={`tile ${number ? kind : ''}`} key={key}><b>{number}</b> {t(key)}</div>
            ))}
        </div>
    );
}

function Map() {
    const canvas = useRef(null);
    useEffect(() => {
        let frame = 0;
        const draw = () => {
            drawMap(canvas.current, junctions.value);
            frame = requestAnimationFrame(draw);
        };
        draw();
        return () => cancelAnimationFrame(frame);
    }, []);
    const open = (event) => {
        const node = nearest(event.offsetX, event.offsetY);
        if (node) {
            go('junction', node);
        }
    };
    return <canvas class="map" ref={canvas} onClick={open} role="img" aria-label={t('city.map')} />;
}

export function City() {
    const wanted = useSignal('');
    const rows = worstFirst(junctions.value);
    const shown = rows.filter(({ junction }) => junction.node.includes(wanted.value.toLowerCase()));
    return (
        <div class="city">
            <div class="panel mapbox"><Summary rows={rows} /><Map /></div>
            <div class="panel list">
                <input type="search" placeholder={t('city.search')} aria-label={t('city.search')} value={wanted.value}
                    onInput={(event) => (wanted.value = event.target.value)} />
                <table>
                    <thead><tr><th /><th>{t('city.what')}</th><th>{t('city.since')}</th><th>{t('city.state')}</th>
                        <th class="num">{t('city.age')}</th><th /></tr></thead>
                    <tbody>{shown.slice(0, ROWS_MAX).map((row) => <Row {...row} key={row.junction.node} />)}</tbody>
                </table>
                {shown.length > ROWS_MAX && <p class="quiet">{t('city.more', shown.length - ROWS_MAX)}</p>}
                {shown.length === 0 && <p class="quiet">{t('city.none')}</p>}
            </div>
        </div>
    );
}

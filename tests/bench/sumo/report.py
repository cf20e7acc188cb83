"""Table, picture and paired comparison of results that bench.py kept."""
import math
import random
import statistics

ORDER = ['fixed-sumo', 'sumo-actuated', 'sumo-delay_based', 'maxpressure', 'longestqueue',
         'kavsak-fixed', 'kavsak-actuated', 'kavsak', 'kavsak-10s', 'kavsak-noise',
         'kavsak-failed10']
LABEL = {'fixed-sumo': 'the network\'s own fixed programme', 'sumo-actuated': 'SUMO `actuated`',
         'sumo-delay_based': 'SUMO `delay_based`', 'maxpressure': 'max pressure (10 s)',
         'longestqueue': 'longest queue first (10 s)', 'kavsak-fixed': 'Kavşak, fixed',
         'kavsak-actuated': 'Kavşak, actuated', 'kavsak': '**Kavşak, adaptive**',
         'kavsak-10s': 'Kavşak, adaptive, 10 s', 'kavsak-noise': 'Kavşak, adaptive, noisy sensors',
         'kavsak-failed10': 'Kavşak, adaptive, 10 % failed'}
RESAMPLES = 10000
# Two-sided 95 % points of Student's t by degrees of freedom; above 30 the normal's is near enough.
T_95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042]


def add_arguments(p):
    p.add_argument('--results', required=True)
    p.add_argument('--row', default='A')
    p.add_argument('--scale', type=float, default=1)
    p.add_argument('--options', default='', help='as keyed, for instance teleport=300')
    p.add_argument('--version', help='of kavsak; default: the last in the file')
    p.add_argument('--against', default='kavsak', help='the strategy that is compared')
    p.add_argument('--seeds-shown', action='store_true', help='every run in a table')
    p.add_argument('--markdown', help='write the tables here instead of to the terminal')
    p.add_argument('--into', help='write the tables into this page, between the marks of --mark')
    p.add_argument('--mark', help='<!-- MARK --> and <!-- end of MARK -->; default: "row ROW"')
    p.add_argument('--svg', help='write the picture here')


def chosen(options, runs):
    """Results of this row, scale and options; of one run by several versions, the asked or last."""
    found = {}
    for run in runs:
        if (run['row'], run['scale'], run['options']) != (options.row, options.scale,
                                                         options.options):
            continue
        is_ours = run['strategy'].startswith('kavsak')
        if is_ours and options.version not in (None, run['version']):
            continue
        found[run['scenario'], run['strategy'], run['seed']] = run
    return found


def by_strategy(found, scenario):
    table = {}
    for (where, strategy, seed), run in found.items():
        if where == scenario and run.get('delay_s') is not None:
            table.setdefault(strategy, {})[seed] = run
    return {s: table[s] for s in ORDER if s in table}


def names(found):
    return list(dict.fromkeys(scenario for scenario, _, _ in found))


def jams_told(runs):
    kinds = [r['jam'] for r in runs if r.get('jam')]
    return ', '.join(f'{kinds.count(k)} {k}' for k in ('swap', 'box', 'other') if k in kinds) or '0'


def spread(delays):
    return statistics.stdev(delays) if len(delays) > 1 else 0.0


def table_lines(found, scenario):
    lines = [f'### {scenario}', '',
             '| strategy | mean, s | sd | median | worst seed | never inserted | jams | seeds |',
             '|---|---:|---:|---:|---:|---:|---|---:|']
    for strategy, runs in by_strategy(found, scenario).items():
        delays = {seed: r['delay_s'] for seed, r in runs.items()}
        worst = max(delays, key=delays.get)
        lines.append('| {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} (seed {}) | {} | {} | {} |'.format(
            LABEL[strategy], statistics.mean(delays.values()), spread(list(delays.values())),
            statistics.median(delays.values()), delays[worst], worst,
            sum(r['never'] for r in runs.values()), jams_told(runs.values()), len(runs)))
    return lines + ['']


def paired(ours, theirs):
    """Mean difference (theirs less ours), its 95 % intervals by t and by bootstrap, wins, pairs."""
    seeds = sorted(set(ours) & set(theirs))
    gains = [theirs[s]['delay_s'] - ours[s]['delay_s'] for s in seeds]
    if len(gains) < 2:
        return None
    mean = statistics.mean(gains)
    df = len(gains) - 1
    half = (T_95[df - 1] if df <= len(T_95) else 1.96) * spread(gains) / math.sqrt(len(gains))
    rng = random.Random(1)
    means = sorted(statistics.fmean(rng.choices(gains, k=len(gains))) for _ in range(RESAMPLES))
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]
    return mean, (mean - half, mean + half), (low, high), sum(g > 0 for g in gains), len(gains)


def paired_lines(found, scenario, against):
    table = by_strategy(found, scenario)
    if against not in table:
        return []
    lines = [f'{scenario}: delay saved by {LABEL[against]}, seed by seed', '',
             '| against | mean saved, s | 95 % (t) | 95 % (bootstrap) | wins |',
             '|---|---:|---:|---:|---:|']
    for strategy, runs in table.items():
        seen = None if strategy == against else paired(table[against], runs)
        if seen is not None:
            mean, t, b, wins, pairs = seen
            lines.append(f'| {LABEL[strategy]} | {mean:.2f} | {t[0]:.2f} to {t[1]:.2f} | '
                         f'{b[0]:.2f} to {b[1]:.2f} | {wins} of {pairs} |')
    return lines + ['']


def seed_lines(found, scenario):
    table = by_strategy(found, scenario)
    seeds = sorted({seed for runs in table.values() for seed in runs})
    lines = [f"| {scenario}, by seed | {' | '.join(map(str, seeds))} |",
             '|---|' + '---:|' * len(seeds)]
    for strategy, runs in table.items():
        cells = []
        for seed in seeds:
            run = runs.get(seed)
            jam = f" {run['jam']}" if run and run.get('jam') else ''
            cells.append(f"{run['delay_s']:.1f}{jam}" if run else '-')
        lines.append(f"| {LABEL[strategy]} | {' | '.join(cells)} |")
    return lines + ['']


# The picture: a panel per scenario, a bar of the mean per strategy, a dot per seed. Every panel has
# its own scale, written at its end; a dot beyond it is drawn at the edge as a triangle.
PANEL_W, BAR_H, LEFT_W, GAP_H, HEAD_H = 460, 18, 220, 30, 40
INK, PALE, OURS, DOT = '#222222', '#b8c0c8', '#2a6f97', '#222222'


def text(x, y, words, anchor='start', weight='normal', size=12):
    words = words.replace('&', '&amp;').replace('<', '&lt;')
    return (f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-weight="{weight}" '
            f'font-size="{size}" fill="{INK}">{words}</text>')


def panel(scenario, table, top):
    means = {s: statistics.mean(r['delay_s'] for r in runs.values()) for s, runs in table.items()}
    # A locked run would press everything else to the left edge: the scale ends at three medians.
    scale = min(max(means.values()), 3 * statistics.median(means.values())) * 1.15
    lines = [text(8, top + 14, scenario, weight='bold', size=14),
             text(LEFT_W + PANEL_W, top + 14, f'{scale:.0f} s', 'end')]
    y = top + 22
    for strategy, runs in table.items():
        wide = PANEL_W * min(means[strategy] / scale, 1)
        colour = OURS if strategy.startswith('kavsak') else PALE
        name = LABEL[strategy].replace('*', '').replace('`', '')
        lines += [text(LEFT_W - 8, y + 13, name, 'end', size=11),
                  f'<rect x="{LEFT_W}" y="{y + 2}" width="{wide:.1f}" height="{BAR_H - 4}" '
                  f'fill="{colour}"/>']
        for run in runs.values():
            x = LEFT_W + PANEL_W * run['delay_s'] / scale
            if x <= LEFT_W + PANEL_W:
                lines.append(f'<circle cx="{x:.1f}" cy="{y + BAR_H / 2}" r="2" fill="{DOT}" '
                             'fill-opacity="0.6"/>')
            else:
                x = LEFT_W + PANEL_W
                lines.append(f'<path d="M{x} {y + 5} l7 4 l-7 4 z" fill="{DOT}"/>')
        lines.append(text(LEFT_W + PANEL_W + 60, y + 13, f'{means[strategy]:.1f} s', 'end',
                          size=11))
        y += BAR_H
    return lines, y + GAP_H


def picture(found, title):
    lines, top = [], HEAD_H
    for scenario in names(found):
        table = by_strategy(found, scenario)
        if table:
            more, top = panel(scenario, table, top)
            lines += more
    width = LEFT_W + PANEL_W + 70
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top}" '
            f'viewBox="0 0 {width} {top}" font-family="sans-serif">',
            f'<rect width="{width}" height="{top}" fill="#ffffff"/>',
            text(8, 22, title, weight='bold', size=15)]
    return '\n'.join(head + lines + ['</svg>']) + '\n'


def markdown(options, found):
    lines = []
    for scenario in names(found):
        lines += table_lines(found, scenario)
        lines += paired_lines(found, scenario, options.against)
        if options.seeds_shown:
            lines += seed_lines(found, scenario)
    return '\n'.join(lines)


def replaced(page, mark, told):
    begin, end = f'<!-- {mark} -->\n', f'<!-- end of {mark} -->'
    head, found, rest = page.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found or not found_end:
        raise SystemExit(f'the page has no marks "{mark}"')
    return f'{head}{begin}\n{told}\n{end}{tail}'


def main(options, runs):
    found = chosen(options, runs)
    if not found:
        print('no results of this row, scale and options')
        return 1
    told = markdown(options, found)
    if options.markdown:
        with open(options.markdown, 'w', encoding='utf-8') as f:
            f.write(told)
    elif options.into:
        with open(options.into, encoding='utf-8') as f:
            mark = options.mark or f'row {options.row}'
            page = replaced(f.read(), mark, told.rstrip('\n') + '\n')
        with open(options.into, 'w', encoding='utf-8') as f:
            f.write(page)
    else:
        print(told)
    if options.svg:
        with open(options.svg, 'w', encoding='utf-8') as f:
            f.write(picture(found, f'Mean delay of all vehicles due, row {options.row}; '
                                   'a dot is a seed'))
    return 0

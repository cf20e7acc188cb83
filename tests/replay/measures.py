#!/usr/bin/env python3
"""Are the tables of kavsak measures those that others compute from the same log, cell for cell, and
what does it say of files and options that are wrong? TAP.

    measures.py KAVSAK SOURCE_ROOT

The recording and its tables are not ours to ship: KAVSAK_DATA says where they are."""
import csv
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile

HEADING = 'TimeStamp,DeviceId,EventId,Parameter\n'
ROLES = 'DeviceId,Phase,Function,Parameter\n'
TABLES = ['has_data', 'actuations', 'ped', 'splits', 'terminations', 'coordination',
          'coordination_agg', 'ped_delay', 'arrival_on_green', 'communications', 'unique_ped',
          'full_ped', 'split_failures', 'yellow_red', 'phase_wait']


class Tap:
    def __init__(self):
        self.count = 0
        self.is_fine = True

    def ok(self, is_ok, name, says=''):
        self.count += 1
        self.is_fine = self.is_fine and bool(is_ok)
        print(f'{"ok" if is_ok else "not ok"} {self.count} - {name}')
        if not is_ok and says:
            print('\n'.join('# ' + line for line in str(says).splitlines()[:20]))

    def skip(self, name, why):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {why}')


class Tool:
    def __init__(self, path, folder):
        self.path = path
        self.folder = folder

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, *options):
        return subprocess.run([self.path, 'measures', *options], capture_output=True, text=True,
                              check=False, timeout=60)


def line(second, device, code, param):
    minute = second // 60
    return (f'2024-03-31T{minute // 60:02.0f}:{minute % 60:02.0f}:{second % 60:06.3f}Z,'
            f'{device},{code},{param}\n')


def a_day(seed):
    """Events of two controllers, by no means sensible, in the order of time."""
    chance = random.Random(seed)
    rows = []
    for _ in range(4000):
        code = chance.choice([1, 7, 8, 10, 11, 21, 22, 43, 44, 45, 81, 82, 82, 90, 132, 316, 4, 6])
        param = 110 if code in (132, 316) else chance.randint(1, 8)
        rows.append((chance.randint(0, 7200 * 10) / 10, chance.choice([3, 9]), code, param))
    return sorted(set(rows))


def bad_events(tap, tool):
    bad = [
        ('when,who,what,why\n1,2,3,4\n', 'bad.csv:1:1: expected TimeStamp,DeviceId,EventId'),
        ('\x89PNG\r\n', 'bad.csv:1:1: expected TimeStamp'),
        (HEADING + '2024-02-30T00:00:00Z,1,82,5\n', 'bad.csv:2:1: expected a time like'),
        (HEADING + '2024-02-28T25:00:00Z,1,82,5\n', 'bad.csv:2:1: expected a time like'),
        (HEADING + '2024-02-28T00:00:00Z,1,82\n', 'bad.csv:2:26: expected a comma and the event'),
        (HEADING + '2024-02-28T00:00:00Z,1,82,5,6\n', 'bad.csv:2:28: expected the end'),
        (HEADING + '2024-02-28T00:00:00Z,1,99999,5\n', 'bad.csv:2:24: expected a comma and the n'),
    ]
    for text, says in bad:
        path = tool.file('bad.csv', text)
        done = tool.run('--events', path, '--table', 'ped')
        tap.ok(done.returncode == 1 and says in done.stderr and not done.stdout,
               f'refused: {text.splitlines()[-1]!a}', done.stderr)
    path = tool.file('bad.csv', HEADING + 'x\n' + line(1, 1, 82, 5) + 'y\n' + 'z' * 100000 +
                     '\nw\n')
    done = tool.run('--events', path, '--table', 'ped')
    where = [text.split('bad.csv:')[1].split(':')[0] for text in done.stderr.splitlines()]
    tap.ok(done.returncode == 1 and where == ['2', '4', '5', '6'],
           'all errors are told, a line of 100,000 bytes among them', done.stderr)
    path = tool.file('bad.csv', HEADING + 'x\n' * 5000)
    done = tool.run('--events', path, '--table', 'ped')
    tap.ok(done.returncode == 1 and len(done.stderr.splitlines()) == 51 and
           '5000 errors in all' in done.stderr, 'no more than fifty of them', done.stderr)
    packed = gzip.compress((HEADING + ''.join(line(*row) for row in a_day(1))).encode())
    path = tool.file('torn.csv.gz', packed[:len(packed) // 2])
    done = tool.run('--events', path, '--table', 'ped')
    tap.ok(done.returncode == 1 and 'torn.csv.gz:' in done.stderr and
           'cut off or damaged' in done.stderr, 'a torn archive is refused', done.stderr)
    done = tool.run('--events', tool.file('none.csv', HEADING), '--table', 'ped')
    tap.ok(done.returncode == 1 and 'no events' in done.stderr, 'a log of nothing is told')
    done = tool.run('--events', os.path.join(tool.folder, 'nowhere'), '--table', 'ped')
    tap.ok(done.returncode == 3 and 'nowhere: cannot be opened' in done.stderr,
           'a log that is not there ends with 3', done.stderr)


def bad_detectors(tap, tool):
    log = tool.file('log.csv', HEADING + line(1, 1, 82, 5))
    path = tool.file('roles.csv', ROLES + '1,2,Advance,5\n1,2,Advance\n1,x,Advance,5\n')
    done = tool.run('--events', log, '--detectors', path, '--table', 'ped')
    tap.ok(done.returncode == 1 and 'roles.csv:3:12: expected the channel' in done.stderr and
           'roles.csv:4:3: expected the number of the phase' in done.stderr,
           'detector files are judged line by line', done.stderr)
    path = tool.file('roles.csv', '1,2,Advance,5\n')
    done = tool.run('--events', log, '--detectors', path, '--table', 'ped')
    tap.ok(done.returncode == 1 and 'roles.csv:1:1: expected DeviceId' in done.stderr,
           'and need a heading', done.stderr)


def bad_options(tap, tool):
    log = tool.file('log.csv', HEADING + line(1, 1, 82, 5))
    wrong = [
        ([], 'say --events FILE or --journal DIR'),
        (['--events', log], 'say -o DIR for all tables, or --table NAME'),
        (['--events', log, '-o', '/tmp', '--table', 'ped'], 'say -o DIR for all tables, or'),
        (['--events', log, '--journal', '/tmp', '--table', 'ped'], 'say --events FILE or'),
        (['--events', log, '--table', 'pedd'], "there is no table 'pedd'; there are: has_data"),
        (['--events', log, '--table', 'ped', '--red-tiem', '5'], "'--red-tiem' is unknown"),
        (['--events', log, '--table', 'ped', '--red-time', 'x'], '--red-time must be a number'),
        (['--events', log, '--table', 'ped', '--red-occupancy', '1.01'], 'from 0 to 1'),
        (['--events', log, '--table', 'ped', '--skip-multiplier', '1.2345'], 'must be a number'),
        (['--events', log, '--table', 'ped', '--bin', '7'], '--bin must divide a day'),
        (['--events', log, '--table', 'ped', '--bin', '4'], 'a multiple of --no-data-min'),
        (['--events', log, '--table', 'ped', '--communication-codes', '1,2,'], 'at most 8 numbers'),
        (['--events', log, '--table', 'ped', '--from', 'noon'], '--from must be a time'),
        (['--events', log, '--table', 'ped', '--junction', 'A'], 'belong to --journal'),
        (['--events', log, '--json', '-o', tool.folder], '--json is for one --table'),
        (['--events', log, '--table', 'ped', 'more'], 'said by options alone'),
    ]
    for options, says in wrong:
        done = tool.run(*options)
        shown = ' '.join(options).replace(tool.folder, '')
        tap.ok(done.returncode == 2 and says in done.stderr, f'wrong usage: {shown}', done.stderr)
    done = tool.run('--events', log, '-o', os.path.join(log, 'below'))
    tap.ok(done.returncode == 3 and 'cannot be written' in done.stderr,
           'a folder that cannot be made ends with 3', done.stderr)
    done = tool.run('--journal', tool.folder, '--table', 'ped')
    tap.ok(done.returncode == 3 and 'no journal there' in done.stderr, 'a journal that is none')


def forms(tap, tool):
    """The same events in other forms, and with others beside them, are the same tables."""
    rows = a_day(2)
    roles = tool.file('roles.csv', ROLES + ''.join(
        f'{device},{phase},{function},{phase}\n' for device in (3, 9) for phase in range(1, 9)
        for function in ('Advance', 'Presence', 'Yellow_Red', 'Speed')))

    def tables(path, *options):
        out = tempfile.mkdtemp(dir=tool.folder)
        done = tool.run('--events', path, '--detectors', roles, '--better', '-o', out, *options)
        texts = {}
        for name in sorted(os.listdir(out)):
            with open(os.path.join(out, name), encoding='ascii') as f:
                texts[name] = f.read()
        return done, texts

    plain = tool.file('plain.csv', HEADING + ''.join(line(*row) for row in rows))
    done, first = tables(plain)
    tap.ok(done.returncode == 0 and len(first) == 26 and done.stderr == '', 'all tables are made',
           done.stderr)
    packed = tool.file('packed.csv.gz', gzip.compress(
        ''.join(line(*row) for row in rows).encode()))
    tap.ok(tables(packed)[1] == first, 'a packed log without a heading gives the same')
    shuffled = rows + rows[:100]
    random.Random(3).shuffle(shuffled)
    other = tool.file('other.csv', 'SignalID,Timestamp,EventCode,EventParam\r\n' + ''.join(
        '{1},{0},{2},{3}\r\n'.format(*line(*row).strip().replace('T', ' ').split(','))
        for row in shuffled))
    done, texts = tables(other)
    tap.ok(texts == first, 'so does one out of order, with repetitions, other names and columns')
    tap.ok('the time goes back by' in done.stderr, 'and its order is told', done.stderr)
    alone = tool.file('alone.csv', HEADING + ''.join(line(*row) for row in rows if row[1] == 9))
    tap.ok(tables(alone)[1] == tables(plain, '--device', '9')[1],
           'a device among others is like one alone')
    done = tool.run('--events', plain, '--table', 'arrival_on_green')
    tap.ok(done.returncode == 0 and done.stdout.count('\n') == 1,
           'without a detector file its tables are empty', done.stdout)
    done = tool.run('--events', plain, '--table', 'terminations', '--json')
    table = json.loads(done.stdout)
    read = list(csv.reader(first['terminations.csv'].splitlines()))
    tap.ok(table['table'] == 'terminations' and table['columns'] == read[0] and
           [[str(cell) for cell in row] for row in table['rows']] == read[1:],
           'JSON says what CSV says')
    done = tool.run('--events', plain, '--table', 'actuations', '--from', '2024-03-31T00:15:00',
                    '--to', '2024-03-31T00:30:00')
    kept = [text for text in first['actuations.csv'].splitlines() if 'T00:15' in text]
    tap.ok(done.stdout.splitlines()[1:] == kept and kept, 'times choose rows')


def clock_set_back(tap, tool):
    """The night in which an hour comes twice: the log does not say which is which."""
    path = tool.file('autumn.csv', HEADING + line(10799, 1, 82, 5) + line(7200, 1, 82, 5))
    done = tool.run('--events', path, '--table', 'actuations')
    tap.ok(done.returncode == 0 and 'autumn.csv:3: the time goes back by 3599.0 s' in done.stderr,
           'an hour that comes twice is told', done.stderr)
    path = tool.file('spring.csv', HEADING + line(7199, 1, 43, 5) + line(10800, 1, 1, 5))
    done = tool.run('--events', path, '--table', 'data_gaps')
    tap.ok(done.stdout.splitlines()[1:] ==
           ['2024-03-31T01:59:59.000Z,2024-03-31T03:00:00.000Z,1,3601'],
           'an hour that does not come is a gap', done.stdout)
    done = tool.run('--events', path, '--table', 'phase_wait')
    tap.ok(done.stdout.count('\n') == 1, 'across which nobody waits', done.stdout)
    done = tool.run('--events', path, '--table', 'phase_wait', '--gap', '0')
    tap.ok(done.stdout.endswith(',5,3601,1\n'), 'unless that is asked for', done.stdout)


def clock_never_set(tap, tool):
    """Some controllers wake up in 1970; the decades between are nobody's bins."""
    text = HEADING + '1970-01-01T00:00:10Z,1,90,5\n1970-01-01T00:00:20Z,1,1,5\n' + line(
        10, 1, 90, 5) + '9999-12-31T23:59:59.999Z,1,82,5\n' + line(20, 1, 82, 5)
    path = tool.file('woke.csv', text)
    out = os.path.join(tool.folder, 'woke')
    done = tool.run('--events', path, '--better', '-o', out)
    with open(os.path.join(out, 'detector_health.csv'), encoding='ascii') as f:
        rows = f.read().count('\n')
    largest_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    tap.ok(done.returncode == 0 and rows == 4 and largest_kb < 1000000,
           'a clock that was never set costs nothing', done.stderr)


def number(text):
    try:
        return float(text)
    except ValueError:
        return text


def is_cell(mine, theirs):
    """Sums of single precision may end in another digit on another machine."""
    a, b = number(mine), number(theirs)
    is_number = isinstance(a, float) and isinstance(b, float)
    return abs(a - b) <= 1e-9 * max(1.0, abs(b)) if is_number else a == b


def is_row(mine, theirs):
    return len(mine) == len(theirs) and all(map(is_cell, mine, theirs))


def recording(tap, tool, data):
    """Three hours of a coordinated signal in Oregon."""
    folder = os.path.join(data, 'hires-oregon')
    log = os.path.join(folder, 'events.csv.gz')
    if not os.path.exists(log):
        for name in TABLES:
            tap.skip(f'recorded hours: {name}', f'no {log}: set KAVSAK_DATA')
        return
    out = os.path.join(tool.folder, 'oregon')
    done = tool.run('--events', log, '--detectors', os.path.join(folder, 'detectors.csv'),
                    '--bin', '15', '-o', out)
    for name in TABLES:
        tables = []
        for where in (out, os.path.join(folder, 'expected')):
            with open(os.path.join(where, name + '.csv'), encoding='ascii') as f:
                heading, *rows = csv.reader(f)
            tables.append((heading, sorted(rows)))
        (mine, mine_rows), (theirs, their_rows) = tables
        different = [f'{a} instead of {b}' for a, b in zip(mine_rows, their_rows)
                     if not is_row(a, b)]
        tap.ok(done.returncode == 0 and mine == theirs and not different and
               len(mine_rows) == len(their_rows),
               f'recorded hours: {name}, {len(their_rows)} rows', '\n'.join(different))


def main(kavsak, source):
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        tool = Tool(os.path.abspath(kavsak), folder)
        bad_events(tap, tool)
        bad_detectors(tap, tool)
        bad_options(tap, tool)
        forms(tap, tool)
        clock_set_back(tap, tool)
        clock_never_set(tap, tool)
        recording(tap, tool, os.environ.get('KAVSAK_DATA') or
                  os.path.join(source, '../shared/data'))
    print(f'1..{tap.count}')
    return 0 if tap.is_fine else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:3]))

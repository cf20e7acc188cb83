#!/usr/bin/python3
"""The operators' page in a browser, against a broker, a controller and two emulated cabinets: what
it shows is what the cabinet has, commands go through, and what goes wrong is said.

    test_page.py KAVSAK_LINK KAVSAKD KAVSAK KAVSAK_CABINET SOURCE_DIR WORK_DIR

Packages of npm are kept in WORK_DIR. TAP on standard output; files are kept if something fails.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import browser

PORT, PAGE_PORT, CABINET_PORT = 21020, 21021, 21022
NAMES = ['saat-kulesi', 'cay-deresi']
NODE = 'balikesir/saat-kulesi'
WORDS = {'R': 'red', 'G': 'green', 'g': 'green-flash', 'Y': 'yellow'}
LAMPS = '''Object.fromEntries([...document.querySelectorAll('[data-sg]')]
    .map((e) => [e.dataset.sg, e.querySelector('.head').getAttribute('class').split(' ')[1]]))'''


def skip_all(reason):
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


class Rig:
    def __init__(self, programs, source, page):
        self.link, self.daemon, self.tool, self.cabinet = programs
        self.source, self.page = source, page
        self.work = tempfile.mkdtemp(prefix='kavsak-page-')
        os.chmod(self.work, 0o755)
        self.running = {}
        self.folders = [f'{self.work}/{name}' for name in NAMES]
        for i, folder in enumerate(self.folders):
            shutil.copytree(f'{source}/plans/examples/{NAMES[i]}', folder)
            self.replace(f'{folder}/site.yaml', r'port: 1502\d', f'port: {CABINET_PORT + i}')
            # Adaptive at any hour, so that there is a decision to show.
            self.replace(f'{folder}/plan.yaml', 'strategy: actuated', 'strategy: adaptive')
            self.replace(f'{folder}/plan.yaml', r'(?m)^(    [a-z]+: \{"00:00": [a-z_]+).*', r'\1}')
        self.set_password('right')
        with open(f'{self.work}/broker.conf', 'w', encoding='utf-8') as file:
            file.write(
                f'user root\nper_listener_settings true\npersistence false\n'
                'max_queued_messages 100000\n'
                f'listener {PORT} 127.0.0.1\nsocket_domain ipv4\nallow_anonymous true\n'
                f'listener {PAGE_PORT} 127.0.0.1\nsocket_domain ipv4\nprotocol websockets\n'
                f'http_dir {page}\nallow_anonymous false\npassword_file {self.work}/passwords\n'
            )

    def replace(self, path, pattern, text):
        with open(path, encoding='utf-8') as file:
            content = re.sub(pattern, text, file.read())
        with open(path, 'w', encoding='utf-8') as file:
            file.write(content)

    def set_password(self, password):
        subprocess.run(
            ['mosquitto_passwd', '-b', '-c', f'{self.work}/passwords', 'ayse', password], check=True
        )

    def start(self, name, *command, **options):
        with open(f'{self.work}/{name}.log', 'ab') as log:
            self.running[name] = subprocess.Popen(
                command, stderr=log, **{'stdout': log, 'stdin': subprocess.DEVNULL, **options}
            )

    def start_broker(self):
        path = f'{os.environ["PATH"]}:/usr/sbin'
        self.start(
            'broker', 'mosquitto', '-c', f'{self.work}/broker.conf',
            env={**os.environ, 'PATH': path},
        )  # fmt: skip

    def start_all(self):
        demand = f'{self.source}/plans/examples/demand.csv'
        self.start(
            'cabinet', self.cabinet, '--street', demand, '--control', '-',
            '--log', f'{self.work}/lamps', *self.folders,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.running['cabinet'].stdout.readline()
        self.start_broker()
        sock = f'{self.work}/kavsakd.sock'
        self.start(
            'daemon', self.daemon, '--no-realtime', '--trust-clock', '--socket', sock, '--state',
            f'{self.work}/state', '--journal-size', '4', *self.folders,
        )  # fmt: skip
        self.start(
            'link', self.link, '--socket', sock, '--broker', '127.0.0.1', '--port', str(PORT),
            *self.folders,
        )  # fmt: skip

    def stop(self, name):
        process = self.running.pop(name)
        process.terminate()
        process.wait()

    def hand(self, line):
        cabinet = self.running['cabinet']
        cabinet.stdin.write(f'{line}\n')
        cabinet.stdin.flush()
        return cabinet.stdout.readline()

    def lamps(self):
        channels = json.loads(self.hand('@1 state'))['channels']
        return {sg: WORDS[letter] for sg, letter in channels.items() if letter in WORDS}

    def status(self, name=NAMES[0]):
        out = subprocess.run(
            [self.tool, 'status', '--json', '--socket', f'{self.work}/kavsakd.sock', name],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        return json.loads(out.splitlines()[0])

    def end(self, is_good):
        for name in list(self.running):
            self.stop(name)
        if is_good:
            shutil.rmtree(self.work)
        else:
            print(f'# files are kept in {self.work}')


def sign_in(page, password):
    page.fill('input[name=name]', 'ayse')
    page.fill('input[name=password]', password)
    page.click('form.login button.main')


def go(page, address):
    page.run(f'location.hash = {json.dumps(address)}')


def wrong_password_is_said(rig, page):
    sign_in(page, 'wrong')
    page.wait('document.body.innerText.includes("refuses this name")')


def city_shows_every_junction(rig, page):
    sign_in(page, 'right')
    for name in NAMES:
        row = f'document.querySelector("tr[data-node$={name}]")'
        page.wait(f'{row}?.innerText.includes("normal")', 180)
    page.wait('document.querySelector("[data-node] td.num").innerText.includes(" s")')
    assert 'in order' in page.text('.tiles')


def lamps_equal_those_of_the_cabinet(rig, page):
    go(page, f'#/junction/{NODE}')
    page.wait('document.querySelectorAll("[data-sg]").length >= 6')
    equal, seen, end = 0, set(), time.monotonic() + 180
    # Both are asked one after the other: the page is right if the cabinet says the same before
    # and after.
    while equal < 12 and time.monotonic() < end:
        before = rig.lamps()
        time.sleep(0.5)
        shown = page.run(LAMPS)
        if rig.lamps() == before:
            wrong = {sg: kind for sg, kind in shown.items() if before.get(sg, kind) != kind}
            assert not wrong, f'the page shows {wrong} where the cabinet has {before}'
            seen |= set(shown.values())
            equal += 1
        time.sleep(1)
    assert equal >= 12 and {'red', 'green'} <= seen, f'{equal} times, {seen}'


def the_decision_is_that_of_the_controller(rig, page):
    page.wait('/#[0-9]+|Runs actuated/.test(document.body.innerText)')
    assert 'link confirmed' in page.text('.facts')
    if 'Runs actuated' in page.text():  # a busy machine is late, and then it is by gaps
        assert rig.status()['strategy'] != 'adaptive'
        return
    assert 'Load' in page.text()
    assert page.run('document.querySelectorAll(".ahead rect").length') > 0


def until(is_so, seconds=60):
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.2)
    return is_so()


def a_refusal_says_why(rig, page):
    page.fill('select[name=code]', 'tlc.manual.advance')
    page.fill('input[name=why]', 'nothing is by hand')
    page.click('form.commands button.main', 'Send')
    page.wait('document.querySelector(".answer.bad")')
    assert 'the junction does not allow it now' in page.text('.answer')
    page.click('button', 'Türkçe')
    page.wait('document.querySelector(".answer").innerText.includes("şu anda izin vermiyor")')
    page.click('button', 'English')


def flash_takes_two_steps(rig, page):
    go(page, f'#/junction/balikesir/{NAMES[1]}')
    page.wait(f'document.querySelector(".title").innerText.includes("{NAMES[1]}")')
    page.fill('select[name=code]', 'tlc.mode.set')
    page.fill('input[name=why]', 'a hole in the road')
    page.click('form.commands button.main', 'Prepare')
    page.wait('document.querySelector(".second")')
    assert rig.status(NAMES[1])['mode'] == 'normal', 'one step is not enough'
    page.click('.second button.danger', 'do it now')
    page.wait('document.querySelector(".answer.good")')
    assert until(lambda: rig.status(NAMES[1])['mode'] == 'flash')
    page.wait('document.querySelector(".title").innerText.includes("Flashing")')
    page.fill('select[name=mode]', 'normal')
    page.fill('input[name=why]', 'it is filled')
    page.click('form.commands button.main', 'Send')
    page.wait('document.querySelector(".answer.good")')
    assert until(lambda: rig.status(NAMES[1])['mode'] != 'flash')
    go(page, f'#/junction/{NODE}')
    page.wait(f'document.querySelector(".title").innerText.includes("{NAMES[0]}")')


def a_command_goes_through(rig, page):
    page.fill('select[name=plan]', '2')
    page.fill('input[name=why]', 'test of the page')
    page.click('form.commands button.main')
    page.wait('document.querySelector(".answer.good")')
    assert until(lambda: rig.status()['plan'] == 2)
    page.wait('document.querySelector(".facts").innerText.includes("2 day")')


def a_detector_of_the_past_is_found(rig, page):
    go(page, f'#/events/{NODE}')
    page.fill('.events input[type=search]', 'plan change')
    page.wait('document.querySelector(".events tbody tr")?.innerText.includes("131")')
    page.fill('.events input[type=search]', '')
    page.wait('document.querySelectorAll(".events tbody tr").length > 20')
    saved = page.run(
        '''(async () => {
        let blob = null;
        URL.createObjectURL = (one) => { blob = one; return 'blob:x'; };
        HTMLAnchorElement.prototype.click = () => {};
        [...document.querySelectorAll('.events button')]
            .find((b) => b.innerText.includes('CSV')).click();
        return blob.text(); })()'''
    ).splitlines()
    assert saved[0] == 'TimeStamp,DeviceId,EventId,Parameter,Detail,Seq' and len(saved) > 20
    journal = subprocess.run(
        [rig.tool, 'log', '--json', '--journal', f'{rig.work}/state/journal'],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    seqs = {json.loads(line)['seq'] for line in journal.splitlines() if '"seq"' in line}
    lost = [row for row in saved[1:] if int(row.rsplit(',', 1)[1]) not in seqs]
    assert not lost, f'not in the journal: {lost[:3]}'


def a_corridor_is_drawn_from_lamps(rig, page):
    go(page, '#/corridor')
    page.wait('document.querySelector("select[name=way]")?.value.includes("saat-kulesi")')
    page.wait('Number(document.querySelector(".chart")?.dataset.marks) >= 4', 120)
    page.wait('document.querySelector(".chart canvas")?.width > 300')


def measures_are_drawn_or_refused_in_words(rig, page):
    for show in ['terminations', 'coordination', 'detectors']:
        go(page, f'#/measures/{NODE}?show={show}')
        page.wait('!document.querySelector(".measures .quiet[role]")')
        said = 'document.querySelector(".measures").innerText'
        page.wait(f'''{said}.includes("no such channel") || {said}.includes("Nothing of this kind")
            || Number(document.querySelector(".chart")?.dataset.marks) > 0''')


def an_alarm_is_seen_and_acknowledged(rig, page):
    go(page, '#/city')
    rig.hand('@1 lamp 5 stuck-on')  # a green beside a red: the monitor latches flash
    row = f'document.querySelector("tr[data-node$={NAMES[0]}]")'
    page.wait(f'{row}.className.includes("rank0")', 180)
    assert page.run('document.querySelector("tbody tr").dataset.node') == NODE, 'worst first'
    go(page, f'#/alarms/{NODE}')
    page.click('.actions button', 'Acknowledge')
    page.wait('document.body.innerText.includes("ayse")')


def a_broker_that_restarts_is_survived(rig, page):
    go(page, f'#/junction/{NODE}')
    page.wait('document.querySelector(".junction:not(.stale)")')
    rig.stop('broker')
    page.wait('document.querySelector(".notice.bad") && document.querySelector(".junction.stale")')
    rig.start_broker()
    page.wait('document.querySelector(".link.live")')
    page.wait('document.querySelector(".junction:not(.stale)")')


def an_expired_password_is_said(rig, page):
    rig.stop('broker')
    rig.set_password('another')
    rig.start_broker()
    page.wait('document.body.innerText.includes("no longer accepts your password")')
    sign_in(page, 'another')
    page.wait('document.querySelector(".link.live")')


def the_other_language_and_the_phone(rig, page):
    go(page, '#/city')
    page.click('button', 'Türkçe')
    page.wait('document.body.innerText.includes("Kent")')
    page.resize(390, 844, True)
    page.wait('document.documentElement.scrollWidth <= 390')
    page.press('5')
    page.wait('location.hash.startsWith("#/alarms")')


TESTS = [
    wrong_password_is_said, city_shows_every_junction, lamps_equal_those_of_the_cabinet,
    the_decision_is_that_of_the_controller, a_command_goes_through, a_refusal_says_why,
    flash_takes_two_steps, a_detector_of_the_past_is_found, a_corridor_is_drawn_from_lamps,
    measures_are_drawn_or_refused_in_words,
    an_alarm_is_seen_and_acknowledged, a_broker_that_restarts_is_survived,
    an_expired_password_is_said, the_other_language_and_the_phone,
]  # fmt: skip


def make_page(source, work):
    page = f'{work}/page-{os.getpid()}'
    make = subprocess.run(
        ['node', f'{source}/controller/dashboard/build.js', page, f'{work}/npm'],
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if make.returncode:
        skip_all(f'npm did not give its packages: {make.stderr.strip().splitlines()[-1:]}')
    return page


def run(test, rig, page):
    try:
        test(rig, page)
        return True
    except (browser.BrowserError, AssertionError) as error:
        for line in f'{error}\n{page.console}'.splitlines():
            print(f'# {line}')
        page.picture(f'{rig.work}/{test.__name__}.png')
        return False


def main():
    *programs, source, work = map(os.path.abspath, sys.argv[1:])
    for name in ['node', 'npm']:
        if not shutil.which(name):
            skip_all(f'{name} is not installed')
    if not browser.program():
        skip_all('chromium is not installed')
    served = make_page(source, work)
    rig = Rig(programs, source, served)
    rig.start_all()
    page = browser.Browser(1366, 768, '--lang=en')
    results = []
    try:
        page.open(f'http://127.0.0.1:{PAGE_PORT}/')
        print(f'1..{len(TESTS) + 1}')
        for i, test in enumerate(TESTS):
            results.append(run(test, rig, page))
            name = test.__name__.replace('_', ' ')
            print(f'{"ok" if results[-1] else "not ok"} {i + 1} - {name}', flush=True)
        results.append(not page.console)
        print(f'{"ok" if results[-1] else "not ok"} {len(TESTS) + 1} - no errors in the console')
        for line in page.console:
            print(f'# {line}')
    finally:
        page.close()
        rig.end(bool(results) and all(results))
        shutil.rmtree(served)
    sys.exit(0 if all(results) else 1)


if __name__ == '__main__':
    main()

"""Chromium without a screen, driven over a pipe with the DevTools protocol: no package of npm or
PyPI between the test and the browser. One page each."""
import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']


class BrowserError(Exception):
    pass


def program():
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class Browser:
    def __init__(self, width=1366, height=768, *options):
        self.profile = tempfile.mkdtemp(prefix='kavsak-browser-')
        to_read, self.to = os.pipe()
        self.back, from_write = os.pipe()
        # The browser reads descriptor 3 and writes 4.
        command = [
            'bash', '-c', f'exec 3<&{to_read} 4>&{from_write}; exec "$@"', 'bash', program(),
            '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run',
            '--disable-extensions', '--disable-dev-shm-usage', '--remote-debugging-pipe',
            '--mute-audio', f'--user-data-dir={self.profile}',
            f'--window-size={width},{height}', *options, 'about:blank',
        ]
        self.process = subprocess.Popen(
            command, pass_fds=(to_read, from_write), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_read)
        os.close(from_write)
        self.buffer = b''
        self.count = 0
        self.session = None
        self.console = []
        targets = self.call('Target.getTargets')['targetInfos']
        page = next(t for t in targets if t['type'] == 'page')
        attached = self.call('Target.attachToTarget', targetId=page['targetId'], flatten=True)
        self.session = attached['sessionId']
        self.call('Page.enable')
        self.call('Runtime.enable')
        self.resize(width, height)

    def resize(self, width, height, is_phone=False):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height,
                  deviceScaleFactor=1, mobile=is_phone)

    def call(self, method, **params):
        self.count += 1
        message = {'id': self.count, 'method': method, 'params': params}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.to, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.receive()
            if answer.get('id') == self.count:
                if 'error' in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer['result']
            self.note(answer)

    def receive(self):
        while b'\0' not in self.buffer:
            part = os.read(self.back, 1 << 20)
            if not part:
                raise BrowserError('the browser is gone')
            self.buffer += part
        message, _, self.buffer = self.buffer.partition(b'\0')
        return json.loads(message)

    def note(self, message):
        if message.get('method') == 'Runtime.exceptionThrown':
            details = message['params']['exceptionDetails']
            self.console.append(details.get('exception', {}).get('description', details['text']))
        elif message.get('method') == 'Runtime.consoleAPICalled':
            said = message['params']
            if said['type'] == 'error':
                self.console.append(' '.join(str(a.get('value', a.get('description')))
                                             for a in said['args']))

    def open(self, url):
        self.call('Page.navigate', url=url)
        self.wait('document.readyState === "complete"')

    def run(self, script):
        """The value of an expression, promises awaited."""
        answer = self.call('Runtime.evaluate', expression=script, returnByValue=True,
                           awaitPromise=True)
        if 'exceptionDetails' in answer:
            details = answer['exceptionDetails']
            raise BrowserError(details.get('exception', {}).get('description', details['text']))
        return answer['result'].get('value')

    def wait(self, script, seconds=60):
        """Until the expression is true. Raises with the page's text if it never is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.run(f'Boolean({script})'):
                return
            time.sleep(0.05)
        raise BrowserError(f'not within {seconds} s: {script}; the page says: {self.text()[:1500]}')

    def text(self, selector='body'):
        return self.run(f'document.querySelector({json.dumps(selector)})?.innerText ?? ""')

    def click(self, selector, text=''):
        self.wait(f'''(() => {{
            const all = [...document.querySelectorAll({json.dumps(selector)})];
            const one = all.find((e) => e.textContent.includes({json.dumps(text)}) && !e.disabled);
            one?.click(); return Boolean(one); }})()''')

    def fill(self, selector, value):
        self.wait(f'''(() => {{
            const field = document.querySelector({json.dumps(selector)});
            if (!field) {{ return false; }}
            const kind = field.tagName === 'SELECT' ? HTMLSelectElement
                : field.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
            const property = Object.getOwnPropertyDescriptor(kind.prototype, 'value');
            property.set.call(field, {json.dumps(value)});
            field.dispatchEvent(new Event('input', {{ bubbles: true }}));
            field.dispatchEvent(new Event('change', {{ bubbles: true }}));
            return true; }})()''')

    def press(self, key):
        self.run(f'''document.body.dispatchEvent(new KeyboardEvent('keydown',
            {{ key: {json.dumps(key)}, bubbles: true }}))''')

    def picture(self, path):
        data = self.call('Page.captureScreenshot', format='png')['data']
        with open(path, 'wb') as file:
            file.write(base64.b64decode(data))

    def close(self):
        try:
            self.call('Browser.close')
        except (BrowserError, OSError):
            pass
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.profile, ignore_errors=True)

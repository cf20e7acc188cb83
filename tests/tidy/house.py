#!/usr/bin/env python3
"""Is the house kept? Checks what compilers cannot: who includes whom, function length, units in
names, banned calls, header guards, symbols of the pure libraries. Each rule is one TAP test.

    house.py SOURCE_ROOT [ARCHIVE...]      archives: the pure libraries, checked by nm

Rules are functions from a File to (line, message) pairs; test_house.py plants violations for each.
Files are found by walking the tree, so that it works without git as well."""
import os
import re
import subprocess
import sys

SKIPPED_DIRS = ('build', '.git', '.cache', 'node_modules')
MAX_COLUMNS = 100
MAX_FUNCTION_LINES = 70

# Who may include whom: docs/architecture.md. A folder may always include itself.
BASE = ['controller/core/' + h for h in
        ('types.h', 'limits.h', 'require.h', 'frame.h', 'command.h')]
CORE = ['controller/core/', 'plans/plan.h']
PURE = CORE + ['controller/optimiser/']
ALL_SHARED = ['controller/core/', 'controller/junction/', 'controller/optimiser/',
              'controller/measures/', 'controller/unit/', 'plans/', 'hal/']
INCLUDES = [  # the first prefix that fits decides
    ('controller/core/guard.', BASE + ['plans/plan.h', 'controller/core/guard.h']),
    ('sim/oracle.', BASE + ['plans/plan.h', 'sim/oracle.h']),
    ('controller/core/', CORE),
    ('controller/optimiser/', CORE),
    ('controller/measures/', CORE),
    ('controller/junction/', PURE),
    ('plans/', BASE),
    ('hal/', BASE + ['plans/site.h']),
    ('controller/unit/',
     PURE + ['controller/junction/', 'controller/measures/', 'plans/', 'hal/']),
    ('sim/', ALL_SHARED + ['controller/link/']),
    ('controller/daemon/', ALL_SHARED),
    ('controller/link/', ALL_SHARED),
    ('controller/console/', BASE + ['controller/core/wire.h']),
    ('controller/cli/', ALL_SHARED + ['controller/link/', 'sim/']),
    ('tests/', ['']),
]

# The pure folders know neither clock nor files nor threads, so they need no more than these.
PURE_FOLDERS = ('controller/core/', 'controller/optimiser/', 'controller/measures/',
                'controller/junction/')
PURE_SYSTEM_HEADERS = ('stdbool.h', 'stddef.h', 'stdint.h', 'inttypes.h', 'string.h')

# A library has one wrapper; Modbus has one for each side.
LIBRARIES = [
    (r'modbus(/.*)?\.h', ['hal/modbus.c', 'sim/modbus_server.c']),
    (r'MQTT.*\.h', ['hal/mqtt.c']),
    (r'openssl/.*', ['hal/tls.c', 'tests/unit/test_tls.c']),
    (r'yaml\.h', ['plans/yaml.c']),
    (r'expat\.h|libxml/.*', ['plans/xml.c']),
    (r'(cjson/)?cJSON\.h', ['controller/link/json.c']),
    (r'cbor(/.*)?\.h', ['controller/link/cbor.c']),
    (r'(ncursesw?/)?n?curses\.h', ['controller/console/']),
    (r'systemd/.*', ['controller/daemon/']),
    (r'cmocka\.h', ['tests/']),
]

# What the pure libraries may leave to the linker; everything else is a hole in the wall.
PURE_SYMBOLS = re.compile(
    r'^(mem(cpy|set|move|cmp)|bcmp|str(len|nlen|cmp|ncmp)|__(mem|str)\w+_chk|require_failed'
    r'|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|sanitizer|gcov|llvm)_\w+|__gcov\w*)$')

UNBOUNDED = 'has no bound; use snprintf or memcpy'  # in tests, sanitizers watch
BANNED = {
    r'(strcpy|strcat|sprintf|vsprintf|gets)': UNBOUNDED,
    r'(atoi|atol|atoll|atof)': 'cannot report an error; use strtol and look',
    r'(strtok|localtime|gmtime|asctime|ctime|rand|srand)': 'keeps hidden state',
    r'(system|popen)': 'starts a shell',
    r'(alloca)': 'grows the stack without bound',
    r'(setjmp|longjmp)': 'jumps out of functions',
}
# Conversions that read without bound: a number of any length overflows, a string fills anything.
SCANF = re.compile(r'\b[sf]?scanf\s*\(')
UNBOUNDED_SCAN = re.compile(r'%(?![\d%*nc])')
LOCALE = re.compile(r'\bsetlocale\s*\(\s*LC_(ALL|NUMERIC)')

# A name that ends in one of these is a time, a distance or a speed, and wants its unit after it.
QUANTITIES = set('''age clearance deadline delay distance duration elapsed extension gap green
    headway intergreen latency lateness passage period red speed time timeout timer walk
    yellow'''.split())
# ... unless the words before it make it a fact (was_green) or a count (per_red, actuations_in_red).
NO_QUANTITY = ('is', 'was', 'has', 'in', 'per', 'to')
QUANTITY = re.compile(r'\b(?:u?int(?:32|64)_t|double|float)\s+(\w+)\s*(?=[;,)=\[])')

UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X|HA' r'CK)\b')


class File:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split('\n')
        self.is_c = path.endswith(('.c', '.h'))
        self._code = None

    @property
    def code(self):
        """The lines without comments and without what stands in quotes; line numbers kept."""
        if self._code is None:
            self._code = strip(self.text).split('\n')
        return self._code


TOKENS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def strip(text):
    def blank(match):
        token = match.group()
        if token[0] == '/':
            return '\n' * token.count('\n') or ' '
        return token[0] + token[-1]
    return TOKENS.sub(blank, text)


def numbered(lines):
    return enumerate(lines, 1)


# Rules.

def rule_columns(f, _):
    """A table that is worth a row for each line says so to clang-format, and is believed."""
    is_table = False
    for n, line in numbered(f.lines):
        is_table = (is_table or 'clang-format off' in line) and 'clang-format on' not in line
        if len(line) > MAX_COLUMNS and not is_table and (f.is_c or f.path.endswith('.py')):
            yield n, f'{len(line)} columns, at most {MAX_COLUMNS}'


def rule_white_space(f, _):
    for n, line in numbered(f.lines):
        if line != line.rstrip():
            yield n, 'white space at the end'
        if '\t' in line and f.is_c:
            yield n, 'tab'
    if f.text and not f.text.endswith('\n'):
        yield len(f.lines), 'no newline at the end'


def rule_unfinished(f, _):
    for n, line in numbered(f.lines):
        if UNFINISHED.search(line):
            yield n, 'unfinished work belongs into an issue, not into the code'


def rule_header(f, _):
    if not f.path.endswith('.h'):
        return
    # Of two headers with one name, one adds its folder: KAVSAK_CLI_CHECK_H.
    parts = [re.sub(r'\W', '_', part).upper() for part in f.path[:-2].split('/')]
    guards = [f'KAVSAK_{"_".join(parts[-n:])}_H' for n in (1, 2)]
    code = [line for line in f.code if line.strip()]
    if not any(code[:2] == [f'#ifndef {g}', f'#define {g}'] for g in guards) or \
            code[-1] != '#endif':
        yield 1, f'is not guarded by {guards[0]}'
    if not f.text.startswith('/* '):
        yield 1, 'does not open with what the module decides, never does, and who owns it'


INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def rule_includes(f, tree):
    if not f.is_c:
        return
    for n, line in numbered(f.lines):
        match = INCLUDE.match(line)
        if match:
            quote, name = match.groups()
            message = check_own(f, name, tree) if quote == '"' else check_system(f, name)
            if message:
                yield n, message


def check_own(f, name, tree):
    folder = os.path.dirname(f.path) + '/'
    owners = tree.headers.get(os.path.basename(name), [])
    if not owners:
        return f'"{name}" is nowhere in the tree'
    allowed = next((a for prefix, a in INCLUDES if f.path.startswith(prefix)), None)
    if allowed is None:
        return f'{folder} is not in the table of who may include whom'
    # guard and oracle are judges: not even their own folder's headers are open to them
    is_judge = re.match(r'controller/core/guard\.|sim/oracle\.', f.path)
    own = [] if is_judge else [folder]
    if not any(o.startswith(a) for o in owners for a in allowed + own):
        return f'may not include {owners[0]}'
    return None


def check_system(f, name):
    if f.path.startswith(PURE_FOLDERS) and name not in PURE_SYSTEM_HEADERS:
        return f'pure code may not include <{name}>'
    for pattern, wrappers in LIBRARIES:
        if re.fullmatch(pattern, name) and not f.path.startswith(tuple(wrappers)):
            return f'<{name}> has a wrapper: {wrappers[0]}'
    return None


def rule_function_length(f, _):
    if not f.path.endswith('.c'):
        return
    start, name = None, ''
    for n, line in numbered(f.code):
        match = re.match(r'^[A-Za-z_].*?(\w+)\(', line)
        if match:
            start, name = n, match.group(1)
        elif line.startswith('}') and start is not None:
            is_list = name == 'main' and f.path.startswith('tests/')
            if line == '}' and n - start + 1 > MAX_FUNCTION_LINES and not is_list:
                yield start, f'{name} has {n - start + 1} lines, at most {MAX_FUNCTION_LINES}'
            start = None


def rule_units(f, _):
    if not f.is_c:
        return
    for n, line in numbered(f.code):
        for name in QUANTITY.findall(line):
            words = name.split('_')
            if words[-1] in QUANTITIES and not set(words[:-1]) & set(NO_QUANTITY):
                yield n, f'{name} does not say its unit'


def rule_banned(f, _):
    if not f.is_c:
        return
    for n, line in numbered(f.code):
        for names, why in BANNED.items():
            match = re.search(r'(?<![\w.>])' + names + r'\s*\(', line)
            if match and not (why is UNBOUNDED and f.path.startswith('tests/')):
                yield n, f'{match.group(1)} {why}'
        if SCANF.search(line):
            call = ' '.join(f.lines[n - 1:n + 4]).split(';')[0]
            if UNBOUNDED_SCAN.search(call):
                yield n, 'a conversion of scanf needs a width'
        if LOCALE.search(line):
            yield n, 'numbers in files and protocols have a point, whatever the locale'
        if re.search(r'(?<!\w)assert\s*\(', line):
            yield n, 'REQUIRE stays on in release builds, assert does not'


def rule_switch(f, _):
    """With clang-format's indentation the labels of a switch stand under its s. What is switched on
    is known to be an enum if it is cast to one or declared as one in the file; an int32_t of which
    any bit pattern must be judged keeps its default."""
    if not f.path.endswith('.c'):
        return
    code = '\n'.join(f.code)
    for n, line in numbered(f.code):
        match = re.match(r'( *)switch \((.*)\) \{', line)
        if not match:
            continue
        indent, subject = match.groups()
        name = re.escape(re.findall(r'\w+|$', subject)[-2:][0])
        is_enum = subject.startswith('(enum ') or re.search(rf'\benum \w+ {name}\b', code)
        for m, inner in numbered(f.code[n:]):
            if inner.startswith(indent + '}'):
                break
            if inner.startswith(indent + 'default:') and is_enum:
                yield n + m, 'a switch on an enum has no default: a new value breaks the build'


LIBRARY = re.compile(r"(?:dependency|find_library)\('(?:lib)?([a-z]+)")
# Part of the C library; libcrypto comes with libssl.
NO_PACKAGE = ('threads', 'm', 'rt', 'dl', 'crypto')


def rule_packages(f, tree):
    if not f.path.endswith('meson.build'):
        return
    for n, line in numbered(f.lines):
        for name in LIBRARY.findall(line):
            is_listed = any(re.match(rf'(lib)?{name}\w*-(.*-)?dev$', package)
                            for package in tree.packages)
            if name not in NO_PACKAGE and not is_listed:
                yield n, f'tests/packages.txt has no -dev package for {name}'


RULES = [
    ('includes follow the table', rule_includes),
    ('functions stay short', rule_function_length),
    ('quantities say their unit', rule_units),
    ('banned calls stay out', rule_banned),
    ('switches on enums have no default', rule_switch),
    ('headers are guarded and open with their purpose', rule_header),
    ('lines fit', rule_columns),
    ('white space is clean', rule_white_space),
    ('nothing is left unfinished', rule_unfinished),
    ('libraries are in the package list', rule_packages),
]

CHECKED = ('.c', '.h', '.py', '.sh', 'meson.build', 'test.sh', 'demo.sh', '.ci/run')


class Tree:
    def __init__(self, files, packages=()):
        self.files = files
        self.packages = packages
        self.headers = {}
        for f in files:
            if f.path.endswith('.h'):
                self.headers.setdefault(os.path.basename(f.path), []).append(f.path)

    def violations(self, rule):
        return [f'{f.path}:{n}: {message}' for f in self.files for n, message in rule(f, self)]


def read_tree(root):
    files = []
    for folder, dirs, names in os.walk(root):
        dirs[:] = sorted(d for d in dirs if not d.startswith(SKIPPED_DIRS))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if path.endswith(CHECKED):
                with open(os.path.join(root, path), encoding='utf-8') as stream:
                    files.append(File(path, stream.read()))
    with open(os.path.join(root, 'tests/packages.txt'), encoding='utf-8') as stream:
        rows = [line.split() for line in stream if line.strip() and line[0] != '#']
    return Tree(files, [row[1] for row in rows])


def foreign_symbols(nm_undefined, nm_defined):
    """Symbols that the archives need and neither they nor the list above supply."""
    defined = {line.split()[-1] for line in nm_defined.splitlines() if len(line.split()) == 3}
    needed = {line.split()[-1] for line in nm_undefined.splitlines()
              if len(line.split()) == 2 and line.split()[0] == 'U'}
    return sorted(s for s in needed - defined if not PURE_SYMBOLS.match(s))


def nm(option, archives):
    return subprocess.run(['nm', option, *archives], check=True, capture_output=True,
                          text=True).stdout


def report(number, name, violations):
    print(f'{"not ok" if violations else "ok"} {number} - {name}')
    for violation in violations:
        print(f'# {violation}')
    return not violations


def main(root, archives):
    tree = read_tree(root)
    print(f'1..{len(RULES) + 2}')
    kept = [report(i, name, tree.violations(rule)) for i, (name, rule) in enumerate(RULES, 1)]
    few = [] if len(tree.files) > 20 else [f'only {len(tree.files)} files below {root}']
    kept.append(report(len(RULES) + 1, 'the tree was found', few))
    holes = ['no archives given'] if not archives else [
        f'pure code calls {s}' for s in foreign_symbols(nm('-u', archives),
                                                        nm('--defined-only', archives))]
    kept.append(report(len(RULES) + 2, 'pure libraries call nobody outside', holes))
    return 0 if all(kept) else 1


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))

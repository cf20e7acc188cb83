#!/usr/bin/env python3
"""Do the manual pages say what the programs do? For each program and each subcommand of kavsak, the
options of its --help, of its getopt table and of its page must be the same. TAP.

    manuals.py SOURCE_ROOT kavsakd=PATH kavsak=PATH kavsak-cabinet=PATH..."""
import os
import re
import subprocess
import sys

OPTION = re.compile(r'(?<![\w-])--([a-z][a-z-]*)')
TABLE = re.compile(r'\{ "([a-z-]+)", (?:no|required|optional)_argument')
SUBCOMMAND = re.compile(r'^  ([a-z]+)  ', re.M)
UNSAID = {'help', 'version'}  # which every program has

# Where the getopt tables of the programs stand.
TABLES = {'kavsakd': 'controller/daemon/options.c', 'kavsak-cabinet': 'sim/cabinet_main.c',
          'kavsak-link': 'controller/link/link_options.c'}
SECTIONS = {'kavsak': 1, 'kavsak-cabinet': 1, 'kavsakd': 8, 'kavsak-link': 8}


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as stream:
        return stream.read()


def options(text):
    text = re.sub(r'kavsak(d| [a-z]+) --[a-z-]+', '', text)  # of another one
    return set(OPTION.findall(text)) - UNSAID


def help_of(*command):
    return subprocess.run([*command, '--help'], check=True, capture_output=True, text=True,
                          timeout=20).stdout


def unescaped(page):
    """scdoc marks bold with *, underlines with _ and escapes with a backslash."""
    return re.sub(r'[*\\]|\b_|_\b', '', page)


def paragraphs_of(page, name):
    """The definitions of the COMMANDS section of the page that begin with *name*."""
    commands = page.split('# COMMANDS', 1)[1].split('\n# ', 1)[0]
    found = re.split(r'^(?=\*)', commands, flags=re.M)
    return '\n'.join(text for text in found if text.startswith(f'*{name}*'))


def sources_of(root, name):
    """A subcommand is a file of its name, and those whose names begin with it."""
    folder = os.path.join(root, 'controller/cli')
    files = [f for f in sorted(os.listdir(folder)) if re.fullmatch(rf'{name}(_\w+)?\.c', f)]
    return '\n'.join(read(folder, f) for f in files)


def differences(what, sets):
    """Each pair of neighbours in {where: options} must be equal."""
    said = []
    places = list(sets.items())
    for (here, mine), (there, others) in zip(places, places[1:]):
        said += [f'{what}: --{o} is in {here} and not in {there}' for o in sorted(mine - others)]
        said += [f'{what}: --{o} is in {there} and not in {here}' for o in sorted(others - mine)]
    return said


def check_program(root, name, path):
    page = unescaped(read(root, 'docs/man', f'{name}.{SECTIONS[name]}.scd'))
    page = page.split('# OPTIONS', 1)[1].split('\n# ', 1)[0]
    table = set(TABLE.findall(read(root, TABLES[name]))) - UNSAID
    return differences(name, {'the table': table, '--help': options(help_of(path)),
                              'the manual page': options(page)})


def check_tool(root, path):
    """kavsak: one paragraph of the page for each subcommand."""
    page = read(root, 'docs/man/kavsak.1.scd')
    names = SUBCOMMAND.findall(help_of(path))
    said = [] if len(names) >= 7 else [f'kavsak --help lists only {names}']
    for name in names:
        paragraph = paragraphs_of(page, name)
        if not paragraph:
            said.append(f'kavsak.1 does not say what {name} does')
            continue
        source = sources_of(root, name)
        sets = {'the table': set(TABLE.findall(source)) - UNSAID} if TABLE.search(source) else {}
        sets |= {'--help': options(help_of(path, name)),
                 'the manual page': options(unescaped(paragraph))}
        said += differences(f'kavsak {name}', sets)
    documented = set(re.findall(r'^\*([a-z]+)\*', page.split('# COMMANDS')[1].split('\n# ')[0],
                                re.M))
    return said + [f'kavsak.1 has {name}, kavsak has not' for name in documented - set(names)]


def check_words(path, root):
    """The requests of kavsak cmd."""
    words = re.findall(r'^  ([a-z][a-z-]+)  ', help_of(path, 'cmd'), re.M)
    page = paragraphs_of(read(root, 'docs/man/kavsak.1.scd'), 'cmd')
    said = [f'kavsak.1 does not name the request {w}' for w in words if f'*{w}*' not in page]
    return said if len(words) >= 10 else ['kavsak cmd --help lists few requests']


def refuse_what_no_page_says(path):
    """The tests above compare lists; an option on none of them must be refused."""
    run = subprocess.run([path, '--no-such-option'], capture_output=True, timeout=20, check=False,
                         stdin=subprocess.DEVNULL)
    return [] if run.returncode == 2 else [f'{path} --no-such-option ends with {run.returncode}']


def main(root, programs):
    tests = [(f'{name}: table, help and manual page agree',
              check_tool(root, path) if name == 'kavsak' else check_program(root, name, path))
             for name, path in programs.items()]
    tests += [(f'{name}: an option nobody knows is refused', refuse_what_no_page_says(path))
              for name, path in programs.items()]
    tests.append(('kavsak cmd: each request is in the manual page',
                  check_words(programs['kavsak'], root)))
    print(f'1..{len(tests)}')
    for number, (name, said) in enumerate(tests, 1):
        print(f'{"not ok" if said else "ok"} {number} - {name}')
        for line in said:
            print(f'# {line}')
    return 1 if any(said for _, said in tests) else 0


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], dict(a.split('=', 1) for a in sys.argv[2:])))

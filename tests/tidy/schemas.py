#!/usr/bin/python3
"""Does an editor with our JSON Schemas see what kavsak check sees? Every example must satisfy them,
and of plans/rejected exactly the rules that a schema can express must be refused. Debian's
python3-yaml and python3-jsonschema are judges that share no code with ours. TAP.

    schemas.py SOURCE_ROOT"""
import json
import os
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f'1..0 # skip {missing}')
    sys.exit(0)

FILES = ('safety', 'lanes', 'plan', 'site')

# Rules of which the rejected example violates the schema: keys, types, bounds, words, lengths. The
# other rules are about YAML itself, or about what several values say together. The examples of P009
# and P018 are too deep and too long in a key that no schema knows.
EXPRESSIBLE = set('''P009 P014 P015 P016 P018 P020 P021 P022 P023 P024 P026 P027 P029 P030 P033
    P110'''.split())


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as stream:
        return stream.read()


def schema_errors(validators, name, text):
    """Messages, or None if the text is not YAML of its own."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    return [f'{name}.yaml {"/".join(map(str, e.path))}: {e.message[:90]}'
            for e in validators[name].iter_errors(value)]


def obey(root, texts, current, line):
    """One order of plans/rejected/README.md; returns the file that the next ones are about."""
    order, _, argument = line.partition(' ')
    if order == 'base':
        texts.update({n: read(root, 'plans/examples', argument, f'{n}.yaml') for n in FILES})
    elif order == 'in':
        return argument.removesuffix('.yaml')
    elif order == 'swap':
        old, _, new = argument.partition(' =>')
        new = new.removeprefix(' ').replace('\\n', '\n')
        old = old.replace('\\n', '\n')
        assert texts[current].count(old) == 1, line
        texts[current] = texts[current].replace(old, new)
    elif order == 'append':
        texts[current] = texts.get(current, '') + argument + '\n'
    elif order == 'repeat':
        count, _, text = argument.partition(' ')
        texts[current] += text * int(count) + '\n'
    elif order == 'remove':
        del texts[current]
    elif order == 'empty':
        texts[current] = ''
    else:
        assert order == 'expect', line
    return current


def rejected_texts(root, path):
    texts, current, expected = {}, 'safety', []
    for line in read(path).split('\n'):
        if line and not line.startswith('#'):
            current = obey(root, texts, current, line)
            if line.startswith('expect '):
                expected.append(line.split()[1].split('.')[0])
    return texts, set(expected)


def examples_are_accepted(root, validators):
    names = [n for n in sorted(os.listdir(os.path.join(root, 'plans/examples')))
             if os.path.exists(os.path.join(root, 'plans/examples', n, 'safety.yaml'))]
    said = [] if len(names) >= 3 else [f'only {names}']
    for name in names:
        for file in FILES:
            errors = schema_errors(validators, file,
                                   read(root, 'plans/examples', name, f'{file}.yaml'))
            said += [f'{name}: {e}' for e in (['not YAML'] if errors is None else errors)]
    return said


def refused_rules(root, validators):
    """{rule: whether a schema refuses a file of its example}, and what was refused wrongly."""
    refused, wrong = {}, []
    folder = os.path.join(root, 'plans/rejected')
    for name in sorted(os.listdir(folder)):
        if name.startswith('P'):
            texts, blamed = rejected_texts(root, os.path.join(folder, name))
            errors = {f: schema_errors(validators, f, t) for f, t in texts.items()
                      if f in FILES}
            refused[name[:4]] = refused.get(name[:4], False) or any(errors.values())
            wrong += [f'{name}: {e}' for f, es in errors.items() if f not in blamed
                      for e in es or ()]
    return refused, wrong


def main(root):
    validators = {}
    for name in FILES:
        schema = json.loads(read(root, 'plans/schema', f'{name}.json'))
        jsonschema.Draft7Validator.check_schema(schema)
        validators[name] = jsonschema.Draft7Validator(schema)
    refused, wrong = refused_rules(root, validators)
    seen = {rule for rule, is_refused in refused.items() if is_refused}
    tests = [
        ('the schemas accept every example', examples_are_accepted(root, validators)),
        ('the schemas refuse the examples of what they can express',
         [f'{rule} is accepted' for rule in sorted(EXPRESSIBLE - seen)]),
        ('and of nothing else, so that the list is complete',
         [f'{rule} is refused and not listed' for rule in sorted(seen - EXPRESSIBLE)]),
        ('the files of rejected junctions that are not to blame are accepted', wrong)]
    print(f'1..{len(tests)}')
    for number, (name, said) in enumerate(tests, 1):
        print(f'{"not ok" if said else "ok"} {number} - {name}')
        for line in said:
            print(f'# {line}')
    return 1 if any(said for _, said in tests) else 0


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))

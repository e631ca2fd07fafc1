#!/usr/bin/env python3
"""Has Conductor write 200 encrypted files, over all formats and settings, and the real `sops` read them.

  written.py CONDUCTOR SOPS OUT

CONDUCTOR and SOPS are the programs (sops 3.13.3; needs `ssh-keygen` besides). Each file is made by Conductor, and many of them are
changed again by `set`, `unset`, `rotate` or `updatekeys`. What `sops` decrypts must be, byte for byte, what it decrypts of
the same plaintext that it encrypted itself; but Conductor may keep comments that sops loses. OUT gets the ciphertexts with the answers of `sops`: the fixture of a test.
The files are the same in each run, but for keys, nonces and times.
"""
import json, os, pathlib, random, subprocess, sys, tempfile

CONDUCTOR, SOPS, OUT = sys.argv[1:4]
COUNT = 200
chance = random.Random(3133)
work = pathlib.Path(tempfile.mkdtemp(dir='/dev/shm', prefix='sops-written-'))
os.umask(0o077)
WORDS = ['alpha', 'host', 'PORT', 'db password', 'Żółć', 'a.b', 'x-y', 'key_unencrypted', 'token_enc', 'data', 'public', 'n', 'yes', '0400', '<<x']
TEXTS = ['s3cret', '', 'with "quotes" and \\ backslash', "it's", 'line one\nline two\n', 'no end\nhere', '  blanks  ', 'Zażółć gęślą jaźń 🔑', 'yes', '0400', '1e3',
         'null', '~', '2001-12-14', '12:30', '- dash', '# no comment', 'a: b', 'tab\there', '{json}', '*star', '&and', '!bang', '%pct', '@at', '`tick`', 'x' * 120, '<html>&amp;', 'end\\n', '\u2028']
COMMENTS = [' a comment', ' another one: with colon', 'tight', ' "quoted"', ' ünïcödé']


def run(command, cwd=work, given=None, env=None):
    e = {'PATH': os.environ['PATH'], 'HOME': str(work / 'home'), **(env or {})}
    r = subprocess.run([str(word) for word in command], cwd=cwd, env=e, input=given, capture_output=True)
    if r.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} in {cwd}: exit {r.returncode}\n{r.stderr.decode(errors='replace')}")
    return r.stdout


def yaml_scalar():
    kind = chance.randrange(8)
    if kind == 0: return str(chance.randint(-10**12, 10**12))
    if kind == 1: return chance.choice(['true', 'false', 'True', 'FALSE'])
    if kind == 2: return chance.choice(['1.5', '-2.5', '1e3', '1e22', '.inf', '3.14159', '1e-7', '0x1F', '0o17', '1_000'])
    if kind == 3: return chance.choice(['null', '~', ''])
    if kind == 4: return chance.choice(['2001-12-14', '2001-12-14T21:59:43.1Z', '2024-02-29T00:00:00+02:00'])
    return json.dumps(chance.choice(TEXTS), ensure_ascii=False)


def yaml_map(indent, depth, out, comments):
    for key in chance.sample(WORDS, chance.randint(1, 4)):
        if comments and chance.random() < .4: out.append(' ' * indent + '#' + chance.choice(comments))
        name, shape = json.dumps(key, ensure_ascii=False), chance.random()
        if depth and shape < .25:
            out.append(' ' * indent + name + ':'); yaml_map(indent + 2, depth - 1, out, comments)
        elif depth and shape < .5:
            out.append(' ' * indent + name + ':'); yaml_list(indent + 2, depth - 1, out, comments)
        elif shape < .6:
            out.append(' ' * indent + name + ': |')
            out.extend(' ' * (indent + 2) + line for line in ['first line', '  indented', 'last'])
        elif shape < .65: out.append(' ' * indent + name + ': ' + chance.choice(['{}', '[]']))
        else: out.append(' ' * indent + name + ': ' + yaml_scalar())


def yaml_list(indent, depth, out, comments):
    for _ in range(chance.randint(1, 4)):
        if comments and chance.random() < .3: out.append(' ' * indent + '#' + chance.choice(comments))
        if depth and chance.random() < .3:
            inner = []; yaml_map(indent + 2, depth - 1, inner, [])
            inner[0] = ' ' * indent + '- ' + inner[0][indent + 2:]; out.extend(inner)
        else: out.append(' ' * indent + '- ' + yaml_scalar())


def make_yaml(comments):
    documents = []
    for _ in range(chance.choice([1] * 7 + [2, 2, 3])):
        out = []; yaml_map(0, 2, out, comments); documents.append('\n'.join(out) + '\n')
    return '---\n'.join(documents)


def json_value(depth):
    kind = chance.randrange(9 if depth else 6)
    if kind == 0: return chance.randint(-2**53, 2**53)
    if kind == 1: return chance.choice([True, False, None])
    if kind == 2: return chance.choice([1.5, -2.25, 1e21, 1e-7, 0.1])
    if kind < 6: return chance.choice(TEXTS)
    if kind == 6: return [json_value(depth - 1) for _ in range(chance.randint(0, 4))]
    return {key: json_value(depth - 1) for key in chance.sample(WORDS, chance.randint(0, 4))}


def make_json():
    return json.dumps({key: json_value(3) for key in chance.sample(WORDS, chance.randint(1, 5))}, ensure_ascii=False, indent=chance.choice([None, 2])) + '\n'


def make_dotenv():
    lines = []
    for key in chance.sample(['A', 'DB_PASSWORD', 'token_unencrypted', 'TOKEN_enc', 'data', 'WITH SPACE', 'e', 'EMPTY'], chance.randint(1, 6)):
        if chance.random() < .3: lines.append('#' + chance.choice(COMMENTS))
        lines.append(key + '=' + chance.choice([text for text in TEXTS if '\n' not in text and not text.endswith('\\n')] + ['two\\nlines', 'a=b=c', "'single'"]))
    return '\n'.join(lines) + '\n'


def make_ini():
    lines = []
    for section in chance.sample(['db', 'web server', 'data', 'x_unencrypted', 'y_enc'], chance.randint(1, 3)):
        if chance.random() < .3: lines.append('; about ' + section)
        lines.append(f'[{section}]')
        for key in chance.sample(['host', 'Password', 'port', 'k_enc', 'k_unencrypted'], chance.randint(1, 4)):
            if chance.random() < .3: lines.append('# ' + chance.choice(['one', 'two words']))
            lines.append(f"{key} = {chance.choice(['s3cret', '5432', 'two words', 'a:b=c', '`with # and ;`', '', 'Żółć'])}")
        lines.append('')
    return '\n'.join(lines)


def make_binary():
    return bytes(chance.randrange(256) for _ in range(chance.choice([0, 1, 40, 200])))


MAKERS = {'yaml': make_yaml, 'json': make_json, 'env': make_dotenv, 'ini': make_ini, 'bin': make_binary}
RULES = [{}, {}, {}, {'encrypted_regex': '^(data|PORT|Password|DB_.*)$'}, {'unencrypted_regex': '^(public|host|A)$'}, {'encrypted_suffix': '_enc'}, {'unencrypted_suffix': '_unencrypted'},
         {'encrypted_regex': '^data$', 'mac_only_encrypted': True}, {'unencrypted_suffix': '_unencrypted', 'mac_only_encrypted': True}]
COMMENT_RULES = [{'encrypted_comment_regex': 'ENCRYPTME'}, {'unencrypted_comment_regex': '^ clear'}]


def same(answer, wanted, kind):
    # Sops loses some comments of a plaintext that it reads itself; Conductor keeps them.
    comment = lambda line: kind == 'yaml' and line.strip().startswith(b'#')
    data = lambda text: [line for line in text.split(b'\n') if not comment(line)]
    ours = iter([line.strip() for line in answer.split(b'\n') if comment(line)])
    return answer == wanted or kind == 'yaml' and data(answer) == data(wanted) and all(line.strip() in ours for line in wanted.split(b'\n') if comment(line))


def main():
    (work / 'home').mkdir()
    ages = []
    for number in range(3):
        run([CONDUCTOR, 'secrets', 'keygen', '--output', work / f'age{number}.txt'])
        ages.append(run([CONDUCTOR, 'secrets', 'recipients'], env={'SOPS_AGE_KEY_FILE': str(work / f'age{number}.txt')}).decode().strip())
    for kind in ('ed25519', 'rsa'):
        run(['ssh-keygen', '-q', '-t', kind, '-N', '', '-C', 'throw-away', '-f', work / f'id_{kind}'] + (['-b', '2048'] if kind == 'rsa' else []))
    ssh = {kind: (work / f'id_{kind}.pub').read_text().strip() for kind in ('ed25519', 'rsa')}
    (work / 'all/.ssh').mkdir(parents=True); (work / 'all/.ssh/id_ed25519').write_text((work / 'id_ed25519').read_text())
    everything = {'HOME': str(work / 'all'), 'SOPS_AGE_KEY': ''.join((work / f'age{n}.txt').read_text() for n in range(3)), 'SOPS_AGE_SSH_PRIVATE_KEY_FILE': str(work / 'id_rsa')}
    identity = lambda number: {'SOPS_AGE_KEY_FILE': str(work / f'age{number}.txt')}
    both = work / 'two.txt'; both.write_text((work / 'age0.txt').read_text() + (work / 'age1.txt').read_text())
    keys = [({'age': ages[0]}, identity(0), 'age0')] * 9 + [
        ({'age': ','.join(ages[:2])}, identity(1), 'age1'), ({'age': ages}, identity(2), 'age2'),
        ({'age': [ssh['ed25519']]}, {'SOPS_AGE_SSH_PRIVATE_KEY_FILE': str(work / 'id_ed25519')}, 'id_ed25519'),
        ({'age': [ssh['rsa'], ages[0]]}, {'SOPS_AGE_SSH_PRIVATE_KEY_FILE': str(work / 'id_rsa')}, 'id_rsa'),
        ({'key_groups': [{'age': [age]} for age in ages], 'shamir_threshold': 2}, {'SOPS_AGE_KEY_FILE': str(both)}, 'two'),
        ({'key_groups': [{'age': [ages[0]]}, {'age': [ages[1], ages[2]]}]}, {'SOPS_AGE_KEY_FILE': str(both)}, 'two')]
    cases, tally = [], {}
    for number in range(COUNT):
        kind = list(MAKERS)[0 if number % 9 < 4 else 1 + number % 4]
        rule = dict(chance.choice(RULES)); comments = COMMENTS
        if kind == 'yaml' and chance.random() < .25:
            rule = dict(chance.choice(COMMENT_RULES)); comments = COMMENTS + [' ENCRYPTME', ' clear from here']
        if kind == 'bin': rule = {}
        (members, env, who), stores = chance.choice(keys), chance.choice([None, None, {'yaml': {'indent': 2}, 'json': {'indent': 2}}, {'yaml': {'indent': 3}, 'json': {'indent': 0}, 'json_binary': {'indent': 1}}])
        plain = MAKERS[kind](comments) if kind == 'yaml' else MAKERS[kind]()
        plain = plain.encode() if isinstance(plain, str) else plain
        top = work / f'case{number}'; top.mkdir()
        policy = {'creation_rules': [{'path_regex': r'other/', 'age': 'age1nobody'}, {**members, **rule}], **({'stores': stores} if stores else {})}
        (top / '.sops.yaml').write_text(json.dumps(policy))
        name = f'file.{kind}'; file = top / name; file.write_bytes(plain)
        steps, ours = ['encrypt'], {'SOPS_AGE_KEY_FILE': next(iter(env.values()))}
        run([CONDUCTOR, 'secrets', 'encrypt', '--in-place', name], top)
        theirs = top / f'theirs.{kind}'; theirs.write_bytes(plain)
        run([SOPS, '--disable-version-check', 'encrypt', '--in-place', theirs.name], top, env=env)
        if chance.random() < .5: steps += chance.sample(['set', 'unset', 'rotate', 'updatekeys'], chance.randint(1, 3))
        if kind == 'bin': steps = [step for step in steps if step not in ('set', 'unset')]
        place = '["new section"]["added"]' if kind == 'ini' else '["added"]'
        for step in sorted(steps[1:]):
            sops = [SOPS, '--disable-version-check']
            if step == 'set':
                run([CONDUCTOR, 'secrets', 'set', name, place], top, given=b'a new value', env=ours)
                run(sops + ['set', theirs.name, place, '"a new value"'], top, env=env)
            elif step == 'unset' and 'set' in steps:
                run([CONDUCTOR, 'secrets', 'unset', name, place], top, env=ours)
                run(sops + ['unset', theirs.name, place], top, env=env)
            elif step == 'rotate': run([CONDUCTOR, 'secrets', 'rotate', name], top, env=ours)
            elif step == 'updatekeys' and 'key_groups' not in members:
                added = {**policy, 'creation_rules': [{**rule, 'age': [ages[0], ssh['ed25519']]}]}
                (top / '.sops.yaml').write_text(json.dumps(added))
                run([CONDUCTOR, 'secrets', 'updatekeys', '--yes', name], top, env=ours)
                if who not in ('age0', 'id_ed25519'): who, env = 'age0', identity(0)
        answer = run([SOPS, '--disable-version-check', 'decrypt', name], top, env=env)
        wanted = run([SOPS, '--disable-version-check', 'decrypt', theirs.name], top, env=everything)
        if not same(answer, wanted, kind):
            (top / 'answer').write_bytes(answer); (top / 'wanted').write_bytes(wanted)
            raise SystemExit(f'{top}: sops reads another plaintext of the file that Conductor wrote ({steps}); compare {top}/answer and {top}/wanted')
        text = lambda data: data.decode() if kind != 'bin' else data.hex()
        cases.append({'file': name, 'settings': {**rule, **({'stores': stores} if stores else {})}, 'steps': steps, 'identity': who, 'sealed': file.read_text(), 'sops': text(answer)})
        tally[kind] = tally.get(kind, 0) + 1
    identities = {name: (work / path).read_text() for name, path in [('age0', 'age0.txt'), ('age1', 'age1.txt'), ('age2', 'age2.txt'), ('two', 'two.txt'), ('id_ed25519', 'id_ed25519'), ('id_rsa', 'id_rsa')]}
    with open(OUT, 'w') as out:
        out.write('{"about": "throw-away keys; made by tests/sops/written.py", "identities": ' + json.dumps(identities) + ', "cases": [\n')
        out.write(',\n'.join(json.dumps(case, ensure_ascii=False) for case in cases) + '\n]}\n')
    print(f"{len(cases)} files, {tally}: sops reads all of them as it reads its own; {os.path.getsize(OUT)} bytes in {OUT}")


main()

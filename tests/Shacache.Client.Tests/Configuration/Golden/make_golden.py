"""Writes configparser.json, slapos.json and pythonjson.json: what Python's ConfigParser and json.dumps make of nasty input.

Run it with Python 3.11 in this folder when cases are added. The tests read only the files.
"""
import configparser
import json
import os
import random
import tempfile

CASES = {
    "empty": "",
    "only comments": "# a\n; b\n   # c\n",
    "simple": "[a]\nx = 1\ny: 2\n",
    "no newline at the end": "[a]\nx = 1",
    "carriage returns": "[a]\r\nx = 1\r\n  2\r\ny = 3\r\n",
    "old mac line ends": "[a]\rx = 1\r  2\ry = 3\r",
    "mixed line ends": "[a]\nx = 1\r\r\n  2\n\ry = 3",
    "section names are case-sensitive": "[A]\nx=1\n[a]\nx=2\n",
    "option names are not": "[a]\nFooBar = 1\nfOO-bar = 2\n",
    "option twice in another case": "[a]\nFoo = 1\nfoo = 2\n",
    "section twice": "[a]\nx=1\n[b]\n[a]\ny=1\n",
    "default twice": "[DEFAULT]\nx=1\n[a]\n[DEFAULT]\ny=2\n",
    "default twice with one option twice": "[DEFAULT]\nx=1\n[a]\n[DEFAULT]\nx=2\n",
    "default in lower case is a section": "[default]\nx=1\n[a]\ny=1\n",
    "default shared and overridden": "[DEFAULT]\nx=1\ny=%(x)s!\n[a]\nx=2\n[b]\n",
    "text before a section": "x = 1\n[a]\n",
    "indented text before a section": "   x = 1\n[a]\n",
    "byte order mark": "\ufeff[a]\nx = 1\n",
    "byte order mark before a comment": "\ufeff# c\n[a]\nx = 1\n",
    "section with spaces": "[ a b ]\nx=1\n",
    "section with brackets": "[a]b]\nx=1\n[[c]]\ny=1\n",
    "section with text after": "[a] trailing = text\nx=1\n[b] # comment\n",
    "section of one bracket": "[]]\nx=1\n",
    "section without name": "[a]\n[]\n",
    "section without name but delimiter": "[a]\n[] = 5\n",
    "section without name first": "[]\nx=1\n",
    "section unclosed": "[a]\n[b\nx=1\n",
    "section unclosed with delimiter": "[a]\n[b = 1\n",
    "section of a space": "[ ]\nx=1\n",
    "empty section": "[a]\n[b]\nx=1\n",
    "value empty": "[a]\nx =\ny=\nz = \n",
    "value with delimiters": "[a]\nurl = http://h/?a=b:c\nb:c=d\n",
    "no spaces": "[a]\nx=1\ny:2\n",
    "delimiter first found wins": "[a]\na b : c = d\ne = f : g\n",
    "tabs around": "[a]\n\tx\t=\t1\t\ny = 2\n",
    "name with spaces": "[a]\nfoo bar  = 1\n",
    "name missing": "[a]\n= 1\nx = 2\n",
    "name missing twice": "[a]\n= 1\n: 2\n",
    "name missing then continuation": "[a]\n= 1\n  more\n",
    "key without value": "[a]\nfoo\nx=1\n",
    "several faults": "[a]\nfoo\nx=1\nbar\n= 3\n",
    "fault then duplicate": "[a]\nfoo\nx=1\nx=2\n",
    "continuation after a fault": "[a]\nx = 1\nfoo\n  bar\n",
    "continuation after a fault, deeper": "[a]\n  x = 1\nfoo\n bar\n",
    "multi-line": "[a]\nx =\n  1\n  2\n\ty = 3\nz = 4\n",
    "multi-line deeper and less deep": "[a]\nx = 1\n    2\n  3\n 4\ny = 5\n",
    "indented options": "[a]\n  x = 1\n  y = 2\n    3\n  z = 4\n",
    "less indented option": "[a]\n    x = 1\n  y = 2\n z = 3\n",
    "indented section": "[a]\nx = 1\n  [b]\n  y = 2\n[c]\n",
    "indented section after nothing": "[a]\n  [b]\n  y = 2\n[c]\n z=1\n",
    "section sets the level": "   [a]\n  x = 1\n   y = 2\n",
    "comment in a value": "[a]\nx = 1\n# c\n  2\n  ; d\n  3\n",
    "comment after a value": "[a]\nx = 1 # not a comment\ny = 2 ; nor this\n",
    "comment sign in a value line": "[a]\nx =\n  1\n  #2\n  3#4\n",
    "comment unindented between indented": "[a]\nx =\n  1\n;c\n#d\n  2\ny=3\n",
    "empty lines in a value": "[a]\nx = 1\n\n\n  2\n\n\ny = 3\n",
    "empty lines with spaces in a value": "[a]\nx = 1\n   \n\t\n  2\n   \n",
    "empty line and comment in a value": "[a]\nx = 1\n\n# c\n\n  2\n",
    "empty lines after a section": "[a]\n\n\nx = 1\n",
    "empty value then indented": "[a]\nx =\n\n  1\n",
    "value with quotes": "[a]\nx = \"1\"\ny = '2'\n",
    "non-ascii": "[é]\nÄÖ = ß\nЖ = я\n",
    "lower case of many alphabets": "[a]\nÀÉÎÕÜ ΑΒΓ ЖЩЮ ԱԲ ǅ Ẑ Ⅷ Ⓐ Ａ 𐐀 = 1\n",
    "lower case that grows": "[a]\nİI = 1\n",
    "final sigma": "[a]\nΟΔΟΣ = 1\nΣ = 2\nΑΣΑ = 3\nΑΣ. = 4\nΑ.ΣΑ = 5\n",
    "unicode spaces": "[a]\n\u00a0x\u2003=\u20031\u00a0\n\u2003\u20032\ny=1\u3000\n",
    "separators are spaces": "[a]\nx = 1\x1c\n\x1f2\ny = \x1d3\n",
    "vertical tab and form feed": "[a]\nx = 1\x0b\n\x0c\x0c2\ny = 3\x0c4\n",
    "next line and line separators": "[a]\nx = 1\x852\u20283\u20294\n",
    "zero width is no space": "[a]\n\u200bx = \u200b1\n",
    "nul": "[a]\nx = \x001\n",
    "interpolation": "[a]\nx = 1\ny = %(x)s2%(X)s\n",
    "interpolation of a multi-line value": "[a]\nx = 1\n  2\ny = <%(x)s>\n",
    "interpolation over lines": "[a]\ny = %(x\n  )s\n",
    "interpolation escaped": "[a]\nx = 100%%\ny = %%(x)s\nz = %%%%\n",
    "interpolation of an escaped value": "[a]\nx = %%\ny = %(x)s\nz = %(y)s%(x)s\n",
    "interpolation bare percent": "[a]\nx = 100%\ny = 5% of\nz = ok\n",
    "interpolation unclosed": "[a]\nx = %(y\ny = %()s\nz = %(x)d\nw = %(z)\n",
    "interpolation missing": "[a]\nx = %(nothing)s\n[b]\nnothing = 1\n",
    "interpolation recursion": "[a]\nx = %(x)s\ny = %(z)s\nz = %(y)s\n",
    "interpolation depth": "[a]\n" + "".join(f"v{i} = %(v{i + 1})s\n" for i in range(12)) + "v12 = end\n",
    "interpolation depth ends in a percent": "[a]\n" + "".join(f"v{i} = %(v{i + 1})s\n" for i in range(12)) + "v12 = %%\n",
    "interpolation from default": "[DEFAULT]\nd = %(x)s\n[a]\nx = 1\n[b]\n",
    "interpolation of a name with spaces": "[a]\nfoo bar = 1\nx = %(Foo BAR)s\ny = %( foo bar)s\n",
    "interpolation ends in s only": "[a]\nx = 1\ny = %(x)S\n",
    "interpolation with brackets": "[a]\nx(1 = 2\ny = %(x(1)s\n",
    "password with percent": "[networkcache]\nupload-cache-url = https://u:s%%3Acret@h/x\n",
    "password with bare percent": "[networkcache]\nupload-cache-url = https://u:s%3Acret@h/x\n",
    "dollar is nothing": "[a]\nx = ${b:c} $x\n",
    "backslashes": "[a]\nx = \\\n  2\\n\n",
    "very long": "[a]\nx = " + "y" * 5000 + "\n",
    "rem is an option": "[a]\nrem = 1\nREM 2\n",
    "colon in section": "[a:b=c]\nx=1\n",
    "only delimiter lines": "[a]\n:\n",
    "value looks like a section": "[a]\nx = [b]\ny =\n  [c]\n  z = 1\n",
    "unindented value looks like a section": "[a]\nx =\n[c]\nz = 1\n",
}

LINES = ["x = 1", "y: 2", "Z=%(x)s", "v w = %(y)s!", "u = 5%%", "t =", "s = %(r)s", "r = %(s)s", "  more", "    deeper", "\tTab = 1", " one",
         "", "", "   ", "# c", "; c", "  # c", "  ; c", "[b]", "[c]", "  [d]", "[DEFAULT]", "  q = 3", " p: %(q)s", "o==:=", "n = #1", "  = 2"]
BAD = ["[a]", "x", "= 1", "X = 2", "[]", "m = %", "%(x)s = 1", "[b", "]b["]


def random_cases(count):
    source = random.Random(20260101)
    for number in range(count):
        lines = source.sample(LINES, source.randrange(2, 14))
        if source.random() < 0.3:
            lines.insert(source.randrange(len(lines) + 1), source.choice(BAD))
        if source.random() < 0.9:
            lines.insert(0, "[a]")
        yield f"random {number}", source.choice(["\n", "\n", "\n", "\r\n"]).join(lines) + source.choice(["", "\n"])


def value_of(parser, section, option):
    try:
        return {"value": parser.get(section, option)}
    except configparser.InterpolationError as e:
        return {"error": type(e).__name__}


def expected(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "input.cfg")
        with open(path, "wb") as f:
            f.write(text.encode("utf-8"))
        parser = configparser.ConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.DuplicateSectionError, configparser.DuplicateOptionError, configparser.MissingSectionHeaderError) as e:
            return {"error": type(e).__name__, "line": e.lineno}
        except configparser.ParsingError as e:
            return {"error": type(e).__name__, "line": e.errors[0][0]}
    return {
        "sections": [
            {"name": name, "options": [{"name": option} | value_of(parser, name, option) for option in parser.options(name)]}
            for name in parser.sections()
        ]
    }


def write(name, content):
    with open(name, "w", encoding="ascii", newline="\n") as f:
        json.dump(content, f, indent=1)
        f.write("\n")


cases = dict(CASES)
cases.update(random_cases(400))
JSON = [
    '{}', '[]', '""', 'null', 'true', 'false', '0', '-0', '-1', '123456789012345678901234567890', '{"a": [], "b": {}, "c": [1, 2, [3]]}',
    '{"z": 1, "a": 2, "m": {"y": null, "b": [true, false]}}', '"\\u00e9\\u20ac\\ud83d\\ude00"', '"é€😀"', r'"\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u0080"',
    '"</script>&\'+"', '1.0', '1.5', '-1.5', '0.1', '1e5', '1E5', '1e15', '1e16', '1.5e16', '123456789012345680.0', '1e22', '1e23', '1.7976931348623157e308',
    '5e-324', '0.0001', '0.00001', '0.00012345', '-0.0', '1e0', '100.0', '0.30000000000000004', '9007199254740993', '9007199254740993.0', '2.5e-5', '1e-7',
    '[1.10, 2.50, 3e2]', '{"os": ["debian", "12", "bookworm"], "multiarch": "x86_64-linux-gnu"}', '"\\u2028\\u2029"',
]
floats = random.Random(7)
JSON += [repr(floats.choice([1, -1]) * floats.random() * 10.0 ** floats.randrange(-30, 30)) for _ in range(200)]
write("pythonjson.json", [{"input": text, "expected": json.dumps(json.loads(text))} for text in JSON])

write("configparser.json", [{"name": name, "input": text} | expected(text) for name, text in cases.items()])
with open("slapos.cfg", encoding="utf-8") as f:
    write("slapos.json", expected(f.read()))

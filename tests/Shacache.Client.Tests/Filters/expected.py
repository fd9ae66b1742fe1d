"""Writes comparisons.json, chains.json and texts.json: what Python makes of values and filters.

In comparisons.json each row has one letter for each value on the right: T, F, or - for a TypeError.

Run with Python 3.11 in this folder when a case is added; the tests read the files and need no Python.
"""
import json
import math
import operator
import random
import struct

OPERATORS = {"==": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

VALUES = [
    "null", "true", "false", "0", "-0", "1", "2", "-1", "0.0", "-0.0", "1.0", "0.5", "1e0", "1E+2", "100", "Infinity", "-Infinity", "NaN",
    "1e999", "-1e999", "9007199254740992", "9007199254740993", "9007199254740992.0", "9007199254740994.0", "1" + "0" * 400, "-1" + "0" * 400,
    "1e308", "5e-324", "0.1", "0.30000000000000004",
    '""', '"a"', '"b"', '"aa"', '"A"', '"10"', '"9"', '"\\u00e9"', '"e\\u0301"', '"\\ufffd"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ud83dz"', '"\\ude00"',
    "[]", "[4]", "[4,2]", "[4,2,0]", "[4,10]", "[4.0,2]", "[5]", '["4",2]', "[null]", "[null,1]", "[null,2]", "[true]", "[[1],2]", "[[1],3]", "[[1,0],2]",
    "[{}]", '[{"a":1},1]', '[{"a":1},2]', "[NaN]", "[1,NaN]", "[Infinity]",
    "{}", '{"a":1}', '{"a":1.0}', '{"a":true}', '{"a":2}', '{"b":1}', '{"a":1,"b":[1]}', '{"b":[1],"a":1}', '{"a":0,"a":1}',
]

TEXTS = VALUES + [
    "", " ", "\t1\n\r", "01", "-", "-01", "1.", ".5", "+1", "1e", "1e+", "0x1", "1 2", "1_000", "nul", "nulll", "True", "None", "inf", "nan", "infinity",
    "- Infinity", "-NaN", "Infinityx", "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "{", "{]", '{"a"}', '{"a":}', '{"a":1,}', "{a:1}", "{1:1}", "{'a':1}",
    '"', '"\\"', '"\\x"', '"\\u12"', '"\\u00g0"', '"\\u+123"', '"\\u 123"', "'a'", '"\t"', '"\x00"', '"\x7f"', '"\x85"', '"\\b\\f\\n\\r\\t\\/\\\\\\""', "\ufeff1", "\u00a01",
    "abc", "4.2.1", "1,2", '"a" "b"', " [ 1 , { \"a\" : [ ] } ] ", "9" * 4300, "9" * 4301,
]


def compare(left, op, right):
    try:
        return OPERATORS[op](json.loads(left), json.loads(right))
    except TypeError:
        return None


def best(entries, key, op, value):
    """The entries whose value is the lowest (<<) below, or the highest (>>) above, the one given."""
    kept = []
    for number, entry in entries:
        try:
            better = entry[key] < value if op == "<<" else entry[key] > value
        except TypeError:
            # The one difference from Python: an infinite bound is none for texts and lists either, so that <<Infinity means "the lowest".
            better = value == (math.inf if op == "<<" else -math.inf) and isinstance(entry[key], (str, list))
        if better:
            kept, value = [(number, entry)], entry[key]
        elif kept and entry[key] == value:
            kept.append((number, entry))
    return kept


def select(entries, filters):
    left = [(number, json.loads(entry)) for number, entry in enumerate(entries)]
    for key, op, text in filters:
        left = [pair for pair in left if key in pair[1]]
        if op in ("<<", ">>"):
            left = best(left, key, op, json.loads(text))
        else:
            left = [pair for pair in left if compare(json.dumps(pair[1][key]), op, text)]
    return [number for number, entry in left]


def describe(value):
    """A value with its type, bit for bit."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        return "i%d" % value
    if isinstance(value, float):
        return "fnan" if value != value else "f" + struct.pack(">d", value).hex()
    if isinstance(value, str):
        return "s" + value.encode("utf-16-be", "surrogatepass").hex()
    if isinstance(value, list):
        return "[" + ",".join(map(describe, value)) + "]"
    return "{" + ",".join(sorted(describe(name) + ":" + describe(member) for name, member in value.items())) + "}"


def loads(text):
    try:
        return describe(json.loads(text))
    except ValueError:
        return None


def chains():
    chosen = random.Random(42)
    plain = [value for value in VALUES if "NaN" not in value and "Infinity" not in value and "e999" not in value
             and "\\ud8" not in value and "\\ude" not in value and len(value) < 20]
    versions = ["[4,2]", "[4,10]", "[4,2,1]", "[3]", "[5,0]", "[4,2]", "5", '"4.2"', "null"]
    for _ in range(400):
        pool = chosen.choice([plain, versions, versions, ["1", "2", "2.0", "3"], ["1", "2", "2.0", "3", "true", "-1e3", '"x"']])
        entries = []
        for _ in range(chosen.randint(1, 8)):
            keys = chosen.sample(["version", "version", "os", "rank"], chosen.choice([1, 2, 4, 4]))
            entries.append("{" + ", ".join('"%s": %s' % (key, chosen.choice(pool)) for key in dict.fromkeys(keys)) + "}")
        filters = [
            (chosen.choice(["version", "version", "version", "os"]), chosen.choice(["==", "<", "<=", ">", ">=", "<<", ">>"]),
             chosen.choice(pool + ["Infinity", "-Infinity", "NaN", "[]"]))
            for _ in range(chosen.choice([1, 1, 1, 2, 3]))
        ]
        yield {"entries": entries, "filters": ["".join(parts) for parts in filters], "passing": select(entries, filters)}


def write(name, cases):
    with open(name, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


write("comparisons.json", [
    {"left": left, **{op: "".join({True: "T", False: "F", None: "-"}[compare(left, op, right)] for right in VALUES) for op in OPERATORS}}
    for left in VALUES
])
write("chains.json", chains())
write("texts.json", [{"text": text, "value": loads(text)} for text in TEXTS])

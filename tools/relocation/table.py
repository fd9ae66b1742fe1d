"""Writes the table of a relocation campaign, in Markdown: python3 table.py DIR."""
import collections
import json
import os
import sys

CASES = [("debian-12-plain", "shorter"), ("debian-12-plain", "equal"), ("debian-12-plain", "longer"), ("debian-13", "shorter"), ("debian-11", "shorter")]
WORDS = {"moved": "runs", "refused": "refused", "doubtful": "refused, runs", "wrong": "WRONG", "": "–"}


def elf_files(folder):
    """Each file once, however many names it has."""
    seen = set()
    for path, _, names in os.walk(folder):
        for name in sorted(names):
            file = os.path.join(path, name)
            if os.path.islink(file) or not os.path.isfile(file) or os.stat(file).st_ino in seen:
                continue
            with open(file, "rb") as content:
                if content.read(4) == b"\x7fELF":
                    seen.add(os.stat(file).st_ino)
                    yield os.path.relpath(file, folder)


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return [""]


def main(work):
    results = os.path.join(work, "results")
    counts = collections.Counter()
    reasons = []
    for length in sorted(map(int, os.listdir(results)), reverse=True):
        moved = collections.Counter()
        total = elf_total = elf_moved = 0
        print(f"Built under a root of {length} bytes:\n")
        print("| component | ELF files | shorter root | equal | longer by 40 | Debian 13 | Debian 11 |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for name in sorted(os.listdir(f"{results}/{length}")):
            folder = f"{results}/{length}/{name}"
            if not os.path.exists(f"{folder}/check.json"):
                continue
            with open(f"{folder}/check.json", encoding="utf-8") as file:
                check = json.load(file)
            release = os.path.join(work, "trees", str(length), name, check["folder"])
            own = [f"parts/{name}/{file}" for file in elf_files(f"{release}/parts/{name}")]
            blocked = {obstacle["file"]: obstacle["reason"] for obstacle in check["obstacles"] if obstacle["longest_root"] < length}
            outcomes = [read(f"{folder}/{system}-{kind}") for system, kind in CASES]
            total += 1
            elf_total += len(own)
            elf_moved += sum(file not in blocked for file in own)
            for (system, kind), outcome in zip(CASES, outcomes):
                moved[system, kind] += outcome[0] == "moved"
                counts[outcome[0]] += 1
                if outcome[0] in ("wrong", "doubtful") or (outcome[0] == "refused" and kind != "longer"):
                    reasons.append(f"- {name}, {length} bytes, {system.removesuffix('-plain')}, {kind}: {'; '.join(outcome[1:])[:600]}")
            print(f"| {name} | {len(own)} | {' | '.join(WORDS.get(outcome[0], outcome[0]) for outcome in outcomes)} |")
        print(f"| **{total} components** | {elf_moved} of {elf_total} move | {' | '.join(str(moved[case]) for case in CASES)} |\n")
    print("Not moved, and why:\n")
    print("\n".join(reasons))
    print(f"\n{counts['moved']} moved and ran, {counts['refused'] + counts['doubtful']} refused, {counts['wrong']} wrong")


main(sys.argv[1])

"""Sections of docs/measurements.md, so that each measurement can be repeated alone."""

import re


def put(path, name, lines):
    """Replaces the section of this name, or appends it."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    block = "\n".join([begin, *lines, end]) + "\n"
    text = path.read_text() if path.exists() else ""
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end) + "\n", re.DOTALL)
    if pattern.search(text):
        text = pattern.sub(lambda _found: block, text)
    else:
        text = text.rstrip("\n") + "\n\n" + block if text else block
    path.write_text(text)


def aims(rows):
    """The table of what was aimed at: words, value, the most that it may be, and how it is shown."""
    lines = ["| aim | |", "| --- | ---: |"]
    for words, value, limit, form in rows:
        lines.append(f"| {words} | {form(value)} {'reached' if value <= limit else 'missed'} |")
    return [*lines, ""]

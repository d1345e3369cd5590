# SPDX-License-Identifier: Apache-2.0
"""The table that `make bench` prints: rows, what was aimed at, and the last table that was kept.

A row is a dict: what (its name, the same in each run), value, unit, better ("less" or "more"), and where there are such:
aim, low and high (quartiles)."""
import json

# Less than this is the machine's mood, not a change.
NOISE = 0.10
COLUMNS = "%-80s %24s %-8s %10s %8s %10s  %s"
WHAT_MAX = 80


def figure(value):
    """Three digits that matter; none where it is a whole number."""
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e15:
        return "%d" % value
    size = abs(value)
    return "%.*f" % (0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 0.1 else 5, value)


def reached(row):
    """None: nothing was aimed at."""
    if row.get("aim") is None:
        return None
    return row["value"] <= row["aim"] if row["better"] == "less" else row["value"] >= row["aim"]


def change(row, last):
    """How much more than last time, as a share; None: cannot be said."""
    if not last or last["unit"] != row["unit"] or not last["value"]:
        return None
    return row["value"] / last["value"] - 1


def is_worse(row, last):
    """By more than noise, or from nothing to something."""
    by = change(row, last)
    if by is None:
        return bool(last) and last["unit"] == row["unit"] and row["better"] == "less" and row["value"] > 0
    return by > NOISE if row["better"] == "less" else by < -NOISE


def _value(row):
    if row.get("low") is None:
        return figure(row["value"])
    return "%s (%s..%s)" % (figure(row["value"]), figure(row["low"]), figure(row["high"]))


def _aim(row):
    return "" if row.get("aim") is None else ("<= " if row["better"] == "less" else ">= ") + figure(row["aim"])


def line(row, last=None):
    by = change(row, last)
    words = "" if by is None else "%+.0f %%" % (by * 100)
    if is_worse(row, last):
        words += " worse"
    done = {None: "", True: "yes", False: "NO"}[reached(row)]
    return (COLUMNS % (row["what"], _value(row), row["unit"], _aim(row), done, figure(last["value"]) if last else "",
                       words.strip())).rstrip()


def text(rows, kept):
    """kept: {what: row} of the last table."""
    lines = [COLUMNS.rstrip() % ("what", "value", "unit", "aim", "reached?", "last", "change")]
    lines += [line(row, kept.get(row["what"])) for row in rows]
    aims = [reached(row) for row in rows if reached(row) is not None]
    worse = sum(is_worse(row, kept.get(row["what"])) for row in rows)
    lines.append("%d rows; %d of %d aims reached; %d worse than the last table by more than %d %%"
                 % (len(rows), sum(aims), len(aims), worse, NOISE * 100))
    gone = sorted(set(kept) - {row["what"] for row in rows})
    return "\n".join(lines) + "\n" + "".join("not measured this time: %s\n" % what for what in gone)


def joined(kept, rows):
    """The rows of the last table, those that were measured again in their places, new ones behind."""
    again = {row["what"]: row for row in rows}
    return [again.get(what, row) for what, row in kept.items()] + [r for r in rows if r["what"] not in kept]


def read(path):
    """{what: row}, and the words about when and where; nothing if there is no such file."""
    try:
        with open(path) as f:
            found = json.load(f)
    except FileNotFoundError:
        return {}, {}
    return {row["what"]: row for row in found["rows"]}, found["about"]


def write(path, rows, about):
    with open(path, "w") as f:
        f.write('{"about": %s,\n"rows": [\n' % json.dumps(about, sort_keys=True))
        f.write(",\n".join(json.dumps(row) for row in rows))
        f.write("\n]}\n")

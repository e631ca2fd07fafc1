"""The table, as Markdown."""

from . import scenarios


def lines(results, facts):
    """`results` by scenario and column; `facts` about the machine, a line each."""
    columns = list(dict.fromkeys(result.column for result in results))
    text = [f"## Docker broken, and back: Debian {facts.pop('suite')}", ""]
    text += [
        "Written by `tests/systemd/table.py`: Debian with systemd as process 1 in a machine of its own, a fresh one for each",
        f"line and column, with {facts.pop('stacks')} stacks (a web server, a named volume, a network, a published port and a health check",
        "each; all but one `restart: unless-stopped`). Seconds count from the failure. *Healthy* means: each stack serves the data",
        "that it had, is healthy to the engine, and the engine makes, starts and removes another container.",
        "",
    ]
    text += [f"- {name}: {fact}" for name, fact in facts.items()]
    text += ["", "| failure | expected | " + " | ".join(f"{column}" for column in columns) + " |"]
    text += ["| --- | --- |" + " --- |" * len(columns)]
    by_name = {}
    for result in results:
        by_name.setdefault(result.name, {})[result.column] = result
    for name, found in by_name.items():
        scenario = scenarios.named([name])[0]
        cells = [cell(scenario, found[column]) if column in found else "" for column in columns]
        text.append(f"| `{name}`: {scenario.about} | {scenario.expected} | " + " | ".join(cells) + " |")
    return text + ["", *summary(results, columns)]


def cell(scenario, result):
    parts = []
    if result.detected:
        parts.append(f"{result.detected} after {result.detect:.0f} s")
    if result.remedies:
        parts.append(in_short(result.remedies))
    if result.told:
        parts.append(f"told after {result.told[0][0]} s")
    if result.healthy is not None:
        parts.append(f"healthy after {result.healthy:.0f} s")
    elif scenario.expected == scenarios.HEALED:
        parts.append(f"**not healthy**: {result.complaint}")
    else:
        parts.append(result.engine)
    if result.connects is not None:
        parts.append(f"{result.connects} connects to its socket")
    if not result.data:
        parts.append("**data differ**")
    if result.duplicates:
        parts.append("**two containers on one volume**")
    return "; ".join(part.replace("|", "\\|").replace("\n", " ")[:100] for part in parts)


def in_short(remedies):
    """What was done, without where it was put, and once where several containers got the same."""
    done = [remedy for remedy in dict.fromkeys(remedies) if not remedy.startswith("moved aside")]
    same = [remedy for remedy in done[1:] if remedy.split("`")[0] == done[0].split("`")[0]]
    others = [remedy for remedy in done[1:] if remedy not in same]
    return ", ".join([done[0] + (f" and {len(same)} more" if same else ""), *others]) if done else ""


def good(result):
    """As expected, with its data, and nothing twice; however long it took."""
    scenario = scenarios.named([result.name])[0]
    if not result.data or result.duplicates:
        return False
    if scenario.expected == scenarios.HEALED:
        return result.healthy is not None
    # Nobody is to touch the engine; what is only reported must be reported, and what someone stopped stays stopped.
    if result.remedies or result.connects:
        return False
    if scenario.expected == scenarios.REPORTED:
        return bool(result.detected)
    return scenario.name == "paused" or result.engine.startswith("inactive")


def later(late):
    return f", later than they should: {', '.join(late)}" if late else ""


def summary(results, columns):
    text = ["Of those that can be healed:", ""]
    for column in columns:
        mine = [result for result in results if result.column == column]
        able = [result for result in mine if scenarios.named([result.name])[0].expected == scenarios.HEALED]
        back = [result for result in able if result.healthy is not None]
        data = sum(result.data for result in mine)
        late = [result.name for result in back if result.healthy > scenarios.named([result.name])[0].limit]
        twice = sum(bool(result.duplicates) for result in mine)
        text.append(f"- {column}: {len(back)} of {len(able)} healthy again{later(late)}; data intact in {data} of {len(mine)};"
                    f" two containers on one volume in {twice}")
    return text

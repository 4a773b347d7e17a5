"""Turns what `testimony self-test --export` wrote into plain requests and responses, and adds results up.

    cases.py make FOLDER            FOLDER/exchanges.har to FOLDER/cases.json
    cases.py drift FOLDER           FOLDER/redocly.csv to FOLDER/redocly.found.json
    cases.py table FOLDER VERSIONS  FOLDER/*.found.json and FOLDER/truth.json to Markdown
"""

import base64
import collections
import csv
import gzip
import json
import pathlib
import sys


def body(content):
    text = (content or {}).get("text") or ""
    if (content or {}).get("encoding") == "base64":
        return base64.b64decode(text)
    return text.encode()


def make(folder):
    entries = json.loads((folder / "exchanges.har").read_text())["log"]["entries"]
    truth = json.loads((folder / "truth.json").read_text())["exchanges"]
    cases = []
    for entry, true in zip(entries, truth, strict=True):
        request, response = entry["request"], entry["response"]
        pairs = lambda message: [[h["name"], h["value"]] for h in message["headers"]]
        plain = wire = body(response["content"])
        if true["what"] == "coded with gzip":
            wire = gzip.compress(plain)
        encoded = lambda data: base64.b64encode(data).decode()
        cases.append({
            "exchange": true["exchange"], "kind": true["kind"],
            "method": request["method"], "url": request["url"], "headers": pairs(request),
            "body": encoded(body(request.get("postData"))),
            "status": response["status"], "response_headers": pairs(response),
            "response_plain": encoded(plain), "response_wire": encoded(wire),
        })
    (folder / "cases.json").write_text(json.dumps(cases))


def drift(folder):
    rows = csv.DictReader((folder / "redocly.csv").open())
    # It tells of every request header that no parameter names, the documented API key among them: as
    # information, in each exchange. All else that it tells of counts.
    told = [row for row in rows if not row["message"].startswith("Undocumented header in traffic")]
    numbers = sorted({int(row["exchange_index"]) + 1 for row in told})
    (folder / "redocly.found.json").write_text(json.dumps({"Redocly drift": {"found": numbers}}))


def table(folder, versions):
    truth = json.loads((folder / "truth.json").read_text())["exchanges"]
    own = json.loads((folder / "self-test.json").read_text())
    found = {"Testimony": None}
    for path in sorted(folder.glob("*.found.json")):
        found.update(json.loads(path.read_text()))
    peers = list(found)
    by = lambda key: collections.Counter(t[key] for t in truth if t["kind"])
    caught = lambda key, value, numbers: sum(t[key] == value and t["exchange"] in numbers for t in truth if t["kind"])
    sets = {peer: set(numbers["found"]) for peer, numbers in found.items() if numbers}
    blind = {peer: set(numbers.get("blind", [])) for peer, numbers in found.items() if numbers}

    def cell(peer, key, value, total):
        if peer == "Testimony":
            rows = own["kinds"] if key == "kind" else own["rules"]
            name = "kind" if key == "kind" else "rule"
            return str(sum(row["caught"] for row in rows if row[name] == value))
        if value in blind[peer]:
            return "–"
        return str(caught(key, value, sets[peer]))

    def rows(key):
        for value, total in sorted(by(key).items()):
            yield f"| `{value}` | {total} | " + " | ".join(cell(p, key, value, total) for p in peers) + " |"

    head = "| | planted | " + " | ".join(peers) + " |\n|---|" + "---:|" * (len(peers) + 1)
    print("### By rule\n\n" + head)
    print("\n".join(rows("rule")))
    planted = sum(by("rule").values())
    all_caught = {p: sum(caught("rule", r, sets[p]) for r in by("rule")) for p in sets}
    all_caught["Testimony"] = own["totals"]["caught"]
    print(f"| **all** | {planted} | " + " | ".join(f"**{all_caught[p]}** ({100 * all_caught[p] / planted:.0f} %)" for p in peers) + " |")
    sound = [t["exchange"] for t in truth if not t["kind"]]
    alarms = {p: sum(n in sets[p] for n in sound) for p in sets}
    alarms["Testimony"] = own["totals"]["false_findings"]
    print(f"| false alarms, of sound | {len(sound)} | " + " | ".join(str(alarms[p]) for p in peers) + " |")
    print("\n### By kind of mistake\n\n" + head)
    print("\n".join(rows("kind")))
    print("\n### What the false alarms were about\n")
    for peer, numbers in sets.items():
        why = collections.Counter(t["what"] for t in truth if not t["kind"] and t["exchange"] in numbers)
        print(f"- {peer}: " + ("; ".join(f"{what} ({times})" for what, times in why.most_common(6)) or "none"))
    print("\nVersions: " + versions)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "table":
        table(folder, sys.argv[3])
    else:
        {"make": make, "drift": drift}[sys.argv[1]](folder)

"""The same job as a minimal operator on kopf: a timer for each criterion, one query, a status patch when the verdict changes.

Started by bench/peer.ts, which sets PROMETHEUS_URL, INTERVAL_SECONDS and LAG_FILE. It has what makes kopf fast: uvloop, one kept
aiohttp session, no Events for handlers that succeed, no scanning for new kinds, the starts of the timers spread over the interval.
Not in it, because it is minimal: slots, holding times, deviations, an evidence log, reports.
"""

import operator
import os
import random
import time

import aiohttp
import kopf

URL = os.environ["PROMETHEUS_URL"] + "/api/v1/query"
INTERVAL = float(os.environ["INTERVAL_SECONDS"])
LAG_FILE = os.environ["LAG_FILE"]
AT_ONCE = 8
OPERATORS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LINES_AT_ONCE = 100

started_at: dict[str, float] = {}
shown: dict[str, str] = {}
lines: list[str] = []


@kopf.on.startup()
async def configure(settings: kopf.OperatorSettings, memo: kopf.Memo, **_):
    settings.posting.enabled = False
    settings.scanning.disabled = True
    memo.session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=AT_ONCE), timeout=aiohttp.ClientTimeout(total=10)
    )


@kopf.on.cleanup()
async def end(memo: kopf.Memo, **_):
    await memo.session.close()
    flush()


def spread(**_) -> float:
    return random.random() * INTERVAL


@kopf.timer("assay.dev", "v1alpha1", "certificationcriteria", interval=INTERVAL, sharp=True, initial_delay=spread)
async def judge(uid, spec, status, patch, memo: kopf.Memo, **_):
    begun = time.monotonic()
    verdict, measured = await look(memo.session, spec)
    if shown.get(uid, status.get("verdict")) != verdict:
        patch.status["verdict"] = verdict
        patch.status["measured"] = measured
    shown[uid] = verdict
    note(uid, begun)


async def look(session: aiohttp.ClientSession, spec) -> tuple[str, str]:
    threshold = spec["rule"]["threshold"]
    form = {"query": spec["evidence"][0]["prometheus"]["query"], "time": f"{time.time():.3f}"}
    async with session.post(URL, data=form) as answer:
        result = (await answer.json())["data"]["result"]
    values = [float(series["value"][1]) for series in result]
    if not values:
        return "Inconclusive", "-"
    holds = OPERATORS[threshold["op"]]
    return ("Pass" if all(holds(value, threshold["value"]) for value in values) else "Fail"), str(values[0])


def note(uid: str, begun: float) -> None:
    """Lag: how much later than an interval after the start before it began, and how long it took."""
    before = started_at.get(uid)
    started_at[uid] = begun
    late = 0.0 if before is None else max(0.0, begun - before - INTERVAL)
    lines.append(f"{time.time():.3f} {late + time.monotonic() - begun:.6f}\n")
    if len(lines) >= LINES_AT_ONCE:
        flush()


def flush() -> None:
    with open(LAG_FILE, "a", encoding="ascii") as file:
        file.writelines(lines)
    lines.clear()

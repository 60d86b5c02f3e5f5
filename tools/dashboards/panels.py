"""Panels as Grafana's classic JSON has them, of the few kinds that we use. What all of a kind share is said here once.

A panel has no place and no number yet: `board.Board` gives it both. Types of the objects: @grafana/schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Literal

Json = dict[str, Any]
Step = tuple[str, float | None]
"""A colour, and the value from which on it holds; the first one has None."""

GREEN: tuple[Step, ...] = (("green", None),)
BLUE: tuple[Step, ...] = (("blue", None),)
NEUTRAL: tuple[Step, ...] = (("text", None),)
RED_ABOVE_ZERO: tuple[Step, ...] = (("green", None), ("red", 1))

COLOURS = {
    "auth_required": "red", "sender_not_authorized": "orange", "relay_denied": "purple", "recipient_unknown": "blue",
    "address_syntax": "light-blue", "content_rejected": "light-orange", "ip_blocklisted": "dark-red",
    "local_restriction": "dark-yellow", "null_sender_refused": "super-light-purple", "protocol_error": "dark-blue",
    "rate_or_quota": "green", "sender_blocked": "dark-orange", "sender_domain_invalid": "light-green",
    "sender_policy_spoof": "light-red", "server_misconfigured": "dark-purple", "tls_required": "dark-green",
    "unknown": "yellow",
}  # fmt: skip
"""A cause has the same colour everywhere."""

CAUSES = {
    "auth_required": "did not log in", "sender_not_authorized": "sender address not theirs",
    "relay_denied": "relaying denied", "recipient_unknown": "no such recipient",
    "address_syntax": "address written wrongly", "content_rejected": "content refused",
    "ip_blocklisted": "IP address on a block list", "local_restriction": "forbidden by an administrator",
    "null_sender_refused": "empty sender refused", "protocol_error": "wrong SMTP command",
    "rate_or_quota": "limit or full mailbox", "sender_blocked": "sender on a block list",
    "sender_domain_invalid": "sender's domain not found", "sender_policy_spoof": "taken for a forgery (SPF, DKIM)",
    "server_misconfigured": "server set up wrongly", "tls_required": "TLS required",
    "unknown": "reason not known",
}  # fmt: skip
"""A cause in a few words, for a legend."""


def thresholds(steps: Sequence[Step]) -> Json:
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for colour, value in steps]}


# ── overrides: what differs for some fields ──


def override(name: str, **properties: Any) -> Json:
    """For the field of this name. A property that has dots (`custom.width`) is written with two underlines."""
    return _override("byName", name, properties)


def override_like(pattern: str, **properties: Any) -> Json:
    """For the fields whose name matches: a pattern without its slashes."""
    return _override("byRegexp", f"/{pattern}/", properties)


def override_type(kind: Literal["time"], **properties: Any) -> Json:
    """For the fields of this type."""
    return _override("byType", kind, properties)


def _override(matcher: str, options: str, properties: Mapping[str, Any]) -> Json:
    told = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": matcher, "options": options}, "properties": told}


def fixed(colour: str) -> Json:
    return {"mode": "fixed", "fixedColor": colour}


def told_causes() -> list[Json]:
    """Fields that are named as a cause: in its colour, and in words."""
    return [override(cause, color=fixed(COLOURS[cause]), displayName=told) for cause, told in CAUSES.items()]


def words(told: Mapping[str, tuple[str, str] | str]) -> list[Json]:
    """Values that are shown as words, in a colour if one is given."""
    options = {}
    for index, (value, word) in enumerate(told.items()):
        text, colour = word if isinstance(word, tuple) else (word, None)
        options[value] = {"index": index, "text": text} | ({"color": colour} if colour else {})
    return [{"type": "value", "options": options}]


def link(title: str, url: str) -> Json:
    """A link from a value. What the log says goes into a url only as `${…:percentencode}`, behind our own path."""
    return {"title": title, "url": url, "targetBlank": False}


# ── kinds ──


def stat(
    title: str, description: str, targets: Sequence[Json], *, unit: str = "none", steps: Sequence[Step] = GREEN,
    overrides: Sequence[Json] = (), mappings: Sequence[Json] = (), no_value: str | None = None, size: int | None = 40,
    text_mode: Literal["auto", "value", "value_and_name", "name"] = "auto", decimals: int | None = None,
    field: str = "", background: bool = False, links: Sequence[Json] = (),
) -> Json:  # fmt: skip
    """Numbers of now. `field`: a name, or /a pattern/, of what is shown of a table; else every number.

    `size` of the number, in pixels; None: as large as there is room.
    """
    defaults = _defaults(unit, steps, mappings, decimals, links) | {"color": {"mode": "thresholds"}}
    if no_value is not None:
        defaults["noValue"] = no_value
    options: Json = {
        "colorMode": "background" if background else "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": field, "values": False},
        "textMode": text_mode,
        "wideLayout": False,
    }
    if size is not None:
        options["text"] = {"titleSize": 14, "valueSize": size}
    return _panel("stat", title, description, targets, defaults, overrides, options)


def timeseries(
    title: str, description: str, targets: Sequence[Json], *, unit: str, overrides: Sequence[Json] = (),
    stacked: bool = False, bars: bool = False, interval: str | None = None, decimals: int | None = None,
    legend: Literal["right", "bottom", "none"] = "right", steps: Sequence[Step] = GREEN, maximum: float | None = None,
    fill: int | None = None, mappings: Sequence[Json] = (), links: Sequence[Json] = (),
    soft_maximum: float | None = None, points: int | None = None,
) -> Json:  # fmt: skip
    """Curves, or bars, over time.

    `interval`: the least distance of two points; `points`: how many there are at most, so that bars can be seen;
    `soft_maximum`: of a quiet axis.
    """
    custom: Json = {
        "drawStyle": "bars" if bars else "line",
        "fillOpacity": fill if fill is not None else 60 if bars else 12,
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "axisBorderShow": False,
        "axisLabel": "",
        "axisPlacement": "auto",
    }
    defaults = _defaults(unit, steps, mappings, decimals, links) | {
        "custom": custom, "color": {"mode": "palette-classic"}, "min": 0,
    }  # fmt: skip
    if maximum is not None:
        defaults["max"] = maximum
    if soft_maximum is not None:
        custom["axisSoftMax"] = soft_maximum
    options = {
        "legend": {
            "calcs": ["max"] if legend == "right" else [],
            "displayMode": "table" if legend == "right" else "list",
            "placement": "bottom" if legend == "none" else legend,
            "showLegend": legend != "none",
        }
        | ({"sortBy": "Max", "sortDesc": True} if legend == "right" else {}),
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    panel = _panel("timeseries", title, description, targets, defaults, overrides, options)
    if interval is not None:
        panel["interval"] = interval
    if points is not None:
        panel["maxDataPoints"] = points
    return panel


def bargauge(
    title: str, description: str, targets: Sequence[Json], *, unit: str = "none", steps: Sequence[Step] = BLUE,
    overrides: Sequence[Json] = (), decimals: int | None = None, links: Sequence[Json] = (), rows: bool = False,
) -> Json:  # fmt: skip
    """Which is how large: one bar for each series, or, with `rows`, for each row of a table."""
    defaults = _defaults(unit, steps, (), decimals, links) | {"color": {"mode": "thresholds"}, "min": 0}
    options = {
        "displayMode": "basic",
        "orientation": "horizontal",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": rows},
        "showUnfilled": True,
        "minVizWidth": 8,
        "minVizHeight": 16,
        "valueMode": "color",
        "namePlacement": "auto",
        "sizing": "auto",
        "text": {"titleSize": 14, "valueSize": 18},
    }
    return _panel("bargauge", title, description, targets, defaults, overrides, options)


CELLS = (
    override_like(".*", noValue="—"),  # else it is that of the panel, "Nothing fails now"
    override_type("time", unit="dateTimeAsIso"),  # else with milliseconds, if all lie within a minute
)
"""What holds for the cells of every table."""


def table(
    title: str, description: str, targets: Sequence[Json], *, overrides: Sequence[Json] = (),
    transformations: Sequence[Json] = (), no_value: str | None = None, wrapped: bool = False,
    sort: Sequence[str] = (),
) -> Json:  # fmt: skip
    """Rows. Text is shown as text: no cell of ours is markdown or HTML, whatever the log says.

    `no_value`: what stands there instead of rows; an empty cell shows a dash. `sort`: the columns that decide what is on
    top, as they are shown, the largest first.
    """
    # Without a unit: with one, Grafana reads a text of digits as a number, and the login 0012 is shown as 12.
    defaults = _defaults("", NEUTRAL, (), None, ()) | {
        "color": {"mode": "thresholds"},
        "custom": {
            "align": "left",
            "cellOptions": {"type": "auto"},
            "filterable": False,
            "inspect": False,
        },
    }
    if wrapped:  # said twice: up to Grafana 12.1 it belongs to the cell, later to the column
        defaults["custom"] |= {"cellOptions": {"type": "auto", "wrapText": True}, "wrapText": True}
    if no_value is not None:
        defaults["noValue"] = no_value
    options: Json = {"cellHeight": "sm", "showHeader": True}
    if sort:
        options["sortBy"] = [{"displayName": column, "desc": True} for column in sort]
    panel = _panel("table", title, description, targets, defaults, [*CELLS, *overrides], options)
    return panel | {"transformations": list(transformations)}


def state_timeline(
    title: str, description: str, targets: Sequence[Json], *, mappings: Sequence[Json] = (),
    overrides: Sequence[Json] = (), links: Sequence[Json] = (),
) -> Json:  # fmt: skip
    """From when to when something was how: a row for each series.

    A value holds until the next of its series: where only others have one, there is none (`spanNulls`).
    """
    defaults = _defaults("none", GREEN, mappings, None, links) | {
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 80, "lineWidth": 0, "spanNulls": True, "insertNulls": False},
    }
    options = {
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.8,
        "mergeValues": True,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return _panel("state-timeline", title, description, targets, defaults, overrides, options)


def row(title: str) -> Json:
    """A heading."""
    return {"type": "row", "title": title, "collapsed": False, "panels": []}


def _defaults(
    unit: str, steps: Sequence[Step], mappings: Sequence[Json], decimals: int | None, links: Sequence[Json]
) -> Json:
    told: Json = {"thresholds": thresholds(steps), "mappings": list(mappings)}
    if unit:
        told["unit"] = unit
    if decimals is not None:
        told["decimals"] = decimals
    if links:
        told["links"] = list(links)
    return told


def _panel(
    kind: str, title: str, description: str, targets: Sequence[Json], defaults: Json, overrides: Sequence[Json],
    options: Json,
) -> Json:  # fmt: skip
    (datasource,) = {str(target["datasource"]): target["datasource"] for target in targets}.values()
    refs = [{**target, "refId": ref} for target, ref in zip(targets, ascii_uppercase, strict=False)]
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": datasource,
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
        "options": options,
        "targets": refs,
    }

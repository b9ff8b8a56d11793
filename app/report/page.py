"""The report as one HTML page that needs nothing else: no scripts, no fonts, no network."""

import html
from collections.abc import Sequence

import numpy as np

from app.report.svg_plot import Line, time_plot, timeline
from core.settings import as_dict
from core.tracks.clean.recipe import Cleaned
from core.tracks.clean.segments import gapless
from core.tracks.measure.angles import facing_of, joint_angles, y_up
from core.tracks.measure.measures import facing_text
from core.tracks.measure.motion_rates import speed
from core.tracks.measure.quality import LIMITS, ClipQuality, PersonQuality, grade_of
from core.tracks.motion import Motion, is_known

LEFT, RIGHT = "#c2410c", "#0e7490"  # told apart also by people who see red and green alike
MOST_PLOTTED = 12
WORDS = {"good": "Good", "fair": "Fair", "poor": "Poor"}
ADVICE = {
    "good": "Fit for measurements.",
    "fair": "Usable with care: look at the marked cells below.",
    "poor": "Not fit for measurements as it is: look at the marked cells below.",
}
COLUMNS = (
    ("seen", "from first to last sight"),
    ("coverage", "keypoints measured in that time"),
    ("sureness", "mean score of those keypoints that nobody corrected"),
    ("longest gap", "without any keypoint"),
    ("jitter", "noise from frame to frame, one coordinate"),
    ("bone variation", "coefficient of variation of lengths in the picture, median of 8 bones"),
    ("swaps repaired", "stretches; share of keypoints"),
    ("outliers", "values rejected"),
    ("filled", "values interpolated"),
)
STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, "Segoe UI", sans-serif; color: #1c1917; background: #fff;
  max-width: 1180px; margin: 24px auto 60px; padding: 0 20px; }
h1 { font-size: 24px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 34px 0 8px; }
h3 { font-size: 13px; font-weight: 600; margin: 0 0 2px; }
header { display: flex; gap: 20px; align-items: center; margin-bottom: 14px; }
.badge { border-radius: 10px; padding: 10px 18px; text-align: center; min-width: 84px; }
.badge b { display: block; font-size: 21px; } .badge span { font-size: 13px; }
.good { background: #dcfce7; color: #14532d; } .fair { background: #fef3c7; color: #713f12; }
.poor { background: #fee2e2; color: #7f1d1d; }
.facts { color: #57534e; margin: 2px 0 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { font-size: 13px; font-weight: 600; text-align: right; color: #44403c; vertical-align: bottom;
  padding: 6px 10px; border-bottom: 2px solid #d6d3d1; }
td { text-align: right; padding: 6px 10px; border-bottom: 1px solid #e7e5e4; }
th:first-child, td:first-child { text-align: left; }
.plots { display: grid; grid-template-columns: 1fr 1fr; gap: 16px 20px; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 11px system-ui, "Segoe UI", sans-serif; fill: #57534e; }
.grid { stroke: #e7e5e4; } .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.raw { fill: none; stroke-width: 3; stroke-linecap: round; opacity: .3; }
.key { font-size: 13px; color: #57534e; } .key i { display: inline-block; width: 18px; height: 3px;
  vertical-align: middle; margin: 0 5px 0 12px; }
.note { color: #57534e; font-size: 13px; max-width: 90ch; }
.wide { overflow-x: auto; }
@media (max-width: 800px) { .plots { grid-template-columns: 1fr; } }
"""


def page(name: str, quality: ClipQuality, people: Sequence[Cleaned]) -> str:
    """The whole page."""
    title = html.escape(name)
    body = [
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Report: {title}",
        "</title><meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<style>{STYLE}</style></head><body>",
        _header(title, quality),
    ]
    if people:
        longest = sorted(people, key=lambda person: -len(person.motion))[:MOST_PLOTTED]
        body += ["<h2>People</h2>", _table(quality.people), _timeline(people, quality)]
        body += [_person(person) for person in sorted(longest, key=lambda p: p.motion.track_id)]
        if len(people) > len(longest):
            body.append(f"<p class='note'>Plots: the {len(longest)} longest tracks.</p>")
        body.append(_notes(people[0]))
    return "\n".join((*body, "</body></html>\n"))


def _header(title: str, quality: ClipQuality) -> str:
    corrected = sum(person.corrected for person in quality.people)
    rate = f"{quality.rate_hz:.4g} frames/s" if quality.rate_hz else "one frame"
    facts = [
        f"{quality.frames} frames in {quality.duration_s:.1f} s ({rate})",
        f"{quality.dropped_frames} dropped",
        f"{quality.empty_frames} without people",
        f"{len(quality.people)} tracks",
        f"{quality.id_changes} possible identity changes",
        *([f"{corrected} keypoints corrected by hand"] if corrected else []),
    ]
    advice = ADVICE[quality.verdict] if quality.people else "Nobody was found."
    return (
        f"<header><div class='badge {quality.verdict}'><b>{WORDS[quality.verdict]}</b>"
        f"<span>{quality.score:.0f} of 100</span></div><div><h1>{title}</h1>"
        f"<p class='facts'>{' · '.join(facts)}<br>{advice}</p></div></header>"
    )


def _table(people: Sequence[PersonQuality]) -> str:
    heads = "".join(f"<th title='{html.escape(hint)}'>{name}</th>" for name, hint in COLUMNS)
    rows = "".join(_row(person) for person in people)
    return (
        f"<div class='wide'><table><thead><tr><th>person</th><th>score</th>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(person: PersonQuality) -> str:
    def cell(text: str, metric: str = "", value: float | None = None) -> str:
        grade = grade_of(metric, value) if metric and value is not None else "good"
        return f"<td>{text}</td>" if grade == "good" else f"<td class='{grade}'>{text}</td>"

    name = f"{person.track_id}"
    if person.may_continue is not None:
        name += f" <span class='key'>(may be {person.may_continue} again)</span>"
    jitter, bones = person.jitter_percent_of_height, person.bone_length_variation_percent
    sure = person.sureness_percent
    shown_jitter = "–" if jitter is None else f"{person.jitter_px:.2f} px, {jitter:.2f} %"
    cells = (
        cell(name),
        cell(f"{person.score:.0f}"),
        cell(f"{person.start_s:.2f} – {person.end_s:.2f} s"),
        cell(f"{person.coverage_percent:.0f} %", "coverage_percent", person.coverage_percent),
        cell("–" if sure is None else f"{sure:.0f} %", "sureness_percent", sure),
        cell(f"{person.longest_gap_s:.2f} s", "longest_gap_s", person.longest_gap_s),
        cell(shown_jitter, "jitter_percent_of_height", jitter),
        cell("–" if bones is None else f"{bones:.0f} %", "bone_length_variation_percent", bones),
        cell(
            f"{person.swaps_repaired} ({person.swapped_percent:.1f} %)",
            "swapped_percent",
            person.swapped_percent,
        ),
        cell(str(person.outliers)),
        cell(str(person.filled)),
    )
    return f"<tr>{''.join(cells)}</tr>"


def _timeline(people: Sequence[Cleaned], quality: ClipQuality) -> str:
    spans = []
    for person in people:
        motion = person.motion
        seen = np.isfinite(motion.scores)
        parts = gapless(seen, motion.times_s)
        times = [(motion.times_s[p.start], motion.times_s[p.stop - 1]) for p in parts]
        spans.append((str(motion.track_id), times, "#78716c"))
    start = min(float(person.motion.times_s[0]) for person in people)
    stop = max(start + quality.duration_s, *(float(p.motion.times_s[-1]) for p in people))
    return f"<h2>Who was seen when</h2>{timeline(spans, min(start, 0.0), stop)}"


def _person(person: Cleaned) -> str:
    motion = person.motion
    if not is_known(motion.keypoints).any():
        return ""
    facing = facing_of(y_up(motion.keypoints), motion.skeleton)
    raw = np.where(motion.raw_scores[..., None] > 0, motion.raw, np.nan)
    angles = joint_angles(y_up(motion.keypoints), motion.times_s, facing, motion.skeleton)
    raw_angles = joint_angles(y_up(raw), motion.times_s, facing, motion.skeleton)
    plots = [
        _plot(
            "Ankles, height in the picture (up is up)",
            motion,
            [_height(motion, raw, side, "ankle") for side in ("left", "right")],
            "px",
            reverse=True,
        ),
        _plot(
            "Wrists, height in the picture (up is up)",
            motion,
            [_height(motion, raw, side, "wrist") for side in ("left", "right")],
            "px",
            reverse=True,
        ),
        _plot(
            "Knee flexion",
            motion,
            [
                Line("left", LEFT, angles["left_knee"], raw_angles["left_knee"]),
                Line("right", RIGHT, angles["right_knee"], raw_angles["right_knee"]),
            ],
            "degrees",
        ),
        _plot("Speed of the hips", motion, [_hip_speed(motion)], "px/s"),
    ]
    return (
        f"<h2>Person {motion.track_id}</h2><p class='key'>"
        f"<i style='background:{LEFT};margin-left:0'></i>left<i style='background:{RIGHT}'></i>"
        "right; dots are raw, lines are cleaned. "
        f"The person {html.escape(facing_text(facing))}.</p>"
        f"<div class='plots'>{''.join(plots)}</div>"
    )


def _height(motion: Motion, raw: np.ndarray, side: str, joint: str) -> Line:
    at = motion.skeleton.names.index(f"{side}_{joint}")
    colour = LEFT if side == "left" else RIGHT
    return Line(side, colour, motion.keypoints[:, at, 1], raw[:, at, 1])


def _hip_speed(motion: Motion) -> Line:
    hips = [motion.skeleton.names.index(f"{side}_hip") for side in ("left", "right")]
    middle = motion.keypoints[:, hips].mean(axis=1)
    return Line("hips", "#57534e", speed(middle, motion.times_s))


def _plot(title: str, motion: Motion, lines: list[Line], unit: str, reverse: bool = False) -> str:
    return f"<figure style='margin:0'><h3>{title}</h3>" + (
        time_plot(motion.times_s, lines, unit, reverse) + "</figure>"
    )


def _notes(person: Cleaned) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in as_dict(person.settings).items())
    limits = "; ".join(
        f"{name.replace('_', ' ').replace(' percent', ', %')}: {good:g}, {fair:g}"
        for name, (good, fair) in LIMITS.items()
    )
    return (
        "<h2>How to read this</h2><p class='note'>A good cell counts 1, a fair one (yellow) a half "
        "and a poor one (red) nothing; a person's score is their mean, the clip's score the mean "
        f"of people weighted by their time. Limits of good and of fair: {html.escape(limits)}. "
        "Jitter is the noise between neighbouring frames; noise that lasts longer is not in it. "
        "Bones look shorter when they point at the camera, so their variation is never 0. A "
        "possible identity change is a track that starts within a second of another's end, near "
        f"it.</p><p class='note'>Cleaning: {html.escape(settings)}.</p>"
    )

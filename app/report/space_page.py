"""The report of skeletons in space: how far each joint can be trusted, in millimetres."""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.report.page import LEFT, MOST_PLOTTED, RIGHT, STYLE
from app.report.svg_plot import Line, time_plot
from core.skeleton import COCO_17
from core.space.camera import Array
from core.space.tracks3d import Tracks3D
from core.tracks.measure.measures import Measures
from core.tracks.measure.motion_rates import speed

# mm of a joint, and mm of a bone's deviation: good up to the first, fair up to the second.
LIMITS_MM = {"uncertainty": (20.0, 40.0), "bone": (15.0, 30.0)}
SHARE = (0.95, 0.8)  # of joints that are known: good from the first, fair from the second


def space_page(
    name: str, tracks: Tracks3D, figures: dict[str, Any], measured: Sequence[Measures]
) -> str:
    """The whole page; `figures` are those of `quality`."""
    title = html.escape(name)
    times = f"{tracks.times_s[0]:.2f} to {tracks.times_s[-1]:.2f} s"
    cameras = html.escape(", ".join(tracks.camera_names)) or "unknown"
    floor = figures["floor_m"]
    low = "" if floor is None else f" · low ankles at z = {floor:.2f} m"
    body = [
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Report: {title}",
        "</title><meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<style>{STYLE}</style></head><body><header><div><h1>{title}</h1>",
        f"<p class='facts'>{len(tracks.people)} people in space, {times} · cameras {cameras}{low}",
        "</p></div></header>",
        "<h2>How far each joint can be trusted</h2>",
        joint_table(tracks),
        "<h2>Bones</h2>",
        _bone_table(figures["people"]),
    ]
    longest = sorted(measured, key=lambda person: -len(person.motion))[:MOST_PLOTTED]
    body += [_person(person) for person in sorted(longest, key=lambda p: p.motion.track_id)]
    body.append(
        "<p class='note'>Uncertainty is the median standard deviation along an axis, from how the "
        "cameras' rays agree; smoothing makes errors along the way smaller than that. What all "
        "cameras get wrong alike, such as where a network sees a hip, is not in it. A bone's "
        "length should not change: its deviation is an error. Yellow and red cells: above "
        f"{LIMITS_MM['uncertainty'][0]:.0f} and {LIMITS_MM['uncertainty'][1]:.0f} mm, bones above "
        f"{LIMITS_MM['bone'][0]:.0f} and {LIMITS_MM['bone'][1]:.0f} mm.</p>"
    )
    return "\n".join((*body, "</body></html>\n"))


def joint_trust(tracks: Tracks3D) -> list[dict[str, Any]]:
    """By joint: median deviation in mm, shares of rows in which it is measured and filled."""
    known = np.isfinite(tracks.points).all(axis=2)
    measured = known & (tracks.cameras > 0)
    found = []
    for joint, name in enumerate(COCO_17.names):
        sd = tracks.deviations[measured[:, joint], joint]
        sd = sd[np.isfinite(sd)]
        found.append(
            {
                "joint": name,
                "uncertainty_mm": round(1000 * float(np.median(sd)), 1) if len(sd) else None,
                "measured": round(float(measured[:, joint].mean()), 3),
                "filled": round(float((known & ~measured)[:, joint].mean()), 3),
                "cameras": round(float(tracks.cameras[measured[:, joint], joint].mean()), 1)
                if measured[:, joint].any()
                else None,
            }
        )
    return found


def joint_table(tracks: Tracks3D) -> str:
    """A row a joint."""
    rows = []
    for row in joint_trust(tracks):
        off, share = row["uncertainty_mm"], row["measured"]
        grade = _grade(off, LIMITS_MM["uncertainty"])
        sure = "good" if share >= SHARE[0] else "fair" if share >= SHARE[1] else "poor"
        rows.append(
            f"<tr><td>{row['joint'].replace('_', ' ')}</td>"
            f"{_cell('–' if off is None else f'{off:.0f} mm', grade)}"
            f"{_cell(f'{share:.0%}', sure)}<td>{row['filled']:.0%}</td>"
            f"<td>{'–' if row['cameras'] is None else row['cameras']}</td></tr>"
        )
    return (
        "<div class='wide'><table><thead><tr><th>joint</th><th>uncertainty</th><th>measured</th>"
        f"<th>filled</th><th>cameras</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _bone_table(people: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for person in people for name in person["bones_m"]))
    heads = "".join(f"<th>person {person['track_id']}</th>" for person in people)
    rows = []
    for name in names:
        cells = []
        for person in people:
            bone = person["bones_m"].get(name)
            spread = None if bone is None else 1000 * bone["sd"]
            text = "–" if bone is None else f"{1000 * bone['length']:.0f} ± {spread:.0f} mm"
            cells.append(_cell(text, _grade(spread, LIMITS_MM["bone"])))
        rows.append(f"<tr><td>{name.replace('_', ' ')}</td>{''.join(cells)}</tr>")
    tall = "".join(
        f"<td>{person['height_by_legs_m']} m</td>" if person["height_by_legs_m"] else "<td>–</td>"
        for person in people
    )
    rows.append(f"<tr><td>height by the legs</td>{tall}</tr>")
    return (
        f"<div class='wide'><table><thead><tr><th>bone</th>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _person(person: Measures) -> str:
    motion, columns = person.motion, person.columns
    points = motion.keypoints
    plots = [
        ("Knee flexion", _sides(columns, "{side}_knee_deg"), "degrees"),
        ("Hip flexion", _sides(columns, "{side}_hip_deg"), "degrees"),
        (
            "Height of the ankles",
            [Line(side, colour, _joint(points, f"{side}_ankle")[:, 2]) for side, colour in _BOTH],
            "m",
        ),
        ("Speed of the hips", [_hip_speed(points, motion.times_s)], "m/s"),
    ]
    drawn = "".join(
        f"<figure style='margin:0'><h3>{title}</h3>{time_plot(motion.times_s, lines, unit)}"
        "</figure>"
        for title, lines, unit in plots
    )
    return (
        f"<h2>Person {motion.track_id}</h2><p class='key'><i style='background:{LEFT};"
        f"margin-left:0'></i>left<i style='background:{RIGHT}'></i>right</p>"
        f"<div class='plots'>{drawn}</div>"
    )


_BOTH = (("left", LEFT), ("right", RIGHT))


def _sides(columns: dict[str, Array], name: str) -> list[Line]:
    return [Line(side, colour, columns[name.format(side=side)]) for side, colour in _BOTH]


def _joint(points: Array, name: str) -> Array:
    place: Array = points[:, COCO_17.names.index(name)]
    return place


def _hip_speed(points: Array, times_s: Array) -> Line:
    middle = (_joint(points, "left_hip") + _joint(points, "right_hip")) / 2
    return Line("hips", "#57534e", speed(middle, times_s))


def _grade(value: float | None, limits: tuple[float, float]) -> str:
    if value is None or value <= limits[0]:
        return "good"
    return "fair" if value <= limits[1] else "poor"


def _cell(text: str, grade: str) -> str:
    return f"<td>{text}</td>" if grade == "good" else f"<td class='{grade}'>{text}</td>"

"""A YAML file beside a network: a form that the program does not know, and the skeleton."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from core.errors import ModelError
from core.model.foreign.described_people import PeopleDescription, described_people
from core.model.foreign.form import Graph, NetworkForm, PictureInput
from core.settings import build, load_yaml
from core.skeleton import Skeleton, skeleton_named, usual_names


@dataclass(frozen=True, slots=True)
class SkeletonDescription:
    """The skeleton of the people that are found."""

    names: tuple[str, ...]  # Names of the keypoints, in the order of the network
    # Limbs: pairs of names, between which lines are drawn
    limbs: tuple[tuple[str, str], ...] | None = None
    # Pairs of left and right keypoints
    pairs: tuple[tuple[str, str], ...] | None = None
    sigmas: tuple[float, ...] | None = None  # Sigma of each keypoint for the OKS


@dataclass(frozen=True, slots=True)
class Description:
    """A network in an ONNX file; what the program recognises may be left out."""

    picture: PictureInput | None = None
    people: PeopleDescription | None = None
    skeleton: SkeletonDescription | None = None
    licence: str | None = None  # Licence of the network, which is shown with it


def description_path(path: Path) -> Path:
    """Where the description of a network is."""
    return path.with_suffix(".yaml")


def read_description(path: Path) -> Description:
    """The description beside a network, empty where there is none. Raises SettingsError."""
    file = description_path(path)
    return build(Description, load_yaml(file), file.name) if file.is_file() else Description()


def described(graph: Graph, told: Description, known: NetworkForm | None) -> NetworkForm | None:
    """The form that a description gives, or changes. Raises ModelError."""
    form = known
    if told.people is not None:
        for name in told.people.names:
            if graph.output(name) is None:
                there = ", ".join(value.name for value in graph.outputs)
                raise ModelError(f"has no output {name!r}; there are {there}")
        form = NetworkForm(
            "described",
            told.picture or PictureInput(),
            skeleton_named(usual_names(told.people.keypoints)),
            partial(described_people, how=told.people),
            told.people.suppressed,
            graph.facts.get("license", "unknown"),
        )
    if form is None:
        return None
    if told.picture is not None:
        form = replace(form, picture=told.picture)
    if told.licence is not None:
        form = replace(form, licence=told.licence)
    if told.skeleton is not None:
        form = replace(form, skeleton=_skeleton(told.skeleton, len(form.skeleton)))
    return form


def _skeleton(told: SkeletonDescription, count: int) -> Skeleton:
    if len(told.names) != count:
        raise ModelError(
            f"skeleton: {len(told.names)} names are told, the network has {count} keypoints"
        )
    try:
        return skeleton_named(told.names, told.limbs, told.pairs, told.sigmas)
    except ValueError as error:
        raise ModelError(f"skeleton: {error}") from error

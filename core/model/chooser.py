"""Which of its candidates a keypoint is: a small network that sees all joints at once, or a rule.

Written in operations that `onnx_graph.trace` knows, so that one definition serves training, every
engine and ONNX files.
"""

import torch
from torch import Tensor, nn

from core.model.candidates import CANDIDATES, GUESSES, PEAKS, Features

_WIDTH = 48
_MIXED = 32  # width between joints
_ROUNDS = 2
_NEAR = (0.06, 0.15, 0.35)  # box sizes; how near a candidate is to a guess, in three degrees
_RULE = 0.2  # the same, of the plain rule that the choice starts from
_EMPTY = 1e4  # taken from the logit of a candidate that is none
_SHARPNESS = 8.0  # of the choice: the best wins, equal ones in one place are averaged
REACH, DOUBT_REACH, FLOOR = 0.15, 0.2, 0.02  # of the rule
_DECISIVE = 1e4  # sharpness of the rule
_LEAST = 1e-4  # height whose root and logarithm are taken
_JOINT_VALUES = 4


class KeypointChooser(nn.Module):
    """Candidates of N people -> keypoints (N, K, 2) in px, and how right each is (N, K) as logits.

    The input is what `Features` holds. `choose` gives what training needs as well.
    """

    own: Tensor
    kind: Tensor
    ones: Tensor

    def __init__(self, keypoints: int) -> None:
        super().__init__()
        width = _WIDTH
        values = 6 + len(_NEAR) + 1 + keypoints + 4 + GUESSES
        self.register_buffer("own", torch.eye(keypoints)[:, None], persistent=False)
        kind = torch.eye(CANDIDATES)[:, :GUESSES]
        self.register_buffer("kind", kind[None, None], persistent=False)
        self.register_buffer("ones", torch.ones(1, keypoints, 1), persistent=False)
        self.weight = nn.Parameter(torch.randn(keypoints, values, width) / values**0.5)
        self.bias = nn.Parameter(torch.zeros(keypoints, 1, width))
        self.activate = nn.ReLU()
        self.second = nn.Linear(width, width)
        extra = _JOINT_VALUES + 2
        self.first_round = ChoosingRound(keypoints, width, extra)
        self.rounds = nn.ModuleList(
            ChoosingRound(keypoints, width, extra + width) for _ in range(_ROUNDS - 1)
        )
        self.right = nn.Sequential(nn.Linear(width + 4, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(
        self, places: Tensor, heights: Tensor, rivals: Tensor, valid: Tensor,
        boxes: Tensor, scores: Tensor, confidences: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        inputs = Features(places, heights, rivals, valid, boxes, scores, confidences)
        rounds, right = self.choose(inputs)
        logits, spots = rounds[-1]
        share = torch.softmax(logits * _SHARPNESS, 2)
        size, centre = frame_of(boxes)
        chosen = (share.unsqueeze(3) * spots).sum(2)
        return chosen * size.unsqueeze(2) + centre.unsqueeze(1), right

    def choose(self, inputs: Features[Tensor]) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
        """Of every round logits (N, K, C + 1) and places (N, K, C + 1, 2), and the `right` logits.

        Places are in box sizes from the box's centre. The last is one of the round's own.
        """
        size, centre = frame_of(inputs.boxes)
        spots = (inputs.places - centre.unsqueeze(1).unsqueeze(1)) / size.unsqueeze(2).unsqueeze(2)
        values, rule, own = self._values(inputs, spots)
        hidden = self.activate(torch.matmul(values, self.weight) + self.bias)
        hidden = self.activate(self.second(hidden))
        joint = self._joint_values(inputs, size)
        missing = (inputs.valid - 1.0) * _EMPTY
        logits = rule.clamp(min=1e-3).log() + missing
        state, more, guess = self.first_round(hidden, joint, logits, spots)
        logits = logits + more
        found = [_with_guess(logits, guess, spots)]
        for turn in self.rounds:
            state, more, guess = turn(hidden, torch.cat([joint, state], 2), logits, spots)
            logits = logits + more
            found.append(_with_guess(logits, guess, spots))
        share = torch.softmax(found[-1][0], 2)
        peak = torch.softmax(logits, 2)
        evidence = [
            share.amax(2, True),
            (share * share).sum(2, True),
            (peak * own).sum(2, True),
            (peak * inputs.rivals).sum(2, True),
        ]
        right = self.right(torch.cat([state, *evidence], 2))
        return found, right.sum(2)

    def _values(self, inputs: Features[Tensor], spots: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What is known of each candidate (N, K, C, F), the plain rule's worth, its own height."""
        ways = [spots - spots.narrow(2, index, 1) for index in range(GUESSES)]
        away = [(way * way).sum(3) for way in ways]
        nearest = torch.minimum(away[0], away[1])
        near = [(nearest * (-0.5 / width**2)).exp() for width in _NEAR]
        both = [(one * (-0.5 / _RULE**2)).exp() * 0.5 for one in away]
        near.append(both[0] + both[1])
        roots = inputs.heights.clamp(min=_LEAST).sqrt()
        own = (roots * self.own).sum(3)
        rule = own * near[-1]
        single = [*near, own, rule, inputs.rivals, inputs.valid]
        parts = [_limited(part) for part in (spots, *ways)]
        parts += [part.unsqueeze(3) for part in single]
        mask = inputs.valid.unsqueeze(3)
        return torch.cat([*parts, roots, mask * self.kind], 3) * mask, rule, own

    def _joint_values(self, inputs: Features[Tensor], size: Tensor) -> Tensor:
        """What is known of the person, a joint: (N, K, 4)."""
        low, high = inputs.boxes.narrow(1, 0, 2), inputs.boxes.narrow(1, 2, 2)
        logs = (high - low).clamp(min=1.0).log()
        wide = logs.narrow(1, 0, 1) - logs.narrow(1, 1, 1)
        whole = [inputs.scores, size.log() * 0.2 - 1.0, wide]
        return torch.cat(
            [inputs.confidences.unsqueeze(2), *(part.unsqueeze(2) * self.ones for part in whole)], 2
        )


class RuleChooser(nn.Module):
    """The same from a rule that nobody has to learn.

    The peak wins that maximises height times the mean of exp(-d^2 / 2 s^2) over both guesses, s
    being `REACH` + `DOUBT_REACH` (1 - c) box sizes for a regression of confidence c; where none is
    worth `FLOOR`, the regression stays. Right is the root of c times the peak's height.
    """

    own: Tensor

    def __init__(self, keypoints: int) -> None:
        super().__init__()
        self.register_buffer("own", torch.eye(keypoints)[:, None], persistent=False)

    def forward(
        self, places: Tensor, heights: Tensor, rivals: Tensor, valid: Tensor,
        boxes: Tensor, scores: Tensor, confidences: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        size, _ = frame_of(boxes)
        reach = (confidences * -DOUBT_REACH + (REACH + DOUBT_REACH)) * size
        spread = (reach * reach).unsqueeze(2) * -2.0
        ways = [places - places.narrow(2, index, 1) for index in range(GUESSES)]
        near = [((way * way).sum(3) / spread).exp() for way in ways]
        own = (heights * self.own).sum(3) * valid
        worth = (own * (near[0] + near[1]) * 0.5).narrow(2, GUESSES, PEAKS)
        best = worth.amax(2, True)
        share = torch.softmax((worth - best) * _DECISIVE, 2)
        found = best > FLOOR
        peak = (share.unsqueeze(3) * places.narrow(2, GUESSES, PEAKS)).sum(2)
        height = (share * own.narrow(2, GUESSES, PEAKS)).sum(2, True)
        height = torch.where(found, height, FLOOR).sum(2)
        keypoints = torch.where(found, peak, places.narrow(2, 0, 1).sum(2))
        right = (confidences * height).sqrt().clamp(min=_LEAST, max=1 - _LEAST)
        return keypoints, right.log() - (right * -1.0 + 1.0).log()


class ChoosingRound(nn.Module):
    """Joints look at their likely candidates, then at each other, and choose again."""

    def __init__(self, keypoints: int, width: int, extra: int) -> None:
        super().__init__()
        self.gather = nn.Linear(2 * width + extra, width)
        self.joint = nn.Parameter(torch.randn(keypoints, width) * 0.1)
        self.mixing = nn.Sequential(*(JointMixing(keypoints, width) for _ in range(2)))
        self.norm = nn.LayerNorm(width)
        self.asked, self.offered = nn.Linear(width, width), nn.Linear(width, width)
        self.worth = nn.Linear(width, 1)
        self.activate = nn.ReLU()
        self.shift, self.own_worth = nn.Linear(width, 2), nn.Linear(width, 1)
        nn.init.zeros_(self.shift.weight)
        nn.init.zeros_(self.shift.bias)
        self.scale = width**-0.5

    def forward(
        self, hidden: Tensor, joint: Tensor, logits: Tensor, spots: Tensor
    ) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
        share = torch.softmax(logits, 2).unsqueeze(3)
        place = _limited((share * spots).sum(2))
        seen = torch.cat([(share * hidden).sum(2), hidden.amax(2), joint, place], 2)
        state = self.norm(self.mixing(self.gather(seen) + self.joint))
        offered = self.offered(hidden)
        fit = (self.asked(state).unsqueeze(2) * offered).sum(3) * self.scale
        more = fit + self.worth(self.activate(offered)).sum(3)
        return state, more, (self.shift(state), self.own_worth(state))


class JointMixing(nn.Module):
    """(N, K, D) -> the same: values across the joints, then within each (MLP-Mixer, 2021)."""

    def __init__(self, keypoints: int, width: int) -> None:
        super().__init__()
        self.across_norm, self.within_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.across = nn.Sequential(
            nn.Linear(keypoints, _MIXED), nn.ReLU(), nn.Linear(_MIXED, keypoints)
        )
        self.within = nn.Sequential(
            nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.across(self.across_norm(x).permute(0, 2, 1)).permute(0, 2, 1)
        y: Tensor = x + self.within(self.within_norm(x))
        return y


def _limited(x: Tensor) -> Tensor:
    """Distances in box sizes that no outlier blows up."""
    return x.clamp(min=-3.0, max=3.0)


def frame_of(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Size (N, 1), the root of the area, and centre (N, 2) of boxes."""
    low, high = boxes.narrow(1, 0, 2), boxes.narrow(1, 2, 2)
    sides = (high - low).clamp(min=1.0)
    area = sides.narrow(1, 0, 1) * sides.narrow(1, 1, 1)
    return area.sqrt(), (low + high) * 0.5


def _with_guess(
    logits: Tensor, guess: tuple[Tensor, Tensor], spots: Tensor
) -> tuple[Tensor, Tensor]:
    """The candidates and one more: the mean of the likely ones, shifted."""
    shift, worth = guess
    place = (torch.softmax(logits, 2).unsqueeze(3) * spots).sum(2) + shift
    return torch.cat([logits, worth], 2), torch.cat([spots, place.unsqueeze(2)], 2)

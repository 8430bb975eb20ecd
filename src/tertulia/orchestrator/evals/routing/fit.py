"""Fits the difficulty's weights on the part of the set that is tuned on, and prints what each threshold saves there.

``python -m tertulia.orchestrator.evals.routing.fit`` writes ``weights.json``. Ridge regression of the logistic kind, by
Newton's method; how strongly it is held back was chosen by leaving out one family at a time.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tertulia.orchestrator import routing
from tertulia.orchestrator.evals.routing.labels import Labelled, labelled
from tertulia.orchestrator.evals.routing.outcome import outcome
from tertulia.orchestrator.routing.difficulty import FEATURES, features

_HELD_BACK = 3.0
_ROUNDS = 25
_THRESHOLDS = [number / 20 for number in range(1, 20)]


def fitted(labels: Sequence[Labelled], held_back: float = _HELD_BACK) -> "np.ndarray":
    """The bias, then a weight for each feature: of a question that the small model answers wrongly."""
    rows = np.array([[1.0, *features(one.task.question)] for one in labels])
    wrong = np.array([not one.small_is_right for one in labels], dtype=float)
    ridge = np.diag([0.0, *[held_back] * len(FEATURES)])
    weights = np.zeros(rows.shape[1])
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (wrong - likely) - ridge @ weights
        weights += np.linalg.solve((rows.T * (likely * (1 - likely))) @ rows + ridge, slope)
    return weights


def left_out(labels: Sequence[Labelled], held_back: float) -> list[tuple[Labelled, float]]:
    """Each question's difficulty by weights that were fitted without its family."""
    found = []
    for family in {one.task.family for one in labels}:
        weights = fitted([one for one in labels if one.task.family != family], held_back)
        for one in labels:
            if one.task.family == family:
                score = weights[0] + np.dot(weights[1:], features(one.task.question))
                found.append((one, float(1 / (1 + np.exp(-score)))))
    return found


def main() -> None:
    labels = labelled(tuned_on=True)
    for threshold in _THRESHOLDS:
        saved, lost = outcome(left_out(labels, _HELD_BACK), threshold)
        sys.stdout.write(f"from {threshold:.2f} on: saved {saved:.2f}, lost {lost:+.3f}\n")
    bias, *weights = fitted(labels)
    told = {"bias": round(bias, 4), "weights": dict(zip(FEATURES, [round(one, 4) for one in weights], strict=True))}
    Path(routing.__file__).with_name("weights.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

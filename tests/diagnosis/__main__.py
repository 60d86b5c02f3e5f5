"""`make diagnosis-report`: how much of real refusals is understood, what is not, and what is taken for what."""

from __future__ import annotations

from diagnosis.figures import DEVELOPMENT, Figures, labelled, left_out
from diagnosis.unseen import UNSEEN
from rejectwatch.causes import CAUSES


def main() -> None:
    development = labelled(DEVELOPMENT)
    figures = Figures.of(development)
    print("collection              replies  right  strict  macro   high  of those right  unknown")
    _line("development", figures)
    for name in UNSEEN:
        _line(name, Figures.of(labelled(name)))
    without, muted = left_out(development)
    _line("one system left out", without)
    texts = sum(len(cause.judge.texts) for cause in CAUSES)
    print(
        f"\n{muted} of {texts} texts are supported by one system only; they were silent where it was left out."
    )
    _by_cause(figures)
    _confusion(figures)
    for name, some in (
        ("development", figures),
        ("one system left out", without),
        *((name, Figures.of(labelled(name))) for name in UNSEEN),
    ):
        _wrong(name, some)


def _line(name: str, figures: Figures) -> None:
    unknown = sum(told.cause == "unknown" for _, told in figures.answers)
    print(
        f"{name:22}  {len(figures.answers):7}  {figures.accuracy:5.1%}  {figures.strict:6.1%}  {figures.macro:5.1%}"
        f"  {figures.share_high:5.1%}  {figures.rightness_of_high:14.1%}  {unknown:7}"
    )


def _by_cause(figures: Figures) -> None:
    print("\nright of all, by cause (development):")
    for cause, (right, total) in figures.by_cause.items():
        print(f"  {cause:22} {right:3} of {total:3}")


def _confusion(figures: Figures) -> None:
    print("\nas labelled (rows) and as told (columns), development:")
    slugs = sorted({cause for pair in figures.confusion for cause in pair})
    print(f"  {'':22}" + "".join(f"{number:4}" for number in range(1, len(slugs) + 1)))
    for number, row in enumerate(slugs, 1):
        cells = "".join(f"{figures.confusion.get((row, column)) or '.':>4}" for column in slugs)
        print(f"  {number:2} {row:19}{cells}")


def _wrong(name: str, figures: Figures) -> None:
    print(f"\nnot right ({name}): {len(figures.wrong)}")
    for one, told in figures.wrong:
        print(f"  {one.id} {one.cause} was told as {told.cause} ({told.confidence}): {one.text[:160]}")


main()

"""Many sessions and deliveries that go on at the same time, and what of them how often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bench.world import Said, Script, World

NOISE_SHARE = 0.005
AT_ONCE = 60
"""Sessions and deliveries whose lines are mixed."""

Scene = Callable[[World], Script]


class Scenes(NamedTuple):
    """What can begin on one kind of mail server. `noise`: what only looks like a wanted refusal."""

    traffic: tuple[Scene, ...]
    refusals: tuple[Scene, ...]
    noise: tuple[Scene, ...]


def weighted(*scenes: tuple[int, Scene]) -> tuple[Scene, ...]:
    """Each scene as often as its weight."""
    return tuple(scene for weight, scene in scenes for _ in range(weight))


def mixed(world: World, scenes: Scenes, share: float) -> Iterator[str | Said]:
    """The lines of many sessions and deliveries, as they go on at the same time."""
    chance = world.chance
    begin = _Beginning(world, scenes, share)
    going_on: list[Script] = [begin() for _ in range(AT_ONCE)]
    while True:
        slot = int(chance() * AT_ONCE)
        for text in going_on[slot]:
            yield text
            break
        else:
            going_on[slot] = begin()


class _Beginning:
    """Chooses what begins next, so that refusals keep their share of the lines."""

    def __init__(self, world: World, scenes: Scenes, share: float) -> None:
        self._world = world
        self._scenes = scenes
        self._share = share
        self._refusals = 0
        self._noise = 0

    def __call__(self) -> Script:
        world = self._world
        due = world.due()
        if due is not None:
            return due
        if self._refusals < self._share * world.line:
            self._refusals += 1
            return world.pick(self._scenes.refusals)(world)
        if self._noise < NOISE_SHARE * world.line:
            self._noise += 1
            return world.pick(self._scenes.noise)(world)
        return world.pick(self._scenes.traffic)(world)

"""A log says what goes wrong when it begins, once a minute, and when it has ended, however often it comes and goes."""

from __future__ import annotations

from feeds.lib.trouble import TroubleLog


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_comes_and_goes_for_three_minutes_is_said_four_times_and_its_end_once() -> None:
    said: list[tuple[float, str]] = []
    clock = Clock()
    trouble = TroubleLog(lambda text: said.append((clock.now, text)), "All is well.", clock)
    while clock.now < 200:
        clock.now += 0.5
        if clock.now <= 180 and int(clock.now * 2) % 3:
            trouble.note_failure("The index cannot be used.")
        else:
            trouble.note_success()
    assert [int(at) for at, _ in said] == [0, 60, 120, 189]
    assert [text.partition(" (")[0] for _, text in said] == ["The index cannot be used."] * 3 + [
        "All is well."
    ]
    assert said[1][1].endswith("(And 79 times since this was said last.)")


def test_another_fault_is_said_at_once_and_two_that_alternate_once_a_minute_each() -> None:
    said: list[str] = []
    clock = Clock()
    trouble = TroubleLog(said.append, clock=clock)
    for _ in range(10):
        trouble.note_failure("One.")
        trouble.note_failure("Other.")
        clock.now += 1
    assert said == ["One.", "Other."]


def test_without_trouble_nothing_ends() -> None:
    said: list[str] = []
    trouble = TroubleLog(said.append, "All is well.")
    trouble.note_success()
    assert said == []

"""Runs in the background: one after the other, watched, awaited, paused and cancelled."""

import asyncio
import threading

import pytest

from fluxlab import Lab, Sweep
from fluxlab.engine import CellDone, CellStarted, StepDone
from fluxlab.errors import ModelError

PROMPT = "an owl on a teal background"


@pytest.fixture
def lab(tmp_path):
    return Lab(catalog=tmp_path)


def statuses(grid):
    return [cell.status for cell in grid.cells]


def test_a_run_can_be_awaited(lab):
    async def cell():
        return await lab.start(Sweep(PROMPT, seed=[1, 2], steps=1))

    assert statuses(asyncio.run(cell())) == ["ok", "ok"]


def test_stopping_the_cell_that_awaits_a_run_cancels_it(lab):
    async def cell():
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()
        run = lab.start(
            Sweep(PROMPT, seed=list(range(50)), steps=4),
            listener=lambda _: loop.call_soon_threadsafe(begun.set),
        )
        waiting = asyncio.ensure_future(run_to_end(run))
        await begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return run

    async def run_to_end(run):
        return await run

    run = asyncio.run(cell())
    assert "waiting" in statuses(run.wait(60))
    assert run.state == "stopped"


def test_pausing_finishes_the_cell_under_way_and_the_same_sweep_makes_the_rest(lab):
    sweep = Sweep(PROMPT, seed=[1, 2, 3], steps=3)
    first = []

    def pause(event):
        if isinstance(event, StepDone) and not first:
            first.append(event.key)
            run.pause()

    ready = threading.Event()
    run = lab.start(sweep, listener=lambda event: (ready.wait(60), pause(event)))
    ready.set()
    grid = run.wait(60)
    assert statuses(grid) == ["ok", "waiting", "waiting"]
    assert grid.cells[0].key == first[0]
    assert run.state == "paused"
    again = lab.start(sweep)
    assert statuses(again.wait(60)) == ["ok"] * 3
    assert [cell.cached for cell in again.wait().cells] == [True, False, False]
    assert again.state == "done"


def test_pausing_a_fast_run_lands_the_cells_that_fly(lab):
    def pause(event):
        if isinstance(event, StepDone):
            run.pause()

    ready = threading.Event()
    sweep = Sweep(PROMPT, seed=list(range(40)), steps=2)
    run = lab.start(sweep, mode="fast", listener=lambda event: (ready.wait(60), pause(event)))
    ready.set()
    found = statuses(run.wait(60))
    assert set(found) == {"ok", "waiting"}
    assert run.state == "paused"


def test_runs_are_made_one_after_the_other_and_a_queued_one_can_be_cancelled(lab):
    gate = threading.Event()
    order = []
    first = lab.start(
        Sweep(PROMPT, seed=1, steps=1), listener=lambda event: (gate.wait(60), order.append(("first", event)))
    )
    second = lab.start(Sweep(PROMPT, seed=2, steps=1), listener=lambda event: order.append(("second", event)))
    third = lab.start(Sweep(PROMPT, seed=3, steps=1))
    assert second.state == third.state == "queued"
    third.cancel()
    gate.set()
    assert statuses(first.wait(60)) == statuses(second.wait(60)) == ["ok"]
    assert statuses(third.wait(60)) == ["waiting"]
    assert third.state == "stopped"
    names = [name for name, _ in order]
    assert names == sorted(names)
    assert lab.catalog.find([third.plan.cells[0].key]) == {}


def test_who_listens_late_gets_the_last_event_of_every_cell(lab):
    run = lab.start(Sweep(PROMPT, width=[64, 96], seed=[1, 2], steps=2))
    run.wait(60)
    late = []
    run.subscribe(late.append)
    assert len(late) == 4
    assert {type(event) for event in late} == {CellDone}
    assert {event.key for event in late} == {cell.key for cell in run.plan.cells}


def test_a_listener_that_has_left_or_fails_changes_nothing(lab):
    heard = []
    ready = threading.Event()

    def gate(event):
        if isinstance(event, CellStarted):
            ready.wait(60)

    run = lab.start(Sweep(PROMPT, seed=[4, 5], steps=1), listener=gate)
    leave = run.subscribe(heard.append)
    run.subscribe(lambda _: 1 / 0)
    leave()
    leave()
    heard.clear()
    ready.set()
    assert statuses(run.wait(60)) == ["ok", "ok"]
    assert heard == []


def test_the_grid_as_it_stands_has_what_the_catalog_has(lab):
    lab.generate(PROMPT, seed=2, steps=1)
    gate = threading.Event()
    run = lab.start(Sweep(PROMPT, seed=[1, 2], steps=1), listener=lambda _: gate.wait(60))
    assert statuses(run.grid()) == ["waiting", "ok"]
    gate.set()
    run.wait(60)
    assert statuses(run.grid()) == ["ok", "ok"]


def test_state_changes_are_told_and_a_wait_that_ends_early_says_so(lab):
    gate = threading.Event()
    states = []
    blocker = lab.start(Sweep(PROMPT, seed=9, steps=1), listener=lambda _: gate.wait(60))
    run = lab.start(Sweep(PROMPT, seed=1, steps=1))
    run.watch(lambda: states.append(run.state))
    gate.set()
    blocker.wait(60)
    run.wait(60)
    assert states[0] == "running"
    assert states[-1] == "done"
    assert run.error is None
    still = lab.start(Sweep(PROMPT, seed=list(range(20, 60)), steps=4))
    with pytest.raises(TimeoutError, match="still working after timeout=0"):
        still.wait(0)
    still.cancel()
    still.wait(60)


def test_a_run_whose_model_goes_away_fails_with_its_sentence(lab, monkeypatch):
    from fluxlab.engine import runner

    def gone(*_):
        raise ModelError("model 'nano' is gone: put it back.")

    monkeypatch.setattr(runner, "load", gone)
    run = lab.start(Sweep(PROMPT, seed=1, steps=1))
    with pytest.raises(ModelError, match="put it back"):
        run.wait(60)
    assert run.state == "failed"
    assert "put it back" in str(run.error)


@pytest.mark.parametrize("way", ["wait", "await"])
def test_who_waits_has_the_grid_when_those_who_show_the_run_have_shown_it(lab, way):
    run = lab.start(Sweep(PROMPT, seed=1, steps=1))
    release, shown = run.hold(), []

    def show():
        # One that begins while another ends, as a curve does after its images.
        drawn = run.hold()
        release()
        shown.append(run.grid())
        drawn()

    def ended():
        if not run.running:
            threading.Thread(target=show).start()

    async def cell():
        return await run

    run.watch(ended)
    if not run.running:
        ended()
    grid = run.wait(60) if way == "wait" else asyncio.run(cell())
    assert shown[:1] == [grid]

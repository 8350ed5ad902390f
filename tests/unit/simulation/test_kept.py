"""Parts in memory and in files: what is missing, and that a part is whole or not there."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ketasim.simulation.kept import InFiles, InMemory, Part, gaps


def part(start, stop, outputs=2, times=3):
    who = np.arange(start, stop, dtype=float)
    y = who + 100.0 * np.arange(times)[None, :, None] + 1e4 * np.arange(outputs)[:, None, None]
    measures = who + np.arange(outputs)[:, None, None] * np.ones((1, 6, 1))
    return Part(start, stop, y, np.zeros(stop - start, np.int8), np.ones(stop - start, np.int64), measures, who[:1])


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ([], [(0, 10)]),
        ([(0, 10)], []),
        ([(4, 6)], [(0, 4), (6, 10)]),
        ([(6, 10), (0, 2)], [(2, 6)]),
        ([(0, 5), (3, 7)], [(7, 10)]),
    ],
)
def test_gaps(done, left):
    assert gaps(done, 10) == left


@pytest.fixture(params=["memory", "files"])
def store(request, tmp_path):
    return InMemory(10, 2, 3) if request.param == "memory" else InFiles(tmp_path, 10, 2, 3)


def test_parts_in_any_order(store):
    for start, stop in ((6, 10), (0, 3), (3, 6)):
        store.put(part(start, stop))
    whole = part(0, 10)
    assert store.missing() == []
    assert np.array_equal(store.block(1, 1, 3), whole.y[1, 1:3])
    assert np.array_equal(store.people(2, 8), whole.y[:, :, 2:8])
    assert np.array_equal(store.measure(1, 2), whole.measures[1, 2])
    assert store.status.tolist() == [0] * 10 and store.predicted.tolist() == [0.0, 3.0, 6.0]


def test_parts_by_several_threads_at_once(tmp_path):
    for store in (InMemory(200, 2, 3), InFiles(tmp_path, 200, 2, 3)):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda k, store=store: store.put(part(k, k + 2)), range(0, 200, 2)))
        assert store.missing() == [] and np.array_equal(store.people(0, 200), part(0, 200).y)


def test_what_is_missing_is_known(store):
    store.put(part(3, 6))
    assert store.missing() == [(0, 3), (6, 10)]
    store.put(part(0, 3))
    assert store.missing() == [(6, 10)]


def test_a_torn_part_is_not_there(tmp_path):
    files = InFiles(tmp_path, 10, 2, 3)
    files.put(part(0, 5))
    files.put(part(5, 10))
    raw = sorted(tmp_path.glob("*.y"))[1]
    raw.write_bytes(raw.read_bytes()[:-8])
    assert InFiles(tmp_path, 10, 2, 3).missing() == [(5, 10)]


def test_overlapping_parts_of_two_runs_are_not_counted_twice(tmp_path):
    files = InFiles(tmp_path, 10, 2, 3)
    for start, stop in ((0, 4), (2, 6), (4, 10)):
        files.put(part(start, stop))
    assert np.array_equal(files.block(0, 0, 3), part(0, 10).y[0])


def test_who_is_not_there_yet_is_nan(tmp_path):
    files = InFiles(tmp_path, 10, 2, 3)
    files.put(part(0, 4))
    found = (files.block(1, 0, 3)[0], files.people(0, 10)[1, 2], files.measure(1, 5))
    assert all(np.isnan(values).tolist() == [False] * 4 + [True] * 6 for values in found)

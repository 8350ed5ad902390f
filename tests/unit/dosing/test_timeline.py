import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.dosing.expand import expand, tidy
from ketasim.dosing.records import concatenate, number_sessions, records
from ketasim.dosing.timeline import AFTER, BEFORE, BEFORE_ALL, Changes, Observations, no_changes, resolve, rows_at
from ketasim.engine.abi import Op

NONE = Observations(np.empty(0, int), np.empty(0), np.empty(0, int))


def simple(table, seen=NONE, n=1, n_states=2, until=None, changes=None, **inlet):
    given = {"fraction": 1.0, "lag": 0.0, "duration": np.nan, "rate": np.nan} | inlet
    changes = changes or no_changes(n)
    return resolve(expand(table), *given.values(), np.array([0, 1]), n_states, changes, seen, until)


def ops(line, k=0):
    mine = slice(line.op_ptr[k], line.op_ptr[k + 1])
    rows = zip(line.op_t[mine], line.op_k[mine], line.op_i[mine], line.op_v[mine], strict=True)
    return [(float(t), Op(o).name, int(i), float(v)) for t, o, i, v in rows]


def test_records_fill_what_is_not_given_and_refuse_other_columns():
    table = records(time=[0, 1], amount=5)
    assert table.evid.tolist() == [1, 1]
    assert table.order.tolist() == [0, 1]
    assert table.recorded.tolist() == [0, 1]
    assert "2 of 1 patient," in repr(table)
    assert repr(records(time=[])) == "Records(none)"
    assert concatenate([table, table]).n == 4
    assert concatenate([]).n == 0
    with pytest.raises(TypeError, match="mount"):
        records(time=0, mount=3)


def test_additional_doses_are_written_out_beside_their_record():
    table = expand(records(time=[0, 5], amount=[10, 20], ii=[0.1, 24], addl=[3, 0], ss=[1, 0], evid=[4, 1]))
    assert table.time.tolist() == [0, 0.1, 0.2, 0.3, 5]
    assert table.ss.tolist() == [1, 0, 0, 0, 0]
    assert table.evid.tolist() == [4, 1, 1, 1, 1]
    assert table.recorded.tolist() == [0, 0, 0, 0, 5]
    assert table.order.tolist() == [0, 0, 0, 0, 1]


def test_times_lose_rounding_noise_and_nothing_else():
    assert tidy(np.array([0.1 * 3]))[0] == 0.3
    assert tidy(np.array([1 / 3]))[0] == 1 / 3
    assert tidy(np.array([1e5 + 0.1 + 0.2]))[0] == 1e5 + 0.3


def test_sessions_end_four_hours_after_a_dose():
    table = number_sessions(
        records(time=[0, 1, 4.9, 8.9, 24, 0], patient=[3, 3, 3, 3, 3, 9], inlet=[0, 1, 0, 0, 0, 0], order=range(6))
    )
    assert table.occasion.tolist() == [0, 0, 0, 1, 2, 0]
    assert table.nth.tolist() == [1, 1, 2, 1, 1, 1]
    kept = number_sessions(table.replace(occasion=7), keep_occasions=True)
    assert kept.occasion.tolist() == [7] * 6


def test_an_infusion_is_a_rate_that_comes_and_goes():
    line = simple(records(time=2, amount=10, rate=5, inlet=1), fraction=0.5)
    assert ops(line) == [(2, "RATE", 1, 5.0), (3, "RATE", 1, -5.0)]


def test_a_reset_takes_back_what_is_still_to_come():
    table = records(time=[0, 3], amount=[10, 0], evid=[1, 3], rate=[2, 0], ii=[2, 0], addl=[4, 0])
    assert ops(simple(table)) == [(0, "RATE", 0, 2.0), (2, "RATE", 0, 2.0), (3, "RESET", 0, 0.0)]


def test_what_acts_after_the_end_is_left_out():
    table = records(time=0, amount=10, ii=2, addl=9)
    assert len(ops(simple(table, until=np.array([5.0])))) == 3


def test_steady_states_wait_for_their_values():
    line = simple(records(time=[0, 8], amount=[10, 10], ii=4, ss=[1, 2], rate=[0, 2]), lag=6.0)
    asked = line.steady
    assert asked.n == 2
    assert asked.kind.tolist() == [1, 2]
    assert asked.phase.tolist() == [2, 2]
    assert asked.running.tolist() == [0, 1]
    filled = ops(line.with_steady(np.array([[1.0, 2.0], [3.0, 4.0]])))
    assert filled[:3] == [(0, "RESET", 0, 0), (0, "SET", 0, 1), (0, "SET", 1, 2)]
    assert (2, "ADD", 0, 10) in filled  # under way since before the record
    assert (6, "ADD", 0, 10) in filled
    assert filled.count((8, "RATE", 0, 2.0)) == 1
    assert (8, "ADD", 1, 4) in filled
    assert sum(v for _, kind, _, v in filled if kind == "RATE") == 0


@pytest.mark.parametrize(
    "wrong", [{"fraction": np.nan}, {"lag": -1.0}, {"lag": np.inf}, {"duration": np.nan}, {"duration": -2.0}]
)
def test_what_cannot_be_given_is_marked_for_that_patient_alone(wrong):
    table = records(time=[0, 0], amount=10, patient=[0, 1], rate=[-2, 0])
    columns = {k: np.array([v, {"fraction": 1, "lag": 0, "duration": 3}[k]]) for k, v in wrong.items()}
    line = simple(table, n=2, **({"duration": np.array([3.0, np.nan])} | columns))
    assert not np.isfinite(line.op_v[: line.op_ptr[1]]).all()
    assert np.isfinite(line.op_t).all()
    assert np.isfinite(line.op_v[line.op_ptr[1] :]).all()


def test_rows_in_force_at_records_and_additional_doses():
    changes = Changes(
        np.array([0, 0, 0]), np.array([1.0, 2.0, 3.0]), np.array([5, 6, 7]),
        np.array([AFTER, BEFORE, BEFORE_ALL], np.int8), np.array([1, 2, 3], np.int32), np.array([0, 4], np.int32),
    )  # fmt: skip
    time, order = np.array([0, 1, 1, 2, 2, 2, 3, 9.0]), np.array([0, 5, 6, 5, 6, 1, 0, 0])
    recorded = np.array([0, 1, 1, 2, 2, 0, 0, 9.0])
    who = np.array([0, 0, 0, 0, 0, 0, 0, 1])
    assert rows_at(changes, who, time, order, recorded).tolist() == [0, 0, 1, 1, 2, 1, 3, 4]
    assert rows_at(no_changes(2), who, time, order).tolist() == [0] * 8


def test_outputs_stand_among_operations_of_their_time_by_order():
    table = records(time=[1, 1], amount=[10, 20], order=[2, 4])
    seen = Observations(np.zeros(6, int), np.array([1, 1, 1, 0, 2, 1.0]), np.array([5, 3, 1, 9, 0, -3]))
    line = simple(table, seen)
    assert line.out_t.tolist() == [0, 1, 1, 1, 1, 2]
    assert line.out_after.tolist() == [0, 0, 0, 1, 2, 2]
    assert line.out_index.tolist() == [3, 5, 2, 1, 0, 4]


patients = st.integers(0, 4)
dose = st.tuples(
    patients,
    st.floats(0, 50).map(lambda t: round(t, 2)),
    st.sampled_from([1, 1, 1, 1, 3, 4, 8]),
    st.floats(0, 100),
    st.sampled_from([0.0, 0.0, 5.0, 30.0]),
    st.integers(0, 1),
    st.integers(0, 3),
)


def table_of(rows):
    rows = sorted(rows, key=lambda r: r[:2])
    who, time, evid, amount, rate, inlet, addl = (np.array(c) for c in zip(*rows, strict=True))
    none = evid == 3
    return records(
        time=time, patient=who, evid=evid, amount=np.where(none, 0, amount), rate=np.where(none, 0, rate),
        inlet=inlet, addl=addl, ii=6.0, order=np.arange(time.size),
    )  # fmt: skip


def looks(n):
    times = np.arange(0, 60, 2.5)
    return Observations(np.repeat(np.arange(n), times.size), np.tile(times, n), np.full(times.size * n, 10_000))


def inlet_values(table, seed):
    rng = np.random.default_rng(seed)
    lag, share = np.round(rng.uniform(0, 8, 5), 2), rng.uniform(0.2, 1, 5)
    return {"lag": lag[table.patient], "fraction": share[table.patient]}


@settings(max_examples=60, deadline=None)
@given(st.lists(dose, min_size=1, max_size=25), st.integers(0, 99), st.permutations(range(5)))
def test_patients_do_not_depend_on_their_neighbours(rows, seed, order):
    table = expand(table_of(rows))
    whole = simple(table, looks(5), 5, **inlet_values(table, seed))
    for k in range(5):
        mine = table.take(table.patient == k)
        values = inlet_values(mine, seed)
        alone = simple(mine.replace(patient=0), looks(1), **values)
        assert ops(whole, k) == ops(alone)
        assert whole.out_after[whole.out_ptr[k] : whole.out_ptr[k + 1]].tolist() == alone.out_after.tolist()
    moved = table.replace(patient=np.array(order)[table.patient])
    again = simple(moved, looks(5), 5, **inlet_values(table, seed))
    for k in range(5):
        assert ops(whole, k) == ops(again, order[k])


@settings(max_examples=60, deadline=None)
@given(st.lists(dose, min_size=1, max_size=25), st.integers(0, 99))
def test_without_resets_all_that_is_given_goes_in(rows, seed):
    table = expand(table_of([(*r[:2], 1, *r[3:]) for r in rows]))
    values = inlet_values(table, seed)
    line = simple(table, n=5, **values)
    who = np.repeat(np.arange(5), np.diff(line.op_ptr))
    horizon = 1e3
    bolus = np.where(line.op_k == Op.ADD, line.op_v, 0.0)
    infused = np.where(line.op_k == Op.RATE, line.op_v * (horizon - line.op_t), 0.0)
    got = np.bincount(who, bolus + infused, 5)
    want = np.bincount(table.patient, table.amount * values["fraction"], 5)
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)
    assert (np.diff(line.op_t)[np.diff(who) == 0] >= 0).all()
    rates = np.where(line.op_k == Op.RATE, line.op_v, 0.0)
    np.testing.assert_allclose(np.bincount(who, rates, 5), 0, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(dose, min_size=1, max_size=25), st.integers(0, 99), st.floats(1, 200))
def test_later_records_are_later_operations(rows, seed, shift):
    table = expand(table_of(rows))
    shift = round(shift)
    early = simple(table, n=5, **inlet_values(table, seed))
    late = simple(
        table.replace(time=table.time + shift, recorded=table.recorded + shift), n=5, **inlet_values(table, seed)
    )
    assert early.op_k.tolist() == late.op_k.tolist()
    np.testing.assert_allclose(late.op_t - shift, early.op_t, atol=1e-9)
    np.testing.assert_array_equal(early.op_v, late.op_v)

"""How well a posterior predicts each trial from all others, by weighted points that stand for the posterior without it.

With Z the integral of prior times likelihood::

    log p(trial | the others) = log Z(all trials) - log Z(all but this one)

Points u are drawn from proposals, t distributions, and each weighs target(u) / density of the mixture of proposals.
Likelihoods are kept trial by trial, so that every point serves every target: all trials, and all but each. Rounds that
search give the targets that fewest points stand for proposals of their own (Cornuet 2012): one of the weighted points
so far, and one of a quadratic surface through the log target there. Then full rounds draw anew from proposals for all
targets, fitted to all points before, and answers are means over the points of full rounds, each weighed by the
proposals of its own round: that proposals are too narrow is not seen by the points they were fitted to. Rounds follow
until all answers count: a Monte-Carlo standard error, that of a ratio of two means over the same points, below 0.3, at
least 50 effective points for the posterior without the trial, and a Pareto shape of their weights of at most 0.7
(Vehtari 2024). Points are kept in a folder after every round, so that a stop goes on, to the same points.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import gammaln, logsumexp

from ketasim.calibration import processes
from ketasim.simulation.place import told

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Say = Callable[[str], None]
ERROR = 0.3  # Monte-Carlo standard error of a log predictive density from which on it is not known
LEAST, SHAPE = 50.0, 0.7  # effective points that stand for a posterior, and the Pareto shape of their weights
MARK, POOL, BLOCK = "left-out.txt", "pool.npz", 50
FORM = 1  # of the pool and of how it grows; another finds it anew
HALVINGS, FEWEST = 30, 20.0
FREEDOM = 30.0  # of t distributions: a little more in the tails than normals have


class Pieces(Protocol):
    """A log posterior in pieces; both are -inf where nothing is known to be."""

    def __call__(self, u: F64, /) -> tuple[float, F64]:
        """Log prior and log likelihood of each trial (trials,) at u (parameters,)."""


@dataclass(frozen=True, slots=True)
class Search:
    """How many points are drawn. The first are around the draws at hand, as many at each number of SDs in `around`.

    Rounds that search draw `each` from proposals of `wide` SDs for each of the `targets` that fewest stand for, until
    `enough` effective points stand for every target or there are `most`; up to `rounds` full ones draw `full` each.
    """

    first: int = 500
    around: tuple[float, ...] = (1.1, 1.5)
    each: int = 200
    targets: int = 5
    wide: float = 1.1
    enough: float = 100.0
    most: int = 8_000
    full: int = 4_000
    rounds: int = 3
    seed: int = 20261129


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Log predictive density of a trial given the others, its Monte-Carlo standard error, how many effective points
    stand for the posterior without the trial, and the Pareto shape of their weights.
    """

    trial: str
    density: float
    error: float
    effective: float
    shape: float

    @property
    def known(self) -> bool:
        """Whether the answer counts."""
        return self.error < ERROR and self.effective >= LEAST and self.shape <= SHAPE


@dataclass(frozen=True, slots=True)
class Found:
    """What points say of each trial, and of all: the Monte-Carlo standard error of the sum of densities, into which the
    error of Z(all trials) goes once for each, and how many effective points stand for the whole posterior.
    """

    trials: tuple[LeftOut, ...]
    error: float
    effective: float

    @property
    def known(self) -> bool:
        """Whether every answer counts."""
        return self.effective >= LEAST and all(one.known for one in self.trials)


@dataclass(frozen=True, slots=True)
class Pool:
    """Points (n, parameters), log prior and log likelihood of each trial there (n, 1 + trials), and the proposals that
    they were drawn from, in that order: means (proposals, parameters), Cholesky factors, how many points each gave, in
    which round, and whether that was a full one.
    """

    points: F64
    pieces: F64
    means: F64
    roots: F64
    counts: I64
    rounds: I64
    full: NDArray[np.bool_]

    @property
    def full_rounds(self) -> list[int]:
        """The numbers of the full rounds."""
        return [int(number) for number in np.unique(self.rounds[self.full])]

    def of(self, number: int) -> Pool:
        """One round alone."""
        mine = self.rounds == number
        points = np.repeat(mine, self.counts)
        return Pool(
            self.points[points], self.pieces[points], self.means[mine], self.roots[mine], self.counts[mine],
            self.rounds[mine], self.full[mine],
        )  # fmt: skip

    def log_targets(self) -> F64:
        """Log of each target (targets, n): all trials, then all but each."""
        whole = self.pieces.sum(axis=1)
        return np.asarray(np.vstack([whole, whole - self.pieces[:, 1:].T]))

    def log_weights(self) -> F64:
        """Log of each target over the mixture of all proposals, (targets, n)."""
        mixture = np.full(len(self.points), -np.inf)
        for mean, root, count in zip(self.means, self.roots, self.counts, strict=True):
            mixture = np.logaddexp(mixture, np.log(count / self.counts.sum()) + _log_t(self.points, mean, root))
        return np.asarray(self.log_targets() - mixture)

    def judged(self) -> F64:
        """Log of each target over the mixture of the point's own round, (targets, n), for points of full rounds."""
        return np.hstack([self.of(number).log_weights() for number in self.full_rounds])


Proposals = Sequence[tuple[F64, F64, int]]  # mean, Cholesky factor, how many points


def each(
    make: Callable[[], Pieces], u: F64, trials: Sequence[str], folder: Path, search: Search, workers: int, say: Say
) -> Found:
    """Each trial predicted from all others.

    `u` (draws, parameters) are draws of the whole posterior, where the search begins; `make` gives the log posterior,
    and is called in each of several processes. Goes on from what `folder` holds.
    """
    pool, seed = _read(folder / POOL), [search.seed, int(_digest(u)[:8], 16)]
    with processes.several(workers) as others:
        while True:
            proposals, full = _next(pool, u, search, trials)
            if not proposals:
                break
            pool = _grown(pool, proposals, full, make, 1 + len(trials), seed, others)
            _write(folder / POOL, pool)
            say(_how_far(pool))
    assert pool is not None
    return answers(pool.judged(), trials)


def _next(pool: Pool | None, u: F64, search: Search, trials: Sequence[str]) -> tuple[Proposals, bool]:
    """The proposals of the next round, and whether it is a full one; none where answers count, or no round is left."""
    if pool is None:
        return [(u.mean(axis=0), wide * _root(np.cov(u.T)), search.first) for wide in search.around], False
    done = len(pool.full_rounds)
    if not done and (proposals := searching(pool, search)):
        return proposals, False
    enough = done and (done == search.rounds or answers(pool.judged(), trials).known)
    return ([] if enough else all_targets(pool, search)), True


def searching(pool: Pool, search: Search) -> Proposals:
    """Proposals for the targets that fewest points stand for; none where enough do, or where there are too many."""
    if len(pool.points) >= search.most:
        return []
    logs = pool.log_weights()
    found = effective(logs)
    poor = [k for k in np.argsort(found, kind="stable")[: search.targets].tolist() if found[k] < search.enough]
    return _proposals(pool, logs, poor, [search.each] * len(poor), search.wide)


def all_targets(pool: Pool, search: Search) -> Proposals:
    """Proposals for all targets, with the more points the fewer have stood for one so far."""
    logs = pool.log_weights()
    share = 1.0 / np.maximum(effective(pool.judged() if pool.full_rounds else logs), FEWEST)
    counts = np.maximum(np.ceil(search.full * share / share.sum()), 2.0).astype(int)
    return _proposals(pool, logs, range(len(share)), counts.tolist(), search.wide)


def _proposals(pool: Pool, logs: F64, targets: Iterable[int], counts: Iterable[int], wide: float) -> Proposals:
    """Two for each target, with half of its points each: of its weighted points, and of a quadratic surface."""
    values, found = pool.log_targets(), []
    for k, count in zip(targets, counts, strict=True):
        mean, cover = _of_points(pool.points, logs[k])
        found.append((mean, wide * _root(cover), count - count // 2))
        mean, cover = _of_surface(pool.points, values[k], logs[k])
        found.append((mean, wide * _root(cover), count // 2))
    return found


def answers(logs: F64, trials: Sequence[str]) -> Found:
    """What points with these log weights (targets, n) say of each trial."""
    z = logsumexp(logs, axis=1)
    weights = np.exp(logs - z[:, None])
    standing, whole, found = effective(logs), pareto_shape(logs[0]), []
    for k, trial in enumerate(trials, start=1):
        error = float(np.sqrt(((weights[0] - weights[k]) ** 2).sum()))
        shape = max(whole, pareto_shape(logs[k]))
        found.append(LeftOut(trial, float(z[0] - z[k]), error, float(standing[k]), shape))
    error = float(np.sqrt(((len(trials) * weights[0] - weights[1:].sum(axis=0)) ** 2).sum()))
    return Found(tuple(found), error, float(standing[0]))


def effective(logs: F64) -> F64:
    """How many points of equal weight say as much, for each row of log weights (targets, n)."""
    return np.asarray(np.exp(2.0 * logsumexp(logs, axis=1) - logsumexp(2.0 * logs, axis=1)))


def pareto_shape(logs: F64) -> float:
    """Shape of a generalised Pareto distribution of the largest weights, by the method of Zhang and Stephens (2009),
    drawn towards 0.5 as by Vehtari (2024). `logs` (n,) are log weights.
    """
    tail = int(min(0.2 * logs.size, 3.0 * np.sqrt(logs.size)))
    ordered = np.sort(np.exp(logs - logs.max()))
    x = ordered[-tail:] - ordered[-tail - 1]
    x = x[x > 0.0]
    n = x.size
    if n < 5:
        return float("inf")
    grid = 30 + int(np.sqrt(n))
    quarter = x[int(n / 4 + 0.5) - 1]
    theta = 1.0 / x[-1] + (1.0 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3.0 * quarter)
    shapes = np.log1p(-theta[:, None] * x).mean(axis=1)
    profile = n * (np.log(-theta / shapes) - shapes - 1.0)
    weight = np.exp(profile - logsumexp(profile))
    shape = np.log1p(-(weight @ theta) * x).mean()
    return float((n * shape + 5.0) / (n + 10.0))


def _of_points(points: F64, logs: F64) -> tuple[F64, F64]:
    """Mean and covariance of weighted points; where few stand for the target, of flattened weights."""
    weights = _flattened(logs, 4.0 * points.shape[1])
    mean = weights @ points
    return mean, ((points - mean).T * weights) @ (points - mean)


def _of_surface(points: F64, values: F64, logs: F64) -> tuple[F64, F64]:
    """Mean and covariance of the normal whose log density is the quadratic surface nearest the log target where its
    weighted points are, and nowhere wider than the prior.
    """
    d = points.shape[1]
    first, second = np.triu_indices(d)
    weights = _flattened(logs, 2.0 * (1 + d + first.size))
    middle = weights @ points
    root = _root(((points - middle).T * weights) @ (points - middle))
    used = weights > 0.0
    white = solve_triangular(root, (points[used] - middle).T, lower=True).T
    terms = np.hstack([np.ones((len(white), 1)), white, white[:, first] * white[:, second]])
    square = (terms.T * weights[used]) @ terms
    found = np.linalg.solve(square + 1e-8 * np.eye(len(square)), (terms.T * weights[used]) @ values[used])
    bend = np.zeros((d, d))
    bend[first, second] = found[1 + d :]
    inverse = np.linalg.inv(root)
    precision, axes = np.linalg.eigh(-inverse.T @ (bend + bend.T) @ inverse)
    cover = (axes / np.maximum(precision, 1.0)) @ axes.T
    return middle + cover @ inverse.T @ found[1 : 1 + d], cover


def _flattened(logs: F64, need: float) -> F64:
    """Weights that sum to 1, of the highest power at which as many points count as `need`, or half of all."""
    known = np.isfinite(logs)
    need = min(need, 0.5 * known.sum())
    power, low, high = 1.0, 0.0, 1.0
    if effective(logs[None, known])[0] < need:
        for _ in range(HALVINGS):
            power = 0.5 * (low + high)
            low, high = (low, power) if effective(power * logs[None, known])[0] < need else (power, high)
    weights = np.where(known, np.exp(power * (logs - logs.max())), 0.0)
    return np.asarray(weights / weights.sum())


def _root(cover: F64) -> F64:
    return np.asarray(np.linalg.cholesky(cover + 1e-9 * np.trace(cover) / len(cover) * np.eye(len(cover))))


def _log_t(points: F64, mean: F64, root: F64) -> F64:
    """Log density of a t distribution of FREEDOM degrees around `mean`, with the lower triangular scale `root`."""
    d, white = mean.size, solve_triangular(root, (points - mean).T, lower=True)
    outside = np.log(np.diag(root)).sum() + 0.5 * d * np.log(FREEDOM * np.pi)
    known = gammaln(0.5 * (FREEDOM + d)) - gammaln(0.5 * FREEDOM) - outside
    return np.asarray(known - 0.5 * (FREEDOM + d) * np.log1p((white**2).sum(axis=0) / FREEDOM))


def _drawn(proposals: Proposals, rng: np.random.Generator) -> F64:
    found = []
    for mean, root, count in proposals:
        far = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))
        found.append(mean + far[:, None] * (rng.standard_normal((count, mean.size)) @ root.T))
    return np.concatenate(found)


def _grown(
    pool: Pool | None, proposals: Proposals, full: bool, make: Callable[[], Pieces], targets: int, seed: Sequence[int],
    others: Executor,
) -> Pool:  # fmt: skip
    """The pool with a round more."""
    number = 0 if pool is None else int(pool.rounds[-1]) + 1
    rng = np.random.default_rng([*seed, number])
    points = _drawn(proposals, rng)
    with processes.unheard():
        jobs = [others.submit(_pieces, make, points[k : k + BLOCK], targets) for k in range(0, len(points), BLOCK)]
    more = Pool(
        points, np.concatenate([job.result() for job in jobs]), np.array([mean for mean, _, _ in proposals]),
        np.array([root for _, root, _ in proposals]), np.array([n for _, _, n in proposals]),
        np.full(len(proposals), number), np.full(len(proposals), full),
    )  # fmt: skip
    if pool is None:
        return more
    return Pool(*(np.concatenate([getattr(pool, f.name), getattr(more, f.name)]) for f in fields(Pool)))


def _pieces(make: Callable[[], Pieces], points: F64, targets: int) -> F64:
    """Log prior and log likelihoods (points, targets); (-inf, 0 ...) where nothing is known to be."""
    over = make()
    found = np.zeros((len(points), targets))
    for k, u in enumerate(points):
        processes.not_alone()
        with np.errstate(over="ignore", invalid="ignore"):  # far out, where nothing is known to be
            prior, parts = over(u)
        known = np.isfinite(prior) and np.isfinite(parts).all()
        found[k] = [prior, *parts] if known else [-np.inf, *np.zeros(targets - 1)]
    return found


def _how_far(pool: Pool) -> str:
    logs = pool.judged() if pool.full_rounds else pool.log_weights()
    found = effective(logs)
    standing = f"{found[0]:.0f} effective for all trials, {found[1:].min():.0f} or more without one"
    return f"{len(pool.points):,} points; of {logs.shape[1]:,}{' that count' if pool.full_rounds else ''} {standing}"


def _digest(u: F64) -> str:
    return hashlib.sha256(np.ascontiguousarray(u).tobytes()).hexdigest()[:32]


def as_record(found: LeftOut) -> dict[str, object]:
    """For machines; None where a number is not finite."""
    record = {**asdict(found), "known": found.known}
    return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in record.items()}


def _read(path: Path) -> Pool | None:
    if not path.exists():
        return None
    with np.load(path) as saved:
        return Pool(**{field.name: saved[field.name] for field in fields(Pool)})


def _write(path: Path, pool: Pool) -> None:
    partial = path.with_suffix(".part.npz")
    np.savez(partial, **{field.name: getattr(pool, field.name) for field in fields(Pool)})
    partial.replace(path)


def claim(folder: Path, u: F64, search: Search, prints: Mapping[str, str]) -> None:
    """Makes the folder that of these draws under these fingerprints; what it holds of others is found anew."""
    same = replace(search, rounds=0)  # more of them go on from fewer
    lines = [f"form {FORM}", f"draws {_digest(u)}", repr(same), *(f"{k} {v}" for k, v in sorted(prints.items()))]
    text = "\n".join(lines) + "\n"
    mark = folder / MARK
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if mark.exists() and mark.read_text(encoding="utf-8", errors="replace") == text:
            return
        for name in (POOL, POOL.replace(".npz", ".part.npz")):
            (folder / name).unlink(missing_ok=True)
        mark.write_text(text, encoding="utf-8")

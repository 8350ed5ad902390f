"""Functions that stay vectorised inside a loop over lanes: reduced ranges, polynomials, selections, no branches.

Each is within 1e-13 relative of the exact value (`power` where the result lies in 1e-200..1e200). The text below the
mark is copied into every generated file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.engine.kernels.slots import bits, from_bits

# --- text of the file starts here ---

MAGIC = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number, held in the low bits
ROOT_HALF = 0x3FE6A09E667F3BCD  # bits of sqrt(1/2)
MANTISSA = 0x000FFFFFFFFFFFFF
INF = float("inf")
NAN = float("nan")


def two_to(n: float, z: float) -> float:
    """z * 2**n for a whole n within -1080..1025, in two factors so that the ends are right."""
    m = n * 0.5 + MAGIC
    half = m - MAGIC
    rest = (n - half) + MAGIC
    return z * from_bits((bits(m) + 1023) << 52) * from_bits((bits(rest) + 1023) << 52)


def expo(x: float) -> float:
    """The exponential."""
    a = 710.0 if x > 710.0 else x
    a = -746.0 if a < -746.0 else a
    n = (a * 1.4426950408889634 + MAGIC) - MAGIC
    r = (a - n * 0.6931471803691238) - n * 1.9082149292705877e-10
    p = 2.505210838544172e-08 * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 1.984126984126984e-04
    p = p * r + 1.388888888888889e-03
    p = p * r + 8.333333333333333e-03
    p = p * r + 4.1666666666666664e-02
    p = p * r + 1.6666666666666666e-01
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return two_to(n, p)


def log_mantissa(m: float) -> float:
    """log m for m within sqrt(1/2)..sqrt(2): the series of 2 artanh((m - 1)/(m + 1))."""
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = 0.09523809523809523 * z + 0.10526315789473684
    p = p * z + 0.11764705882352941
    p = p * z + 0.13333333333333333
    p = p * z + 0.15384615384615385
    p = p * z + 0.18181818181818182
    p = p * z + 0.2222222222222222
    p = p * z + 0.2857142857142857
    p = p * z + 0.4
    p = p * z + 0.6666666666666666
    return 2.0 * s + s * z * p


def logn(x: float) -> float:
    """The natural logarithm: -inf at 0, nan below."""
    small = x < 2.2250738585072014e-308
    y = x * 18014398509481984.0 if small else x
    b = (bits(y) & 0x7FFFFFFFFFFFFFFF) + (0x3FF0000000000000 - ROOT_HALF)
    k = from_bits((b >> 52) + 0x4338000000000000) - (MAGIC + 1023.0)
    m = from_bits((b & MANTISSA) + ROOT_HALF)
    k = k - 54.0 if small else k
    v = k * 0.6931471803691238 + (k * 1.9082149292705877e-10 + log_mantissa(m))
    v = x if x == INF else v
    v = -INF if x == 0.0 else v
    return v if x >= 0.0 else NAN


def power(x: float, y: float) -> float:
    """x**y for x >= 0; nan for x < 0."""
    small = x < 2.2250738585072014e-308
    u = x * 18014398509481984.0 if small else x
    b = (bits(u) & 0x7FFFFFFFFFFFFFFF) + (0x3FF0000000000000 - ROOT_HALF)
    k = from_bits((b >> 52) + 0x4338000000000000) - (MAGIC + 1023.0)
    m = from_bits((b & MANTISSA) + ROOT_HALF)
    k = k - 54.0 if small else k
    high = from_bits(bits(y) & -134217728)
    whole = high * k
    part = (y - high) * k + y * (log_mantissa(m) * 1.4426950408889634)
    total = whole + part
    a = 1100.0 if total > 1100.0 else total
    a = -1100.0 if a < -1100.0 else a
    n = (a + MAGIC) - MAGIC
    r = (whole - n) + part
    p = 4.4455382718708116e-10 * r + 7.054911620801123e-09
    p = p * r + 1.0178086009239699e-07
    p = p * r + 1.321548679014431e-06
    p = p * r + 1.5252733804059841e-05
    p = p * r + 1.5403530393381608e-04
    p = p * r + 1.3333558146428443e-03
    p = p * r + 9.618129107628477e-03
    p = p * r + 5.550410866482158e-02
    p = p * r + 2.402265069591007e-01
    p = p * r + 6.931471805599453e-01
    p = p * r + 1.0
    v = two_to(n, p)
    v = INF if total > 1025.0 else v
    v = 0.0 if total < -1080.0 else v
    up = y > 0.0
    v = (0.0 if up else INF) if x == 0.0 else v
    v = (INF if up else 0.0) if x == INF else v
    v = v if x >= 0.0 else NAN
    return 1.0 if y == 0.0 else v


def quarter_turns(x: float) -> float:
    """The whole number of quarter turns nearest to x."""
    return (x * 0.6366197723675814 + MAGIC) - MAGIC


def turned(x: float, n: float, shift: int) -> float:
    """sin(x + shift quarter turns), n being the nearest whole number of quarter turns of x (|x| below 1e6)."""
    r = ((x - n * 1.5707963267341256) - n * 6.077100506303966e-11) - n * 2.0222662487959506e-21
    z = r * r
    s = -7.647163731819816e-13 * z + 1.6059043836821613e-10
    s = s * z - 2.505210838544172e-08
    s = s * z + 2.7557319223985893e-06
    s = s * z - 1.984126984126984e-04
    s = s * z + 8.333333333333333e-03
    s = s * z - 1.6666666666666666e-01
    s = r + r * z * s
    c = 4.779477332387385e-14 * z - 1.1470745597729725e-11
    c = c * z + 2.08767569878681e-09
    c = c * z - 2.755731922398589e-07
    c = c * z + 2.48015873015873e-05
    c = c * z - 1.388888888888889e-03
    c = c * z + 4.1666666666666664e-02
    c = c * z - 0.5
    c = c * z + 1.0
    q = bits(n + MAGIC) + shift
    v = c if (q & 1) == 1 else s
    return -v if (q & 2) == 2 else v


def sine(x: float) -> float:
    """The sine, for |x| below 1e6."""
    return turned(x, quarter_turns(x), 0)


def cosine(x: float) -> float:
    """The cosine, for |x| below 1e6."""
    return turned(x, quarter_turns(x), 1)


def tangent_h(x: float) -> float:
    """The hyperbolic tangent."""
    a = -x if x < 0.0 else x
    t = expo(-2.0 * a)
    far = (1.0 - t) / (1.0 + t)
    z = x * x
    p = -2.6455e-06 * z + 6.5274e-06
    p = 3.5921280365724811e-03 + z * (
        -1.4558343870513183e-03
        + z
        * (
            5.900274409455859e-04
            + z
            * (
                -2.391291142435525e-04
                + z * (9.691537956929451e-05 + z * (-3.927832388331683e-05 + z * (1.5918905069328964e-05 + z * p)))
            )
        )
    )
    p = -8.863235529902197e-03 + z * p
    p = 2.1869488536155203e-02 + z * p
    p = -5.3968253968253971e-02 + z * p
    p = 1.3333333333333333e-01 + z * p
    p = -3.3333333333333331e-01 + z * p
    near = x + x * z * p
    far = -far if x < 0.0 else far
    return near if a < 0.3 else far

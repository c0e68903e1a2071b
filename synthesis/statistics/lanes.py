"""The kernels of `kernels`, compiled: 64 data sets side by side, each step one pass over their trials.

The loops over data sets are the inner ones, so that they run on the processor's wide registers without any sum taken
in another order: a data set has the same answer, bit for bit, wherever it stands. Those whose likelihood may have
several modes wait until 64 are together, and are searched side by side too. The only file that imports numba (extra
`multiverse`), whose threads it leaves alone: it lets go of Python's lock, so that threads may call it.

Two rules, because numba keeps what it compiled: everything is in one file, as it looks at no other when it asks
whether what it kept is of today; and no function is made by another, as two of one name may be taken for each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

LANES = 64
TOGETHER = 4  # trials added at once: sums are fetched and put back a quarter as often, in the same order
SUMS = 30  # of three columns and the effects, thrice
SMALLEST = 2.2250738585072014e-308
OF_MEAN = 3  # as in kernels
# How often weights are taken. Literals on purpose: each is compiled by itself, without what the others need.
ONCE, SCORE, INFORMATION = 1, 2, 3
REML, ML, PM, DL, EE = range(5)
CODES = {"REML": REML, "ML": ML, "PM": PM, "DL": DL, "EE": EE}

_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")
# What only these call themselves needs no way in from Python, which takes a fifth of the time to compile.
_within = numba.njit(cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


class Tile(NamedTuple):
    """64 data sets side by side and what is known of each; of trials that one lacks, the variance has no end.

    Attributes
    ----------
    y, v : numpy.ndarray, shape (rows, LANES)
        Effects and variances, rows a multiple of `TOGETHER`.
    x : numpy.ndarray, shape ((p - 1) * rows, LANES) or more
        Moderators, one below the other.
    sums, found : numpy.ndarray
        Of the last pass, and what was read from them. Each is one flat array: its places are then known not to
        overlap, without which no compiler would run several lanes at once.
    tau2, low, high, done : numpy.ndarray, shape (LANES,)
        Where the search stands, its bracket, and whether it has settled (1 is yes).
    scale, trace, df, centre : numpy.ndarray, shape (LANES,)
        The harmonic mean of the variances, the trace of P at tau2 = 0, effects less coefficients, and what was taken
        from the effects.
    place : numpy.ndarray, shape (LANES,)
        Where else to look.
    own : numpy.ndarray of int, shape (LANES,)
        Number of the data set.
    """

    y: np.ndarray
    v: np.ndarray
    x: np.ndarray
    sums: np.ndarray
    found: np.ndarray
    tau2: np.ndarray
    low: np.ndarray
    high: np.ndarray
    done: np.ndarray
    scale: np.ndarray
    trace: np.ndarray
    df: np.ndarray
    centre: np.ndarray
    place: np.ndarray
    own: np.ndarray


@_within
def _tile(k, p):  # pragma: no cover - compiled
    """Make a tile for k trials and p columns."""
    rows = -(-k // TOGETHER) * TOGETHER
    return Tile(
        np.zeros((rows, LANES)),
        np.full((rows, LANES), np.inf),
        np.zeros((max(p - 1, 1) * rows, LANES)),
        np.empty(SUMS * LANES),
        np.empty(6 * LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES),
        np.zeros(LANES, np.int64),
    )


@_within
def _top(tile, k):  # pragma: no cover - compiled
    """Return the tile without the rows that none of its data sets has; it has one moderator at most."""
    rows = -(-k // TOGETHER) * TOGETHER
    return Tile(tile.y[:rows], tile.v[:rows], tile.x[:rows], *tile[3:])


@_within
def _of_mean(w, y, x, z):  # pragma: no cover - compiled
    """Return w^j times 1, y and y^2 for j = 1 to 3, a tuple each."""
    wy, w2 = w * y, w * w
    w2y, w3 = w2 * y, w2 * w
    w3y = w3 * y
    return (w, wy, wy * y), (w2, w2y, w2y * y), (w3, w3y, w3y * y)


@_within
def _of_line(w, y, x, z):  # pragma: no cover - compiled
    """Return w^j times 1, x, x^2, y, xy and y^2 for j = 1 to 3, a tuple each."""
    wx, wy, w2 = w * x, w * y, w * w
    w2x, w2y, w3 = w2 * x, w2 * y, w2 * w
    w3x, w3y = w3 * x, w3 * y
    first = w, wx, wx * x, wy, wx * y, wy * y
    second = w2, w2x, w2x * x, w2y, w2x * y, w2y * y
    return first, second, (w3, w3x, w3x * x, w3y, w3x * y, w3y * y)


@_within
def _of_plane(w, y, x, z):  # pragma: no cover - compiled
    """Return w^j times the products of 1, x, z and y for j = 1 to 3, a tuple each."""
    wx, wz, wy, w2 = w * x, w * z, w * y, w * w
    w2x, w2z, w2y, w3 = w2 * x, w2 * z, w2 * y, w2 * w
    w3x, w3z, w3y = w3 * x, w3 * z, w3 * y
    first = w, wx, wz, wx * x, wx * z, wz * z, wy, wx * y, wz * y, wy * y
    second = w2, w2x, w2z, w2x * x, w2x * z, w2z * z, w2y, w2x * y, w2z * y, w2y * y
    return first, second, (w3, w3x, w3z, w3x * x, w3x * z, w3z * z, w3y, w3x * y, w3z * y, w3y * y)


@_within
def _add_mean(y, v, x, tau2, powers, sums):  # pragma: no cover - compiled
    """Sum the products of `_of_mean` over the trials of every lane, in their order; `powers` says up to which j."""
    sums[:] = 0.0
    rows = y.shape[0]
    below = x.shape[0] - rows  # the last moderator's
    for i in range(0, rows, TOGETHER):
        for lane in range(LANES):
            t = tau2[lane]
            a = _of_mean(1.0 / (v[i, lane] + t), y[i, lane], x[i, lane], x[below + i, lane])
            b = _of_mean(1.0 / (v[i + 1, lane] + t), y[i + 1, lane], x[i + 1, lane], x[below + i + 1, lane])
            c = _of_mean(1.0 / (v[i + 2, lane] + t), y[i + 2, lane], x[i + 2, lane], x[below + i + 2, lane])
            d = _of_mean(1.0 / (v[i + 3, lane] + t), y[i + 3, lane], x[i + 3, lane], x[below + i + 3, lane])
            for j in range(3):
                at = j * LANES + lane
                sums[at] = sums[at] + a[0][j] + b[0][j] + c[0][j] + d[0][j]
            if powers > 1:
                for j in range(3):
                    at = (3 + j) * LANES + lane
                    sums[at] = sums[at] + a[1][j] + b[1][j] + c[1][j] + d[1][j]
            if powers > 2:
                for j in range(3):
                    at = (6 + j) * LANES + lane
                    sums[at] = sums[at] + a[2][j] + b[2][j] + c[2][j] + d[2][j]


@_within
def _add_line(y, v, x, tau2, powers, sums):  # pragma: no cover - compiled
    """Sum the products of `_of_line` over the trials of every lane, in their order; `powers` says up to which j."""
    sums[:] = 0.0
    rows = y.shape[0]
    below = x.shape[0] - rows  # the last moderator's
    for i in range(0, rows, TOGETHER):
        for lane in range(LANES):
            t = tau2[lane]
            a = _of_line(1.0 / (v[i, lane] + t), y[i, lane], x[i, lane], x[below + i, lane])
            b = _of_line(1.0 / (v[i + 1, lane] + t), y[i + 1, lane], x[i + 1, lane], x[below + i + 1, lane])
            c = _of_line(1.0 / (v[i + 2, lane] + t), y[i + 2, lane], x[i + 2, lane], x[below + i + 2, lane])
            d = _of_line(1.0 / (v[i + 3, lane] + t), y[i + 3, lane], x[i + 3, lane], x[below + i + 3, lane])
            for j in range(6):
                at = j * LANES + lane
                sums[at] = sums[at] + a[0][j] + b[0][j] + c[0][j] + d[0][j]
            if powers > 1:
                for j in range(6):
                    at = (6 + j) * LANES + lane
                    sums[at] = sums[at] + a[1][j] + b[1][j] + c[1][j] + d[1][j]
            if powers > 2:
                for j in range(6):
                    at = (12 + j) * LANES + lane
                    sums[at] = sums[at] + a[2][j] + b[2][j] + c[2][j] + d[2][j]


@_within
def _add_plane(y, v, x, tau2, powers, sums):  # pragma: no cover - compiled
    """Sum the products of `_of_plane` over the trials of every lane, in their order; `powers` says up to which j."""
    sums[:] = 0.0
    rows = y.shape[0]
    below = x.shape[0] - rows  # the last moderator's
    for i in range(0, rows, TOGETHER):
        for lane in range(LANES):
            t = tau2[lane]
            a = _of_plane(1.0 / (v[i, lane] + t), y[i, lane], x[i, lane], x[below + i, lane])
            b = _of_plane(1.0 / (v[i + 1, lane] + t), y[i + 1, lane], x[i + 1, lane], x[below + i + 1, lane])
            c = _of_plane(1.0 / (v[i + 2, lane] + t), y[i + 2, lane], x[i + 2, lane], x[below + i + 2, lane])
            d = _of_plane(1.0 / (v[i + 3, lane] + t), y[i + 3, lane], x[i + 3, lane], x[below + i + 3, lane])
            for j in range(10):
                at = j * LANES + lane
                sums[at] = sums[at] + a[0][j] + b[0][j] + c[0][j] + d[0][j]
            if powers > 1:
                for j in range(10):
                    at = (10 + j) * LANES + lane
                    sums[at] = sums[at] + a[1][j] + b[1][j] + c[1][j] + d[1][j]
            if powers > 2:
                for j in range(10):
                    at = (20 + j) * LANES + lane
                    sums[at] = sums[at] + a[2][j] + b[2][j] + c[2][j] + d[2][j]


@_within
def _read_mean(sums, restricted, curved, found):  # pragma: no cover - compiled
    """Turn the sums of a pass into Q, Q's slope, score, trace of P; if `curved`, both informations too."""
    for lane in range(LANES):
        s1, y1, q1 = sums[lane], sums[LANES + lane], sums[2 * LANES + lane]
        s2, y2, q2 = sums[3 * LANES + lane], sums[4 * LANES + lane], sums[5 * LANES + lane]
        inverse = 1.0 / s1
        mean = y1 * inverse
        first = y2 - mean * s2
        squares = q2 - mean * (y2 + first)
        ratio = s2 * inverse
        trace = s1 - ratio
        found[lane] = q1 - mean * y1
        found[LANES + lane] = squares
        found[2 * LANES + lane] = squares - (trace if restricted else s1)
        found[3 * LANES + lane] = trace
        if curved:
            s3, y3, q3 = sums[6 * LANES + lane], sums[7 * LANES + lane], sums[8 * LANES + lane]
            cubes = q3 - mean * (2.0 * y3 - mean * s3)
            expected = s2 - 2.0 * s3 * inverse + ratio * ratio if restricted else s2
            found[4 * LANES + lane] = 2.0 * (cubes - first * first * inverse) - expected
            found[5 * LANES + lane] = expected


@_within
def _read_line(sums, restricted, curved, found):  # pragma: no cover - compiled
    """As `_read_mean`, for a mean and a slope."""
    for lane in range(LANES):
        a, b, c = sums[lane], sums[LANES + lane], sums[2 * LANES + lane]
        inverse = 1.0 / (a * c - b * b)
        i00, i01, i11 = c * inverse, -b * inverse, a * inverse
        r0, r1, q1 = sums[3 * LANES + lane], sums[4 * LANES + lane], sums[5 * LANES + lane]
        mean, slope = i00 * r0 + i01 * r1, i01 * r0 + i11 * r1
        m00, m01, m11 = sums[6 * LANES + lane], sums[7 * LANES + lane], sums[8 * LANES + lane]
        n0, n1, q2 = sums[9 * LANES + lane], sums[10 * LANES + lane], sums[11 * LANES + lane]
        f0 = n0 - mean * m00 - slope * m01
        f1 = n1 - mean * m01 - slope * m11
        squares = q2 - mean * n0 - slope * n1 - mean * f0 - slope * f1
        t00, t01 = i00 * m00 + i01 * m01, i00 * m01 + i01 * m11
        t10, t11 = i01 * m00 + i11 * m01, i01 * m01 + i11 * m11
        trace = a - t00 - t11
        found[lane] = q1 - mean * r0 - slope * r1
        found[LANES + lane] = squares
        found[2 * LANES + lane] = squares - (trace if restricted else a)
        found[3 * LANES + lane] = trace
        if curved:
            k00, k01, k11 = sums[12 * LANES + lane], sums[13 * LANES + lane], sums[14 * LANES + lane]
            o0, o1, q3 = sums[15 * LANES + lane], sums[16 * LANES + lane], sums[17 * LANES + lane]
            g0 = o0 - mean * k00 - slope * k01
            g1 = o1 - mean * k01 - slope * k11
            cubes = q3 - mean * o0 - slope * o1 - mean * g0 - slope * g1
            cubes -= i00 * f0 * f0 + 2.0 * i01 * f0 * f1 + i11 * f1 * f1
            expected = m00
            if restricted:
                expected -= 2.0 * (i00 * k00 + 2.0 * i01 * k01 + i11 * k11)
                expected += t00 * t00 + 2.0 * t01 * t10 + t11 * t11
            found[4 * LANES + lane] = 2.0 * cubes - expected
            found[5 * LANES + lane] = expected


@_within
def _invert(a00, a01, a02, a11, a12, a22):  # pragma: no cover - compiled
    """Invert a symmetric matrix of three rows: its six entries."""
    c00, c01, c02 = a11 * a22 - a12 * a12, a02 * a12 - a01 * a22, a01 * a12 - a02 * a11
    det = a00 * c00 + a01 * c01 + a02 * c02
    return (
        c00 / det,
        c01 / det,
        c02 / det,
        (a00 * a22 - a02 * a02) / det,
        (a01 * a02 - a00 * a12) / det,
        (a00 * a11 - a01 * a01) / det,
    )


@_within
def _times(m00, m01, m02, m11, m12, m22, u0, u1, u2):  # pragma: no cover - compiled
    """Multiply a symmetric matrix of three rows and a vector."""
    return m00 * u0 + m01 * u1 + m02 * u2, m01 * u0 + m11 * u1 + m12 * u2, m02 * u0 + m12 * u1 + m22 * u2


@_within
def _read_plane(sums, restricted, curved, found):  # pragma: no cover - compiled
    """As `_read_mean`, for a mean and two slopes."""
    for lane in range(LANES):
        inverse = _invert(
            sums[lane],
            sums[LANES + lane],
            sums[2 * LANES + lane],
            sums[3 * LANES + lane],
            sums[4 * LANES + lane],
            sums[5 * LANES + lane],
        )
        i00, i01, i02, i11, i12, i22 = inverse
        r0, r1, r2, q1 = sums[6 * LANES + lane], sums[7 * LANES + lane], sums[8 * LANES + lane], sums[9 * LANES + lane]
        b0, b1, b2 = _times(i00, i01, i02, i11, i12, i22, r0, r1, r2)
        m00, m01, m02 = sums[10 * LANES + lane], sums[11 * LANES + lane], sums[12 * LANES + lane]
        m11, m12, m22 = sums[13 * LANES + lane], sums[14 * LANES + lane], sums[15 * LANES + lane]
        n0, n1, n2, q2 = (
            sums[16 * LANES + lane],
            sums[17 * LANES + lane],
            sums[18 * LANES + lane],
            sums[19 * LANES + lane],
        )
        u0, u1, u2 = _times(m00, m01, m02, m11, m12, m22, b0, b1, b2)
        f0, f1, f2 = n0 - u0, n1 - u1, n2 - u2
        squares = q2 - b0 * (n0 + f0) - b1 * (n1 + f1) - b2 * (n2 + f2)
        # The columns of the inverse times the second sums.
        t00, t10, t20 = _times(i00, i01, i02, i11, i12, i22, m00, m01, m02)
        t01, t11, t21 = _times(i00, i01, i02, i11, i12, i22, m01, m11, m12)
        t02, t12, t22 = _times(i00, i01, i02, i11, i12, i22, m02, m12, m22)
        trace = sums[lane] - t00 - t11 - t22
        found[lane] = q1 - b0 * r0 - b1 * r1 - b2 * r2
        found[LANES + lane] = squares
        found[2 * LANES + lane] = squares - (trace if restricted else sums[lane])
        found[3 * LANES + lane] = trace
        if curved:
            k00, k01, k02 = sums[20 * LANES + lane], sums[21 * LANES + lane], sums[22 * LANES + lane]
            k11, k12, k22 = sums[23 * LANES + lane], sums[24 * LANES + lane], sums[25 * LANES + lane]
            o0, o1, o2, q3 = (
                sums[26 * LANES + lane],
                sums[27 * LANES + lane],
                sums[28 * LANES + lane],
                sums[29 * LANES + lane],
            )
            u0, u1, u2 = _times(k00, k01, k02, k11, k12, k22, b0, b1, b2)
            cubes = q3 - b0 * (2.0 * o0 - u0) - b1 * (2.0 * o1 - u1) - b2 * (2.0 * o2 - u2)
            u0, u1, u2 = _times(i00, i01, i02, i11, i12, i22, f0, f1, f2)
            cubes -= f0 * u0 + f1 * u1 + f2 * u2
            expected = m00
            if restricted:
                expected -= 2.0 * (i00 * k00 + i11 * k11 + i22 * k22 + 2.0 * (i01 * k01 + i02 * k02 + i12 * k12))
                expected += t00 * t00 + t11 * t11 + t22 * t22 + 2.0 * (t01 * t10 + t02 * t20 + t12 * t21)
            found[4 * LANES + lane] = 2.0 * cubes - expected
            found[5 * LANES + lane] = expected


@_within
def _add(tile, p, tau2, powers, restricted):  # pragma: no cover - compiled
    """Sum what coefficients and Q need; find Q, its slope, the score and trace of P (`SCORE`), informations too."""
    curved = powers > 2
    if p == 1:
        _add_mean(tile.y, tile.v, tile.x, tau2, powers, tile.sums)
        if powers > 1:
            _read_mean(tile.sums, restricted, curved, tile.found)
    elif p == 2:
        _add_line(tile.y, tile.v, tile.x, tau2, powers, tile.sums)
        if powers > 1:
            _read_line(tile.sums, restricted, curved, tile.found)
    else:
        _add_plane(tile.y, tile.v, tile.x, tau2, powers, tile.sums)
        if powers > 1:
            _read_plane(tile.sums, restricted, curved, tile.found)


@_within
def _centre(tile, k, p):  # pragma: no cover - compiled
    """Take effects and moderators about their means at tau2 = 0: no sum is the small difference of large ones."""
    y, v, x, sums, rows = tile.y, tile.v, tile.x, tile.sums, tile.y.shape[0]
    sums[:] = 0.0
    for i in range(k):
        for lane in range(LANES):
            w = 1.0 / v[i, lane]
            sums[lane] += w
            sums[LANES + lane] += w * y[i, lane]
            if p > 1:
                sums[2 * LANES + lane] += w * x[i, lane]
            if p > 2:
                sums[3 * LANES + lane] += w * x[rows + i, lane]
    for lane in range(LANES):
        tile.centre[lane] = sums[LANES + lane] / sums[lane]
    for j in range(1, p + 1):
        for lane in range(LANES):
            sums[j * LANES + lane] /= sums[lane]
    for i in range(k):
        for lane in range(LANES):
            y[i, lane] -= sums[LANES + lane]
    for j in range(p - 1):
        for i in range(k):
            for lane in range(LANES):
                x[j * rows + i, lane] -= sums[(2 + j) * LANES + lane]


@_within
def _search(tile, p, method, limits):  # pragma: no cover - compiled
    """Estimate tau2 in every lane; nan where its likelihood may have several modes."""
    tau2, low, high, done, found = tile.tau2, tile.low, tile.high, tile.done, tile.found
    restricted = method == REML
    tau2[:] = 0.0
    if method == EE:
        return
    _add(tile, p, tau2, SCORE, restricted)
    falling = tile.place
    for lane in range(LANES):
        tile.scale[lane] = (tile.df[lane] + p) / tile.sums[lane]
        tile.trace[lane] = found[3 * LANES + lane]
        low[lane], high[lane], done[lane] = 0.0, np.inf, 0.0
        falling[lane] = found[2 * LANES + lane]
        if method != PM:
            tau2[lane] = max((found[lane] - tile.df[lane]) / tile.trace[lane], 0.0)
    if method == PM:
        _solve_q(tile, p, restricted, limits)
    elif method in (REML, ML):
        _climb(tile, p, restricted, np.bool_(False), limits)
        for lane in range(LANES):
            if done[lane] == 0.0 or (tau2[lane] > 0.0 and falling[lane] < 0.0):
                tau2[lane] = np.nan
        _give_up(tile, p, restricted, limits)


@_within
def _climb(tile, p, restricted, within, limits):  # pragma: no cover - compiled
    """Take Newton's steps until every lane has settled: see `kernels._climb`."""
    for _ in range(limits.most_steps):
        _add(tile, p, tile.tau2, INFORMATION, restricted)
        if _step(tile, within, limits.settled_at) == LANES:
            break


@_within
def _step(tile, within, settled_at):  # pragma: no cover - compiled
    """Take Newton's step in every lane that has not settled, without a branch, so that lanes go side by side.

    Where the likelihood curves upwards, as between modes: nan, or half of a bracket known to hold one mode. Returns
    how many lanes have settled.
    """
    tau2, low, high, done, found = tile.tau2, tile.low, tile.high, tile.done, tile.found
    for lane in range(LANES):
        now, before, scale = tau2[lane], done[lane], tile.scale[lane]
        score, observed = found[2 * LANES + lane], found[4 * LANES + lane]
        own_low = now if score > 0.0 else low[lane]
        own_high = now if score < 0.0 else high[lane]
        bent = observed <= 0.0
        half = 0.5 * (own_low + own_high)
        new = now + score / (found[5 * LANES + lane] if bent else observed)
        new = 0.0 if new < 0.0 else new
        between = bent & (within | (now > 0.0))
        new = (half if within else np.nan) if between else new
        moving = abs(new - now) > (settled_at * settled_at if bent else settled_at) * (new + scale)
        middle = 2.0 * now + scale if own_high == np.inf else half
        new = middle if moving & ((new < own_low) | (new > own_high)) else new
        tau2[lane] = now if before > 0.0 else new
        low[lane], high[lane] = own_low, own_high
        done[lane] = 0.0 if moving & (before == 0.0) else 1.0
    settled = 0.0
    for lane in range(LANES):
        settled += done[lane]
    return settled


@_within
def _least(tile, least):  # pragma: no cover - compiled
    """Find the smallest variance of every lane."""
    least[:] = np.inf
    for i in range(tile.v.shape[0]):
        for lane in range(LANES):
            least[lane] = tile.v[i, lane] if tile.v[i, lane] < least[lane] else least[lane]


@_within
def _give_up(tile, p, restricted, limits):  # pragma: no cover - compiled
    """Give up what turns elsewhere too: see `kernels._turns_elsewhere`."""
    probes, near = limits.probes, limits.near
    tau2, place, least, found = tile.tau2, tile.place, tile.high, tile.found
    _least(tile, least)
    for step in range(len(probes)):
        for lane in range(LANES):
            unit = tile.scale[lane] if step < OF_MEAN else least[lane]
            place[lane] = near[step] * tau2[lane] if tau2[lane] > 0.0 else probes[step] * unit
        _add(tile, p, place, SCORE, restricted)
        for lane in range(LANES):
            score = found[2 * LANES + lane]
            if (tau2[lane] == 0.0 and score > 0.0) or (
                tau2[lane] > 0.0 and (score < 0.0 if near[step] < 1.0 else score > 0.0)
            ):
                tau2[lane] = np.nan


@_within
def _heights(tile, p, tau2, restricted, height):  # pragma: no cover - compiled
    """Find the log (restricted) likelihood of every lane, up to a constant."""
    _add(tile, p, tau2, ONCE, restricted)
    sums = tile.sums
    height[:] = 0.0
    for i in range(tile.v.shape[0]):
        for lane in range(LANES):
            if tile.v[i, lane] < np.inf:
                height[lane] -= np.log(tile.v[i, lane] + tau2[lane])
    for lane in range(LANES):
        a = sums[lane]
        if p == 1:
            det, q = a, sums[2 * LANES + lane] - sums[LANES + lane] * sums[LANES + lane] / a
        elif p == 2:
            b, c, r0, r1 = sums[LANES + lane], sums[2 * LANES + lane], sums[3 * LANES + lane], sums[4 * LANES + lane]
            det = a * c - b * b
            q = sums[5 * LANES + lane] - (c * r0 * r0 - 2.0 * b * r0 * r1 + a * r1 * r1) / det
        else:
            b, c, d, e, f = (
                sums[LANES + lane],
                sums[2 * LANES + lane],
                sums[3 * LANES + lane],
                sums[4 * LANES + lane],
                sums[5 * LANES + lane],
            )
            r0, r1, r2 = sums[6 * LANES + lane], sums[7 * LANES + lane], sums[8 * LANES + lane]
            det = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d)
            b0, b1, b2 = _times(*_invert(a, b, c, d, e, f), r0, r1, r2)
            q = sums[9 * LANES + lane] - b0 * r0 - b1 * r1 - b2 * r2
        height[lane] = 0.5 * (height[lane] - q - (np.log(det) if restricted else 0.0))


@_within
def _highest(tile, p, restricted, limits):  # pragma: no cover - compiled
    """Find every mode of likelihoods that may have several, and take the highest: see `kernels._highest`."""
    grid = limits.grid
    places = len(grid)
    rising = np.empty((places, LANES), np.bool_)
    least, best, height, reached = np.empty(LANES), np.zeros(LANES), np.empty(LANES), np.empty(LANES)
    _least(tile, least)
    for at in range(places):
        for lane in range(LANES):
            tile.place[lane] = grid[at] * least[lane]
        _add(tile, p, tile.place, SCORE, restricted)
        for lane in range(LANES):
            rising[at, lane] = tile.found[2 * LANES + lane] > 0.0
    _heights(tile, p, best, restricted, height)
    for lane in range(LANES):
        height[lane] = -np.inf if rising[0, lane] else height[lane]
    begun = np.zeros(LANES, np.int64)  # where each lane's next mode is looked for
    while True:
        found_one = False
        for lane in range(LANES):
            at = begun[lane]
            while at < places - 1 and not (rising[at, lane] and not rising[at + 1, lane]):
                at += 1
            begun[lane] = at + 1
            there = at < places - 1
            found_one |= there
            tile.low[lane] = grid[at] * least[lane] if there else 0.0
            tile.high[lane] = grid[at + 1] * least[lane] if there else 0.0
            tile.tau2[lane] = 0.5 * (tile.low[lane] + tile.high[lane])
            tile.done[lane] = 0.0 if there else 1.0
            tile.place[lane] = 1.0 if there else 0.0
        if not found_one:
            break
        _climb(tile, p, restricted, np.bool_(True), limits)
        _heights(tile, p, tile.tau2, restricted, reached)
        for lane in range(LANES):
            if tile.place[lane] > 0.0 and tile.done[lane] > 0.0 and reached[lane] > height[lane]:
                best[lane], height[lane] = tile.tau2[lane], reached[lane]
    tile.tau2[:] = best


@_within
def _wait(tile, lane, p, waiting, at):  # pragma: no cover - compiled
    """Copy a data set to a place in the tile of those that wait."""
    rows, space = tile.y.shape[0], waiting.y.shape[0]
    for i in range(rows):
        waiting.y[i, at], waiting.v[i, at] = tile.y[i, lane], tile.v[i, lane]
        for j in range(p - 1):
            waiting.x[j * space + i, at] = tile.x[j * rows + i, lane]
    for i in range(rows, space):
        waiting.y[i, at], waiting.v[i, at] = 0.0, np.inf
        for j in range(p - 1):
            waiting.x[j * space + i, at] = 0.0
    waiting.scale[at], waiting.df[at] = tile.scale[lane], tile.df[lane]
    waiting.centre[at], waiting.own[at] = tile.centre[lane], tile.own[lane]


@_within
def _write(tile, count, p, restricted, waiting, waits, last, limits, result):  # pragma: no cover - compiled
    """Write down the fits of the first so many lanes; those that need a closer look wait until 64 are together.

    Or until the last. Returns how many wait.
    """
    _add(tile, p, tile.tau2, ONCE, restricted)
    for lane in range(count):
        if np.isnan(tile.tau2[lane]):
            _wait(tile, lane, p, waiting, waits)
            waits += 1
        else:
            _read_fit(tile, lane, p, result[:, tile.own[lane]])
        if waits == LANES or (waits > 0 and last and lane == count - 1):
            _highest(waiting, p, restricted, limits)
            _add(waiting, p, waiting.tau2, ONCE, restricted)
            for own in range(waits):
                _read_fit(waiting, own, p, result[:, waiting.own[own]])
            waits = np.int64(0)
    return waits


@_within
def _read_fit(tile, lane, p, fit):  # pragma: no cover - compiled
    """Read tau2, last coefficient, its variance and the factor of Knapp and Hartung of one lane from its first sums."""
    sums, df = tile.sums, tile.df[lane]
    fit[0] = tile.tau2[lane]
    a, b, c = sums[lane], sums[LANES + lane], sums[2 * LANES + lane]
    if p == 1:
        fit[1], fit[2], fit[3] = b / a + tile.centre[lane], 1.0 / a, (c - b * b / a) / df
    elif p == 2:
        r0, r1, q = sums[3 * LANES + lane], sums[4 * LANES + lane], sums[5 * LANES + lane]
        det = a * c - b * b
        mean, slope = (c * r0 - b * r1) / det, (a * r1 - b * r0) / det
        fit[1], fit[2], fit[3] = slope, a / det, (q - mean * r0 - slope * r1) / df
    else:
        d, e, f = sums[3 * LANES + lane], sums[4 * LANES + lane], sums[5 * LANES + lane]
        r0, r1, r2, q = sums[6 * LANES + lane], sums[7 * LANES + lane], sums[8 * LANES + lane], sums[9 * LANES + lane]
        inverse = _invert(a, b, c, d, e, f)
        b0, b1, b2 = _times(*inverse, r0, r1, r2)
        fit[1], fit[2], fit[3] = b2, inverse[5], (q - b0 * r0 - b1 * r1 - b2 * r2) / df


@_within
def _solve_q(tile, p, restricted, limits):  # pragma: no cover - compiled
    tau2, low, high, done, found = tile.tau2, tile.low, tile.high, tile.done, tile.found
    for _ in range(limits.most_steps):
        _add(tile, p, tau2, SCORE, restricted)
        for lane in range(LANES):
            now, before, q, target = tau2[lane], done[lane], found[lane], tile.df[lane]
            excess, falls = q - target, found[LANES + lane]
            own_low = now if excess > 0.0 else low[lane]
            own_high = now if excess < 0.0 else high[lane]
            new = now + excess * (q / target) / (falls if falls > SMALLEST else SMALLEST)
            new = 0.0 if new < 0.0 else new
            moving = abs(new - now) > 1e-15 + 1e-13 * now
            middle = 0.5 * (own_low + (own_high if own_high < new else new))
            new = middle if moving & ((new < own_low) | (new > own_high)) else new
            tau2[lane] = now if before > 0.0 else new
            low[lane], high[lane] = own_low, own_high
            done[lane] = 0.0 if moving & (before == 0.0) else 1.0
        settled = 0.0
        for lane in range(LANES):
            settled += done[lane]
        if settled == LANES:
            break


@_within
def _fill(tile, yi, vi, xi, p, start):  # pragma: no cover - compiled
    """Lay out the data sets from `start` on; where there are no more, the last again."""
    k, d = yi.shape
    y, v, x, rows = tile.y, tile.v, tile.x, tile.y.shape[0]
    shared = xi.shape[1] == 1
    # Effect and variance by turns: the memory is read twice as fast as a row of either after the other.
    for i in range(k):
        for lane in range(LANES):
            own = min(start + lane, d - 1)
            v[i, lane], y[i, lane] = vi[i, own], yi[i, own]
            for j in range(p - 1):
                x[j * rows + i, lane] = xi[j * k + i, 0 if shared else own]
    for lane in range(LANES):
        tile.own[lane], tile.df[lane] = start + lane, k - p


@_compiled
def solve(yi, vi, xi, p, method, limits):  # pragma: no cover - compiled
    """Fit every data set, tau2 as `kernels` estimates it.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    xi : numpy.ndarray, shape ((p - 1) * k, d) or ((p - 1) * k, 1)
        The moderators of each, or those that all share, one below the other; unread where p is 1.
    p : int
        Columns of the design: 1, 2 or 3.
    method : int
        Of `CODES`.
    limits : kernels.Limits

    Returns
    -------
    numpy.ndarray, shape (4, d)
        tau2, the last coefficient, its variance, and the factor of Knapp and Hartung.
    """
    k, d = yi.shape
    result = np.empty((4, d))
    tile, waiting, waits = _tile(k, p), _tile(k, p), np.int64(0)
    for start in range(0, d, LANES):
        _fill(tile, yi, vi, xi, p, start)
        _centre(tile, k, p)
        _search(tile, p, method, limits)
        last = start + LANES >= d
        waits = _write(tile, min(LANES, d - start), p, method == REML, waiting, waits, last, limits, result)
    return result


@_within
def _lay_subsets(tile, yi, vi, masks, start):  # pragma: no cover - compiled
    """Lay out subsets of one data set: what a mask leaves out weighs nothing, because its variance has no end."""
    last = len(masks) - 1
    tile.df[:], tile.centre[:] = -1.0, 0.0
    for i in range(len(yi)):
        for lane in range(LANES):
            inside = (masks[min(start + lane, last)] >> np.uint64(i)) & np.uint64(1)
            tile.v[i, lane] = vi[i] if inside else np.inf
            tile.y[i, lane] = yi[i]
            tile.df[lane] += 1.0 if inside else 0.0
    for lane in range(LANES):
        tile.own[lane] = start + lane


@_compiled
def solve_subsets(yi, vi, masks, method, limits):  # pragma: no cover - compiled
    """Pool subsets of one data set.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,)
        Effects, centred, and variances.
    masks : numpy.ndarray of uint64, shape (d,)
        Bit i says whether effect i belongs; two at least.
    method, limits
        As in `solve`.

    Returns
    -------
    numpy.ndarray, shape (4, d)
        tau2, the mean at it, I2 in percent, and 1 where several modes were looked for.
    """
    d = len(masks)
    result, typical, doubtful = np.empty((4, d)), np.empty(d), np.empty(d)
    tile, waiting, waits = _tile(len(yi), 1), _tile(len(yi), 1), np.int64(0)
    for start in range(0, d, LANES):
        count = min(LANES, d - start)
        _lay_subsets(tile, yi, vi, masks, start)
        _search(tile, 1, method, limits)
        for lane in range(count):
            typical[start + lane] = tile.df[lane] / tile.trace[lane]
            doubtful[start + lane] = np.isnan(tile.tau2[lane])
        last = start + LANES >= d
        waits = _write(tile, count, 1, method == REML, waiting, waits, last, limits, result)
    for at in range(d):
        result[2, at] = 100.0 * result[0, at] / (result[0, at] + typical[at])
        result[3, at] = doubtful[at]
    return result


@_compiled
def count_subsets(masks, estimate, i2, low, high, counts, with_effect):  # pragma: no cover - compiled
    """Add subsets to the counts of a `GoshFit`: by estimate and I2, and by estimate for every effect they hold.

    Parameters
    ----------
    masks, estimate, i2 : numpy.ndarray, shape (d,)
    low, high : float
        Ends of the bins of the estimates.
    counts, with_effect : numpy.ndarray of int, shapes (bins, I2 bins) and (k, bins)
    """
    bins, i2_bins = counts.shape
    for at in range(len(masks)):
        row = min(max(int((estimate[at] - low) / (high - low) * bins), 0), bins - 1)
        column = min(max(int(i2[at] / 100.0 * i2_bins), 0), i2_bins - 1)
        counts[row, column] += 1
        for i in range(len(with_effect)):
            with_effect[i, row] += np.int64((masks[at] >> np.uint64(i)) & np.uint64(1))


@_within
def _drawn(sets, own, p, which):  # pragma: no cover - compiled
    """Say which effects a data set has, each as often as it is there; return how many, and whether too few differ.

    Where too few differ, all of them once each, to stand in.
    """
    _, begin, size, members, _, _, _, times = sets
    k, different = 0, 0
    for i in range(size[own]):
        at = members[begin[own] + i]
        different += 1 if times[at] > 0 else 0
        for _ in range(times[at]):
            which[k] = at
            k += 1
    if different > p:
        return k, False
    for i in range(size[own]):
        which[i] = members[begin[own] + i]
    return size[own], True


@_within
def _lay_sets(tile, yi, vi, scores, sets, start, p, once, lost, which):  # pragma: no cover - compiled
    """Lay out data sets of different sizes from `start` on, centred; what a smaller one lacks has no end of variance.

    A set with too few different effects, or with all scores the same, is told in `lost`, and given others to stand in.
    """
    frame, begin, size, members, score, order, sign, _ = sets
    last, rows, sums = len(frame) - 1, tile.y.shape[0], tile.sums
    y, v, x = tile.y, tile.v, tile.x
    sums[:] = 0.0
    for lane in range(LANES):
        own = min(start + lane, last)
        reading = frame[own]
        k, few = (size[own], size[own] <= p) if once else _drawn(sets, own, p, which)
        same, first = p == 2, begin[own]
        tile.own[lane], tile.df[lane] = start + lane, k - p
        for i in range(k):
            at = members[first + i] if once else which[i]
            y[i, lane], v[i, lane] = yi[reading, at] * sign[at], vi[reading, at]
            if p == 2:
                x[i, lane] = scores[score[own], order[at]]
                if x[i, lane] != x[0, lane]:
                    same = False
        lost[lane] = few or same
        for i in range(k, rows):
            y[i, lane], v[i, lane], x[i, lane] = 0.0, np.inf, 0.0
        for i in range(k):
            if same:
                x[i, lane] = i
            w = 1.0 / v[i, lane]
            sums[lane] += w
            sums[LANES + lane] += w * y[i, lane]
            if p == 2:
                sums[2 * LANES + lane] += w * x[i, lane]
        tile.centre[lane] = sums[LANES + lane] / sums[lane]
        for i in range(k):
            y[i, lane] -= tile.centre[lane]
            if p == 2:
                x[i, lane] -= sums[2 * LANES + lane] / sums[lane]


@_within
def _most(sets, start, stop, p, once, which):  # pragma: no cover - compiled
    """Return how many effects the largest of some data sets has."""
    most = 0
    for own in range(start, stop):
        most = max(most, sets[2][own] if once else _drawn(sets, own, p, which)[0])
    return most


@_compiled
def solve_sets(yi, vi, scores, sets, p, method, limits):  # pragma: no cover - compiled
    """Fit thousands of data sets that are made of the same few effects, without laying any out beforehand.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (f, n)
        Effects and variances under several readings.
    scores : numpy.ndarray, shape (s, n)
    sets : tuple
        `frame`, `begin`, `size`, arrays of int, shape (d,): of each data set, best smaller ones first, its reading,
        and where in `members`, an array of int, its effects stand; `score`, shape (d,): its row of `scores`, unread
        where p is 1; `order`, `sign` and `times`, shape (n,): whose score each effect has, what it is multiplied by,
        and how often it is there. In the order `frame`, `begin`, `size`, `members`, `score`, `order`, `sign`, `times`.
    p, method, limits
        As in `solve`; p is 1 or 2.

    Returns
    -------
    numpy.ndarray, shape (4, d)
        tau2, the last coefficient, its variance, and the factor of Knapp and Hartung. The coefficient is nan where all
        scores are the same or no more different effects than p are there, and there alone.
    """
    d = len(sets[1])
    result = np.empty((4, d))
    once = bool((sets[7] == 1).all())
    which = np.empty(max(len(sets[7]), int(sets[7].sum())), np.int64)
    most = _most(sets, 0, d, p, once, which)
    space, waiting, waits = _tile(most, p), _tile(most, p), np.int64(0)
    unanswered, lost = np.zeros(d, np.bool_), np.empty(LANES, np.bool_)
    for start in range(0, d, LANES):
        count = min(LANES, d - start)
        tile = _top(space, _most(sets, start, start + count, p, once, which))
        _lay_sets(tile, yi, vi, scores, sets, start, p, once, lost, which)
        _search(tile, p, method, limits)
        for lane in range(count):
            if lost[lane]:
                tile.tau2[lane], unanswered[start + lane] = 0.0, True
        last = start + LANES >= d
        waits = _write(tile, count, p, method == REML, waiting, waits, last, limits, result)
    for at in range(d):
        if unanswered[at]:
            result[0, at], result[1, at] = 0.0, np.nan
    return result

"""The kernels of `kernels`, compiled: 64 data sets side by side, each step one pass over their trials.

The loops over data sets are the inner ones, so that they run on the processor's wide registers without any sum taken
in another order: a data set has the same answer, bit for bit, wherever it stands. The only file that imports numba
(extra `multiverse`), whose threads it leaves alone: it lets go of Python's lock, so that threads may call it.
"""

from __future__ import annotations

import numba
import numpy as np

LANES = 64
SUMS = 30  # of three columns and the effects, thrice
SMALLEST = 2.2250738585072014e-308
OF_MEAN = 3  # as in kernels
REML, ML, PM, DL, EE = range(5)
CODES = {"REML": REML, "ML": ML, "PM": PM, "DL": DL, "EE": EE}

_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def _pass_mean(y, v, tau2, sums):  # pragma: no cover - compiled
    """Sum w^j, w^j y and w^j y^2 for j = 1 to 3 over the trials of every lane, into `sums`.

    One flat array holds all sums: their places are then known not to overlap, without which no compiler would run
    several lanes at once.
    """
    sums[:] = 0.0
    for i in range(y.shape[0]):
        for lane in range(LANES):
            w = 1.0 / (v[i, lane] + tau2[lane])
            z = y[i, lane]
            wz, w2 = w * z, w * w
            w2z, w3 = w2 * z, w2 * w
            w3z = w3 * z
            sums[lane] += w
            sums[LANES + lane] += wz
            sums[2 * LANES + lane] += wz * z
            sums[3 * LANES + lane] += w2
            sums[4 * LANES + lane] += w2z
            sums[5 * LANES + lane] += w2z * z
            sums[6 * LANES + lane] += w3
            sums[7 * LANES + lane] += w3z
            sums[8 * LANES + lane] += w3z * z


@_compiled
def _pass_line(y, v, x, tau2, sums):  # pragma: no cover - compiled
    """Sum w^j times 1, x, x^2, y, xy and y^2 for j = 1 to 3 over the trials of every lane, into `sums`."""
    sums[:] = 0.0
    for i in range(y.shape[0]):
        for lane in range(LANES):
            w = 1.0 / (v[i, lane] + tau2[lane])
            z, u = y[i, lane], x[i, lane]
            wu, wz, w2 = w * u, w * z, w * w
            w2u, w2z, w3 = w2 * u, w2 * z, w2 * w
            w3u, w3z = w3 * u, w3 * z
            sums[lane] += w
            sums[LANES + lane] += wu
            sums[2 * LANES + lane] += wu * u
            sums[3 * LANES + lane] += wz
            sums[4 * LANES + lane] += wu * z
            sums[5 * LANES + lane] += wz * z
            sums[6 * LANES + lane] += w2
            sums[7 * LANES + lane] += w2u
            sums[8 * LANES + lane] += w2u * u
            sums[9 * LANES + lane] += w2z
            sums[10 * LANES + lane] += w2u * z
            sums[11 * LANES + lane] += w2z * z
            sums[12 * LANES + lane] += w3
            sums[13 * LANES + lane] += w3u
            sums[14 * LANES + lane] += w3u * u
            sums[15 * LANES + lane] += w3z
            sums[16 * LANES + lane] += w3u * z
            sums[17 * LANES + lane] += w3z * z


@_compiled
def _read_mean(sums, restricted, found):  # pragma: no cover - compiled
    """Turn the sums of a pass into Q, Q's slope, score, observed and expected information, trace of P."""
    for lane in range(LANES):
        s1, y1, q1 = sums[lane], sums[LANES + lane], sums[2 * LANES + lane]
        s2, y2, q2 = sums[3 * LANES + lane], sums[4 * LANES + lane], sums[5 * LANES + lane]
        s3, y3, q3 = sums[6 * LANES + lane], sums[7 * LANES + lane], sums[8 * LANES + lane]
        mean = y1 / s1
        first = y2 - mean * s2
        squares = q2 - mean * (y2 + first)
        cubes = q3 - mean * (2.0 * y3 - mean * s3)
        ratio = s2 / s1
        trace = s1 - ratio
        expected = s2 - 2.0 * s3 / s1 + ratio * ratio if restricted else s2
        found[lane] = q1 - mean * y1
        found[LANES + lane] = squares
        found[2 * LANES + lane] = squares - (trace if restricted else s1)
        found[3 * LANES + lane] = 2.0 * (cubes - first * first / s1) - expected
        found[4 * LANES + lane] = expected
        found[5 * LANES + lane] = trace


@_compiled
def _read_line(sums, restricted, found):  # pragma: no cover - compiled
    """As `_read_mean`, for a mean and a slope."""
    for lane in range(LANES):
        a, b, c = sums[lane], sums[LANES + lane], sums[2 * LANES + lane]
        det = a * c - b * b
        i00, i01, i11 = c / det, -b / det, a / det
        r0, r1, q1 = sums[3 * LANES + lane], sums[4 * LANES + lane], sums[5 * LANES + lane]
        mean, slope = i00 * r0 + i01 * r1, i01 * r0 + i11 * r1
        m00, m01, m11 = sums[6 * LANES + lane], sums[7 * LANES + lane], sums[8 * LANES + lane]
        n0, n1, q2 = sums[9 * LANES + lane], sums[10 * LANES + lane], sums[11 * LANES + lane]
        f0 = n0 - mean * m00 - slope * m01
        f1 = n1 - mean * m01 - slope * m11
        squares = q2 - mean * n0 - slope * n1 - mean * f0 - slope * f1
        k00, k01, k11 = sums[12 * LANES + lane], sums[13 * LANES + lane], sums[14 * LANES + lane]
        o0, o1, q3 = sums[15 * LANES + lane], sums[16 * LANES + lane], sums[17 * LANES + lane]
        g0 = o0 - mean * k00 - slope * k01
        g1 = o1 - mean * k01 - slope * k11
        cubes = q3 - mean * o0 - slope * o1 - mean * g0 - slope * g1
        cubes -= i00 * f0 * f0 + 2.0 * i01 * f0 * f1 + i11 * f1 * f1
        t00, t01 = i00 * m00 + i01 * m01, i00 * m01 + i01 * m11
        t10, t11 = i01 * m00 + i11 * m01, i01 * m01 + i11 * m11
        trace = a - t00 - t11
        expected = m00
        if restricted:
            expected -= 2.0 * (i00 * k00 + 2.0 * i01 * k01 + i11 * k11)
            expected += t00 * t00 + 2.0 * t01 * t10 + t11 * t11
        found[lane] = q1 - mean * r0 - slope * r1
        found[LANES + lane] = squares
        found[2 * LANES + lane] = squares - (trace if restricted else a)
        found[3 * LANES + lane] = 2.0 * cubes - expected
        found[4 * LANES + lane] = expected
        found[5 * LANES + lane] = trace


@_compiled
def _pass_plane(y, v, x, tau2, sums):  # pragma: no cover - compiled
    """Sum w^j times the products of 1, two moderators and y for j = 1 to 3 over the trials of every lane.

    The second moderator stands in `x` below the first.
    """
    sums[:] = 0.0
    k = y.shape[0]
    for i in range(k):
        for lane in range(LANES):
            w = 1.0 / (v[i, lane] + tau2[lane])
            z, a, b = y[i, lane], x[i, lane], x[k + i, lane]
            wa, wb, wz, w2 = w * a, w * b, w * z, w * w
            w2a, w2b, w2z, w3 = w2 * a, w2 * b, w2 * z, w2 * w
            w3a, w3b, w3z = w3 * a, w3 * b, w3 * z
            sums[lane] += w
            sums[LANES + lane] += wa
            sums[2 * LANES + lane] += wb
            sums[3 * LANES + lane] += wa * a
            sums[4 * LANES + lane] += wa * b
            sums[5 * LANES + lane] += wb * b
            sums[6 * LANES + lane] += wz
            sums[7 * LANES + lane] += wa * z
            sums[8 * LANES + lane] += wb * z
            sums[9 * LANES + lane] += wz * z
            sums[10 * LANES + lane] += w2
            sums[11 * LANES + lane] += w2a
            sums[12 * LANES + lane] += w2b
            sums[13 * LANES + lane] += w2a * a
            sums[14 * LANES + lane] += w2a * b
            sums[15 * LANES + lane] += w2b * b
            sums[16 * LANES + lane] += w2z
            sums[17 * LANES + lane] += w2a * z
            sums[18 * LANES + lane] += w2b * z
            sums[19 * LANES + lane] += w2z * z
            sums[20 * LANES + lane] += w3
            sums[21 * LANES + lane] += w3a
            sums[22 * LANES + lane] += w3b
            sums[23 * LANES + lane] += w3a * a
            sums[24 * LANES + lane] += w3a * b
            sums[25 * LANES + lane] += w3b * b
            sums[26 * LANES + lane] += w3z
            sums[27 * LANES + lane] += w3a * z
            sums[28 * LANES + lane] += w3b * z
            sums[29 * LANES + lane] += w3z * z


@_compiled
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


@_compiled
def _times(m00, m01, m02, m11, m12, m22, u0, u1, u2):  # pragma: no cover - compiled
    """Multiply a symmetric matrix of three rows and a vector."""
    return m00 * u0 + m01 * u1 + m02 * u2, m01 * u0 + m11 * u1 + m12 * u2, m02 * u0 + m12 * u1 + m22 * u2


@_compiled
def _read_plane(sums, restricted, found):  # pragma: no cover - compiled
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
        # The columns of the inverse times the second sums.
        t00, t10, t20 = _times(i00, i01, i02, i11, i12, i22, m00, m01, m02)
        t01, t11, t21 = _times(i00, i01, i02, i11, i12, i22, m01, m11, m12)
        t02, t12, t22 = _times(i00, i01, i02, i11, i12, i22, m02, m12, m22)
        trace = sums[lane] - t00 - t11 - t22
        expected = m00
        if restricted:
            expected -= 2.0 * (i00 * k00 + i11 * k11 + i22 * k22 + 2.0 * (i01 * k01 + i02 * k02 + i12 * k12))
            expected += t00 * t00 + t11 * t11 + t22 * t22 + 2.0 * (t01 * t10 + t02 * t20 + t12 * t21)
        found[lane] = q1 - b0 * r0 - b1 * r1 - b2 * r2
        found[LANES + lane] = squares
        found[2 * LANES + lane] = squares - (trace if restricted else sums[lane])
        found[3 * LANES + lane] = 2.0 * cubes - expected
        found[4 * LANES + lane] = expected
        found[5 * LANES + lane] = trace


@_compiled
def _pass(y, v, x, p, tau2, sums, restricted, found):  # pragma: no cover - compiled
    if p == 1:
        _pass_mean(y, v, tau2, sums)
        _read_mean(sums, restricted, found)
    elif p == 2:
        _pass_line(y, v, x, tau2, sums)
        _read_line(sums, restricted, found)
    else:
        _pass_plane(y, v, x, tau2, sums)
        _read_plane(sums, restricted, found)


@_compiled
def _fill(yi, vi, xi, p, start, y, v, x, centre, sums):  # pragma: no cover - compiled
    """Lay out the data sets from `start` on, centred at their means at tau2 = 0; the last stands in for none."""
    k, d = yi.shape
    shared = xi.shape[1] == 1
    sums[:] = 0.0
    for i in range(k):
        for lane in range(LANES):
            own = min(start + lane, d - 1)
            v[i, lane], y[i, lane] = vi[i, own], yi[i, own]
            for j in range(p - 1):
                x[j * k + i, lane] = xi[j * k + i, 0 if shared else own]
    for i in range(k):
        for lane in range(LANES):
            w = 1.0 / v[i, lane]
            sums[lane] += w
            sums[LANES + lane] += w * y[i, lane]
            for j in range(p - 1):
                sums[(2 + j) * LANES + lane] += w * x[j * k + i, lane]
    for lane in range(LANES):
        centre[lane] = sums[LANES + lane] / sums[lane]
    for i in range(k):
        for lane in range(LANES):
            y[i, lane] -= centre[lane]
            for j in range(p - 1):
                x[j * k + i, lane] -= sums[(2 + j) * LANES + lane] / sums[lane]


@_compiled
def solve(yi, vi, xi, p, method, target, probes, near, settled_at, most_steps):  # pragma: no cover - compiled
    """Estimate tau2 of every data set as `kernels` does; nan where its likelihood may have several modes.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k, d)
    xi : numpy.ndarray, shape ((p - 1) * k, d) or ((p - 1) * k, 1)
        The moderators of each, or those that all share, one below the other; unread where p is 1.
    p : int
        Columns of the design: 1, 2 or 3.
    method : int
        Of `CODES`.
    target : float
        What Q is to be, for PM.
    probes, near : numpy.ndarray, shape (m,)
    settled_at : float
    most_steps : int

    Returns
    -------
    numpy.ndarray, shape (4, d)
        tau2, the last coefficient, its variance, and the factor of Knapp and Hartung.
    """
    k, d = yi.shape
    result = np.empty((4, d))
    y, v, x = np.empty((k, LANES)), np.empty((k, LANES)), np.empty((max(p - 1, 1) * k, LANES))
    sums, found = np.empty(SUMS * LANES), np.empty(6 * LANES)
    tau2, low, high = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    scale, falling, done, typical = np.empty(LANES), np.empty(LANES, np.bool_), np.empty(LANES), np.empty(LANES)
    targets, centre = np.full(LANES, target), np.empty(LANES)
    restricted = method == REML
    for start in range(0, d, LANES):
        _fill(yi, vi, xi, p, start, y, v, x, centre, sums)
        tau2[:] = 0.0
        _pass(y, v, x, p, tau2, sums, restricted, found)
        for lane in range(LANES):
            total = 0.0
            for i in range(k):
                total += v[i, lane]
            scale[lane], typical[lane] = total / k, k / sums[lane]
            low[lane], high[lane], done[lane] = 0.0, np.inf, 0.0
            falling[lane] = found[2 * LANES + lane] < 0.0
            tau2[lane] = max((found[lane] - (k - p)) / found[5 * LANES + lane], 0.0) if method != EE else 0.0
        if method == PM:
            tau2[:] = 0.0
            _solve_q(y, v, x, p, tau2, low, high, done, sums, found, targets, most_steps)
        elif method in (REML, ML):
            for _ in range(most_steps):
                _pass(y, v, x, p, tau2, sums, restricted, found)
                if _step(tau2, low, high, scale, found, done, settled_at) == LANES:
                    break
            _give_up(y, v, x, p, tau2, typical, high, falling, done, low, sums, restricted, found, probes, near)
        _pass(y, v, x, p, tau2, sums, restricted, found)
        for lane in range(min(LANES, d - start)):
            _read_fit(sums, found, p, lane, centre[lane], k - p, tau2[lane], result[:, start + lane])
    return result


@_compiled
def _read_fit(sums, found, p, lane, centre, df, tau2, fit):  # pragma: no cover - compiled
    """Read tau2, last coefficient, its variance and the factor of Knapp and Hartung of one lane from a last pass."""
    fit[0], fit[3] = tau2, found[lane] / df
    if p == 1:
        fit[1], fit[2] = sums[LANES + lane] / sums[lane] + centre, 1.0 / sums[lane]
    elif p == 3:
        _, _, i02, _, i12, i22 = _invert(
            sums[lane],
            sums[LANES + lane],
            sums[2 * LANES + lane],
            sums[3 * LANES + lane],
            sums[4 * LANES + lane],
            sums[5 * LANES + lane],
        )
        r0, r1, r2 = sums[6 * LANES + lane], sums[7 * LANES + lane], sums[8 * LANES + lane]
        fit[1], fit[2] = i02 * r0 + i12 * r1 + i22 * r2, i22
    else:
        a, b, c = sums[lane], sums[LANES + lane], sums[2 * LANES + lane]
        det = a * c - b * b
        fit[1], fit[2] = (a * sums[4 * LANES + lane] - b * sums[3 * LANES + lane]) / det, a / det


@_compiled
def _step(tau2, low, high, scale, found, done, settled_at):  # pragma: no cover - compiled
    """Take Newton's step in every lane that has not settled; nan where the likelihood curves upwards, as between modes.

    Without a branch, so that lanes go side by side; 1 in `done` is yes. Returns how many lanes have settled.
    """
    for lane in range(LANES):
        now, before = tau2[lane], done[lane]
        score, observed = found[2 * LANES + lane], found[3 * LANES + lane]
        own_low = now if score > 0.0 else low[lane]
        own_high = now if score < 0.0 else high[lane]
        bent = observed <= 0.0
        new = now + score / (found[4 * LANES + lane] if bent else observed)
        new = 0.0 if new < 0.0 else new
        moving = abs(new - now) > (settled_at * settled_at if bent else settled_at) * (new + scale[lane])
        middle = 2.0 * now + scale[lane] if own_high == np.inf else 0.5 * (own_low + own_high)
        new = middle if moving & ((new < own_low) | (new > own_high)) else new
        lost = bent & (now > 0.0)
        new = np.nan if lost else new
        tau2[lane] = now if before > 0.0 else new
        low[lane], high[lane] = own_low, own_high
        done[lane] = 0.0 if moving & (not lost) & (before == 0.0) else 1.0
    settled = 0.0
    for lane in range(LANES):
        settled += done[lane]
    return settled


@_compiled
def _give_up(
    y, v, x, p, tau2, typical, least, falling, done, place, sums, restricted, found, probes, near
):  # pragma: no cover - compiled
    """Give up what did not settle, or whose likelihood turns elsewhere too: see `kernels._turns_elsewhere`."""
    for lane in range(LANES):
        if done[lane] == 0.0 or (tau2[lane] > 0.0 and falling[lane]):
            tau2[lane] = np.nan
    least[:] = np.inf
    for i in range(v.shape[0]):
        for lane in range(LANES):
            least[lane] = v[i, lane] if v[i, lane] < least[lane] else least[lane]
    for step in range(len(probes)):
        for lane in range(LANES):
            unit = typical[lane] if step < OF_MEAN else least[lane]
            place[lane] = near[step] * tau2[lane] if tau2[lane] > 0.0 else probes[step] * unit
        _pass(y, v, x, p, place, sums, restricted, found)
        for lane in range(LANES):
            score = found[2 * LANES + lane]
            if (tau2[lane] == 0.0 and score > 0.0) or (
                tau2[lane] > 0.0 and (score < 0.0 if near[step] < 1.0 else score > 0.0)
            ):
                tau2[lane] = np.nan


@_compiled
def _solve_q(y, v, x, p, tau2, low, high, done, sums, found, targets, most_steps):  # pragma: no cover - compiled
    for _ in range(most_steps):
        _pass(y, v, x, p, tau2, sums, False, found)
        for lane in range(LANES):
            now, before, q, target = tau2[lane], done[lane], found[lane], targets[lane]
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


@_compiled
def _lay_subsets(yi, vi, masks, start, y, v, df):  # pragma: no cover - compiled
    """Lay out subsets of one data set: what a mask leaves out weighs nothing, because its variance has no end."""
    k, last = len(yi), len(masks) - 1
    df[:] = -1.0
    for i in range(k):
        for lane in range(LANES):
            inside = (masks[min(start + lane, last)] >> np.uint64(i)) & np.uint64(1)
            v[i, lane] = vi[i] if inside else np.inf
            y[i, lane] = yi[i]
            df[lane] += 1.0 if inside else 0.0


@_compiled
def solve_subsets(yi, vi, masks, method, probes, near, settled_at, most_steps):  # pragma: no cover - compiled
    """Pool subsets of one data set.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (k,)
        Effects, centred, and variances.
    masks : numpy.ndarray of uint64, shape (d,)
        Bit i says whether effect i belongs; two at least.
    method, probes, near, settled_at, most_steps
        As in `solve`.

    Returns
    -------
    numpy.ndarray, shape (3, d)
        tau2, nan where the likelihood may have several modes; the mean at it; I2 in percent.
    """
    k, d = len(yi), len(masks)
    result = np.empty((3, d))
    y, v, df = np.empty((k, LANES)), np.empty((k, LANES)), np.empty(LANES)
    sums, found = np.empty(SUMS * LANES), np.empty(6 * LANES)
    tau2, low, high = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    scale, falling, done = np.empty(LANES), np.empty(LANES, np.bool_), np.empty(LANES)
    typical = np.empty(LANES)
    restricted = method == REML
    for start in range(0, d, LANES):
        _lay_subsets(yi, vi, masks, start, y, v, df)
        tau2[:] = 0.0
        _pass_mean(y, v, tau2, sums)
        _read_mean(sums, restricted, found)
        for lane in range(LANES):
            typical[lane] = df[lane] / found[5 * LANES + lane]
            scale[lane] = (df[lane] + 1.0) / sums[lane]  # the harmonic mean of the variances
            low[lane], high[lane], done[lane] = 0.0, np.inf, 0.0
            falling[lane] = found[2 * LANES + lane] < 0.0
            tau2[lane] = max((found[lane] - df[lane]) / found[5 * LANES + lane], 0.0)
        if method != DL:
            for _ in range(most_steps):
                _pass_mean(y, v, tau2, sums)
                _read_mean(sums, restricted, found)
                if _step(tau2, low, high, scale, found, done, settled_at) == LANES:
                    break
            _give_up(y, v, y, 1, tau2, scale, high, falling, done, low, sums, restricted, found, probes, near)
        _pass_mean(y, v, tau2, sums)
        for lane in range(min(LANES, d - start)):
            result[0, start + lane] = tau2[lane]
            result[1, start + lane] = sums[LANES + lane] / sums[lane]
            result[2, start + lane] = 100.0 * tau2[lane] / (tau2[lane] + typical[lane])
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


@_compiled
def _lay_sets(yi, vi, scores, sets, start, p, y, v, x, df, one, centre, sums):  # pragma: no cover - compiled
    """Lay out data sets of different sizes from `start` on, centred; what a smaller one lacks has no end of variance.

    A set whose scores are all the same is told in `one`, and given others to stand in for them.
    """
    frame, begin, size, members, score, order, sign = sets
    last = len(begin) - 1
    rows = y.shape[0]
    sums[:] = 0.0
    for lane in range(LANES):
        own = min(start + lane, last)
        k, reading = size[own], frame[own]
        df[lane], one[lane] = k - p, p == 2
        for i in range(k):
            at = members[begin[own] + i]
            y[i, lane], v[i, lane] = yi[reading, at] * sign[at], vi[reading, at]
            if p == 2:
                x[i, lane] = scores[score[own], order[at]]
                if x[i, lane] != x[0, lane]:
                    one[lane] = False
        for i in range(k, rows):
            y[i, lane], v[i, lane], x[i, lane] = 0.0, np.inf, 0.0
        for i in range(k):
            if one[lane]:
                x[i, lane] = i
            w = 1.0 / v[i, lane]
            sums[lane] += w
            sums[LANES + lane] += w * y[i, lane]
            if p == 2:
                sums[2 * LANES + lane] += w * x[i, lane]
        centre[lane] = sums[LANES + lane] / sums[lane]
        for i in range(k):
            y[i, lane] -= centre[lane]
            if p == 2:
                x[i, lane] -= sums[2 * LANES + lane] / sums[lane]


@_compiled
def solve_sets(
    yi, vi, scores, frame, begin, size, members, score, order, sign, p, method, probes, near, settled_at, most_steps
):  # pragma: no cover - compiled
    """Fit thousands of data sets that are made of the same few effects, without laying any out beforehand.

    Parameters
    ----------
    yi, vi : numpy.ndarray, shape (f, n)
        Effects and variances under several readings.
    scores : numpy.ndarray, shape (s, n)
    frame, begin, size : numpy.ndarray of int, shape (d,)
        Of each data set, smaller ones first: its reading, and where in `members` its effects stand.
    members : numpy.ndarray of int
    score : numpy.ndarray of int, shape (d,)
        Row of `scores`; unread where p is 1.
    order, sign : numpy.ndarray, shape (n,)
        Whose score each effect has, and what it is multiplied by.
    p, method, probes, near, settled_at, most_steps
        As in `solve`.

    Returns
    -------
    numpy.ndarray, shape (4, d)
        tau2, the last coefficient, its variance, and the factor of Knapp and Hartung. The coefficient is nan where all
        scores are the same, and there alone; tau2 is nan where the likelihood may have several modes, and there alone,
        and what stands beside it is then nothing.
    """
    d = len(begin)
    result = np.empty((4, d))
    most = size[d - 1] if d else 0
    ys, vs, xs = np.empty((most, LANES)), np.empty((most, LANES)), np.empty((most, LANES))
    sums, found = np.empty(SUMS * LANES), np.empty(6 * LANES)
    tau2, low, high = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    scale, falling, done, typical = np.empty(LANES), np.empty(LANES, np.bool_), np.empty(LANES), np.empty(LANES)
    df, one, centre = np.empty(LANES), np.empty(LANES, np.bool_), np.empty(LANES)
    restricted = method == REML
    for start in range(0, d, LANES):
        rows = size[min(start + LANES, d) - 1]
        y, v, x = ys[:rows], vs[:rows], xs[:rows]
        sets = frame, begin, size, members, score, order, sign
        _lay_sets(yi, vi, scores, sets, start, p, y, v, x, df, one, centre, sums)
        tau2[:] = 0.0
        _pass(y, v, x, p, tau2, sums, restricted, found)
        for lane in range(LANES):
            typical[lane] = (df[lane] + p) / sums[lane]
            scale[lane] = typical[lane]
            low[lane], high[lane], done[lane] = 0.0, np.inf, 0.0
            falling[lane] = found[2 * LANES + lane] < 0.0
            moments = (found[lane] - df[lane]) / found[5 * LANES + lane]
            tau2[lane] = max(moments, 0.0) if method != EE else 0.0
        if method == PM:
            tau2[:] = 0.0
            _solve_q(y, v, x, p, tau2, low, high, done, sums, found, df, most_steps)
        elif method in (REML, ML):
            for _ in range(most_steps):
                _pass(y, v, x, p, tau2, sums, restricted, found)
                if _step(tau2, low, high, scale, found, done, settled_at) == LANES:
                    break
            _give_up(y, v, x, p, tau2, typical, high, falling, done, low, sums, restricted, found, probes, near)
        _pass(y, v, x, p, tau2, sums, restricted, found)
        for lane in range(min(LANES, d - start)):
            _read_fit(sums, found, p, lane, centre[lane], df[lane], tau2[lane], result[:, start + lane])
            if one[lane]:
                result[0, start + lane], result[1, start + lane] = 0.0, np.nan
            elif np.isnan(tau2[lane]):
                result[1, start + lane] = 0.0
    return result

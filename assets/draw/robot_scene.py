"""The robot as a solid: distances to its parts and the rays that find them (sphere tracing, Hart 1996).

Centimetres, x to the viewer's right, y up, z towards the viewer, who looks straight at it from far away. Compiled by
numba; every function takes and returns plain floats.
"""

from __future__ import annotations

import math

from numba import njit

ENAMEL, PLATE, CHROME, EYEBALL, LID, RUBBER, RED, DARK, BRASS, PANEL = range(10)
EYE_X, EYE_Y, EYE_Z, EYE_R = 2.75, 2.35, 2.35, 1.95
OPEN_R = 1.62  # of the eye, inside its seal
MISSED = 1e9


@njit
def box(x, y, z, a, b, c, r):  # type: ignore[no-untyped-def]
    """Distance to a rounded box of half sides a, b, c."""
    qx, qy, qz = abs(x) - a + r, abs(y) - b + r, abs(z) - c + r
    outside = math.sqrt(max(qx, 0.0) ** 2 + max(qy, 0.0) ** 2 + max(qz, 0.0) ** 2)
    return outside + min(max(qx, max(qy, qz)), 0.0) - r


@njit
def rod(x, y, z, ax, ay, az, bx, by, bz, r):  # type: ignore[no-untyped-def]
    """Distance to a rod with round ends from a to b."""
    px, py, pz, dx, dy, dz = x - ax, y - ay, z - az, bx - ax, by - ay, bz - az
    t = min(max((px * dx + py * dy + pz * dz) / (dx * dx + dy * dy + dz * dz), 0.0), 1.0)
    return math.sqrt((px - t * dx) ** 2 + (py - t * dy) ** 2 + (pz - t * dz) ** 2) - r


@njit
def ring(x, y, z, radius, r):  # type: ignore[no-untyped-def]
    """Distance to a ring in the picture plane."""
    return math.sqrt((math.sqrt(x * x + y * y) - radius) ** 2 + z * z) - r


@njit
def smile(x):  # type: ignore[no-untyped-def]
    """Height of the line where the lips meet."""
    return -2.95 + 0.07 * x * x


@njit
def front(x, y):  # type: ignore[no-untyped-def]
    """Depth of the head's front where parts are mounted."""
    return 3.5 - 0.012 * x * x - 0.008 * (y - 1) ** 2 - 0.0007 * x**4


@njit
def scene(x, y, z):  # type: ignore[no-untyped-def]
    """Return the distance to the nearest part and its material."""
    side = abs(x)
    # Head: a box with a bulging front, a little narrower at the chin.
    taper = 1.0 + 0.018 * (y - 1.0)
    head = box(x / taper, y - 1.0, z + 2.2, 6.7, 7.3, 5.6, 3.1) * 0.92
    d, m = head, ENAMEL
    frame = (side / 5.55) ** 4 + (abs(y - 0.6) / 5.75) ** 4
    if z > 0 and frame < 1:
        m = PLATE
    groove = abs(frame**0.25 - 1.0) * 5.5
    if z > 0 and groove < 0.13:
        d += 0.13 - groove
        m = DARK
    # Eyes: socket, ball, rim, lid.
    ex, ey = side - EYE_X, y - EYE_Y
    away = math.sqrt(ex * ex + ey * ey)
    d = max(d, -(math.sqrt(away**2 + (z - EYE_Z - 0.9) ** 2) - 1.98))
    part = math.sqrt(away**2 + (z - EYE_Z) ** 2) - EYE_R
    if part < d:
        d, m = part, EYEBALL
    # A rubber seal, thicker above: what slides down when the eye shuts.
    seal = ring(ex, ey, z - front(side, y) + 0.02, OPEN_R + 0.05, 0.06 + 0.15 * max(0.0, ey / OPEN_R))
    if seal < d:
        d, m = seal, RUBBER
    # Brows.
    part = rod(side, y, z, 1.6, 5.2, front(1.6, 5.2) + 0.25, 4.3, 5.1, front(4.3, 5.1) + 0.3, 0.3)
    if part < d:
        d, m = part, RUBBER
    # Nose: a brass knob.
    part = math.sqrt((x / 0.8) ** 2 + ((y + 0.45) / 0.62) ** 2 + ((z - 3.45) / 0.75) ** 2)
    part = (part - 1.0) * 0.6
    if part < d:
        d, m = part, BRASS
    # The mouth: a rubber seam, smiling.
    if side < 4.0:
        over = max(side - 2.75, 0.0)
        thick = 0.07 + 0.09 * math.sqrt(max(1.0 - (side / 2.8) ** 2, 0.0))
        part = (math.sqrt((y - smile(x)) ** 2 + (z - front(x, -2.9) + 0.03) ** 2 + over**2) - thick) * 0.85
        if part < d:
            d, m = part, RUBBER
    # Rivets on the plate's edge.
    for k in range(3):
        rx, ry = 4.75 - 0.12 * k * k, -0.5 - 1.75 * k
        part = math.sqrt((side - rx) ** 2 + (y - ry) ** 2 + (z - front(rx, ry) + 0.12) ** 2) - 0.2
        if k == 2 and part < d:
            d, m = part, CHROME
    # Ears: drums with a knob.
    drum = math.sqrt((y - 1.6) ** 2 + (z + 2.0) ** 2)
    part = max(drum - 2.15, abs(side - 6.95) - 0.75) - 0.25
    if part < d:
        d, m = part, CHROME
    part = math.sqrt((side - 7.9) ** 2 + ((y - 1.6) * 0.85) ** 2 + ((z + 2.0) * 0.85) ** 2) - 1.15
    if part < d:
        d, m = part, RED
    # Aerial.
    part = rod(x, y, z, 0.0, 8.0, -2.2, 0.0, 10.6, -2.2, 0.2)
    part = min(part, math.sqrt(x * x + ((y - 8.25) * 1.5) ** 2 + (z + 2.2) ** 2) - 1.2)
    if part < d:
        d, m = part, CHROME
    part = math.sqrt(x * x + (y - 11.1) ** 2 + (z + 2.2) ** 2) - 0.85
    if part < d:
        d, m = part, RED
    if y < -4:
        dn, mn = body(x, y, z)
        if dn < d:
            d, m = dn, mn
    return d, m


@njit
def body(x, y, z):  # type: ignore[no-untyped-def]
    """Return the distance to neck, trunk and shoulders, and the material."""
    side = abs(x)
    d = math.sqrt(x * x + (z + 2.2) ** 2) - 2.3
    d, m = max(d, y + 5.5), DARK
    for k in range(4):
        level = y + 6.75 + 0.92 * k
        part = math.sqrt((math.sqrt(x * x + (z + 2.2) ** 2) - 2.45 - 0.12 * k) ** 2 + level * level) - 0.46
        if part < d:
            d, m = part, RUBBER
    part = box(x, y + 19.0, z + 2.4, 10.2, 9.0, 5.4, 4.6)
    if part < d:
        d, m = part, ENAMEL
    panel = (side / 5.3) ** 6 + (abs(y + 16.6) / 3.6) ** 6
    if m == ENAMEL and z > 0:
        if panel < 1:
            m = PLATE
        groove = abs(panel ** (1 / 6) - 1.0) * 4.4
        if groove < 0.13:
            d += 0.13 - groove
            m = DARK
    part = math.sqrt((math.sqrt(x * x + (z + 2.4) ** 2) - 3.2) ** 2 + (y + 10.2) ** 2) - 0.55
    if part < d:
        d, m = part, CHROME
    gauge = math.sqrt((x + 2.5) ** 2 + (y + 16.2) ** 2)
    part = max(abs(gauge - 1.45) - 0.22, abs(z - 2.9) - 0.42) - 0.08
    if part < d:
        d, m = part, CHROME
    part = max(gauge - 1.4, abs(z - 2.6) - 0.5)
    if part < d:
        d, m = part, PANEL
    for k in range(3):
        part = math.sqrt((x - 1.2 - 1.5 * k) ** 2 + (y + 15.6) ** 2 + ((z - 3.0) * 1.2) ** 2) - 0.5
        if part < d:
            d, m = part, RED if k == 0 else (BRASS if k == 1 else LID)
    part = rod(x, y, z, 0.9, -17.4, 3.0, 4.5, -17.4, 2.9, 0.2)
    if part < d:
        d, m = part, DARK
    part = math.sqrt((side - 11.6) ** 2 + (y + 13.6) ** 2 + (z + 2.6) ** 2) - 3.1
    if part < d:
        d, m = part, CHROME
    part = rod(side, y, z, 12.3, -15.5, -2.6, 13.6, -24.0, -2.6, 2.35)
    if part < d:
        d, m = part, ENAMEL
    return d, m


@njit
def hit(x, y):  # type: ignore[no-untyped-def]
    """Return how deep the ray at x, y meets the robot, MISSED where it does not, and the material there."""
    z = 6.0
    for _ in range(110):
        d, m = scene(x, y, z)
        if d < 0.0015:
            return z, m
        z -= d * 0.85
        if z < -9.0:
            break
    return MISSED, -1


@njit
def normal(x, y, z):  # type: ignore[no-untyped-def]
    """Return the surface's direction."""
    e = 0.004
    a, b = scene(x + e, y - e, z - e)[0], scene(x - e, y - e, z + e)[0]
    c, f = scene(x - e, y + e, z - e)[0], scene(x + e, y + e, z + e)[0]
    nx, ny, nz = a - b - c + f, -a - b + c + f, -a + b - c + f
    size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    return nx / size, ny / size, nz / size


@njit
def shadow(x, y, z, lx, ly, lz, softness):  # type: ignore[no-untyped-def]
    """Return 0 in shadow to 1 in the light from a direction, soft at the edge."""
    clear, t = 1.0, 0.08
    for _ in range(40):
        d = scene(x + lx * t, y + ly * t, z + lz * t)[0]
        clear = min(clear, 0.5 + 0.5 * d / (softness * t))
        if clear < 0.0:
            return 0.0
        t += min(max(d, 0.06), 0.9)
        if t > 14:
            break
    clear = max(clear, 0.0)
    return clear * clear * (3 - 2 * clear)


@njit
def openness(x, y, z, nx, ny, nz):  # type: ignore[no-untyped-def]
    """Return how much of the surroundings a place sees, 0..1."""
    taken, weight = 0.0, 1.0
    for k in range(5):
        t = 0.08 + 0.36 * k
        d = scene(x + nx * t, y + ny * t, z + nz * t)[0]
        taken += (t - d) * weight
        weight *= 0.62
    return min(max(1.0 - 0.75 * taken, 0.0), 1.0)
